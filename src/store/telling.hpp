// Writing the events of one change of a stripe, in the slots of the commit numbers that follow the last one. They are
// events once they are told.
//
// Inline like all that a write does: with calls between its steps, a set in a watched stripe took half as long again.
#pragma once

#include <array>
#include <cstdint>

#include "base/assert.hpp"
#include "store/ring.hpp"
#include "store/watching.hpp"

namespace latzero::store {

// What an event says of a record's value.
inline std::uint64_t told_value(const RecordView &view) {
    if (view.shape.has(kHasFilled)) return view.filled().load(std::memory_order_relaxed);
    const std::uint32_t size = view.shape.value_size;
    return size != 0 && size <= sizeof(Word) ? view.value->load(std::memory_order_relaxed) : size;
}

// Words of a record's key, and zeros behind its end.
inline void copy_key_words(const RecordView &view, std::uint64_t first, Word *to, std::uint64_t count) {
    const std::uint64_t words = (view.shape.key_size + sizeof(Word) - 1) / sizeof(Word);
    for (std::uint64_t at = 0; at < count; at++) {
        const bool is_there = first + at < words;
        to[at].store(is_there ? view.key[first + at].load(std::memory_order_relaxed) : 0, std::memory_order_relaxed);
    }
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

    // `value`: as EventSlot says. Before the commit; at most two of a change.
    void write(EventKind kind, const RecordView &view, std::uint64_t value);

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
    // What of the key does not fit into the event's first slot.
    [[gnu::noinline]] void write_rest_of_key(const RecordView &view, std::uint64_t more) const;

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

inline void Telling::write(EventKind kind, const RecordView &view, std::uint64_t value) {
    if (!ring_.is_on()) return;
    LATZERO_ASSERT(written_ < numbers_.size());
    const std::uint64_t more = ring_.slots_for(view.shape.key_size) - 1;
    EventSlot &slot = ring_.slot(next_);
    begin_slot(slot);
    slot.commit.store(make_version(next_ + more, stripe_), kRelaxed);
    slot.head.store(EventHead{.kind = kind,
                              .type = view.shape.type,
                              .key_size = view.shape.key_size,
                              .client = static_cast<std::uint16_t>(slot_of(actor_.owner)),
                              .generation = static_cast<std::uint16_t>(generation_of(actor_.owner) & kToldGenerations),
                              .more = static_cast<std::uint16_t>(more)}
                        .pack(),
                    kRelaxed);
    slot.value.store(value, kRelaxed);
    copy_key_words(view, 0, slot.key, kInlineKeyWords);
    if (more != 0) [[unlikely]]
        write_rest_of_key(view, more);
    numbers_[written_++] = next_;
    next_ += 1 + more;
    // The next change of the stripe begins there.
    __builtin_prefetch(&ring_.slot(next_), 1);
}

}  // namespace latzero::store
