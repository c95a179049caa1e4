#include "platform/clock.hpp"

#include <time.h>

namespace latzero::platform {
namespace {

std::uint64_t read_clock(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t boot_ns() { return read_clock(CLOCK_BOOTTIME); }
std::int64_t wall_ns() { return static_cast<std::int64_t>(read_clock(CLOCK_REALTIME)); }

}  // namespace latzero::platform
