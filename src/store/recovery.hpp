// The one owner-died handler.
//
// A dead client leaves its slot in use and its liveness byte free. Whoever takes the slot's recovery byte is its only
// recoverer, and acts in its name: the locks stay marked as the dead one's until all is repaired, so a recoverer that
// is killed leaves the same state behind, and the next one starts over; every step may be repeated.
//
//   1. resolve the intent of every stripe that names the dead
//   2. give back its pending pages and rebuild the page map, under the extent lock
//   3. put a block in transfer onto a free list
//   4. release its stripes
//   5. free the slot under its next generation
//
// Who waits for a client whose process is dying, but still has its liveness byte, does the first four: nothing runs
// there any more. The fifth is for whoever comes once that byte is free. A newcomer that has it, but not the recovery
// byte, takes another slot.
#pragma once

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Takes from the holder of a lock what it holds, if it is dead or dying; busy if it lives, or somebody else is at it.
Status recover_if_dead(Session &session, Owner holder);

// Recovers a slot whose liveness byte this session holds; busy if somebody else is at it. Does nothing if the slot was
// left cleanly.
Status recover_slot(Session &session, std::uint32_t slot);

// Recovers every slot that is in use by nobody alive. Returns the first failure, after trying all.
Status recover_all_dead(Session &session);

}  // namespace latzero::store
