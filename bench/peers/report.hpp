// What the samples say: medians, ranges, and ratios to the base taken within each round.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "workload.hpp"

namespace bench {

// Of one case on one data set: nanoseconds per operation, by store, then by round.
using Samples = std::map<std::string, std::vector<double>>;

// One table on standard output; `order` says which store comes when.
void print_table(const DataSet &data, const Case &what, const Samples &samples, const std::vector<std::string> &order,
                 const std::string &base);

}  // namespace bench
