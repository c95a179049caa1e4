#include "platform/clock.hpp"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "base/last_error.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/text_lines.hpp"

namespace latzero::platform {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// By how much this process's boot clock is ahead. The same for all threads: only a process with a single one can enter
// a time namespace.
std::atomic<std::int64_t> ahead_ns{0};

std::uint64_t read_clock(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * kSecondNs + static_cast<std::uint64_t>(now.tv_nsec);
}

// The number of a namespace of this process; 0 if there is none of that kind, or no /proc.
ino_t namespace_number(const char *path) {
    struct stat found;
    return stat(path, &found) == 0 ? found.st_ino : 0;
}

// The file tells the offsets of the namespace that the process's children will be in.
bool read_offset(std::int64_t &offset_ns) {
    if (namespace_number("/proc/self/ns/time") != namespace_number("/proc/self/ns/time_for_children")) return false;
    // "boottime", seconds, and nanoseconds that are never negative.
    constexpr std::string_view kName = "boottime";
    TextLines lines("/proc/self/timens_offsets");
    for (std::string_view line; lines.next(line);) {
        if (!line.starts_with(kName)) continue;
        char *end = nullptr, *last = nullptr;
        const std::int64_t seconds = std::strtoll(line.data() + kName.size(), &end, 10);
        const std::int64_t rest = std::strtoll(end, &last, 10);
        if (last == end) return false;
        offset_ns = seconds * kSecondNs + rest;
        return true;
    }
    return false;
}

}  // namespace

Status find_boot_clock() {
    // The same on every machine, as the kernel's TIME_NS_INIT_INO.
    constexpr ino_t kInitialNamespace = 0xeffffffa;
    const ErrnoKeeper keeper;
    const ino_t own = namespace_number("/proc/self/ns/time");
    std::int64_t offset_ns = 0;
    if (own != 0 && own != kInitialNamespace && !read_offset(offset_ns))
        return fail(Status::unsupported,
                    "this process is in a time namespace whose offset /proc/self/timens_offsets does not tell: mount "
                    "/proc, and do not enter or unshare one in this very process");
    ahead_ns.store(offset_ns, std::memory_order_relaxed);
    return Status::ok;
}

std::uint64_t boot_ns() {
    return read_clock(CLOCK_BOOTTIME) - static_cast<std::uint64_t>(ahead_ns.load(std::memory_order_relaxed));
}

std::uint64_t coarse_ms() { return read_clock(CLOCK_MONOTONIC_COARSE) / 1'000'000; }

std::int64_t wall_ns() { return static_cast<std::int64_t>(read_clock(CLOCK_REALTIME)); }

std::uint64_t thread_ns() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace latzero::platform
