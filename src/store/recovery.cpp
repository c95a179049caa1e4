#include "store/recovery.hpp"

#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/commit.hpp"
#include "store/lock.hpp"
#include "store/pages.hpp"
#include "store/room.hpp"

namespace latzero::store {
namespace {

using platform::Access;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr std::uint32_t kGenerations = 1u << (32 - kOwnerSlotBits);

void resolve_stripes(Actor dead) {
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (dead.segment().stripe(number).lock.owner.load(std::memory_order_acquire) == dead.owner)
            resolve_intent(dead, number);
}

// Takes the blocks of pending pages off the free lists. Searching a list once finds all of its class, so none is
// searched again, whatever the page table says.
class Unlinking {
public:
    explicit Unlinking(const Segment &segment) : segment_(segment), budget_(segment) {}

    // Pages are marked pending for one stripe and class at a time, or for one class and every stripe. False if a list
    // makes no sense: then blocks of the page may still be on it.
    bool unlink(const PageEntry &entry) {
        if (entry.size_class >= kClasses) return true;
        for (std::uint32_t number = 0; number < kStripes; number++) {
            if (entry.stripe != number && entry.stripe != kEveryStripe) continue;
            const std::uint64_t stripe_bit = std::uint64_t{1} << number;
            if ((searched_[entry.size_class] & stripe_bit) != 0) continue;
            searched_[entry.size_class] |= stripe_bit;
            if (!unlink_pending(segment_, number, entry.size_class, budget_)) damaged_[entry.size_class] |= stripe_bit;
        }
        const std::uint64_t its_lists = entry.stripe < kStripes ? std::uint64_t{1} << entry.stripe : ~std::uint64_t{0};
        return (damaged_[entry.size_class] & its_lists) == 0;
    }

private:
    const Segment &segment_;
    Budget budget_;
    std::uint64_t searched_[kClasses] = {}, damaged_[kClasses] = {};  // a bit a stripe
};

// A pending page is the dead client's to give back: nobody else can know of it, save the free list of the stripe that
// it was claimed for, or those of every stripe, whose locks the dead one still holds.
Status give_back_pages(Actor dead) {
    const Segment &segment = dead.segment();
    const std::uint32_t slot = slot_of(dead.owner);
    if (segment.header().extent_lock.owner.load(kRelaxed) != dead.owner) {
        const Status locked = lock_extents(dead);
        if (locked != Status::ok) return locked;
    }
    Unlinking lists(segment);
    for_each_run(segment, [&](std::uint64_t page, const PageEntry &entry) {
        if (entry.client != slot) return;
        const bool off_lists = entry.kind == PageKind::small_pending && lists.unlink(entry);
        if (entry.kind == PageKind::extent_pending) segment.spoil(ref_of_page(page), kPageSize);
        if (off_lists || entry.kind == PageKind::extent_pending) free_run_locked(dead, page);
    });
    rebuild_page_map_locked(dead);
    unlock_extents(dead);
    return Status::ok;
}

void release_stripes(Actor dead) {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        LockWord &lock = dead.segment().stripe(number).lock;
        if (lock.owner.load(kRelaxed) == dead.owner) release(dead.segment(), lock, number);
    }
}

}  // namespace

Status recover_slot(Session &session, std::uint32_t slot) {
    ClientSlot &client = session.segment.client(slot);
    if (client.in_use.load(std::memory_order_acquire) == 0) return Status::ok;
    const std::uint32_t generation = client.generation.load(std::memory_order_acquire) % kGenerations;
    const Actor dead{session, make_owner(slot, generation)};
    resolve_stripes(dead);
    Status status = give_back_pages(dead);
    if (status == Status::ok) status = settle_transfer(dead);
    if (status != Status::ok) return status;
    release_stripes(dead);
    client.process.store(0, kRelaxed);
    client.generation.store((generation + 1) % kGenerations, std::memory_order_release);
    client.in_use.store(0, std::memory_order_release);
    return Status::ok;
}

Status recover_if_dead(Session &session, Owner holder) {
    const std::uint32_t slot = slot_of(holder);
    const platform::SharedObject &object = session.segment.object();
    if (slot >= kClientLimit || slot == slot_of(session.owner)) return Status::busy;
#if !defined(LATZERO_SABOTAGE_LIVENESS)
    if (object.held_byte(kWriterBytes + slot, 1, true).held) return Status::busy;
#endif
    const std::lock_guard one_at_a_time(session.recovery);
#if !defined(LATZERO_SABOTAGE_LIVENESS)
    const Status taken = object.hold_byte(kWriterBytes + slot, Access::read_write);
    if (taken != Status::ok) return taken;
#endif
    const ClientSlot &client = session.segment.client(slot);
    Status status = Status::ok;
    if (client.generation.load(std::memory_order_acquire) % kGenerations == generation_of(holder))
        status = recover_slot(session, slot);
    object.release_byte(kWriterBytes + slot);
    return status;
}

Status recover_all_dead(Session &session) {
    const CallDeadline all_slots;
    Status first_failure = Status::ok;
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const ClientSlot &client = session.segment.client(slot);
        if (slot == slot_of(session.owner) || client.in_use.load(std::memory_order_acquire) == 0) continue;
        const Status status =
            recover_if_dead(session, make_owner(slot, client.generation.load(kRelaxed) % kGenerations));
        if (status != Status::ok && status != Status::busy && first_failure == Status::ok) first_failure = status;
    }
    return first_failure;
}

}  // namespace latzero::store
