#include "store/ring.hpp"

#include <algorithm>

#include "store/order.hpp"
#include "store/watching.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// What makes it no event any more, before anything else of it changes.
void begin_slot(EventSlot &slot) {
    slot.number.store(0, kRelaxed);
    release_fence();
}

void copy_key(const Word *from, std::uint64_t words, Word *to, std::uint64_t room) {
    for (std::uint64_t at = 0; at < room; at++) to[at].store(at < words ? from[at].load(kRelaxed) : 0, kRelaxed);
}

Ring ring_of(const Segment &segment, std::uint32_t stripe) {
    LATZERO_ASSERT(holds_stripe(segment, stripe));
    return {segment, segment.stripe(stripe).events.load(kRelaxed)};
}

// A number without a key.
void write_bare(EventSlot &slot, EventKind kind, std::uint32_t stripe, std::uint64_t number) {
    begin_slot(slot);
    slot.commit.store(make_version(number, stripe), kRelaxed);
    slot.head.store(EventHead{.kind = kind, .type = 0, .key_size = 0, .client = 0, .generation = 0, .more = 0}.pack(),
                    kRelaxed);
    slot.number.store(number, kRelease);
}

// The number of the last slot of the event that begins at `number`; 0 if that is none of this stripe's, or ends past
// `last`. A slot that has the rest of a key, of a change that was never made, carries another number than these two.
std::uint64_t end_of_event(const EventSlot &slot, std::uint32_t stripe, std::uint64_t number, std::uint64_t last) {
    const std::uint64_t told = slot.number.load(kRelaxed);
    if (told != 0 && told != number) return 0;
    const std::uint64_t commit = slot.commit.load(kRelaxed), end = commit >> kStripeBits;
    return commit % kStripes == stripe && end >= number && end <= last ? end : 0;
}

// As a change in place has written it, and not a put that was never made.
bool is_of_change(const EventSlot &slot) {
    const EventKind kind = EventHead::unpack(slot.head.load(kRelaxed)).kind;
    return kind == EventKind::changed || kind == EventKind::ttl;
}

}  // namespace

Ring::Ring(const Segment &segment, std::uint64_t word) {
    const RingWord at = RingWord::unpack(word);
    if (at.ref == Ref::none || at.bits < kLeastRingBits || at.bits > kMostRingBits) return;
    mask_ = (std::uint64_t{1} << at.bits) - 1;
    slots_ = segment.at<EventSlot>(at.ref, (mask_ + 1) * sizeof(EventSlot));
}

void Telling::begin() {
    constexpr std::uint64_t kLooksEach = 1024;
    const std::uint64_t last = actor_.segment().stripe(stripe_).version.load(kRelaxed);
    const std::uint64_t told = ring_.slot(last).number.load(kRelaxed);
    if ((told & ~kMoreOfKey) != last) write_bare(ring_.slot(last), EventKind::none, stripe_, last);
    first_ = next_ = last + 1;
    if (next_ % kLooksEach == 0) look_for_watchers(actor_.session);
}

void Telling::write(EventKind kind, const RecordView &view, std::uint64_t value) {
    if (!ring_.is_on()) return;
    const std::uint64_t key_words = (view.shape.key_size + sizeof(Word) - 1) / sizeof(Word);
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
    copy_key(view.key, key_words, slot.key, kInlineKeyWords);
    for (std::uint64_t part = 1; part <= more; part++) {
        EventSlot &rest = ring_.slot(next_ + part);
        begin_slot(rest);
        const std::uint64_t at = kInlineKeyWords + (part - 1) * kMoreKeyWords;
        copy_key(view.key + at, key_words - at, &rest.commit, kMoreKeyWords);
        rest.number.store((next_ + part) | kMoreOfKey, kRelease);
    }
    next_ += 1 + more;
    // The next change of the stripe begins there.
    __builtin_prefetch(&ring_.slot(next_), 1);
}

std::uint64_t told_value(const RecordView &view) {
    if (view.shape.has(kHasFilled)) return view.filled().load(kRelaxed);
    return view.shape.value_size <= sizeof(Word) && view.shape.value_size != 0 ? view.value->load(kRelaxed)
                                                                               : view.shape.value_size;
}

void tell(const Segment &segment, std::uint32_t stripe, std::uint64_t first, std::uint64_t last) {
    const Ring ring = ring_of(segment, stripe);
    if (!ring.is_on() || last - first > ring.mask()) return;
    for (std::uint64_t number = first; number <= last; number++) {
        number = end_of_event(ring.slot(number), stripe, number, last);
        if (number == 0) return;
    }
    for (std::uint64_t number = first; number <= last; number++) {
        EventSlot &slot = ring.slot(number);
        const std::uint64_t end = end_of_event(slot, stripe, number, last);
        if (end == 0) return;
        slot.number.store(number, kRelease);
        number = end;
    }
}

void tell_none(const Segment &segment, std::uint32_t stripe, std::uint64_t number) {
    const Ring ring = ring_of(segment, stripe);
    if (ring.is_on()) write_bare(ring.slot(number), EventKind::none, stripe, number);
}

void tell_untold(const Ring &ring, std::uint32_t stripe, std::uint64_t number) {
    if (ring.is_on()) write_bare(ring.slot(number), EventKind::untold, stripe, number);
}

std::uint64_t tell_change(const Segment &segment, std::uint32_t stripe, const Word *word) {
    const std::uint64_t number = segment.stripe(stripe).version.load(kRelaxed) + 1;
    const Ring ring = ring_of(segment, stripe);
    if (!ring.is_on()) return number;
    EventSlot &slot = ring.slot(number);
    const std::uint64_t last = is_of_change(slot) ? end_of_event(slot, stripe, number, number + ring.mask() / 4) : 0;
    if (last != 0 && word != nullptr && word->load(kRelaxed) == slot.value.load(kRelaxed)) {
        slot.number.store(number, kRelease);
        return last;
    }
    write_bare(slot, EventKind::none, stripe, number);
    return number;
}

}  // namespace latzero::store
