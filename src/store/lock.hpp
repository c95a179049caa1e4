// Locks between processes, whose holders may be killed at any instruction.
//
// - Acquire: one compare-and-swap 0 -> owner. Release: one store; there is no second atomic operation, at the price
//   that a sleeper's wake-up can be missed when it falls asleep in the very nanoseconds of the release. Sleeps are
//   bounded to milliseconds, so that costs a rare delay, never a hang.
//   Taking it is a release too: who reads the owner sees the client slot that it names as it was claimed, and so never
//   takes a living newcomer for a name that nobody has.
// - Only the holder, or a recoverer acting in its name, stores 0.
// - A waiter asks the system whether the holder lives (its liveness byte) after every sleep. The dead are recovered at
//   once; from the living nothing is ever taken: past the call's deadline (call_deadline.hpp) the answer is timeout.
// - An owner word that names no possible client is damage by another program. Who swaps it for its own name becomes the
//   holder, and repairs like a recoverer (LockResult::adopted).
//
// Order: stripes in ascending order, the extent lock last.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "platform/sync.hpp"
#include "store/session.hpp"

namespace latzero::store {

inline constexpr std::uint32_t kExtentLockNumber = kStripes;

struct LockResult {
    Status status;
    bool adopted;
};

inline bool try_lock(LockWord &lock, Owner owner) {
    Owner nobody = 0;
    return lock.owner.load(std::memory_order_relaxed) == 0 &&
           lock.owner.compare_exchange_strong(nobody, owner, std::memory_order_acq_rel, std::memory_order_relaxed);
}

// False for an owner that no client can be, living or dead.
bool names_a_client(const Segment &segment, Owner owner);

// The process of the client that is named, as its slot has it: for sentences alone. 0: nobody can tell.
std::uint32_t process_of(const Segment &segment, Owner owner);

// Past the deadline it notes who holds the lock (note_holder()).
LockResult lock_contended(Actor actor, LockWord &lock, std::uint32_t number);
void wake_waiters(const Segment &segment, LockWord &lock, std::uint32_t number);

inline LockResult acquire(Actor actor, LockWord &lock, std::uint32_t number) {
    if (try_lock(lock, actor.owner)) [[likely]]
        return {Status::ok, false};
    return lock_contended(actor, lock, number);
}

inline void release(const Segment &segment, LockWord &lock, std::uint32_t number) {
    lock.owner.store(0, std::memory_order_release);
    if ((lock.waiters.load(std::memory_order_relaxed) & kLockWaiters) != 0) [[unlikely]]
        wake_waiters(segment, lock, number);
}

}  // namespace latzero::store
