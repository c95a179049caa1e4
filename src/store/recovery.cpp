#include "store/recovery.hpp"

#include "platform/clock.hpp"
#include "platform/liveness.hpp"
#include "store/bell.hpp"
#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/commit.hpp"
#include "store/lock.hpp"
#include "store/pages.hpp"
#include "store/ring_switch.hpp"
#include "store/transfer.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// The extent lock in the dead one's name, if that did not have it: an intent that releases an extent was armed under
// it, and is resolved under it.
Status take_extents(Actor dead) {
    const LockWord &lock = dead.segment().header().extent_lock;
    if (lock.owner.load(std::memory_order_acquire) != dead.owner) return lock_extents(dead);
    note_taken(lock);
    return Status::ok;
}

void resolve_stripes(Actor dead) {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const LockWord &lock = dead.segment().stripe(number).lock;
        if (lock.owner.load(std::memory_order_acquire) != dead.owner) continue;
        note_taken(lock);
        resolve_intent(dead, number);
    }
}

// Takes the blocks of pending runs off the free lists. One search of a list finds all of its class, so none is
// searched again, whatever the page table says.
class Unlinking {
public:
    explicit Unlinking(const Segment &segment) : segment_(segment), budget_(segment) {}

    // Runs are marked pending for one stripe and class at a time, or for one class and every stripe. False if a list
    // makes no sense: then blocks of the run may still be on it.
    bool unlink(const PageEntry &entry) {
        if (entry.size_class >= kClasses) return true;
        for (std::uint32_t number = 0; number < kStripes; number++) {
            if (entry.stripe != number && entry.stripe != kEveryStripe) continue;
            const std::uint64_t stripe_bit = std::uint64_t{1} << number;
            if ((searched_[entry.size_class] & stripe_bit) != 0) continue;
            searched_[entry.size_class] |= stripe_bit;
            if (!unlink_pending_locked(segment_, number, entry.size_class, budget_))
                damaged_[entry.size_class] |= stripe_bit;
        }
        LATZERO_ASSERT((damaged_[entry.size_class] & ~searched_[entry.size_class]) == 0);
        const std::uint64_t its_lists = entry.stripe < kStripes ? std::uint64_t{1} << entry.stripe : ~std::uint64_t{0};
        return (damaged_[entry.size_class] & its_lists) == 0;
    }

private:
    const Segment &segment_;
    Budget budget_;
    std::uint64_t searched_[kClasses] = {}, damaged_[kClasses] = {};  // a bit a stripe
};

// Gives back what the dead client had pending. Nobody else can know of such a page, but for the free list of the stripe
// that it was claimed for, or those of every stripe; their locks are still the dead one's.
void give_back_pages_locked(Actor dead) {
    const Segment &segment = dead.segment();
    const std::uint32_t slot = slot_of(dead.owner);
    Unlinking lists(segment);
    for_each_run(segment, [&](std::uint64_t page, const PageEntry &entry) {
        if (entry.kind == PageKind::ring && !is_ring_of_header(segment, page, entry.pages)) free_run_locked(dead, page);
        if (entry.client != slot) return;
        const bool off_lists = entry.kind == PageKind::small_pending && lists.unlink(entry);
        if (entry.kind == PageKind::extent_pending) segment.spoil(ref_of_page(page), kPageSize);
        if (off_lists || entry.kind == PageKind::extent_pending) free_run_locked(dead, page);
    });
    rebuild_page_map_locked(dead);
}

void release_stripes(Actor dead) {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        LockWord &lock = dead.segment().stripe(number).lock;
        if (lock.owner.load(kRelaxed) != dead.owner) continue;
        note_taken(lock);
        release(dead.segment(), lock, number);
    }
}

// The right to recover a slot's client, as long as this lives.
class RecoveryByte {
public:
    RecoveryByte(const platform::MemoryObject &object, std::uint32_t slot)
        : object_(object),
          byte_(kRecoveryBytes + slot),
          status_(platform::hold_byte(object, byte_, platform::Hold::alone)) {
        LATZERO_ASSERT(byte_ >= kRecoveryBytes && byte_ < kPinBytes);
    }
    ~RecoveryByte() {
        if (status_ == Status::ok) platform::release_byte(object_, byte_);
    }
    RecoveryByte(const RecoveryByte &) = delete;
    RecoveryByte &operator=(const RecoveryByte &) = delete;

