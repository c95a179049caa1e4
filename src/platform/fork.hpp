// Children made by fork(): telling them from their parent, and what they find of it.
//
// Contract, for every system:
// - A ForkWatch tells a child from the process that started it, however the child was made: by fork(), by _Fork() or by
//   a raw clone system call. Where processes are never copied it always says no.
// - What the fork lock guards is whole in every child, and the lock is free there.
//
// Threads: any, at once. Asking a watch costs one load. The lock never fails; ForkWatch::start() fails with no_memory
// and a sentence.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/status.hpp"
#include "platform/cancellation.hpp"
#include "platform/signals.hpp"

namespace latzero::platform {

// What every child finds zeroed. A page of its own: the system wipes whole ones.
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

    // The process's, once a watch was started in it; 0 in a child before.
    static std::uint64_t process_epoch() { return wiped_page.epoch.load(std::memory_order_relaxed); }

    // True in a child of the process that started this watch, and of one that was not started.
    bool forked() const { return wiped_page.epoch.load(std::memory_order_relaxed) != epoch_; }

private:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};
    std::uint64_t epoch_ = kNever;
};

// One lock of the process that fork() takes too. Its holder runs no signal handler of the host: one that forks would
// wait for the lock for ever.
//
// Precondition: this thread does not hold it. It is held for a few instructions at a time, and never while opening or
// closing memory objects, or with secrets, which take it themselves.
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

}  // namespace latzero::platform
