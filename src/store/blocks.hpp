// Small blocks: pages carved into one size class, with one free list per class and stripe.
//
// Invariants, under the stripe's lock:
// - Every block of a page in kind small is live (a record or table), on exactly one free list, or in a client's
//   transfer word. The blocks of a page may be on the lists of several stripes: at the cap a stripe that is short of
//   room borrows a block from another.
// - A free block's first word is kFreeMark | next.
// - Pages in kind small_pending are being claimed or given back; a crash gives them back.
#pragma once

#include <array>
#include <cstdint>

#include "base/assert.hpp"
#include "store/budget.hpp"
#include "store/commit.hpp"

namespace latzero::store {

// By size in units, up to kSmallLimit.
inline constexpr auto kClassOfUnits = [] {
    std::array<std::uint8_t, kSmallLimit / kUnit + 1> classes{};
    std::uint8_t size_class = 0;
    for (std::uint32_t units = 0; units < classes.size(); units++) {
        while (kClassSizes[size_class] < units * kUnit) size_class++;
        classes[units] = size_class;
    }
    return classes;
}();

// The class of a size of 1 to kSmallLimit bytes.
inline std::uint8_t small_class_for(std::uint64_t size) {
    LATZERO_ASSERT(size != 0 && size <= kSmallLimit);
    const std::uint8_t size_class = kClassOfUnits[(size + kUnit - 1) / kUnit];
    LATZERO_ASSUME(size_class < kClasses);  // otherwise each use asks whether it is one of the others
    LATZERO_ASSERT(kClassSizes[size_class] >= size);
    return size_class;
}

inline std::uint8_t class_for(std::uint64_t size) { return size > kSmallLimit ? kExtentClass : small_class_for(size); }

// Bytes of a block for `size` bytes; `size_class` is that of the size.
inline std::uint64_t block_bytes(std::uint64_t size, std::uint8_t size_class) {
    LATZERO_ASSERT(size_class == class_for(size));
    if (size_class != kExtentClass) [[likely]]
        return kClassSizes[size_class];
    return std::uint64_t{pages_for(size)} * kPageSize;
}
inline std::uint64_t block_bytes(std::uint64_t size) { return block_bytes(size, class_for(size)); }

// Carves a fresh page into blocks of a class and puts them onto the stripe's list. Under the stripe's lock.
Status claim_page(Actor actor, std::uint32_t stripe, std::uint8_t size_class);

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

// The same, and claims a page if the list is empty. Under the stripe's lock.
inline Status take_small(Actor actor, Exchange &exchange, std::uint8_t size_class) {
    const Status taken = take_listed(actor.segment(), exchange, size_class);
    if (taken != Status::not_found) [[likely]]
        return taken;
    const Status claimed = claim_page(actor, exchange.stripe, size_class);
    return claimed == Status::ok ? take_listed(actor.segment(), exchange, size_class) : claimed;
}

// Unlinks the blocks of pending pages from the stripe's list of that class. False if the list makes no sense. Under the
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
