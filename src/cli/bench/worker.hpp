// One measuring process: connects, warms up, measures, and leaves what it found on its seat.
#pragma once

#include "bench/cases.hpp"
#include "bench/pools.hpp"
#include "bench/stage.hpp"

#include <cstddef>
#include <cstdint>

namespace latzero::cli::bench {

// One measurement of one case: either how many calls are made in a time, or how long each of them takes.
struct Turn {
    const Case *what;
    bool each_call;
    std::uint64_t seed;  // of the order of its keys
};

// Throws if a call fails, or reads other bytes than were stored.
void take_part(const Turn &turn, const Load &load, const Pools &pools, Stage &stage, Seat &seat);

}  // namespace latzero::cli::bench
