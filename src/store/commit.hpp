// The crash protocol: every change of a stripe is one Exchange, but for changes in place (in_place.hpp).
//
// An exchange replaces one word (an index slot, the stripe's table word, a client's transfer word). It may take one
// block, for what the new word points at, and may release the block that the old word pointed at. Its stores, in order:
//
//   1. arm       the intent now holds all after-values
//   2. (caller)  fills the block taken; it is still the head of its free list, so only its first word is spoilt
//   3. commit    the one store that makes it true: target = after
//   4. finish    counters, free lists, page entries
//   5. disarm
//
// Where somebody watches, the events are written before 3 and told between 3 and 4 (ring.hpp).
//
// Killed before 3: undo restores the first word of the block taken (a pending extent goes with its client). Killed
// after 3: finish again; all values are absolute, so twice is the same as once. Extents are released with the extent
// lock held from before 1 to after 5: nobody can allocate the pages between a crash and the repeated release.
//
// An Exchange lives under its stripe's lock, from its construction to finish() or undo().
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/held_locks.hpp"
#include "store/order.hpp"
#include "store/pages.hpp"
#include "store/session.hpp"
#include "store/size_class.hpp"

namespace latzero::store {

struct Block {
    Ref ref = Ref::none;
    std::uint8_t size_class = kNoClass;

    bool is_small() const { return size_class < kClasses; }
    bool is_extent() const { return size_class == kExtentClass; }
};

// Whether an exchange changes how many keys, slots and bytes the stripe has. Most sets do not, and so save five stores.
enum class Counts : std::uint8_t { changed, kept };

struct Exchange {
    std::uint32_t stripe;
    Stripe &home;
    Counts counts;
    Word *target = nullptr;
    std::uint64_t after = 0;
    Block taken;
    Word *taken_word = nullptr;  // small block: its first word, all its bytes checked
    Ref taken_next = Ref::none;  // small block: the free block behind it
    Block released;
    Word *released_word = nullptr;     // small block: its first word
    Ref released_next = Ref::none;     // small block: the free block that it is put before; set by arm()
    std::uint32_t released_pages = 0;  // extent: as many as its contents take
    // After-values of the stripe's counters.
    std::uint64_t version;
    std::uint32_t keys = 0;
    std::uint32_t used_slots = 0;
    std::uint64_t bytes = 0;

    // What assertions know of it: how far it has come, and how the counters were.
    enum class Step : std::uint8_t { planned, armed, committed, ended };
    struct Known {
        Step step = Step::planned;
        std::uint64_t version = 0, bytes = 0;
        std::uint32_t keys = 0, used_slots = 0;
        std::uint64_t fences = 0;  // of the thread, when it was armed
    };
    [[no_unique_address]] Tracked<Known> known = {};
    void reach(Step from, Step to) const;
    bool is_behind_fence() const;  // what comes after the arming

    // Under the stripe's lock. The counters are as they were until the caller changes them.
    Exchange(const Segment &segment, std::uint32_t stripe_number, Counts change = Counts::changed)
        : stripe(stripe_number), home(segment.stripe(stripe_number)), counts(change) {
        LATZERO_ASSERT(stripe_number < kStripes);
        version = home.version.load(std::memory_order_relaxed);
        known.set({Step::planned, version});
        if (counts == Counts::kept) return;
        keys = home.keys.load(std::memory_order_relaxed);
        used_slots = home.used_slots.load(std::memory_order_relaxed);
        bytes = home.bytes.load(std::memory_order_relaxed);
        known.set({Step::planned, version, bytes, keys, used_slots});
    }
#if !defined(NDEBUG)
    ~Exchange() { LATZERO_ASSERT(known.get().step == Step::planned || known.get().step == Step::ended); }
#endif

    // Names the block to release, with the bytes of what is in it. `first_word` is the block's; nullptr if it does not
    // lie in the segment.
    void release(Block block, std::uint64_t size, Word *first_word) {
        LATZERO_ASSERT(known.get().step == Step::planned && released.ref == Ref::none);
        released = block;
        released_word = first_word;
        if (block.is_extent()) [[unlikely]]
            released_pages = pages_for(size);
    }
};

#if defined(NDEBUG)
inline void Exchange::reach(Step, Step) const {}
#else
inline void Exchange::reach(Step from, Step to) const {
    Known now = known.get();
    LATZERO_ASSERT(now.step == from);
    now.step = to;
    if (to == Step::armed) now.fences = fences_made();
    known.set(now);
}
inline bool Exchange::is_behind_fence() const { return fences_made() != known.get().fences; }
#endif

// Whether what the exchange is going to change fits together. For assertions.
bool is_consistent(const Segment &segment, const Exchange &exchange);

constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; }
constexpr std::uint32_t raw(Ref ref) { return static_cast<std::uint32_t>(ref); }

// The steps are inline so that a write is one piece of code: with calls between them it took a third longer.

// What tells that the intent stands.
inline std::uint64_t armed_word(const Exchange &exchange) {
    exchange.reach(Exchange::Step::planned, Exchange::Step::armed);
    return kIntentArmed | (exchange.counts == Counts::kept ? kIntentKeepsCounts : 0) | exchange.taken.size_class |
           std::uint64_t{exchange.released.size_class} << 8;
}

