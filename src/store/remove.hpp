// Taking keys out: one at a time, and those whose time is over.
//
// Reads never return an expired key (they look at its expiry), so a sweep is about memory alone. Invariant: no key of a
// stripe ends before its `sweep_due`, which is 0 if none ends at all. It is lowered before a key that ends earlier is
// committed, and raised only when a sweep has been all around the table, to the earliest end that it left behind.
#pragma once

#include <cstdint>

#include "platform/clock.hpp"
#include "store/stripe.hpp"

namespace latzero::store {

inline bool expired(std::uint64_t expiry_ms) { return expiry_ms != 0 && platform::boot_ms() >= expiry_ms; }

// All that follow, but for the last, need the stripe's lock.

// Removes the key at a place that find_locked() gave.
Status remove_at(Actor actor, std::uint32_t stripe, const Table &table, const Place &place);

// Notes that a key of the stripe is going to end then.
void note_expiry(Stripe &stripe, std::uint64_t expiry_ms);

// Goes on with the sweep, over so many slots.
void sweep_slots(Actor actor, std::uint32_t stripe, std::uint64_t slots);

// The little that each write sweeps.
inline void sweep_some(Actor actor, std::uint32_t number) {
    constexpr std::uint64_t kSome = 16;
    const std::uint64_t due = actor.segment().stripe(number).sweep_due.load(std::memory_order_relaxed);
    if (due != 0 && platform::boot_ms() >= due) [[unlikely]]
        sweep_slots(actor, number, kSome);
}

// Sweeps every stripe that is due, one after the other. Without any lock held before.
void sweep_all(Actor actor);

}  // namespace latzero::store
