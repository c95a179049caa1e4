// The one owner-died handler.
//
// A dead client leaves its slot in use and its liveness byte free. The client that takes the slot's recovery byte is
// its only recoverer, and acts in its name: the locks stay marked as the dead one's until all is repaired. So a
// recoverer that is killed leaves the same state behind, and the next one starts over; every step may be repeated.
//
//   1. resolve the intent of every stripe that names the dead
//   2. give back its pending pages and rebuild the page map, under the extent lock
//   3. put a block in transfer onto a free list
//   4. release its stripes
//   5. free the slot under its next generation
//
// A process that is dying may still have its liveness byte, but runs nothing any more: a client that waits for it does
// the first four. The fifth is for the next one that finds the byte free. A newcomer that has that byte, but cannot get
// the recovery byte, takes another slot.
#pragma once

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// What came of a look at a client.
enum class Recovery : std::uint8_t {
    done,    // it holds nothing any more
    alive,   // nothing is taken from it
    later,   // somebody else recovers it, or holds what that takes
    failed,  // see the status: timeout, or io
};
struct RecoveryResult {
    Recovery outcome;
    Status status = Status::ok;
};

// Takes from the holder of a lock what it holds, if it is dead or dying.
RecoveryResult recover_if_dead(Session &session, Owner holder);

// Recovers a slot whose liveness byte this session holds; busy if somebody else is at it. Does nothing if the slot was
// left cleanly.
Status recover_slot(Session &session, std::uint32_t slot);

// Recovers every slot that is in use by nobody alive. Returns the first failure, after trying all.
Status recover_all_dead(Session &session);

}  // namespace latzero::store
