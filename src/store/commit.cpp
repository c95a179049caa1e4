#include "store/commit.hpp"

#include "store/index.hpp"
#include "store/telling.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// A block's first word: where its version or its free mark stands. nullptr for offsets that make no sense.
Word *first_word(const Segment &segment, Ref ref) { return segment.at<Word>(ref, sizeof(Record)); }

#if !defined(NDEBUG)

// Its first word stands where the block begins.
bool is_block(const Segment &segment, const Block &block, const Word *first_word) {
    if (block.size_class == kNoClass) return block.ref == Ref::none && first_word == nullptr;
    if (!block.is_small() && !block.is_extent()) return false;
    return first_word == nullptr || segment.offset_of_word(*first_word) == offset_of(block.ref);
}

// Bytes are those of the blocks, as far as the exchange knows their sizes.
bool is_of_bytes(const Exchange &exchange) {
    if (exchange.taken.is_extent() || exchange.released.is_extent()) return true;
    const auto size = [](const Block &block) {
        return block.is_small() ? std::uint64_t{kClassSizes[block.size_class]} : 0;
    };
    return exchange.bytes - exchange.known.get().bytes == size(exchange.taken) - size(exchange.released);
}

// A key comes, is replaced, or goes; each has a commit number of its own. Or a record moves.
bool is_of_slot(const Exchange &exchange) {
    const Exchange::Known &before = exchange.known.get();
    const auto low = static_cast<std::uint32_t>(exchange.after);
    const bool goes = low <= kTombstone;
    const bool moves = exchange.counts == Counts::kept && exchange.version == before.version;
    // A change that is told may take several numbers.
    if (!moves && exchange.version != before.version + 1 &&
        (exchange.version <= before.version || !is_watched(exchange.home)))
        return false;
    if (!goes && exchange.taken.ref != Ref::none && low != raw(exchange.taken.ref)) return false;
    if (goes && exchange.taken.ref != Ref::none) return false;
    if (exchange.counts == Counts::kept) return !goes && exchange.released.size_class == exchange.taken.size_class;
    const std::uint32_t keys = exchange.keys - before.keys, slots = exchange.used_slots - before.used_slots;
    if (goes && !is_of_bytes(exchange)) return false;
    if (goes) return keys == 0u - 1 && slots == (exchange.after == kEmptySlot ? 0u - 1 : 0u);
    const bool is_new = exchange.released.ref == Ref::none;
    if (exchange.taken.ref != Ref::none && !is_of_bytes(exchange)) return false;
    return is_new ? keys == 1 && slots <= 1 : keys == 0 && slots == 0;
}

bool is_of_table(const Exchange &exchange) {
    const Exchange::Known &before = exchange.known.get();
    const TableWord after = TableWord::unpack(exchange.after);
    return exchange.counts == Counts::changed && after.ref == exchange.taken.ref &&
           exchange.version == before.version && exchange.keys == before.keys && is_of_bytes(exchange) &&
           (exchange.used_slots == (after.ref == Ref::none ? 0 : exchange.keys) ||
            exchange.used_slots == before.used_slots);
}

// A block leaves for a client's transfer word, or comes from it.
bool is_of_transfer(const Segment &segment, const Exchange &exchange, std::uint64_t offset) {
    const bool is_transfer = (offset - Geometry::clients_at()) % sizeof(ClientSlot) == offsetof(ClientSlot, transfer);
    return segment.writable() && is_transfer && exchange.counts == Counts::kept &&
           exchange.version == exchange.known.get().version &&
           (exchange.after == 0 ? exchange.taken.ref == Ref::none : exchange.released.ref == Ref::none);
}

#endif

Exchange read_intent(const Segment &segment, std::uint32_t stripe, std::uint64_t classes) {
    const Intent &intent = segment.stripe(stripe).intent;
    Exchange exchange(segment, stripe, (classes & kIntentKeepsCounts) != 0 ? Counts::kept : Counts::changed);
    exchange.target = segment.word_at(intent.target.load(kRelaxed));
    exchange.after = intent.after.load(kRelaxed);
    const std::uint64_t taken = intent.taken.load(kRelaxed), released = intent.released.load(kRelaxed);
    exchange.taken = {static_cast<Ref>(taken), static_cast<std::uint8_t>(classes)};
    exchange.taken_next = static_cast<Ref>(taken >> 32);
    const Block old{static_cast<Ref>(released), static_cast<std::uint8_t>(classes >> 8)};
    exchange.release(old, 0, first_word(segment, old.ref));
    exchange.released_next = static_cast<Ref>(released >> 32);
    exchange.released_pages = static_cast<std::uint32_t>(released >> 32);
    exchange.version = intent.version.load(kRelaxed);
    exchange.keys = static_cast<std::uint32_t>(intent.counts.load(kRelaxed));
    exchange.used_slots = static_cast<std::uint32_t>(intent.counts.load(kRelaxed) >> 32);
    exchange.bytes = intent.bytes.load(kRelaxed);
    LATZERO_ASSERT((exchange.counts == Counts::kept) == ((classes & kIntentKeepsCounts) != 0));
    return exchange;
}

