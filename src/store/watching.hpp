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
// it asks the writers to (Sleeper::ask()), and until one does finds by the commit numbers that there were changes.
// Takes each stripe once. The caller holds no lock.
Status begin_watching(Actor actor, std::uint32_t bits, RingStart &start);

// Turns the ring on again where it is off, as begin_watching() does. What cannot be had in time is left to the next.
// Precondition: this client watches. The caller holds no lock.
void keep_watching(Actor actor, std::uint32_t bits);

// One watch less. The caller holds no lock.
void end_watching(Actor actor);

// For one commit of many, while the ring is on: has this session's next write call switch_ring(), if nobody watches any
// more. Asks the system. Any locks may be held.
void look_for_watchers(Session &session);
// Turns the ring off if nobody watches and the pool does not keep its events, and on for a read-only client that does
// and has asked for it (wake_waiters()). The caller holds no lock.
void switch_ring(Actor actor);
// For a client that has just come and can write: turns the ring on in a pool that keeps its events, if nobody has, and
// where a read-only client sleeps that no ring wakes. What cannot be had is left to the next. The caller holds no lock.
void serve_watchers(Actor actor);

}  // namespace latzero::store
