// One measurement: fresh processes, each pinned to a core, that attach, warm up, and run side by side.
#pragma once

#include <cstdint>

#include "store.hpp"

namespace bench {

// Creates and fills the store, then lets one process read back what another wrote. False, with the reason on standard
// error, if it cannot hold the data set.
bool prepare(AnyStore &store, const Place &place, const DataSet &data);

// Nanoseconds per operation, over the throughput of all processes together. Throws if an operation failed.
double measure(AnyStore &store, const Place &place, const DataSet &data, const Case &what, std::uint64_t seed,
               std::uint64_t milliseconds);

}  // namespace bench
