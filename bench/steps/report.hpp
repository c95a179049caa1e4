// The figures of a run: a row for each, printed as it comes, and all of them as JSON at the end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../results.hpp"

namespace latzero::bench {

struct Row {
    std::string name, unit;
    std::vector<double> rounds;
    std::vector<double> base = {};      // what it is compared with, of the same rounds; may be empty
    std::optional<double> target = {};  // most that the ratio, or without a base the figure, should be
};

// By round: of what is measured, and of what it is compared with.
std::vector<double> ratios(const std::vector<double> &rounds, const std::vector<double> &base);

class Report {
public:
    // The results go to that file too, if it has a name.
    explicit Report(const std::string &path);
    void add(const Row &row);
    void write() { results_.write(); }

private:
    Results results_;
};

}  // namespace latzero::bench
