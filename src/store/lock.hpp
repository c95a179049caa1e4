// Locks between processes, whose holders may be killed at any instruction.
//
// - Acquire: one compare-and-swap 0 -> owner. Release: one store. Without a second atomic operation there, the wake-up
//   of a waiter that falls asleep in the very nanoseconds of the release can be missed. Sleeps are bounded to
//   milliseconds, so that is a rare delay, never a hang.
// - Taking a lock is a release too: a reader of the owner sees the client slot that it names as it was claimed, so a
//   living newcomer is never taken for a name that nobody has.
// - Only the holder, or a recoverer in its name, stores 0.
// - After every sleep a waiter asks the system whether the holder lives (its liveness byte). The dead are recovered at
//   once. From the living nothing is ever taken: past the call's deadline (call_deadline.hpp) the answer is timeout.
// - An owner word that names no possible client is damage by another program. The waiter that swaps it for its own name
//   becomes the holder, and repairs as a recoverer does (LockResult::adopted).
//
// Order: stripes in ascending order, the extent lock last.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "platform/sync.hpp"
#include "store/held_locks.hpp"
#include "store/session.hpp"

namespace latzero::store {

inline constexpr std::uint32_t kExtentLockNumber = kStripes;
inline constexpr std::uint32_t kBellNumber = kStripes + 1;  // the channel of bell.hpp

struct LockResult {
    Status status;
    bool adopted;  // from nobody: what the lock guards may be half done
};

// Takes the lock if nobody has it.
inline bool try_lock(LockWord &lock, Owner owner) {
    LATZERO_ASSERT(slot_of(owner) < kClientLimit);
    Owner nobody = 0;
    const bool taken =
        lock.owner.load(std::memory_order_relaxed) == 0 &&
        lock.owner.compare_exchange_strong(nobody, owner, std::memory_order_acq_rel, std::memory_order_relaxed);
    if (taken) note_taken(lock);
    return taken;
}

// False for an owner word that no client can have written, living or dead.
bool names_a_client(const Segment &segment, Owner owner);

// The process of the client that an owner word names, as its slot has it. For messages only. 0: unknown.
std::uint32_t process_of(const Segment &segment, Owner owner);

// acquire(), once try_lock() has failed. At a timeout it notes who holds the lock (note_holder()).
LockResult lock_contended(Actor actor, LockWord &lock, std::uint32_t number);
// Wakes who may sleep on the lock, or until the stripe changes, as `waiters` says; `number`: the stripe's, or
// kExtentLockNumber.
void wake_waiters(const Segment &segment, LockWord &lock, std::uint32_t number, std::uint32_t waiters);

// Waits for the lock until the call's deadline. io if the system does not tell whether the holder lives.
inline LockResult acquire(Actor actor, LockWord &lock, std::uint32_t number) {
    if (try_lock(lock, actor.owner)) [[likely]]
        return {Status::ok, false};
    return lock_contended(actor, lock, number);
}

// Only by the holder, or a recoverer in its name.
inline void release(const Segment &segment, LockWord &lock, std::uint32_t number) {
    LATZERO_ASSERT(number <= kExtentLockNumber && holds(lock));
    note_released(lock);
    lock.owner.store(0, std::memory_order_release);
    if (const std::uint32_t waiters = lock.waiters.load(std::memory_order_relaxed); waiters != 0) [[unlikely]]
        wake_waiters(segment, lock, number, waiters);
}

// Gives up an adopted lock unrepaired: its word names nobody again, so the next client adopts it and repairs.
inline void leave_to_adopt(LockWord &lock) {
    constexpr Owner kNoClient = kOwnerSlotMask;
    static_assert(slot_of(kNoClient) >= kClientLimit);
    note_released(lock);
    lock.owner.store(kNoClient, std::memory_order_release);
}

}  // namespace latzero::store
