// What a process is to the library: may it have forked, may its threads be cancelled here, randomness.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/status.hpp"

namespace latzero::platform {

// What every child finds zeroed, also one made by a raw clone system call. A page of its own: the system wipes whole
// ones.
#if defined(__x86_64__) || defined(__i386__)
inline constexpr std::size_t kWipedBytes = 4096;
#else
inline constexpr std::size_t kWipedBytes = 65536;
#endif
struct alignas(kWipedBytes) WipedPage {
    std::atomic<std::uint64_t> epoch;  // of this process, none of whose ancestors had it; 0: it has not looked yet
    std::atomic<std::uint32_t> lock;   // free in a new child, even if a thread of the parent held it
};
[[gnu::visibility("hidden")]] extern WipedPage wiped_page;

// Telling a forked child from its parent costs one load: the process's epoch differs from the one at connect.
class ForkWatch {
public:
    ForkWatch() = default;
    ForkWatch(ForkWatch &&other) noexcept : epoch_(std::exchange(other.epoch_, kNever)) {}
    ForkWatch &operator=(ForkWatch &&other) noexcept {
        std::swap(epoch_, other.epoch_);
        return *this;
    }
    ForkWatch(const ForkWatch &) = delete;
    ForkWatch &operator=(const ForkWatch &) = delete;

    static Status start(ForkWatch &watch);

    // True in a child of the process that started this watch, and of one that was not started.
    bool forked() const { return wiped_page.epoch.load(std::memory_order_relaxed) != epoch_; }

private:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};
    std::uint64_t epoch_ = kNever;
};

// Keeps the host's signal handlers off this thread, and off threads that it starts meanwhile. Faults stay with whoever
// handles them.
using SignalMask = std::uint64_t;
SignalMask block_host_signals();
void restore_signals(SignalMask mask);

class SignalGuard {
public:
    SignalGuard() = default;
    ~SignalGuard() { restore_signals(before_); }
    SignalGuard(const SignalGuard &) = delete;
    SignalGuard &operator=(const SignalGuard &) = delete;

private:
    const SignalMask before_ = block_host_signals();
};

// Holds off pthread cancellation: a thread that vanished amid a call would leave behind what it holds. Wherever the
// library runs what POSIX calls a cancellation point.
class CancellationGuard {
public:
    CancellationGuard();
    ~CancellationGuard();
    CancellationGuard(const CancellationGuard &) = delete;
    CancellationGuard &operator=(const CancellationGuard &) = delete;

private:
    int previous_;
};

// One lock of the process that fork() takes too: a child finds what it guards whole, and the lock free. Its holder runs
// no signal handler of the host: one that forks would wait for the lock for ever.
//
// For a few instructions at a time, and never while opening or closing shared objects, or with secrets, which take it
// themselves.
class ForkLock {
public:
    ForkLock();
    ~ForkLock();
    ForkLock(const ForkLock &) = delete;
    ForkLock &operator=(const ForkLock &) = delete;

private:
    const SignalGuard signals_;
    const CancellationGuard not_now_;
};

Status random_bytes(void *out, std::size_t size);

// For display only: a number may be used again, and means nothing in another pid namespace.
std::uint32_t process_number();

}  // namespace latzero::platform
