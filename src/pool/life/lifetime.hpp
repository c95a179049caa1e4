// How long a pool lives, and how it ends.
//
// Invariants:
// - Whatever makes or ends a pool under its name happens with the life lock of its object held, and after a check that
//   the name still leads to that object. So there is never more than one pool of a name, and nobody attaches to a pool
//   that is ending.
// - A process reads and writes a pool that it has not joined without a mapping: whatever others do to the object
//   meanwhile, nothing faults here.
// - A pool is alive as long as a client's liveness byte is held, or its creator's, or it is persistent. The creator's
//   byte is held until the creator's process connects or ends: workers may come and go before. The system drops the
//   bytes of the dead, so pids, zombies and namespaces do not matter.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "pool/life/life_lock.hpp"
#include "store/segment.hpp"

namespace latzero::pool {

// How long calls wait that have no timeout of their own.
inline constexpr std::uint64_t kDefaultTimeoutNs = 5'000'000'000;

enum class Life : std::uint8_t {
    lives,
    idle,      // past its idle TTL; it may have clients
    orphan,    // nothing keeps it alive
    destroyed  // marked so, by a destroyer that was killed before it could remove the name
};

// Tells whether the pool of the locked object is alive. `life` is set on success only.
Status judge_life(const LifeLock &lock, const store::PoolConstants &constants, Life &life);

// Destroys the pool of the locked object: marks it for its clients, then removes its name. pool_not_found if the name
// leads elsewhere.
Status bury(const LifeLock &lock);

// For a client or creator that has let go: removes the name if nothing keeps the pool alive any more. A pool past its
// idle TTL is left to the next process that opens it, which tells its clients.
Status bury_if_orphaned(const LifeLock &lock, const store::PoolConstants &constants);

}  // namespace latzero::pool
