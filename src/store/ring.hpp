// The ring of changes, as writers and recoverers see it: what each commit of a stripe was.
//
// A stripe's commit numbers are the log's: the event of commit number n lies in slot n modulo the ring's size. There is
// no head and no tail, and nothing else that could be left half done. Under the stripe's lock, while its ring is on:
//
// - Each commit number has its slot. A change writes its slots, with 0 as their number, before it commits, and stores
//   the number behind the commit: that makes it an event (tell()). Who recovers a dead writer does so for what was
//   committed. Of a change in place it compares the word with what the event says: one that did not happen uses up its
//   number, and the event is none.
// - A key that does not fit into one slot has further ones, and each takes a commit number. They carry kMoreOfKey, so
//   that no byte of a key is ever taken for an event.
// - A number without an event, as a writer leaves that died between the two, is told as none by the next change.
//
// Readers: ring_cursor.hpp. Turning it on and off: ring_switch.hpp.
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/held_locks.hpp"
#include "store/record.hpp"
#include "store/ring_layout.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Whether somebody watches the stripe, as far as this process sees. Under the stripe's lock it is so.
inline bool is_watched(const Stripe &stripe) { return stripe.events.load(std::memory_order_relaxed) != 0; }

// A stripe's part of the ring.
class Ring {
public:
    // As the word says, checked; no ring if it says none, or makes no sense.
    Ring(const Segment &segment, std::uint64_t word);

    bool is_on() const { return slots_ != nullptr; }
    std::uint64_t mask() const { return mask_; }
    EventSlot &slot(std::uint64_t number) const { return slots_[number & mask_]; }

    // How many slots an event takes whose key has that many bytes. One that would take more than a quarter of the ring
    // takes one, which has the beginning of the key.
    std::uint64_t slots_for(std::size_t key_size) const {
        const std::uint64_t words = (key_size + sizeof(Word) - 1) / sizeof(Word);
        const std::uint64_t more =
            words > kInlineKeyWords ? (words - kInlineKeyWords + kMoreKeyWords - 1) / kMoreKeyWords : 0;
        return more < (mask_ + 1) / 4 ? 1 + more : 1;
    }

private:
    EventSlot *slots_ = nullptr;
    std::uint64_t mask_ = 0;
};

// Makes what a change has written events, in their order: those of the commit numbers from `first` to `last`, if it is
// events of this stripe that lie there, and end there. As often as one likes. Under the stripe's lock.
void tell(const Segment &segment, std::uint32_t stripe, std::uint64_t first, std::uint64_t last);

// Writes the events of one change of a stripe, in the slots of the commit numbers that follow the last one. They are
// events once they are told. Under the stripe's lock, with its ring on.
class Telling {
public:
    Telling(Actor actor, std::uint32_t stripe)
        : actor_(actor), stripe_(stripe), ring_(actor.segment(), actor.segment().stripe(stripe).events.load(kRelaxed)) {
        LATZERO_ASSERT(holds_stripe(actor.segment(), stripe));
        if (ring_.is_on()) begin();
    }

    // The commit number of a change of a record with a key of that size, which has so many events; `after` is the one
    // before it.
    std::uint64_t number_after(std::uint64_t after, std::size_t key_size, std::uint64_t events) const {
        return after + (ring_.is_on() ? events * ring_.slots_for(key_size) : 1);
    }

    // `value`: as EventSlot says. Before the commit.
    void write(EventKind kind, const RecordView &view, std::uint64_t value);

    // Makes them events. Behind the commit.
    void tell() const {
        if (ring_.is_on()) store::tell(actor_.segment(), stripe_, first_, next_ - 1);
    }

private:
    static constexpr auto kRelaxed = std::memory_order_relaxed;

    void begin();

    const Actor actor_;
    const std::uint32_t stripe_;
    const Ring ring_;
    std::uint64_t first_ = 0, next_ = 0;
};

// What an event says of a record's value.
std::uint64_t told_value(const RecordView &view);

// Makes a commit number one that is no change. Under the stripe's lock.
void tell_none(const Segment &segment, std::uint32_t stripe, std::uint64_t number);

// Of the last commit number before a stripe has this ring: that nobody knows any more what it was. Otherwise the next
// change would take it for none. Under the stripe's lock.
void tell_untold(const Ring &ring, std::uint32_t stripe, std::uint64_t number);

// For the recoverer of a change in place, of which the record's word was to become what the event says: tells it if it
// did; otherwise that its number is no change. Gives the change's commit number. Under the stripe's lock.
std::uint64_t tell_change(const Segment &segment, std::uint32_t stripe, const Word *word);

}  // namespace latzero::store