// Step 1.
inline void arm(const Segment &segment, Exchange &exchange) {
    LATZERO_ASSERT(is_consistent(segment, exchange));
    constexpr auto kRelaxed = std::memory_order_relaxed;
    Stripe &stripe = exchange.home;
    if (exchange.released.is_small())
        exchange.released_next = exchange.released.size_class == exchange.taken.size_class
                                     ? exchange.taken_next
                                     : static_cast<Ref>(stripe.free_head[exchange.released.size_class].load(kRelaxed));
    Intent &intent = stripe.intent;
    intent.target.store(segment.offset_of_word(*exchange.target), kRelaxed);
    intent.after.store(exchange.after, kRelaxed);
    intent.taken.store(pair(raw(exchange.taken.ref), raw(exchange.taken_next)), kRelaxed);
    intent.released.store(pair(raw(exchange.released.ref),
                               exchange.released.is_extent() ? exchange.released_pages : raw(exchange.released_next)),
                          kRelaxed);
    intent.version.store(exchange.version, kRelaxed);
    if (exchange.counts == Counts::changed) {
        intent.counts.store(pair(exchange.keys, exchange.used_slots), kRelaxed);
        intent.bytes.store(exchange.bytes, kRelaxed);
    }
    intent.classes.store(armed_word(exchange), std::memory_order_release);
    // What follows spoils the block taken: never before the intent stands, nor before the block's free mark.
    release_fence();
}

// Step 3.
inline void commit(const Exchange &exchange) {
    LATZERO_ASSERT(exchange.is_behind_fence());
    exchange.reach(Exchange::Step::armed, Exchange::Step::committed);
    exchange.target->store(exchange.after, std::memory_order_release);
}

// Whether the run of a block is carved into blocks of its class.
inline bool is_in_small_run(const Segment &segment, const Block &block) {
    constexpr std::uint64_t kKindAndClass = 0xfff;
    const auto begins_at = [&](std::uint64_t page) {
        const std::uint64_t entry = segment.page_entry(page).load(std::memory_order_relaxed);
        return (entry & kKindAndClass) ==
               (static_cast<std::uint64_t>(PageKind::small) | std::uint64_t{block.size_class} << 4);
    };
    return begins_at(page_of(block.ref)) || begins_at(run_of(block.ref, block.size_class));
}

// Makes a pending extent the stripe's, so that it outlives its client.
void keep_extent(const Segment &segment, Ref ref, std::uint32_t stripe);
// Gives an extent of `pages` back. If its entry says otherwise, it is left to a repair: what lies in others' pages
// would go with it. Under the extent lock.
void release_extent_locked(Actor actor, Ref ref, std::uint32_t pages);

// Steps 4 and 5. Under the extent lock too, if an extent is released.
inline void finish(Actor actor, const Exchange &exchange) {
    exchange.reach(Exchange::Step::committed, Exchange::Step::ended);
    LATZERO_ASSERT(holds_stripe(actor.segment(), exchange.stripe));
    constexpr auto kRelaxed = std::memory_order_relaxed;
    constexpr auto kRelease = std::memory_order_release;
    const Segment &segment = actor.segment();
    Stripe &stripe = exchange.home;
    stripe.version.store(exchange.version, kRelease);
    if (exchange.counts == Counts::changed) {
        stripe.keys.store(exchange.keys, kRelaxed);
        stripe.used_slots.store(exchange.used_slots, kRelaxed);
        stripe.bytes.store(exchange.bytes, kRelaxed);
    }
    const Block &taken = exchange.taken, &released = exchange.released;
    if (taken.is_small()) stripe.free_head[taken.size_class].store(raw(exchange.taken_next), kRelease);
    if (taken.is_extent()) [[unlikely]]
        keep_extent(segment, taken.ref, exchange.stripe);
    if (released.is_small()) {
        // The record's first word: readers must see that it is gone before anything else of it changes.
        if (exchange.released_word != nullptr) [[likely]] {
            exchange.released_word->store(kFreeMark | raw(exchange.released_next), kRelease);
            // The class follows from the record's own sizes. If the run says otherwise, one of them is damaged: better
            // a block that is lost until a repair finds it than one on another class's list.
            if (is_in_small_run(segment, released)) [[likely]]
                stripe.free_head[released.size_class].store(raw(released.ref), kRelease);
        }
    }
    if (released.is_extent()) [[unlikely]]
        release_extent_locked(actor, released.ref, exchange.released_pages);
    stripe.intent.classes.store(0, kRelease);
}

// Steps 3 to 5.
inline void commit_and_finish(Actor actor, const Exchange &exchange) {
    commit(exchange);
    finish(actor, exchange);
}

// Takes an armed exchange back instead of the commit. A pending extent stays the caller's.
void undo(const Segment &segment, const Exchange &exchange);

// Finishes or undoes what a holder of the stripe left behind, if anything. For its recoverer: the lock is still the
// dead holder's, or this actor's own after an adoption (lock.hpp).
void resolve_intent(Actor actor, std::uint32_t stripe);

}  // namespace latzero::store
