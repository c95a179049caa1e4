// Edits of the ring of changes, and of the words by which watchers and writers find it and wake each other.
#include <cstddef>

#include "mutator.hpp"
#include "store/ring_layout.hpp"

namespace latzero::test {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

// A slot near the one that is written next; 0 if the stripe has no ring that could be.
std::uint64_t Mutator::any_event(const Stripe &stripe) {
    const RingWord ring = RingWord::unpack(stripe.events.load(kRelaxed));
    const std::uint64_t slots = std::uint64_t{1} << ring.bits % 16, at = store::offset_of(ring.ref);
    if (at < geometry_.data_at() || at + slots * sizeof(EventSlot) > size_) return 0;
    const std::uint64_t number = stripe.version.load(kRelaxed) + below(6) - 2;
    return at + (one_in(4) ? below(slots) : number % slots) * sizeof(EventSlot);
}

// Of another size, of another stripe, over anything that is there, or past the end.
std::uint64_t Mutator::any_ring_word() {
    RingWord ring = RingWord::unpack(any_stripe().events.load(kRelaxed));
    if (one_in(2)) ring.bits = static_cast<std::uint8_t>(one_in(4) ? below(256) : kLeastRingBits + below(9));
    if (one_in(3)) ring.ref = static_cast<Ref>(any_ref());
    if (one_in(8)) ring.generation++;
    return ring.pack();
}

// The numbers that a sound slot could have there, and others; ends and sizes of keys that are not so.
void Mutator::edit_event() {
    const Stripe &stripe = any_stripe();
    const std::uint64_t at = any_event(stripe), newest = stripe.version.load(kRelaxed);
    if (at == 0) return;
    switch (below(5)) {
    case 0: {
        const std::uint64_t number = one_in(4) ? nonsense(newest) : newest + below(8) - 3;
        return put("the number of an event", at, one_in(3) ? number | kMoreOfKey : number);
    }
    case 1: return put("the end of an event", at + 8, (newest + below(8)) << kStripeBits | below(kStripes));
    case 2: return put("the head of an event", at + 16, one_in(2) ? dice_() : nonsense(word(at + 16)->load(kRelaxed)));
    case 3: {
        constexpr std::uint64_t kFromKeySize = 8, kFromMore = 52;
        const std::uint64_t head = below(16) | below(0x10000) << kFromKeySize | below(0x1000) << kFromMore;
        return put("the sizes of an event", at + 16, head);
    }
    default: return put("a word of an event", at + below(8) * sizeof(Word), dice_());
    }
}

void Mutator::edit_ring() {
    const std::uint64_t stripe = stripe_at(any_stripe());
    switch (below(12)) {
    case 0: return put("a stripe's ring", stripe + offsetof(Stripe, events), any_ring_word());
    case 1: return put("the pool's ring", offsetof(Header, ring), one_in(2) ? any_ring_word() : nonsense(0));
    case 2: return put("who sleeps", offsetof(Header, sleepers), nonsense(0));
    case 3: return put_half("the bell", offsetof(Header, bell), static_cast<std::uint32_t>(nonsense(0)));
    case 4: return put_half("clients came", offsetof(Header, clients_changed), static_cast<std::uint32_t>(dice_()));
    case 5:
        return put_half("a lock's waiters", stripe + offsetof(Stripe, lock) + 4,
                        static_cast<std::uint32_t>(one_in(2) ? below(8) | below(256) << 16 : dice_()));
    default: return edit_event();
    }
}

}  // namespace latzero::test
