// The ring of changes, as writers and recoverers see it: what each commit of a stripe was.
//
// A stripe's commit numbers are the log's: the event of commit number n lies in slot n modulo the ring's size. There is
// no head and no tail, and nothing else that could be left half done. Under the stripe's lock, while its ring is on:
//
// - Each commit number has its slot. A change writes its slots, with 0 as their number, before it commits, and stores
//   the number behind the commit: that makes it an event (telling.hpp). Who recovers a dead writer does so for what was
//   committed. Of a change in place it compares the word with what the event says: one that did not happen uses up its
//   number, and the event is none.
// - A key that does not fit into one slot has further ones, and each takes a commit number. They carry kMoreOfKey, so
//   that no byte of a key is ever taken for an event.
// - A number without an event, as a writer leaves that died between the two, is told as none by the next change.
//
// Readers: ring_cursor.hpp. Turning it on and off: ring_switch.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/assert.hpp"
#include "store/held_locks.hpp"
#include "store/order.hpp"
#include "store/record.hpp"
#include "store/ring_layout.hpp"
#include "store/session.hpp"

namespace latzero::store {

// What an event with a sealed name is bound to: its words, as the slot has them, and the key of the record.
struct EventBinding {
    std::uint64_t commit, head, value;
    std::uint64_t stored_key[2];
};

// The name of a key of an encrypted pool, whose records have a hash of it alone. For the events behind which there is
// no record that would tell it.
class EventName {
public:
    // How many bytes it would take, sealed, with the stored key before it.
    virtual std::uint64_t size() const = 0;
    // Seals it, or as much of its beginning as there is room for. The stored key and the sealed name are `bytes` then;
    // nullptr if it cannot be sealed. They stay as they are until the next call.
    virtual const char *seal(const EventBinding &binding, std::uint64_t bytes) = 0;

protected:
    ~EventName() = default;
};

// Whether somebody watches the stripe, as far as this process sees. Under the stripe's lock it is so.
inline bool is_watched(const Stripe &stripe) { return stripe.events.load(std::memory_order_relaxed) != 0; }

// A stripe's part of the ring.
class Ring {
public:
    // As the word says, checked; no ring if it says none, or makes no sense.
    Ring(const Segment &segment, std::uint64_t word) {
        const RingWord at = RingWord::unpack(word);
        if (at.ref == Ref::none || at.bits < kLeastRingBits || at.bits > kMostRingBits) return;
        mask_ = (std::uint64_t{1} << at.bits) - 1;
        slots_ = segment.at<EventSlot>(at.ref, (mask_ + 1) * sizeof(EventSlot));
    }

    bool is_on() const { return slots_ != nullptr; }
    std::uint64_t mask() const { return mask_; }
    EventSlot &slot(std::uint64_t number) const { return slots_[number & mask_]; }

    // How many slots an event takes whose key has that many bytes. One that would take more than a quarter of the ring
    // takes one, which has the beginning of the key.
    std::uint64_t slots_for(std::size_t key_size) const {
        const std::uint64_t slots = all_slots_for(key_size);
        return slots <= most_slots() ? slots : 1;
    }
    // The same with a sealed name, of which the beginning fits into any number of slots but one.
    std::uint64_t slots_for(const EventName &name) const { return std::min(all_slots_for(name.size()), most_slots()); }

private:
    std::uint64_t most_slots() const { return (mask_ + 1) / 4; }
    static std::uint64_t all_slots_for(std::uint64_t key_size) {
        const std::uint64_t words = (key_size + sizeof(Word) - 1) / sizeof(Word);
        return words > kInlineKeyWords ? 1 + (words - kInlineKeyWords + kMoreKeyWords - 1) / kMoreKeyWords : 1;
    }

    EventSlot *slots_ = nullptr;
    std::uint64_t mask_ = 0;
};

// What makes a slot no event any more, before anything else of it changes.
inline void begin_slot(EventSlot &slot) {
    slot.number.store(0, std::memory_order_relaxed);
    release_fence();
}

// Makes what a change has written events, in their order: those of the commit numbers from `first` to `last`, if it is
// events of this stripe that lie there, and end there. As often as one likes. Under the stripe's lock.
void tell(const Segment &segment, std::uint32_t stripe, std::uint64_t first, std::uint64_t last);

// Makes a commit number one that is no change. Under the stripe's lock.
void tell_none(const Segment &segment, std::uint32_t stripe, std::uint64_t number);

// Of the last commit number before a stripe has this ring: that nobody knows any more what it was. Otherwise the next
// change would take it for none. Under the stripe's lock.
void tell_untold(const Ring &ring, std::uint32_t stripe, std::uint64_t number);

// For the recoverer of a change in place, where an event would say `told` of what the record is now: tells the one that
// was written if it says the same; otherwise that its number is no change. Gives the change's commit number. Under the
// stripe's lock.
std::uint64_t tell_change(const Segment &segment, std::uint32_t stripe, std::optional<std::uint64_t> told);

}  // namespace latzero::store
