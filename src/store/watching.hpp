// Who watches a pool: a client holds its watch byte from its first watch to the end of its last one. As long as any is
// held, the ring of changes stays on (ring_switch.hpp). A watcher that is killed lets go of its byte and leaves the
// ring on: writers look now and then, and one that finds no watcher turns it off.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/ring_switch.hpp"
#include "store/session.hpp"

namespace latzero::store {

// One more watch of this client. The ring has 2^bits slots a stripe, if it is this client that makes it; `start` is
// where the watch begins. As turn_ring_on(), and io if the system gives no byte. A read-only client turns nothing on:
// it watches what others have turned on, or finds by the commit numbers that there were changes. Takes each stripe
// once. The caller holds no lock.
Status begin_watching(Actor actor, std::uint32_t bits, RingStart &start);

// One watch less. The caller holds no lock.
void end_watching(Actor actor);

// For one commit of many, while the ring is on: has this session's next write call turn_off_unwatched(), if nobody
// watches any more. Asks the system. Any locks may be held.
void look_for_watchers(Session &session);
// The caller holds no lock.
void turn_off_unwatched(Actor actor);

}  // namespace latzero::store
