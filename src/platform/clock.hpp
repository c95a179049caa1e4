// Clocks. Deadlines and expiry use the boot clock: the same for every process of the machine, counting through suspend,
// never stepped. The wall clock is for showing only.
#pragma once

#include <cstdint>

namespace latzero::platform {

std::uint64_t boot_ns();
std::int64_t wall_ns();

inline std::uint64_t boot_ms() { return boot_ns() / 1'000'000; }

}  // namespace latzero::platform
