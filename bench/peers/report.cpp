#include "report.hpp"

#include <algorithm>
#include <cstdio>

namespace bench {
namespace {

struct Summary {
    double median, least, most;
};

Summary summarize(const std::vector<double> &numbers) {
    const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
    return {median(numbers), *least, *most};
}

}  // namespace

double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const std::size_t half = numbers.size() / 2;
    return numbers.size() % 2 == 1 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

std::vector<double> ratios(const std::vector<double> &samples, const std::vector<double> &base) {
    std::vector<double> result(samples.size());
    for (std::size_t round = 0; round < samples.size(); round++) result[round] = samples[round] / base[round];
    return result;
}

void print_times(const std::string &title, const Samples &samples, const std::vector<std::string> &order,
                 const std::string &base) {
    std::printf("\n%s: ns per operation; ratio to %s within each round\n", title.c_str(), base.c_str());
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

void print_ratios(const std::string &title, const Samples &samples, const Samples &bases,
                  const std::vector<std::string> &order) {
    std::printf("\n%s, within each round\n%-12s %8s %15s\n", title.c_str(), "store", "ratio", "range");
    for (const std::string &name : order) {
        const Summary ratio = summarize(ratios(samples.at(name), bases.at(name)));
        std::printf("%-12s %8.2f %7.2f..%-6.2f\n", name.c_str(), ratio.median, ratio.least, ratio.most);
    }
    std::fflush(stdout);
}

void add_rows(latzero::bench::Results &results, const latzero::bench::Results::Row &head, const Samples &samples,
              const std::vector<std::string> &order) {
    for (const std::string &name : order) {
        const auto of_store = samples.find(name);
        if (of_store == samples.end()) continue;
        latzero::bench::Results::Row row = head;
        row["store"] = name;
        row["unit"] = "ns";
        row["rounds"] = of_store->second;
        results.add(std::move(row));
    }
}

}  // namespace bench
