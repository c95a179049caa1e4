#include "store/lock.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "store/recovery.hpp"

namespace latzero::store {
namespace {

constexpr std::uint64_t kFirstSleepNs = 1'000'000;
constexpr std::uint64_t kLongestSleepNs = 8'000'000;
constexpr int kSpins = 60;

bool spin(LockWord &lock, Owner owner) {
    for (int i = 0; i < kSpins; i++) {
        platform::spin_hint();
        if (try_lock(lock, owner)) return true;
    }
    return false;
}

bool names_a_client(const Segment &segment, Owner owner) {
    const std::uint32_t slot = slot_of(owner);
    if (slot >= kClientLimit) return false;
    return segment.client(slot).generation.load(std::memory_order_acquire) % (1u << (32 - kOwnerSlotBits)) ==
           generation_of(owner);
}

}  // namespace

LockResult lock_contended(Actor actor, LockWord &lock, std::uint32_t number) {
    if (spin(lock, actor.owner)) return {Status::ok, false};
    const platform::WaitChannel channel{actor.segment().pool_number(), number};
    const std::uint64_t deadline = platform::boot_ns() + actor.session.timeout_ns;
    for (std::uint64_t sleep = kFirstSleepNs;; sleep = std::min(sleep * 2, kLongestSleepNs)) {
        lock.waiters.store(1, std::memory_order_seq_cst);
        Owner holder = lock.owner.load(std::memory_order_seq_cst);
        if (holder != 0) platform::wait_on(channel, lock.owner, holder, sleep);
        if (try_lock(lock, actor.owner) || spin(lock, actor.owner)) return {Status::ok, false};
        holder = lock.owner.load(std::memory_order_relaxed);
        if (holder == 0) continue;
        if (!names_a_client(actor.segment(), holder)) {
            // The slot may have been recovered and the lock released since the word was read: the swap tells.
            if (lock.owner.compare_exchange_strong(holder, actor.owner, std::memory_order_acquire))
                return {Status::ok, true};
        } else if (holder != actor.session.owner && holder != actor.owner) {
            const Status recovered = recover_if_dead(actor.session, holder);
            if (recovered == Status::ok && try_lock(lock, actor.owner)) return {Status::ok, false};
        }
        if (platform::boot_ns() >= deadline) return {Status::timeout, false};
    }
}

void wake_waiters(const Segment &segment, LockWord &lock, std::uint32_t number) {
    lock.waiters.store(0, std::memory_order_relaxed);
    platform::wake_all({segment.pool_number(), number}, lock.owner);
}

}  // namespace latzero::store
