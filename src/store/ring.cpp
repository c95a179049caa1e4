#include "store/ring.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

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

std::uint64_t tell_change(const Segment &segment, std::uint32_t stripe, std::optional<std::uint64_t> told) {
    const std::uint64_t number = segment.stripe(stripe).version.load(kRelaxed) + 1;
    const Ring ring = ring_of(segment, stripe);
    if (!ring.is_on()) return number;
    EventSlot &slot = ring.slot(number);
    const std::uint64_t last = is_of_change(slot) ? end_of_event(slot, stripe, number, number + ring.mask() / 4) : 0;
    if (last != 0 && told == slot.value.load(kRelaxed)) {
        slot.number.store(number, kRelease);
        return last;
    }
    write_bare(slot, EventKind::none, stripe, number);
    return number;
}

}  // namespace latzero::store
