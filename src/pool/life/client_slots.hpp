// A client's place in a pool: a slot and its liveness byte for a read-write client, a liveness byte alone for a
// read-only one.
//
// Invariants:
// - A place is taken with the pool's life lock held, so that the pool does not end meanwhile.
// - It is given back in two steps: free_slot() says that nothing has to be cleaned up, release_byte() that the client
//   is gone. A client that dies before the first leaves its slot in use, and the next one that claims it cleans up.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "pool/life/life_lock.hpp"
#include "pool/life/open.hpp"
#include "store/session.hpp"

namespace latzero::pool {

// Maps the pool, and takes a place in it. The segment stays attached if that fails. The life lock stays held.
// Preconditions: the pool was found, and opened with this access; the session is new.
Status join(FoundPool &found, platform::Access access, std::uint64_t timeout_ns, store::Session &session);

// Takes the first slot whose liveness byte is free, and cleans up behind its last owner if that one died. busy, with a
// sentence, if there is none.
// Preconditions: the session's segment is attached for writing, and `lock` is its object's.
Status claim_slot(const LifeLock &lock, store::Session &session);

// Marks the session's slot as left cleanly. With something still in hand the slot stays in use: the next client that
// claims it puts that back. Precondition: claim_slot() has succeeded.
void free_slot(store::Session &session);

// free_slot() of a client that has used the pool; nothing for a read-only one. Precondition: join() has succeeded.
void leave(store::Session &session);

// Lets go of the session's liveness byte. Precondition: it has a place.
void release_byte(store::Session &session);

}  // namespace latzero::pool
