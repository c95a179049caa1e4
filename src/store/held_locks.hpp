// Which locks this thread holds, in its own name or a dead client's: for assertions alone, and without code in release
// builds. The owner words cannot tell, since any process can write there.
#pragma once

#include "base/assert.hpp"
#include "store/segment.hpp"

namespace latzero::store {

#if defined(NDEBUG)
inline void note_taken(const LockWord &) {}
inline void note_released(const LockWord &) {}
struct HeldMeanwhile {
    HeldMeanwhile() {}
};
#else
// Also by a recoverer, who holds in its name what the dead client held.
void note_taken(const LockWord &lock);
void note_released(const LockWord &lock);

// For the length of a recovery: what is held in the dead client's name afterwards stays the dead one's.
class HeldMeanwhile {
public:
    HeldMeanwhile();
    ~HeldMeanwhile();
    HeldMeanwhile(const HeldMeanwhile &) = delete;
    HeldMeanwhile &operator=(const HeldMeanwhile &) = delete;

private:
    std::size_t before_;
};
#endif
bool holds(const LockWord &lock);

inline bool holds_stripe(const Segment &segment, std::uint32_t number) { return holds(segment.stripe(number).lock); }
inline bool holds_extents(const Segment &segment) { return holds(segment.header().extent_lock); }

// Whether the order of locks lets this thread wait for one: it holds none that comes after it.
bool may_wait_for(const Segment &segment, std::uint32_t number);

}  // namespace latzero::store