    Status status() const { return status_; }

private:
    const platform::MemoryObject &object_;
    const std::uint64_t byte_;
    const Status status_;
};

RecoveryResult take_holdings(Actor dead) {
    LATZERO_ASSERT(dead.owner != dead.session.owner || dead.owner == 0);
    const HeldMeanwhile in_its_name;
    const Status status = take_extents(dead);
    if (status != Status::ok) return {Recovery::failed, status};
    resolve_stripes(dead);
    give_back_pages_locked(dead);
    unlock_extents(dead);
    if (!settle_transfer(dead)) return {Recovery::later};
    release_stripes(dead);
    return {Recovery::done};
}

std::uint64_t count_stripes_of(Actor dead) {
    std::uint64_t count = 0;
    for (std::uint32_t number = 0; number < kStripes; number++)
        count += dead.segment().stripe(number).lock.owner.load(kRelaxed) == dead.owner;
    return count;
}

// In this order: a newcomer's generation is there before its slot is in use.
bool is_in_use_by(const ClientSlot &client, std::uint32_t generation) {
    return client.in_use.load(std::memory_order_acquire) != 0 &&
           client.generation.load(std::memory_order_acquire) % kGenerations == generation;
}

// `is_gone`: the liveness byte is free, or this session's.
RecoveryResult recover(Session &session, Owner dead, bool is_gone) {
    const std::uint32_t slot = slot_of(dead), generation = generation_of(dead);
    LATZERO_ASSERT(slot < kClientLimit);
    ClientSlot &client = session.segment.client(slot);
    const std::lock_guard one_at_a_time(session.recovery);
    const RecoveryByte mine(session.segment.object(), slot);
    if (mine.status() == Status::busy) return {Recovery::later};
    if (mine.status() != Status::ok) return {Recovery::failed, mine.status()};
    if (!is_in_use_by(client, generation)) return {Recovery::done};
    const Deed deed{Deed::Kind::recovered, client.process.load(kRelaxed), count_stripes_of({session, dead}), 0,
                    platform::wall_ns()};
    const RecoveryResult taken = take_holdings({session, dead});
    if (taken.outcome == Recovery::done && (is_gone || deed.amount > 0)) session.note_deed(deed);
    if (taken.outcome != Recovery::done || !is_gone) return taken;
    LATZERO_ASSERT(mine.status() == Status::ok && generation < kGenerations);
    client.process.store(0, kRelaxed);
    client.generation.store(next_generation(generation), std::memory_order_release);
    client.in_use.store(0, std::memory_order_release);
    note_clients_changed(session.segment);
    return {Recovery::done};
}

bool is_dying(const Session &session, std::uint32_t slot) {
    const std::uint32_t process = session.segment.client(slot).process.load(kRelaxed);
    return platform::is_held_by_dying(session.segment.object(), kWriterBytes + slot, process);
}

}  // namespace

Status recover_slot(Session &session, std::uint32_t slot) {
    const ClientSlot &client = session.segment.client(slot);
    if (client.in_use.load(std::memory_order_acquire) == 0) return Status::ok;
    const std::uint32_t generation = client.generation.load(std::memory_order_acquire) % kGenerations;
    const RecoveryResult recovered = recover(session, make_owner(slot, generation), true);
    return recovered.outcome == Recovery::later ? Status::busy : recovered.status;
}

RecoveryResult recover_if_dead(Session &session, Owner holder) {
    const std::uint32_t slot = slot_of(holder);
    if (slot >= kClientLimit || slot == slot_of(session.owner)) return {Recovery::alive};
    const platform::HeldByte live =
        platform::held_byte(session.segment.object(), kWriterBytes + slot, 1, platform::HeldBy::writers);
    if (live.status != Status::ok) return {Recovery::failed, live.status};
    if (live.held && !is_dying(session, slot)) return {Recovery::alive};
    return recover(session, holder, !live.held);
}

Status recover_all_dead(Session &session) {
    const CallDeadline all_slots;
    Status first_failure = Status::ok;
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const ClientSlot &client = session.segment.client(slot);
        if (slot == slot_of(session.owner) || client.in_use.load(std::memory_order_acquire) == 0) continue;
        const RecoveryResult recovered =
            recover_if_dead(session, make_owner(slot, client.generation.load(kRelaxed) % kGenerations));
        if (recovered.outcome == Recovery::failed && first_failure == Status::ok) first_failure = recovered.status;
    }
    return first_failure;
}

}  // namespace latzero::store