// What an event would say of what a change in place was about to change, as it is now; nullopt if there is no such.
std::optional<std::uint64_t> told_now(const RecordView &view, ChangedWord which) {
    if (which == ChangedWord::value) return view.value->load(kRelaxed);
    if (which == ChangedWord::filled && view.shape.has(kHasFilled)) return told_value(view);
    if (which == ChangedWord::expiry && view.shape.has(kHasExpiry)) return view.expiry().load(kRelaxed);
    return {};
}

// A change in place is two stores, the value's (the commit) and then the version's; a crash between them leaves a new
// value under an old version. One version more than needed does no harm.
void resolve_change(const Segment &segment, std::uint32_t number) {
    Stripe &stripe = segment.stripe(number);
    const std::uint64_t changing = stripe.changing.load(kRelaxed);
    const auto ref = static_cast<Ref>(changing);
    const auto which = static_cast<ChangedWord>(changing >> 32);
    if (ref == Ref::none) return;
    RecordView view;
    const bool is_sound = open_record(segment, ref, view);
    const std::uint64_t version = tell_change(segment, number, is_sound ? told_now(view, which) : std::nullopt);
    if (is_sound && view.shape.has(kHasModified) && which != ChangedWord::expiry)
        view.modified().store(make_version(version, number), kRelease);
    stripe.version.store(version, kRelease);
    stripe.changing.store(0, kRelease);
}

}  // namespace

#if !defined(NDEBUG)
bool is_consistent(const Segment &segment, const Exchange &exchange) {
    if (!holds_stripe(segment, exchange.stripe) || &exchange.home != &segment.stripe(exchange.stripe)) return false;
    if (exchange.target == nullptr || !is_block(segment, exchange.taken, exchange.taken_word) ||
        !is_block(segment, exchange.released, exchange.released_word))
        return false;
    if (exchange.taken.is_small() && exchange.taken_word == nullptr) return false;
    if (exchange.released.is_extent() && !holds_extents(segment)) return false;
    if (exchange.target == &exchange.home.table) return is_of_table(exchange);
    const std::uint64_t offset = segment.offset_of_word(*exchange.target);
    return offset < segment.geometry().data_at() ? is_of_transfer(segment, exchange, offset) : is_of_slot(exchange);
}
#endif

void undo(const Segment &segment, const Exchange &exchange) {
    exchange.reach(Exchange::Step::armed, Exchange::Step::ended);
    LATZERO_ASSERT(holds_stripe(segment, exchange.stripe));
    if (exchange.taken.is_small()) {
        segment.spoil(exchange.taken.ref, kClassSizes[exchange.taken.size_class]);
        if (Word *word = first_word(segment, exchange.taken.ref))
            word->store(kFreeMark | raw(exchange.taken_next), kRelease);
    }
    exchange.home.intent.classes.store(0, kRelease);
}

void keep_extent(const Segment &segment, Ref ref, std::uint32_t stripe) {
    LATZERO_ASSERT(holds_stripe(segment, stripe));
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
void release_extent_locked(Actor actor, Ref ref, std::uint32_t pages) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment));
    Word *word = first_word(segment, ref);
    if (word == nullptr) return;
    const Tracked<bool> is_hidden(false);
    word->store(kFreeMark, kRelease), is_hidden.set(true);
    // A record whose sizes were damaged may lie among others in a small run, which must not go with it.
    const PageEntry entry = PageEntry::unpack(segment.page_entry(page_of(ref)).load(kRelaxed));
    if (ref != ref_of_page(page_of(ref)) || entry.kind == PageKind::small || entry.kind == PageKind::small_pending ||
        entry.pages != pages)
        return;
    release_fence();
    LATZERO_ASSERT(is_hidden.get());
    retire_run_locked(actor, page_of(ref));
}

void resolve_intent(Actor actor, std::uint32_t number) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(number < kStripes && holds_stripe(segment, number));
    Stripe &stripe = segment.stripe(number);
    resolve_change(segment, number);
    const std::uint64_t classes = stripe.intent.classes.load(std::memory_order_acquire);
    if (classes == 0) return;
    const Exchange exchange = read_intent(segment, number, classes);
    exchange.reach(Exchange::Step::planned, Exchange::Step::armed);
    if (exchange.target != nullptr && exchange.target->load(std::memory_order_acquire) == exchange.after) {
        exchange.reach(Exchange::Step::armed, Exchange::Step::committed);
        // Told before the stripe's number follows, so behind that there is nothing left to tell.
        const std::uint64_t number_before = stripe.version.load(kRelaxed);
        if (exchange.version > number_before) tell(segment, number, number_before + 1, exchange.version);
        finish(actor, exchange);
    } else
        undo(segment, exchange);
}

}  // namespace latzero::store
