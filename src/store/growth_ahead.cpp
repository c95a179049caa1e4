#include "store/growth_ahead.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "platform/clock.hpp"
#include "store/growth.hpp"
#include "store/held_locks.hpp"

namespace latzero::store {

using platform::kHugePage;

constexpr auto kRelaxed = std::memory_order_relaxed;

// Of this thread. A system that takes so long compacts memory, or has to get it from its host.
constexpr std::uint64_t kLongestNs = 4'000'000;

void GrowthAhead::look_ahead_locked(const Segment &segment, std::uint64_t pages) {
    LATZERO_ASSERT(holds_extents(segment));
    const std::uint64_t capacity = segment.usable(), used = segment.header().used_pages.load(kRelaxed);
    if (capacity == done_at_.load(kRelaxed)) return;
    const std::uint64_t free = capacity / kPageSize - std::min(used, capacity / kPageSize);
    const std::uint64_t step = end_of_step(capacity, segment.geometry().max_bytes) - capacity;
    const std::uint64_t few = step / kPageSize / 4;
    if (free < few && free + pages >= few) making_at_.store(capacity, kRelaxed);
    if (making_at_.load(kRelaxed) == capacity) due_.store(true, kRelaxed);
}

void GrowthAhead::make_one(const Segment &segment) {
    LATZERO_ASSERT(segment.writable() && may_wait_for(segment, 0) && !holds_stripe(segment, 0));
    due_.store(false, kRelaxed);
    if (!allowed_) return;
    const std::unique_lock only_one(mutex_, std::try_to_lock);
    if (!only_one) return;
    const std::uint64_t capacity = segment.usable(), cap = segment.geometry().max_bytes;
    std::uint64_t size = 0;
    if (capacity != making_at_.load(kRelaxed) || segment.object().size(size) != Status::ok) return;
    const std::uint64_t at = (std::max(capacity, size) + kHugePage - 1) / kHugePage * kHugePage;
    const std::uint64_t began = platform::thread_ns();
    if (at + kHugePage > end_of_step(capacity, cap) || !segment.back_by_huge_page(at) ||
        platform::thread_ns() - began > kLongestNs)
        done_at_.store(capacity, kRelaxed);
}

}  // namespace latzero::store
