#include "store/commit.hpp"

#include "store/record.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// A block's first word: where its version or its free mark stands. nullptr for offsets that make no sense.
Word *first_word(const Segment &segment, Ref ref) { return segment.at<Word>(ref, sizeof(Record)); }

Exchange read_intent(const Segment &segment, std::uint32_t stripe, std::uint64_t classes) {
    const Intent &intent = segment.stripe(stripe).intent;
    Exchange exchange(segment, stripe, (classes & kIntentKeepsCounts) != 0 ? Counts::kept : Counts::changed);
    exchange.target = segment.word_at(intent.target.load(kRelaxed));
    exchange.after = intent.after.load(kRelaxed);
    const std::uint64_t taken = intent.taken.load(kRelaxed), released = intent.released.load(kRelaxed);
    exchange.taken = {static_cast<Ref>(taken), static_cast<std::uint8_t>(classes)};
    exchange.taken_next = static_cast<Ref>(taken >> 32);
    const Block old{static_cast<Ref>(released), static_cast<std::uint8_t>(classes >> 8)};
    exchange.release(old, first_word(segment, old.ref));
    exchange.released_next = static_cast<Ref>(released >> 32);
    exchange.version = intent.version.load(kRelaxed);
    exchange.keys = static_cast<std::uint32_t>(intent.counts.load(kRelaxed));
    exchange.used_slots = static_cast<std::uint32_t>(intent.counts.load(kRelaxed) >> 32);
    exchange.bytes = intent.bytes.load(kRelaxed);
    return exchange;
}

// A change in place is two stores, the value's (the commit) and then the version's; a crash between them leaves a new
// value under an old version. One version more than needed does no harm.
void resolve_change(const Segment &segment, Stripe &stripe) {
    const auto ref = static_cast<Ref>(stripe.changing.load(kRelaxed));
    if (ref == Ref::none) return;
    const std::uint64_t version = stripe.version.load(kRelaxed) + 1;
    // The furthest place of the version's word: behind all words that can stand before it.
    if (Record *record = segment.at<Record>(ref, sizeof(Record) + 2 * sizeof(Word))) {
        const auto number = static_cast<std::uint32_t>(&stripe - &segment.stripe(0));
        const RecordView view{record, Shape::unpack(record->shape.load(kRelaxed))};
        if (view.shape.has(kHasModified)) view.modified().store(make_version(version, number), kRelease);
    }
    stripe.version.store(version, kRelease);
    stripe.changing.store(0, kRelease);
}

}  // namespace

void undo(const Segment &segment, const Exchange &exchange) {
    if (exchange.taken.is_small()) {
        segment.spoil(exchange.taken.ref, kClassSizes[exchange.taken.size_class]);
        if (Word *word = first_word(segment, exchange.taken.ref))
            word->store(kFreeMark | raw(exchange.taken_next), kRelease);
    }
    exchange.home.intent.classes.store(0, kRelease);
}

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
void release_extent_locked(Actor actor, Ref ref) {
    const Segment &segment = actor.segment();
    if (page_of(ref) >= segment.geometry().max_pages()) return;
    if (Word *word = first_word(segment, ref)) word->store(kFreeMark, kRelease);
    // A record whose sizes were damaged may lie among others in a small page, which must not go with it.
    const PageEntry entry = PageEntry::unpack(segment.page_entry(page_of(ref)).load(kRelaxed));
    if (ref != ref_of_page(page_of(ref)) || entry.kind == PageKind::small || entry.kind == PageKind::small_pending)
        return;
    release_fence();
    retire_run_locked(actor, page_of(ref));
}

void resolve_intent(Actor actor, std::uint32_t number) {
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(number);
    resolve_change(segment, stripe);
    const std::uint64_t classes = stripe.intent.classes.load(std::memory_order_acquire);
    if (classes == 0) return;
    const Exchange exchange = read_intent(segment, number, classes);
    if (exchange.target != nullptr && exchange.target->load(std::memory_order_acquire) == exchange.after)
        finish(actor, exchange);
    else
        undo(segment, exchange);
}

}  // namespace latzero::store
