// Memory at the end of a pool goes back to the system when nobody else is there.
//
// Invariants:
// - The life lock is held, so nobody comes; and no other client is there: the system would end one that still takes the
//   end for usable.
// - The capacity falls first, then the object is cut. A crash in between leaves the object longer than the pool, as a
//   growth does that was refused on its way.
// - A pool keeps the capacity that growth would have given it for its contents plus an eighth. So clients that come and
//   go do not shrink and grow it in turn.
#pragma once

#include "pool/life/life_lock.hpp"
#include "pool/pool.hpp"

namespace latzero::pool {

// Cuts off what the pool does not need, if nobody else is there. What lies there moves first, up to 2 MiB of it, so a
// later client may find more to cut. Whatever stands in the way leaves the pool as long as it is.
// Preconditions: the lock is held, and that of this pool; the pool has joined for writing, and holds no lock of it.
void shrink(const LifeLock &lock, Pool &pool);

}  // namespace latzero::pool
