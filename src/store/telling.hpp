// Writing the events of one change of a stripe, in the slots of the commit numbers that follow the last one. They are
// events once they are told.
//
// Inline like all that a write does: with calls between its steps, a set in a watched stripe took a third longer.
#pragma once

#include <array>
#include <cstdint>

#include "base/assert.hpp"
#include "store/ring.hpp"
#include "store/watching.hpp"

namespace latzero::store {

// What an event says of a filled list: no change of one of its words leaves that as it was.
inline std::uint64_t told_length(const RecordView &view, const FilledRange &range) {
    return range.is_sound(view.shape.value_size) ? range.length().pack() : 0;
}

// What an event says of a record's value.
inline std::uint64_t told_value(const RecordView &view) {
    if (view.shape.has(kHasFilled)) return told_length(view, filled_range_of(view));
    const std::uint32_t size = view.shape.value_size;
    return size != 0 && size <= sizeof(Word) ? view.value->load(std::memory_order_relaxed) : size;
}

// word(n): a key's word of that number, 0 behind its end.
inline auto words_of_key(const RecordView &view) {
    const std::uint64_t words = (view.shape.key_size + sizeof(Word) - 1) / sizeof(Word);
    return [words, key = view.key](std::uint64_t word) {
        return word < words ? key[word].load(std::memory_order_relaxed) : 0;
    };
}

// Under the stripe's lock, with its ring on.
class Telling {
public:
    Telling(Actor actor, std::uint32_t stripe)
        : actor_(actor), stripe_(stripe), ring_(actor.segment(), actor.segment().stripe(stripe).events.load(kRelaxed)) {
        LATZERO_ASSERT(holds_stripe(actor.segment(), stripe));
        if (ring_.is_on()) [[likely]]
            begin();
    }

    // The commit number of a change of a record with a key of that size, which has so many events; `after` is the one
    // before it.
    std::uint64_t number_after(std::uint64_t after, std::size_t key_size, std::uint64_t events) const {
        return after + (ring_.is_on() ? events * ring_.slots_for(key_size) : 1);
    }

    // Of one that has one event, with that name.
    std::uint64_t number_after(std::uint64_t after, const EventName &name) const {
        return after + (ring_.is_on() ? ring_.slots_for(name) : 1);
    }

    // `value`: as EventSlot says. Before the commit; at most two of a change.
    void write(EventKind kind, const RecordView &view, std::uint64_t value);
    // Without its name if that cannot be sealed: the change is made all the same.
    void write_named(EventKind kind, const RecordView &view, std::uint64_t value, EventName &name);

    // Makes them events. Behind the commit.
    void tell() const {
        for (std::uint32_t event = 0; event < written_; event++) {
            const std::uint64_t number = numbers_[event];
            ring_.slot(number).number.store(number, kRelease);
        }
    }

private:
    static constexpr auto kRelaxed = std::memory_order_relaxed;
    static constexpr auto kRelease = std::memory_order_release;

    void begin();
    EventHead head_of(EventKind kind, const RecordView &view, std::uint64_t slots) const;
    // key_word: as words_of_key() gives it.
    template <typename KeyWord>
    void write_first(const EventHead &head, std::uint64_t value, KeyWord key_word);
    // What does not fit into the first slot.
    template <typename KeyWord>
    void write_further(std::uint64_t slots, KeyWord key_word) const;
    [[gnu::noinline]] void write_rest_of_key(std::uint64_t slots, const RecordView &view) const;
    void end(std::uint64_t further);

    const Actor actor_;
    const std::uint32_t stripe_;
    const Ring ring_;
    std::uint64_t next_ = 0;
    std::array<std::uint64_t, 2> numbers_{};
    std::uint32_t written_ = 0;
};

// --- how -------------------------------------------------------------------------------------------------------------

inline void Telling::begin() {
    constexpr std::uint64_t kLooksEach = 1024;
    const std::uint64_t last = actor_.segment().stripe(stripe_).version.load(kRelaxed);
    const std::uint64_t told = ring_.slot(last).number.load(kRelaxed);
    if ((told & ~kMoreOfKey) != last) [[unlikely]]
        tell_none(actor_.segment(), stripe_, last);
    next_ = last + 1;
    if (next_ % kLooksEach == 0) [[unlikely]]
        look_for_watchers(actor_.session);
}

inline EventHead Telling::head_of(EventKind kind, const RecordView &view, std::uint64_t slots) const {
    return {.kind = kind,
            .type = view.shape.type,
            .key_size = view.shape.key_size,
            .client = static_cast<std::uint16_t>(slot_of(actor_.owner)),
            .generation = static_cast<std::uint16_t>(generation_of(actor_.owner) & kToldGenerations),
            .more = static_cast<std::uint16_t>(slots - 1)};
}

template <typename KeyWord>
inline void Telling::write_first(const EventHead &head, std::uint64_t value, KeyWord key_word) {
    EventSlot &slot = ring_.slot(next_);
    begin_slot(slot);
    slot.commit.store(make_version(next_ + head.more, stripe_), kRelaxed);
    slot.head.store(head.pack(), kRelaxed);
    slot.value.store(value, kRelaxed);
    for (std::uint64_t word = 0; word < kInlineKeyWords; word++) slot.key[word].store(key_word(word), kRelaxed);
}

inline void Telling::end(std::uint64_t further) {
    LATZERO_ASSERT(written_ < numbers_.size());
    numbers_[written_++] = next_;
    next_ += 1 + further;
    // The next change of the stripe begins there.
    __builtin_prefetch(&ring_.slot(next_), 1);
}

inline void Telling::write(EventKind kind, const RecordView &view, std::uint64_t value) {
    if (!ring_.is_on()) return;
    const EventHead head = head_of(kind, view, ring_.slots_for(view.shape.key_size));
    write_first(head, value, words_of_key(view));
    if (head.more != 0) [[unlikely]]
        write_rest_of_key(head.more, view);
    end(head.more);
}

}  // namespace latzero::store
