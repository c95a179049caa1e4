// The crash protocol: every change of a stripe, save the change of a counter in place, is one Exchange.
//
// An exchange replaces one word (an index slot, the stripe's table word, a client's transfer word), may take one block
// for what the new word points at, and may release the block that the old word pointed at. Its stores, in order:
//
//   1. arm       the intent now holds all after-values
//   2. (caller)  fills the block taken; it is still the head of its free list, so only its first word is spoilt
//   3. commit    the one store that makes it true: target = after
//   4. finish    counters, free lists, page entries
//   5. disarm
//
// Killed before 3: undo restores the first word of the block taken (a pending extent goes with its client). Killed
// after 3: finish again; all values are absolute, so twice is the same as once. Extents are released with the extent
// lock held from before 1 to after 5: nobody can allocate the pages between a crash and the repeated release.
//
// All functions run under the stripe's lock.
#pragma once

#include <cstdint>

#include "store/order.hpp"
#include "store/pages.hpp"
#include "store/session.hpp"

namespace latzero::store {

struct Block {
    Ref ref = Ref::none;
    std::uint8_t size_class = kNoClass;

    bool is_small() const { return size_class < kClasses; }
    bool is_extent() const { return size_class == kExtentClass; }
};

struct Exchange {
    std::uint32_t stripe;
    Word *target;
    std::uint64_t after;
    Block taken;
    Word *taken_word = nullptr;  // small block: its first word, all its bytes checked
    Ref taken_next = Ref::none;  // small block: the free block behind it
    Block released;
    Ref released_next = Ref::none;  // small block: the free block that it is put before; set by arm()
    // After-values of the stripe's counters.
    std::uint64_t version;
    std::uint32_t keys;
    std::uint32_t used_slots;
    std::uint64_t bytes;

    // An exchange that leaves the counters as they are.
    Exchange(const Segment &segment, std::uint32_t stripe_number) : stripe(stripe_number), target(nullptr), after(0) {
        const Stripe &now = segment.stripe(stripe_number);
        version = now.version.load(std::memory_order_relaxed);
        keys = now.keys.load(std::memory_order_relaxed);
        used_slots = now.used_slots.load(std::memory_order_relaxed);
        bytes = now.bytes.load(std::memory_order_relaxed);
    }
};

constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; }
constexpr std::uint32_t raw(Ref ref) { return static_cast<std::uint32_t>(ref); }

// The steps lie in this header so that a write is one piece of code: with calls between them it took a third longer.

inline void arm(const Segment &segment, Exchange &exchange) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    Stripe &stripe = segment.stripe(exchange.stripe);
    if (exchange.released.is_small())
        exchange.released_next = exchange.released.size_class == exchange.taken.size_class
                                     ? exchange.taken_next
                                     : static_cast<Ref>(stripe.free_head[exchange.released.size_class].load(kRelaxed));
    Intent &intent = stripe.intent;
    intent.target.store(segment.offset_of_word(*exchange.target), kRelaxed);
    intent.after.store(exchange.after, kRelaxed);
    intent.taken.store(pair(raw(exchange.taken.ref), raw(exchange.taken_next)), kRelaxed);
    intent.released.store(pair(raw(exchange.released.ref), raw(exchange.released_next)), kRelaxed);
    intent.version.store(exchange.version, kRelaxed);
    intent.counts.store(pair(exchange.keys, exchange.used_slots), kRelaxed);
    intent.bytes.store(exchange.bytes, kRelaxed);
#if !defined(LATZERO_SABOTAGE_INTENT)
    intent.classes.store(kIntentArmed | exchange.taken.size_class | std::uint64_t{exchange.released.size_class} << 8,
                         std::memory_order_release);
#endif
    // What follows spoils the block taken: never before the intent stands, nor before the block's free mark.
    release_fence();
}

inline void commit(const Exchange &exchange) { exchange.target->store(exchange.after, std::memory_order_release); }

// The extent taken now belongs to the stripe, whoever dies.
void keep_extent(const Segment &segment, Ref ref, std::uint32_t stripe);
// Gives an extent back; with the extent lock held.
void release_extent(Actor actor, Ref ref);

// 4 and 5.
inline void finish(Actor actor, const Exchange &exchange) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    constexpr auto kRelease = std::memory_order_release;
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(exchange.stripe);
    stripe.version.store(exchange.version, kRelease);
    stripe.keys.store(exchange.keys, kRelaxed);
    stripe.used_slots.store(exchange.used_slots, kRelaxed);
    stripe.bytes.store(exchange.bytes, kRelaxed);
    const Block &taken = exchange.taken, &released = exchange.released;
    if (taken.is_small()) stripe.free_head[taken.size_class].store(raw(exchange.taken_next), kRelease);
    if (taken.is_extent()) [[unlikely]]
        keep_extent(segment, taken.ref, exchange.stripe);
    if (released.is_small()) {
        // A record's first word: readers must see that it is gone before anything else of it changes.
        if (Word *word = segment.at<Word>(released.ref, sizeof(Record))) {
            word->store(kFreeMark | raw(exchange.released_next), kRelease);
            stripe.free_head[released.size_class].store(raw(released.ref), kRelease);
        }
    }
    if (released.is_extent()) [[unlikely]]
        release_extent(actor, released.ref);
    stripe.intent.classes.store(0, kRelease);
}

// 3 to 5 in one.
inline void commit_and_finish(Actor actor, const Exchange &exchange) {
    commit(exchange);
    finish(actor, exchange);
}

// What the recoverer of a stripe does with its intent, if there is one.
void resolve_intent(Actor actor, std::uint32_t stripe);

}  // namespace latzero::store
