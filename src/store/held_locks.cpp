#include "store/held_locks.hpp"

#if !defined(NDEBUG)

#include <algorithm>
#include <array>

namespace latzero::store {
namespace {

// Those of a pool, and of the dead who are recovered meanwhile.
constexpr std::size_t kMostHeld = 512;

// In the order in which they were taken.
constinit thread_local std::array<const LockWord *, kMostHeld> held = {};
constinit thread_local std::size_t held_count = 0;

}  // namespace

bool holds(const LockWord &lock) {
    const auto end = held.begin() + held_count;
    return std::find(held.begin(), end, &lock) != end;
}

void note_taken(const LockWord &lock) {
    LATZERO_ASSERT(held_count < kMostHeld);
    held[held_count++] = &lock;
}

// The last one of that lock: somebody may have written a dead client's name into one that this thread holds already.
void note_released(const LockWord &lock) {
    for (std::size_t at = held_count; at-- > 0;) {
        if (held[at] != &lock) continue;
        std::copy(held.data() + at + 1, held.data() + held_count, held.data() + at);
        held_count--;
        return;
    }
    LATZERO_ASSERT(!"a lock that is released was taken");
}

HeldMeanwhile::HeldMeanwhile() : before_(held_count) {}

HeldMeanwhile::~HeldMeanwhile() {
    LATZERO_ASSERT(held_count >= before_);
    held_count = before_;
}

bool may_wait_for(const Segment &segment, std::uint32_t number) {
    for (std::uint32_t later = number + 1; later < kStripes; later++)
        if (holds_stripe(segment, later)) return false;
    return !holds_extents(segment);
}

}  // namespace latzero::store

#endif
