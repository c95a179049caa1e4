// How long single operations take.
#pragma once

#include <map>

#include "lineup.hpp"

namespace bench {

// Of one case: the ticks of all rounds together, by store. Those that are pipelined have no single operations.
using Latencies = std::map<std::string, Histogram>;

std::vector<Latencies> time_each(const Lineup &lineup, const std::vector<Case> &cases, const Ticks &ticks);

void add_rows(latzero::bench::Results &results, const DataSet &data, const Case &what, const Latencies &latencies,
              const std::vector<std::string> &order, const Ticks &ticks);

}  // namespace bench
