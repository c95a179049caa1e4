// What a process is to the library: may it have forked, may its threads be cancelled here, randomness.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/status.hpp"

namespace latzero::platform {

// Telling a forked child from its parent costs one load: *word differs from the value taken at connect.
//
// The word lies in a page of its own that the system zeroes in every child (also one made by a raw clone system call);
// the fork handler then gives the child a number of its own, so that it can connect anew. A ForkWatch keeps the page
// alive; the page goes with the last of them, so nothing outlives the last handle.
class ForkWatch {
public:
    ForkWatch() = default;
    ~ForkWatch();
    ForkWatch(ForkWatch &&other) noexcept;
    ForkWatch &operator=(ForkWatch &&other) noexcept;
    ForkWatch(const ForkWatch &) = delete;
    ForkWatch &operator=(const ForkWatch &) = delete;

    static Status start(ForkWatch &watch);

    // True in a child of the process that started this watch.
    bool forked() const { return word_->load(std::memory_order_relaxed) != epoch_; }

private:
    // Where a watch looks that was not started: there its own epoch never stands.
    inline static const std::atomic<std::uint64_t> kNowhere{1};

    const std::atomic<std::uint64_t> *word_ = &kNowhere;
    std::uint64_t epoch_ = 0;
};

// One lock of the process that fork() takes too: a child finds what it guards whole, and the lock free. For a few
// instructions at a time, and never while opening or closing shared objects, which take it themselves.
class ForkLock {
public:
    ForkLock();
    ~ForkLock();
    ForkLock(const ForkLock &) = delete;
    ForkLock &operator=(const ForkLock &) = delete;
};

// Holds off pthread cancellation: between opening a descriptor and owning it a thread must not vanish.
class CancellationGuard {
public:
    CancellationGuard();
    ~CancellationGuard();
    CancellationGuard(const CancellationGuard &) = delete;
    CancellationGuard &operator=(const CancellationGuard &) = delete;

private:
    int previous_;
};

Status random_bytes(void *out, std::size_t size);

// For display only: a number may be used again, and means nothing in another pid namespace.
std::uint32_t process_number();

}  // namespace latzero::platform
