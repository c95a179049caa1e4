// Clocks. Deadlines and expiry use the boot clock of the initial time namespace: the same for every process of the
// machine, counting through suspend, never stepped. The wall clock is for showing only.
#pragma once

#include <cstdint>

#include "base/status.hpp"

namespace latzero::platform {

// Before a pool is met by its name: finds out how far this process's time namespace is off, which may have changed
// since. unsupported if the system does not tell; another clock would end other processes' keys and pools.
Status find_boot_clock();

std::uint64_t boot_ns();
std::int64_t wall_ns();

// For pauses between things of this process alone: cheap, late by some milliseconds, and it stands still in suspend.
std::uint64_t coarse_ms();

// How long this thread has run, in the system too; that others had the processor does not count.
std::uint64_t thread_ns();

inline std::uint64_t boot_ms() { return boot_ns() / 1'000'000; }

}  // namespace latzero::platform
