#include "report.hpp"

namespace bench {
namespace {

struct Summary {
    double median, least, most;
};

Summary summarize(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const std::size_t half = numbers.size() / 2;
    const double median = numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
    return {median, numbers.front(), numbers.back()};
}

// Two samples of one round ran within seconds of each other, so most of the machine's noise cancels.
std::vector<double> ratios(const std::vector<double> &samples, const std::vector<double> &base) {
    std::vector<double> result(samples.size());
    for (std::size_t round = 0; round < samples.size(); round++) result[round] = samples[round] / base[round];
    return result;
}

}  // namespace

void print_table(const DataSet &data, const Case &what, const Samples &samples, const std::vector<std::string> &order,
                 const std::string &base) {
    std::printf("\n%s %s: ns per operation; ratio to %s within each round\n", data.name, what.name, base.c_str());
    std::printf("%-12s %10s %21s %8s %15s\n", "store", "median", "range", "ratio", "range");
    const auto of_base = samples.find(base);
    for (const std::string &name : order) {
        const auto of_store = samples.find(name);
        if (of_store == samples.end()) continue;
        const Summary time = summarize(of_store->second);
        std::printf("%-12s %10.1f %10.1f..%-9.1f", name.c_str(), time.median, time.least, time.most);
        if (of_base != samples.end()) {
            const Summary ratio = summarize(ratios(of_store->second, of_base->second));
            std::printf(" %8.2f %7.2f..%-6.2f", ratio.median, ratio.least, ratio.most);
        }
        std::printf("\n");
    }
    std::fflush(stdout);
}

}  // namespace bench
