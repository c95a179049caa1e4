#include "store/lock.hpp"

#include <algorithm>

#include "base/last_error.hpp"
#include "platform/liveness.hpp"
#include "store/bell.hpp"
#include "store/call_deadline.hpp"
#include "store/recovery.hpp"

namespace latzero::store {
namespace {

// How long a waiter sleeps before it asks whether the holder lives, which is one system call: so long a dead holder
// delays the others.
constexpr std::uint64_t kFirstSleepNs = 1'000'000;
constexpr std::uint64_t kLongestSleepNs = 2'000'000;

// Pauses before each look at a lock that is taken; after the last one the waiter sleeps. A look takes the lock's cache
// line from its holder, whose next change waits for it to come back. So the first look is late: two processes that
// count in one key take 20 ns for each increment, eight of them on two processors 27; with looks after 1, 2, 4 ... 32
// pauses they take 24 and 38.
constexpr int kPauses[] = {32, 64};

bool spin(LockWord &lock, Owner owner) {
    for (const int pauses : kPauses) {
        for (int i = 0; i < pauses; i++) platform::spin_hint();
        if (try_lock(lock, owner)) return true;
    }
    return false;
}

// Notes a wait that is longer than the work of anybody who is not stopped.
class LongWait {
public:
    explicit LongWait(Actor actor) : actor_(actor) {}
    ~LongWait() {
        constexpr std::uint64_t kLongNs = 50'000'000;
        if (began_ns_ == 0) return;
        const std::uint64_t took_ns = platform::boot_ns() - began_ns_;
        if (took_ns >= kLongNs)
            actor_.session.note_deed({Deed::Kind::waited, holder_, 0, took_ns, platform::wall_ns()});
    }
    LongWait(const LongWait &) = delete;
    LongWait &operator=(const LongWait &) = delete;

    // Before a sleep.
    void is_for(Owner holder) {
        if (began_ns_ == 0) began_ns_ = platform::boot_ns();
        holder_ = process_of(actor_.segment(), holder);
    }

private:
    const Actor actor_;
    std::uint64_t began_ns_ = 0;
    std::uint32_t holder_ = 0;
};

}  // namespace

bool names_a_client(const Segment &segment, Owner owner) {
    const std::uint32_t slot = slot_of(owner);
    if (slot >= kClientLimit) return false;
    const ClientSlot &client = segment.client(slot);
    if (client.generation.load(std::memory_order_acquire) % kGenerations != generation_of(owner)) return false;
    // A client that leaves or is recovered has let go of all locks before its slot is free.
    return client.in_use.load(std::memory_order_acquire) != 0 ||
           platform::is_held(segment.object(), kWriterBytes + slot, 1, platform::HeldBy::writers);
}

std::uint32_t process_of(const Segment &segment, Owner owner) {
    const std::uint32_t slot = slot_of(owner);
    return slot < kClientLimit ? segment.client(slot).process.load(std::memory_order_relaxed) : 0;
}

LockResult lock_contended(Actor actor, LockWord &lock, std::uint32_t number) {
    LATZERO_ASSERT(number <= kExtentLockNumber && may_wait_for(actor.segment(), number));
    if (spin(lock, actor.owner)) return {Status::ok, false};
    const platform::WaitChannel channel{actor.segment().pool_number(), number};
    const Wait wait(actor.session.timeout_ns);
    LongWait noted(actor);
    for (std::uint64_t sleep = kFirstSleepNs;; sleep = std::min(sleep * 2, kLongestSleepNs)) {
        const std::uint64_t left = wait.left();
        lock.waiters.fetch_or(kLockWaiters, std::memory_order_seq_cst);
        Owner holder = lock.owner.load(std::memory_order_seq_cst);
        LATZERO_ASSERT(sleep <= kLongestSleepNs);  // so long the death of the holder may go unnoticed
        if (holder != 0) noted.is_for(holder);
        if (holder != 0 && left > 0) platform::wait_on(channel, lock.owner, holder, std::min(sleep, left));
        if (try_lock(lock, actor.owner) || spin(lock, actor.owner)) return {Status::ok, false};
        // Acquire: with the client slot that it names.
        holder = lock.owner.load(std::memory_order_acquire);
        if (holder == 0) continue;
        if (!names_a_client(actor.segment(), holder)) {
            // The slot may have been recovered and the lock released since the word was read: the swap tells.
            if (lock.owner.compare_exchange_strong(holder, actor.owner, std::memory_order_acq_rel)) {
                note_taken(lock);
                return {Status::ok, true};
            }
        } else if (holder != actor.session.owner && holder != actor.owner) {
            const RecoveryResult recovered = recover_if_dead(actor.session, holder);
            if (recovered.outcome == Recovery::done && try_lock(lock, actor.owner)) return {Status::ok, false};
            if (recovered.status == Status::io) return {Status::io, false};  // the system will not tell
        }
        if (left == 0) {
            note_holder(process_of(actor.segment(), holder));
            return {Status::timeout, false};
        }
    }
}

// A read-only client that asks for the bell may watch, and cannot turn the ring on (watching.hpp). This call may hold
// other locks, so it leaves that to a write of this process that takes the general way. One of the next ones to this
// stripe does, since there seems to be something to sweep; to say so needs no lock.
[[gnu::cold]] static void note_reader(const Segment &segment, std::uint32_t number) {
    constexpr std::uint64_t kLongAgoMs = 1;
    segment.note();
    segment.stripe(number).sweep_due.store(kLongAgoMs, std::memory_order_relaxed);
}

void wake_waiters(const Segment &segment, LockWord &lock, std::uint32_t number, std::uint32_t waiters) {
    LATZERO_ASSERT(number == kExtentLockNumber ? &lock == &segment.header().extent_lock
                                               : &lock == &segment.stripe(number).lock);
    constexpr std::uint32_t kOnce = kOneBell | kReadersBell;
    if ((waiters & kOnce) != 0) lock.waiters.fetch_and(~kOnce, std::memory_order_relaxed);
    if ((waiters & kReadersBell) != 0 && number != kExtentLockNumber) note_reader(segment, number);
    if ((waiters & (kBell | kOnce)) != 0 && number != kExtentLockNumber) ring_bell(segment, number);
    if ((waiters & kLockWaiters) == 0) return;
    lock.waiters.fetch_and(~kLockWaiters, std::memory_order_relaxed);
    platform::wake_all({segment.pool_number(), number}, lock.owner);
}

}  // namespace latzero::store
