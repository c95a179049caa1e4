#include "store/ring_switch.hpp"

#include <algorithm>

#include "platform/liveness.hpp"
#include "store/pages.hpp"
#include "store/ring.hpp"
#include "store/stripe.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

constexpr std::uint64_t part_bytes(std::uint32_t bits) { return sizeof(EventSlot) << bits; }

RingWord ring_word(const Segment &segment) {
    return RingWord::unpack(segment.header().ring.load(std::memory_order_acquire));
}

// Whether it names a ring that lies in the pool.
bool is_sound(const Segment &segment, const RingWord &ring) {
    if (ring.ref == Ref::none || ring.bits < kLeastRingBits || ring.bits > kMostRingBits) return false;
    if (segment.at<Word>(ring.ref, ring_bytes(ring.bits)) == nullptr || page_of(ring.ref) == 0) return false;
    const PageEntry entry = PageEntry::unpack(segment.page_entry(page_of(ring.ref)).load(kRelaxed));
    return ring.ref == ref_of_page(page_of(ring.ref)) && entry.kind == PageKind::ring &&
           entry.pages == pages_for(ring_bytes(ring.bits));
}

std::uint64_t part_of(const RingWord &ring, std::uint32_t stripe) {
    const Ref at = ref_at(offset_of(ring.ref) + part_bytes(ring.bits) * stripe);
    return RingWord{at, ring.bits, ring.generation}.pack();
}

// What a pool that keeps its events was made with comes before what is asked for. No more than a sixteenth of the cap.
std::uint32_t bits_of_ring(const Segment &segment, std::uint32_t bits) {
    const PoolConstants &constants = segment.constants();
    if (constants.keeps_events()) bits = constants.ring_bits != 0 ? constants.ring_bits : kUsualRingBits;
    bits = std::clamp(bits, kLeastRingBits, kMostRingBits);
    while (bits > kLeastRingBits && segment.geometry().max_bytes < cap_for_ring(bits)) bits--;
    return bits;
}

// Another client may have been quicker: then its ring is the one.
Status publish_ring(Actor actor, std::uint64_t page, std::uint32_t bits, RingWord &ring) {
    const Segment &segment = actor.segment();
    const ExtentLock extents(actor, true);
    if (extents.status() != Status::ok) return extents.status();
    ring = ring_word(segment);
    if (is_sound(segment, ring)) {
        free_run_locked(actor, page);
        return Status::ok;
    }
    ring = {ref_of_page(page), static_cast<std::uint8_t>(bits), (ring.generation + 1) & 0xffffff};
    const PageEntry entry{PageKind::ring, 0, 0, 0, pages_for(ring_bytes(bits))};
    segment.page_entry(page).store(entry.pack(), kRelease);
    segment.header().ring.store(ring.pack(), kRelease);
    return Status::ok;
}

Status make_ring(Actor actor, std::uint32_t bits, RingWord &ring) {
    const Segment &segment = actor.segment();
    const PageEntry entry{PageKind::extent_pending, 0, 0, static_cast<std::uint16_t>(slot_of(actor.owner)),
                          pages_for(ring_bytes(bits))};
    std::uint64_t page = 0;
    const Status allocated = allocate_run(actor, entry, page);
    if (allocated != Status::ok) return allocated;
    auto *words = segment.at<Word>(ref_of_page(page), ring_bytes(bits));
    if (words == nullptr) return Status::corrupt;
    for (std::uint64_t word = 0; word < ring_bytes(bits) / sizeof(Word); word++) words[word].store(0, kRelaxed);
    const Status published = publish_ring(actor, page, bits, ring);
    if (published != Status::ok) (void)free_pending_run(actor, page);
    return published;
}

Status find_or_make_ring(Actor actor, std::uint32_t bits, RingWord &ring) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(segment.writable() && !holds_extents(segment) && !holds_stripe(segment, 0));
    {
        const ExtentLock extents(actor, true);
        if (extents.status() != Status::ok) return extents.status();
        ring = ring_word(segment);
    }
    return is_sound(segment, ring) ? Status::ok : make_ring(actor, bits_of_ring(segment, bits), ring);
}

// `start`: the commit number that comes next.
Status turn_stripe_on(Actor actor, const RingWord &ring, std::uint32_t number, Contended contended,
                      std::uint64_t &start) {
    const Segment &segment = actor.segment();
    const StripeLock lock(actor, number, contended);
    if (lock.status() != Status::ok) return lock.status();
    Stripe &stripe = segment.stripe(number);
    const std::uint64_t part = part_of(ring, number);
    if (stripe.events.load(kRelaxed) != part) {
        tell_untold(Ring(segment, part), number, stripe.version.load(kRelaxed));
        stripe.events.store(part, kRelease);
    }
    stripe.lock.waiters.fetch_or(kBell, kRelaxed);
    start = stripe.version.load(kRelaxed) + 1;
    return Status::ok;
}

}  // namespace

bool is_watched_by_others(const Segment &segment) {
    return platform::is_held(segment.object(), kWatchBytes, kClientLimit, platform::HeldBy::sharers);
}

bool is_kept_on(const Segment &segment) { return segment.constants().keeps_events() || is_watched_by_others(segment); }

bool has_ring(const Segment &segment) { return is_sound(segment, ring_word(segment)); }

bool is_ring_of_header(const Segment &segment, std::uint64_t page, std::uint32_t pages) {
    const RingWord ring = ring_word(segment);
    return is_sound(segment, ring) && page_of(ring.ref) == page && pages == pages_for(ring_bytes(ring.bits));
}

bool is_told_in_ring(const Segment &segment, std::uint32_t stripe) {
    const std::uint64_t word = segment.stripe(stripe).events.load(kRelaxed);
    const RingWord ring = ring_word(segment);
    return word == 0 || (is_sound(segment, ring) && word == part_of(ring, stripe));
}

Status turn_ring_on(Actor actor, std::uint32_t bits, RingStart &start) {
    RingWord ring = {};
    Status status = find_or_make_ring(actor, bits, ring);
    for (std::uint32_t number = 0; status == Status::ok && number < kStripes; number++)
        status = turn_stripe_on(actor, ring, number, Contended::wait, start[number]);
    return status;
}

void turn_ring_on_where_free(Actor actor, std::uint32_t bits) {
    RingWord ring = {};
    std::uint64_t start = 0;
    if (find_or_make_ring(actor, bits, ring) != Status::ok) return;
    for (std::uint32_t number = 0; number < kStripes; number++)
        (void)turn_stripe_on(actor, ring, number, Contended::give_up, start);
}

void turn_ring_off(Actor actor) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(segment.writable() && !holds_extents(segment) && !holds_stripe(segment, 0));
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const StripeLock lock(actor, number);
        if (lock.status() != Status::ok || is_kept_on(segment)) return;
        segment.stripe(number).events.store(0, kRelease);
        segment.stripe(number).lock.waiters.fetch_and(~(kBell | kReadersBell), kRelaxed);
    }
    const ExtentLock extents(actor, true);
    if (extents.status() != Status::ok || is_kept_on(segment)) return;
    // A watcher that was killed since may have turned some stripes on.
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (segment.stripe(number).events.load(kRelaxed) != 0) return;
    const RingWord ring = ring_word(segment);
    if (!is_sound(segment, ring)) return;
    segment.header().ring.store(RingWord{Ref::none, 0, ring.generation}.pack(), kRelease);
    free_run_locked(actor, page_of(ring.ref));
}

}  // namespace latzero::store
