// Growing ahead: backs the next step of a growing pool with memory before it is needed, one huge page at a time and
// without any lock.
//
// - Whose taking leaves less free than a quarter of the next step makes that step: whenever he takes pages after that,
//   one huge page at his next write. So nobody waits longer for it than one page takes, and the growth that comes then
//   (growth.hpp) finds its bytes there. The others leave it to him.
// - How far the step is made is the length of the object and nothing else. A crash leaves the object longer than the
//   pool, as in a growth: harmless.
// - What the system refuses, or takes long for, ends it for this step in this process: the pool grows as it would
//   without.
// - What is below the capacity may be in use, and is left alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "store/segment.hpp"

namespace latzero::store {

class GrowthAhead {
public:
    // Without it nothing is ever due. Before the session's first call.
    void allow() { allowed_ = true; }

    // Under the extent lock, when so many pages were taken.
    void note_use_locked(const Segment &segment, std::uint64_t pages) {
        if (allowed_) look_ahead_locked(segment, pages);
    }
    bool is_due() const { return due_.load(std::memory_order_relaxed); }
    // Has make_one() be due for something else that waits for a write without a lock (store/deeds.hpp).
    void ask() { due_.store(true, std::memory_order_relaxed); }
    std::atomic<bool> &due() { return due_; }

    // Makes the next huge page, or finds that there is none to make. Holds no lock, and never fails.
    [[gnu::cold]] void make_one(const Segment &segment);

private:
    void look_ahead_locked(const Segment &segment, std::uint64_t pages);

    bool allowed_ = false;
    std::atomic<bool> due_{false};
    // The capacity behind which this process makes the step; and that behind which it has made what can be had.
    std::atomic<std::uint64_t> making_at_{0}, done_at_{0};
    std::mutex mutex_;  // of the thread that makes one
};

}  // namespace latzero::store
