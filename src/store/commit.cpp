#include "store/commit.hpp"

#include "store/order.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

constexpr std::uint64_t pair(std::uint32_t low, std::uint32_t high) { return low | std::uint64_t{high} << 32; }
constexpr std::uint32_t raw(Ref ref) { return static_cast<std::uint32_t>(ref); }

// A block's first word: where its version or its free mark stands. nullptr for offsets that make no sense.
Word *first_word(const Segment &segment, Ref ref) { return segment.at<Word>(ref, sizeof(Record)); }

// The extent taken now belongs to the stripe, whoever dies.
void keep_extent(const Segment &segment, Ref ref, std::uint32_t stripe) {
    const std::uint64_t page = page_of(ref);
    if (page >= segment.geometry().max_pages()) return;
    PageEntry entry = PageEntry::unpack(segment.page_entry(page).load(kRelaxed));
    if (entry.kind != PageKind::extent_pending) return;
    entry.kind = PageKind::extent;
    entry.stripe = static_cast<std::uint8_t>(stripe);
    entry.client = 0;
    segment.page_entry(page).store(entry.pack(), kRelease);
}

// Readers must see that a record is gone before anything else of it changes: the first word goes first.
void release_extent(Actor actor, Ref ref) {
    const Segment &segment = actor.segment();
    if (page_of(ref) >= segment.geometry().max_pages()) return;
    if (Word *word = first_word(segment, ref)) word->store(kFreeMark, kRelease);
    release_fence();
    free_run_locked(actor, page_of(ref));
}

void finish(Actor actor, const Exchange &exchange) {
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(exchange.stripe);
    stripe.version.store(exchange.version, kRelease);
    stripe.keys.store(exchange.keys, kRelaxed);
    stripe.used_slots.store(exchange.used_slots, kRelaxed);
    stripe.bytes.store(exchange.bytes, kRelaxed);
    const Block &taken = exchange.taken, &released = exchange.released;
    if (taken.is_small())
        stripe.free_head[taken.size_class].store(raw(exchange.taken_next), kRelease);
    if (taken.is_extent()) keep_extent(segment, taken.ref, exchange.stripe);
    if (released.is_small()) {
        if (Word *word = first_word(segment, released.ref)) {
            word->store(kFreeMark | raw(exchange.released_next), kRelease);
            stripe.free_head[released.size_class].store(raw(released.ref), kRelease);
        }
    }
    if (released.is_extent()) release_extent(actor, released.ref);
    stripe.intent.classes.store(0, kRelease);
}

void undo(const Segment &segment, const Exchange &exchange) {
    if (exchange.taken.is_small())
        if (Word *word = first_word(segment, exchange.taken.ref)) word->store(kFreeMark | raw(exchange.taken_next), kRelease);
    segment.stripe(exchange.stripe).intent.classes.store(0, kRelease);
}

Exchange read_intent(const Segment &segment, std::uint32_t stripe, std::uint64_t classes) {
    const Intent &intent = segment.stripe(stripe).intent;
    Exchange exchange(segment, stripe);
    exchange.target = segment.word_at(intent.target.load(kRelaxed));
    exchange.after = intent.after.load(kRelaxed);
    const std::uint64_t taken = intent.taken.load(kRelaxed), released = intent.released.load(kRelaxed);
    exchange.taken = {static_cast<Ref>(taken), static_cast<std::uint8_t>(classes)};
    exchange.taken_next = static_cast<Ref>(taken >> 32);
    exchange.released = {static_cast<Ref>(released), static_cast<std::uint8_t>(classes >> 8)};
    exchange.released_next = static_cast<Ref>(released >> 32);
    exchange.version = intent.version.load(kRelaxed);
    exchange.keys = static_cast<std::uint32_t>(intent.counts.load(kRelaxed));
    exchange.used_slots = static_cast<std::uint32_t>(intent.counts.load(kRelaxed) >> 32);
    exchange.bytes = intent.bytes.load(kRelaxed);
    return exchange;
}

// A counter is changed by two stores, its value (the commit) and then its version; a crash between them would leave a
// new value under an old version. A version more than needed does no harm.
void resolve_counter(const Segment &segment, Stripe &stripe) {
    const auto ref = static_cast<Ref>(stripe.counter.load(kRelaxed));
    if (ref == Ref::none) return;
    const std::uint64_t version = stripe.version.load(kRelaxed) + 1;
    if (Record *record = segment.at<Record>(ref, sizeof(Record) + 2 * sizeof(Word))) {
        const auto number = static_cast<std::uint32_t>(&stripe - &segment.stripe(0));
        const auto flags = static_cast<std::uint8_t>(record->shape.load(kRelaxed) >> 56);
        Word *extras = reinterpret_cast<Word *>(record + 1);
        if (flags & kHasModified) extras[flags & kHasExpiry ? 1 : 0].store(version << kStripeBits | number, kRelease);
    }
    stripe.version.store(version, kRelease);
    stripe.counter.store(0, kRelease);
}

}  // namespace

Exchange::Exchange(const Segment &segment, std::uint32_t stripe_number)
    : stripe(stripe_number), target(nullptr), after(0),
      version(segment.stripe(stripe_number).version.load(kRelaxed)),
      keys(segment.stripe(stripe_number).keys.load(kRelaxed)),
      used_slots(segment.stripe(stripe_number).used_slots.load(kRelaxed)),
      bytes(segment.stripe(stripe_number).bytes.load(kRelaxed)) {}

void arm(const Segment &segment, Exchange &exchange) {
    Stripe &stripe = segment.stripe(exchange.stripe);
    if (exchange.released.is_small())
        exchange.released_next = exchange.released.size_class == exchange.taken.size_class
                                     ? exchange.taken_next
                                     : static_cast<Ref>(stripe.free_head[exchange.released.size_class].load(kRelaxed));
    Intent &intent = stripe.intent;
    intent.target.store(segment.offset_of_word(*exchange.target), kRelaxed);
    intent.after.store(exchange.after, kRelaxed);
    intent.taken.store(pair(raw(exchange.taken.ref), raw(exchange.taken_next)), kRelaxed);
    intent.released.store(pair(raw(exchange.released.ref), raw(exchange.released_next)), kRelaxed);
    intent.version.store(exchange.version, kRelaxed);
    intent.counts.store(pair(exchange.keys, exchange.used_slots), kRelaxed);
    intent.bytes.store(exchange.bytes, kRelaxed);
#if !defined(LATZERO_SABOTAGE_INTENT)
    intent.classes.store(kIntentArmed | exchange.taken.size_class | std::uint64_t{exchange.released.size_class} << 8, kRelease);
#endif
    // What follows spoils the block taken: never before the intent stands, nor before the block's free mark.
    release_fence();
}

void commit(const Segment &, const Exchange &exchange) { exchange.target->store(exchange.after, kRelease); }

void commit_and_finish(Actor actor, const Exchange &exchange) {
    commit(actor.segment(), exchange);
    finish(actor, exchange);
}

void resolve_intent(Actor actor, std::uint32_t number) {
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(number);
    resolve_counter(segment, stripe);
    const std::uint64_t classes = stripe.intent.classes.load(std::memory_order_acquire);
    if (classes == 0) return;
    const Exchange exchange = read_intent(segment, number, classes);
    if (exchange.target != nullptr && exchange.target->load(std::memory_order_acquire) == exchange.after)
        finish(actor, exchange);
    else
        undo(segment, exchange);
}

}  // namespace latzero::store
