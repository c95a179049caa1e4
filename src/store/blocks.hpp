// Small blocks: runs of pages carved into one size class, with one free list per class and stripe.
//
// Invariants, under the stripe's lock:
// - Every block of a run in kind small is live (a record or table), on exactly one free list, or in a client's
//   transfer word. The blocks of a run may be on the lists of several stripes: a stripe that is short of room borrows a
//   block from another.
// - A free block's first word is kFreeMark | next.
// - Runs in kind small_pending are being claimed or given back; a crash gives them back.
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/budget.hpp"
#include "store/commit.hpp"
#include "store/size_class.hpp"

namespace latzero::store {

// Carves a fresh run into blocks of a class and puts them onto the stripe's list. Statuses of allocate_run(). Under the
// stripe's lock.
Status claim_run(Actor actor, std::uint32_t stripe, std::uint8_t size_class, Growing growing = Growing::yes);

// Carves a run that is pending as this actor's into blocks, and puts them onto the stripe's list. Under the stripe's
// lock.
Status carve_run(Actor actor, std::uint32_t stripe, std::uint8_t size_class, std::uint64_t first_page);

// Sees to it that there is a block on the stripe's list, which is empty: from a free run, or of another stripe, or from
// what the pool grows by. Under the stripe's lock.
Status refill_list(Actor actor, std::uint32_t stripe, std::uint8_t size_class);

// Readies the first free block of a class for an exchange. The block stays on the list until the exchange finishes.
// not_found if the list is empty, corrupt if it makes no sense. Under the stripe's lock.
inline Status take_listed(const Segment &segment, Exchange &exchange, std::uint8_t size_class) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    LATZERO_ASSERT(size_class < kClasses && holds_stripe(segment, exchange.stripe));
    LATZERO_ASSERT(exchange.known.get().step == Exchange::Step::planned && exchange.taken.ref == Ref::none);
    const auto head = static_cast<Ref>(exchange.home.free_head[size_class].load(kRelaxed));
    if (head == Ref::none) [[unlikely]]
        return Status::not_found;
    Word *word = segment.at<Word>(head, kClassSizes[size_class]);
    if (word == nullptr) [[unlikely]]
        return Status::corrupt;
    const std::uint64_t value = word->load(kRelaxed);
    if (!is_free_block(value)) [[unlikely]]
        return Status::corrupt;
    exchange.taken = {head, size_class};
    exchange.taken_word = word;
    exchange.taken_next = static_cast<Ref>(value);
    return Status::ok;
}

// The same, and sees to a block if the list is empty. Under the stripe's lock.
inline Status take_small(Actor actor, Exchange &exchange, std::uint8_t size_class) {
    const Status taken = take_listed(actor.segment(), exchange, size_class);
    if (taken != Status::not_found) [[likely]]
        return taken;
    const Status refilled = refill_list(actor, exchange.stripe, size_class);
    return refilled == Status::ok ? take_listed(actor.segment(), exchange, size_class) : refilled;
}

// Unlinks the blocks of pending runs from the stripe's list of that class. False if the list makes no sense. Under the
// stripe's lock.
bool unlink_pending_locked(const Segment &segment, std::uint32_t stripe, std::uint8_t size_class, Budget &budget);

// Calls visit(ref, first word) for the free blocks of one list, first to last. False if it ended at damage, or met more
// blocks than there can be: then the list is a circle, or leads to where another one has led. Under the stripe's lock.
template <typename Visit>
bool for_each_free(const Segment &segment, std::uint32_t stripe, std::uint8_t size_class, Budget &budget, Visit visit) {
    LATZERO_ASSERT(size_class < kClasses);
    auto at = static_cast<Ref>(segment.stripe(stripe).free_head[size_class].load(std::memory_order_acquire));
    while (at != Ref::none) {
        Word *word = segment.at<Word>(at, kClassSizes[size_class]);
        const std::uint64_t value = word != nullptr ? word->load(std::memory_order_acquire) : 0;
        if (!is_free_block(value) || !budget.spend(kClassSizes[size_class])) return false;
        visit(at, *word);
        at = static_cast<Ref>(value);
    }
    return true;
}

}  // namespace latzero::store
