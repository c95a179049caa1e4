#include "platform/sync.hpp"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/errno_keeper.hpp"

namespace latzero::platform {
namespace {

timespec to_timespec(std::uint64_t ns) {
    return {static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
}

}  // namespace

// Raw system calls: glibc's wrappers are cancellation points, and a thread must not vanish while it holds a lock.

void wait_on(const WaitChannel &, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
             std::uint64_t max_wait_ns) {
    const ErrnoKeeper keeper;
    const timespec limit = to_timespec(max_wait_ns);
    syscall(SYS_futex, &word, FUTEX_WAIT, expected, &limit, nullptr, 0);
}

void wake_all(const WaitChannel &, std::atomic<std::uint32_t> &word) {
    const ErrnoKeeper keeper;
    syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void wait_on_groups(const WaitChannel &, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
                    std::uint32_t groups, std::uint64_t max_wait_ns) {
    const ErrnoKeeper keeper;
    timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const std::uint64_t end = static_cast<std::uint64_t>(until.tv_sec) * 1'000'000'000u +
                              static_cast<std::uint64_t>(until.tv_nsec) + max_wait_ns;
    until = to_timespec(end);
    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, &until, nullptr, groups);
}

void wake_groups(const WaitChannel &, std::atomic<std::uint32_t> &word, std::uint32_t groups) {
    const ErrnoKeeper keeper;
    syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, INT_MAX, nullptr, nullptr, groups);
}

void pause_for(std::uint64_t ns) {
    const ErrnoKeeper keeper;
    const timespec length = to_timespec(ns);
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &length, nullptr);
}

}  // namespace latzero::platform
