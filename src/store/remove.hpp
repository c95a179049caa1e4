// Taking keys out: one at a time, and those whose time is over.
//
// Reads never return an expired key (they look at its expiry), so a sweep only frees memory. Invariant: no key of a
// stripe ends before its `sweep_due`, which is 0 if none ends at all. It is lowered before a key that ends earlier is
// committed, and raised only when a sweep has been all around the table, to the earliest end that it left behind.
#pragma once

#include <cstdint>

#include "platform/clock.hpp"
#include "store/stripe.hpp"

namespace latzero::store {

class EventName;

// What a sweep does in a watched stripe of an encrypted pool, where nobody but who has the keys can name in its event
// what it removes: leaves a key that has just ended to them for a while, or not.
enum class Unnamed : std::uint8_t { later, now };

inline bool expired(std::uint64_t expiry_ms) { return expiry_ms != 0 && platform::boot_ms() >= expiry_ms; }

// Removes the key at a place that find_locked() gave. `name`: of an encrypted pool, to be told; nullptr if the caller
// does not know it. Under the stripe's lock.
Status remove_at(Actor actor, std::uint32_t stripe, const Table &table, const Place &place,
                 Contended contended = Contended::wait, EventName *name = nullptr);

// Notes that a key of the stripe is going to end then. Under the stripe's lock.
void note_expiry(Stripe &stripe, std::uint64_t expiry_ms);

// Goes on with the sweep, over so many slots. What it cannot remove is left for the next round. Under the stripe's
// lock.
void sweep_slots(Actor actor, std::uint32_t stripe, std::uint64_t slots, Contended contended,
                 Unnamed unnamed = Unnamed::later);

// Whether a write has to sweep. `now_ms` is the boot clock, or 0 if the caller has not asked it: then it is asked for
// one write of eight alone, for it costs as much as a write.
inline bool sweep_is_due(const Stripe &stripe, std::uint64_t now_ms = 0) {
    constexpr std::uint64_t kWritesEach = 8;
    const std::uint64_t due = stripe.sweep_due.load(std::memory_order_relaxed);
    if (due == 0) [[likely]]
        return false;
    if (now_ms == 0 && stripe.version.load(std::memory_order_relaxed) % kWritesEach != 0) return false;
    return (now_ms != 0 ? now_ms : platform::boot_ms()) >= due;
}

// Whether a write has more to do than its change: to sweep, or to tell it. Mostly one look tells.
inline bool has_more_to_do(const Stripe &stripe, std::uint64_t now_ms = 0) {
    const std::uint64_t due = stripe.sweep_due.load(std::memory_order_relaxed);
    const std::uint64_t events = stripe.events.load(std::memory_order_relaxed);
    if ((due | events) == 0) [[likely]]
        return false;
    return events != 0 || sweep_is_due(stripe, now_ms);
}

// The little that a write sweeps. The caller came for something else, so it waits for no other lock. Under the
// stripe's lock.
inline void sweep_some(Actor actor, std::uint32_t number, std::uint64_t now_ms = 0) {
    constexpr std::uint64_t kSome = 64;
    if (sweep_is_due(actor.segment().stripe(number), now_ms)) [[unlikely]]
        sweep_slots(actor, number, kSome, Contended::give_up);
}

// When the next key of the pool ends, or one that is still there has: never later than that. 0: none does.
std::uint64_t next_end_ms(const Segment &segment);

// Sweeps every stripe that is due, one after the other. The caller holds no lock.
void sweep_all(Actor actor, Unnamed unnamed = Unnamed::later);

}  // namespace latzero::store
