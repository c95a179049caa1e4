#include "report.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::bench {
namespace {

struct Summary {
    double median, least, most;
};

Summary summarize(std::vector<double> figures) {
    std::sort(figures.begin(), figures.end());
    return {figures[figures.size() / 2], figures.front(), figures.back()};
}

// As many digits as tell something.
std::string text_of(double figure) {
    char text[32];
    const int digits = figure == static_cast<double>(static_cast<long long>(figure)) ? 0 : figure < 100 ? 2 : 1;
    std::snprintf(text, sizeof text, "%.*f", digits, figure);
    return text;
}

}  // namespace

std::vector<double> ratios(const std::vector<double> &rounds, const std::vector<double> &base) {
    std::vector<double> result(rounds.size());
    for (std::size_t round = 0; round < rounds.size(); round++) result[round] = rounds[round] / base[round];
    return result;
}

Report::Report(const std::string &path) : results_(path) {
    std::printf("%-62s %-5s %9s %9s %7s %19s %7s\n", "what", "unit", "base", "median", "ratio", "range", "target");
}

// The range is that of what the target is about.
void Report::add(const Row &row) {
    const Summary figure = summarize(row.rounds);
    const bool compared = !row.base.empty();
    const Summary judged = compared ? summarize(ratios(row.rounds, row.base)) : figure;
    const std::string range = text_of(judged.least) + ".." + text_of(judged.most);
    std::printf("%-62s %-5s %9s %9s %7s %19s %7s %s\n", row.name.c_str(), row.unit.c_str(),
                compared ? text_of(summarize(row.base).median).c_str() : "", text_of(figure.median).c_str(),
                compared ? text_of(judged.median).c_str() : "", range.c_str(),
                row.target ? text_of(*row.target).c_str() : "",
                !row.target                    ? ""
                : judged.median <= *row.target ? "met"
                                               : "not met");
    std::fflush(stdout);
    Results::Row result = {{"bench", "steps"}, {"case", row.name}, {"unit", row.unit}, {"rounds", row.rounds}};
    if (compared) result["base"] = row.base;
    if (row.target) result["target"] = *row.target;
    results_.add(result);
}

}  // namespace latzero::bench
