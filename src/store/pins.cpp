#include "store/pins.hpp"

#include "base/assert.hpp"
#include "platform/liveness.hpp"
#include "store/order.hpp"

namespace latzero::store {

Status Pins::pin(const platform::MemoryObject &object, std::uint64_t page) {
    const std::lock_guard lock(mutex_);
    std::uint32_t &count = counts_[page];
    const Status held =
        count == 0 ? platform::hold_byte(object, kPinBytes + page, platform::Hold::together) : Status::ok;
    if (held == Status::ok)
        count++;
    else
        counts_.erase(page);
    full_fence();
    return held;
}

bool Pins::unpin(const platform::MemoryObject &object, std::uint64_t page) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(page);
    LATZERO_ASSERT(found != counts_.end() && found->second > 0);
    if (found == counts_.end() || --found->second > 0) return false;
    counts_.erase(found);
    platform::release_byte(object, kPinBytes + page);
    return true;
}

bool Pins::any(const platform::MemoryObject &object, std::uint64_t first, std::uint64_t count) const {
    LATZERO_ASSERT(count > 0);
    const std::lock_guard lock(mutex_);
    full_fence();
    if (count == 1 ? counts_.contains(first) : !counts_.empty()) return true;
    // No connection can know of the others' pins but by asking.
    const Tracked<bool> has_asked(false);
    const auto ask = [&] {
        has_asked.set(true);
        return platform::is_held(object, kPinBytes + first, count, platform::HeldBy::sharers);
    };
    const bool pinned = ask();
    LATZERO_ASSERT(has_asked.get());
    return pinned;
}

}  // namespace latzero::store
