// One measurement: fresh processes, each pinned to a core, that attach, warm up, and run side by side.
#pragma once

#include <cstdint>

#include "store.hpp"

namespace bench {

inline constexpr int kMostProcesses = 8;

// What is measured, apart from the store.
struct Trial {
    const Place &place;
    const DataSet &data;
    const Case &what;
    std::uint64_t seed;
    std::uint64_t ns;
};

// Nanoseconds per operation, over the throughput of all processes that count together. Throws if an operation failed.
double measure(AnyStore &store, const Trial &trial);

// Adds how many ticks each single operation took. The case has one process.
void measure_each(AnyStore &store, const Trial &trial, const Ticks &ticks, Histogram &times);

}  // namespace bench
