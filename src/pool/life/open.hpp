// From a name to an open pool.
//
// Invariants:
// - A pool is handed out with its life lock held, and after a check, made with the lock held, that the name leads to
//   its object: it cannot end before the caller lets go of the lock.
// - The pool is that of the name in its header, and no other: what was copied or renamed is corrupt.
// - All that is believed of the header comes from one look at it (PoolHeader), made with the lock held.
// - Through a gate, that look is the very one that the gate has verified.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "platform/memory_object.hpp"
#include "pool/life/gate.hpp"
#include "pool/life/life_lock.hpp"
#include "pool/life/lifetime.hpp"

namespace latzero::pool {

// What lies under a name. Unless there is nothing, the object is open, and the life lock is held until close(), or
// until the lock itself is released.
struct FoundPool {
    enum class State : std::uint8_t {
        absent,
        live,
        over  // nothing keeps it alive, or it is past its idle TTL; with WhenOver::keep only
    };

    State state = State::absent;
    Life ended = Life::lives;  // why a pool of the name was removed on the way; lives: none was
    PoolHeader header;
    platform::MemoryObject object;
    LifeLock lock;  // behind the object, so that it goes before it

    bool is_absent() const { return state == State::absent; }
    // Keeps the header.
    void close();
};

// What becomes of a pool that is over when it is found.
enum class WhenOver : std::uint8_t { remove, keep };

// Opens the pool of that name. ok, and nothing found, if there is none; so counts one whose destroyer was killed
// halfway, or that is over and was removed on the way. Anything else that lies there is a failure, with a sentence that
// may lack the pool's name, and nothing open. Waits for the life lock until the deadline (boot clock).
// Precondition: nothing is open in `found`.
Status open_pool(std::string_view name, platform::Access access, std::uint64_t deadline_ns, FoundPool &found,
                 WhenOver when_over = WhenOver::remove);

// The same through a gate, whose key has to be the pool's. Waits as long as the gate allows.
Status open_pool(std::string_view name, platform::Access access, Gate &gate, FoundPool &found,
                 WhenOver when_over = WhenOver::remove);

}  // namespace latzero::pool
