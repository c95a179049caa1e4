#include "platform/clock.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/errno_keeper.hpp"
#include "base/last_error.hpp"
#include "platform/posix/fork_table.hpp"
#include "platform/posix/open_file.hpp"

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

bool read_text(const char *path, char *text, std::size_t size) {
    ForkEntry entry;
    const int fd = open_listed(entry, [path] { return open_file(path, O_RDONLY | O_CLOEXEC); });
    if (fd < 0) return false;
    const ssize_t got = pread(fd, text, size - 1, 0);
    unlist_and_close(entry);
    text[got > 0 ? got : 0] = 0;
    return got > 0;
}

// The file tells the offsets of the namespace that the process's children will be in.
bool read_offset(std::int64_t &offset_ns) {
    char text[256];
    if (namespace_number("/proc/self/ns/time") != namespace_number("/proc/self/ns/time_for_children")) return false;
    if (!read_text("/proc/self/timens_offsets", text, sizeof text)) return false;
    // "boottime", seconds, and nanoseconds that are never negative.
    constexpr std::string_view kName = "boottime";
    const char *line = std::strstr(text, kName.data());
    if (line == nullptr) return false;
    char *end = nullptr, *last = nullptr;
    const std::int64_t seconds = std::strtoll(line + kName.size(), &end, 10);
    const std::int64_t rest = std::strtoll(end, &last, 10);
    if (last == end) return false;
    offset_ns = seconds * kSecondNs + rest;
    return true;
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

std::int64_t wall_ns() { return static_cast<std::int64_t>(read_clock(CLOCK_REALTIME)); }

}  // namespace latzero::platform
