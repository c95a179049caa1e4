// What the samples say: medians, ranges, and ratios to a base taken within each round.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../results.hpp"

namespace bench {

// Of one case on one data set: nanoseconds per operation, by store, then by round.
using Samples = std::map<std::string, std::vector<double>>;

double median(std::vector<double> numbers);

// Two samples of one round ran within seconds of each other, so most of the machine's noise cancels.
std::vector<double> ratios(const std::vector<double> &samples, const std::vector<double> &base);

// Tables on standard output, and rows of the results. `order` says which store comes when.
void print_times(const std::string &title, const Samples &samples, const std::vector<std::string> &order,
                 const std::string &base);
void print_ratios(const std::string &title, const Samples &samples, const Samples &bases,
                  const std::vector<std::string> &order);
// `head` is a row's beginning: what was measured.
void add_rows(latzero::bench::Results &results, const latzero::bench::Results::Row &head, const Samples &samples,
              const std::vector<std::string> &order);

}  // namespace bench
