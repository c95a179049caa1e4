#include "store/fsck/damage.hpp"

#include <algorithm>
#include <optional>

#include "store/blocks.hpp"
#include "store/budget.hpp"
#include "store/pages.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Times all bytes that there are.
constexpr std::uint64_t kMostHashed = 4, kMostJudged = 2;

}  // namespace

Damage::Damage(const Session &session, const KeyHash &hash, const CheckOptions &options, RepairReport &report)
    : segment_(session.segment),
      hash_(hash),
      options_(options),
      report_(report),
      plan_(session),
      claims_(segment_),
      bytes_to_hash_(kMostHashed * segment_.usable()),
      bytes_to_judge_(kMostJudged * segment_.usable()) {
    find_tables();
    for (std::uint32_t number = 0; number < kStripes; number++) survey_stripe(number);
    for (std::uint32_t number = 0; number < kStripes; number++)
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) survey_list(number, size_class);
    LATZERO_ASSERT(holds_extents(segment_));
    claims_.end();
    plan_.decide();
    claims_.start();
    // A record proves that the block is its own, so records come before what proves nothing.
    for (std::uint32_t number = 0; number < kStripes; number++) claim_slots(number);
    for (const bool own : {true, false})
        for (std::uint32_t number = 0; number < kStripes; number++) claim_table(number, own);
    claim_transfers();
    for (std::uint32_t number = 0; number < kStripes; number++)
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) claim_list(number, size_class);
    find_orphans();
    for (std::uint32_t number = 0; number < kStripes; number++)
        if (stripes_[number].table_stays) tell_losses(number, table(number));
}

// A stripe without a table, or with none that could be, gets one without slots. Sound tables lie apart, so they have
// room together. Where they have not, the largest are not believed: so a word that somebody made up costs no more than
// what is there. Every record whose table is passed over is found by its block.
void Damage::find_tables() {
    std::array<std::uint32_t, kStripes> order;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        order[number] = number;
        Table table;
        if (open_sound_table(segment_, segment_.stripe(number), table)) tables_[number] = table;
    }
    const auto is_smaller = [this](std::uint32_t a, std::uint32_t b) { return tables_[a].mask < tables_[b].mask; };
    std::stable_sort(order.begin(), order.end(), is_smaller);
    Budget budget(segment_);
    for (const std::uint32_t number : order)
        if (tables_[number].slots != nullptr && !budget.spend(tables_[number].bytes())) tables_[number] = {};
}

// --- what speaks for pages -------------------------------------------------------------------------------------------

void Damage::survey_stripe(std::uint32_t number) {
    const Table table = tables_[number];
    if (table.slots == nullptr) return;
    bool any = false, sound = false;
    for (std::uint64_t at = 0; at < table.size(); at++) {
        const std::uint64_t slot = table.slots[at].load(kRelaxed);
        any |= is_live(slot);
        sound |= is_live(slot) && speaks(number, slot);
    }
    const Ref ref = TableWord::unpack(table.word).ref;
    const std::uint8_t size_class = class_for(table.bytes());
    const auto lies_in_its_page = [&] {
        const std::uint64_t page = entry_page_of(ref, size_class);
        const PageEntry entry = PageEntry::unpack(segment_.page_entry(page).load(kRelaxed));
        return is_block_of(entry, ref, size_class, table.bytes());
    };
    if (sound || (!any && lies_in_its_page())) plan_.hear_block(ref, size_class, table.bytes(), number);
}

// A record that is what its slot says speaks for the page that it lies in.
bool Damage::speaks(std::uint32_t number, std::uint64_t slot) {
    const Ref ref = slot_ref(slot);
    RecordView view;
    if (judge_head(segment_, number, ref, view) != Flaw::none || bytes_to_hash_ < view.shape.key_size) return false;
    bytes_to_hash_ -= view.shape.key_size;
    std::string bytes;
    Key key;
    if (judge_body(view, number, hash_, {}, bytes, key) != Flaw::none || key.hash != slot_hash(slot)) return false;
    plan_.hear_block(ref, class_for(view.shape.total()), view.shape.total(), number);
    return true;
}

void Damage::survey_list(std::uint32_t number, std::uint8_t size_class) {
    auto ref = static_cast<Ref>(segment_.stripe(number).free_head[size_class].load(kRelaxed));
    // Blocks behind the pages of the plan cannot be claimed, so nothing would end a circle of them.
    while (ref != Ref::none && page_of(ref) < plan_.limit() && !claims_.has(ref)) {
        const Word *word = segment_.at<Word>(ref, kClassSizes[size_class]);
        const std::uint64_t value = word != nullptr ? word->load(kRelaxed) : 0;
        if (!is_free_block(value)) return;
        claims_.add(ref);
        plan_.hear_free_block(ref, size_class);
        ref = static_cast<Ref>(value);
    }
}

// --- whose is what ---------------------------------------------------------------------------------------------------

void Damage::note_record(std::uint32_t number, const RecordView &view) {
    StripeView &stripe = stripes_[number];
    const std::uint64_t modified = view.shape.has(kHasModified) ? view.modified().load(kRelaxed) >> kStripeBits : 0;
    stripe.commits = std::max({stripe.commits, view.version() >> kStripeBits, modified});
}

Flaw Damage::judge_slot(std::uint32_t number, std::uint64_t slot, RecordView &view, std::string &bytes, Key &key) {
    const Flaw flaw = judge_head(segment_, number, slot_ref(slot), view);
    if (flaw != Flaw::none) return flaw;
    const std::uint64_t size = view.shape.total();
    if (!plan_.has_block(slot_ref(slot), class_for(size), size)) return Flaw::place;
    // Many slots may lead to one broken record. A sound record that is not looked at here is found by its block.
    if (bytes_to_judge_ < size) return Flaw::place;
    bytes_to_judge_ -= size;
    return judge_body(view, number, hash_, options_, bytes, key);
}

void Damage::claim_slot(std::uint32_t number, std::uint64_t slot, std::uint32_t place, bool reached, KeysSeen &seen) {
    const Ref ref = slot_ref(slot);
    StripeView &stripe = stripes_[number];
    RecordView view;
    std::string bytes;
    Key key;
    // A record of another slot, or one that a probe does not find, is found by its block later.
    if (claims_.has(ref) || judge_slot(number, slot, view, bytes, key) != Flaw::none || key.hash != slot_hash(slot) ||
        !reached)
        return;
    claims_.add(ref);
    stripe.kept.add(place);
    stripe.keys++;
    seen.add({key.hash, ref, KeysSeen::fingerprint(bytes), view.version(), place});
    stripe.bytes += block_bytes(view.shape.total());
    note_record(number, view);
    const std::uint64_t expiry = expiry_of(view);
    if (expiry != 0 && (stripe.earliest == 0 || expiry < stripe.earliest)) stripe.earliest = expiry;
}

void Damage::claim_slots(std::uint32_t number) {
    const Table table = tables_[number];
    if (table.slots == nullptr) return;
    StripeView &stripe = stripes_[number];
    KeysSeen seen;
    Reach reach(table);
    std::uint64_t live = 0;
    for (std::uint64_t step = 0; step < table.size(); step++) {
        const std::uint32_t place = reach.next();
        const std::uint64_t slot = table.slots[place].load(kRelaxed);
        if (!is_live(slot)) continue;
        live++;
        claim_slot(number, slot, place, reach.finds(slot), seen);
    }
    part_twins(number, seen);
    stripe.has_table = live == 0 || stripe.keys > 0;
}

// The older of two records of one key loses its slot; later, as a record without one, it is found to be the older. Of
// two records of one version one gets another version; in an encrypted pool, where the version is sealed, it is
// dropped.
void Damage::part_twins(std::uint32_t number, KeysSeen &seen) {
    StripeView &stripe = stripes_[number];
    const auto let_go = [&](const KeysSeen::Key &key) {
        RecordView view;
        if (!stripe.kept.has(key.place) || !open_record(segment_, key.ref, view)) return;
        LATZERO_ASSERT(stripe.keys > 0);
        stripe.kept.remove(key.place);
        stripe.keys--;
        stripe.bytes -= block_bytes(view.shape.total());
        claims_.remove(key.ref);
    };
    seen.for_each_twin(segment_, let_go);
    seen.for_each_version_twin([&](const KeysSeen::Key &key) {
        if (!stripe.kept.has(key.place)) return;
        if (!segment_.constants().encrypted()) return stripe.renumbered.push_back(key.ref);
        let_go(key);
        unwanted_.push_back(key.ref);
        report_.add(RepairReport::Deed::dropped, {Part::record, number, offset_of(key.ref)},
                    "has the version of another one");
    });
}

// A table of which no slot leads anywhere may be another stripe's, which comes first then.
void Damage::claim_table(std::uint32_t number, bool own) {
    StripeView &stripe = stripes_[number];
    const Table table = tables_[number];
    const TableWord word =
        TableWord::unpack(table.slots != nullptr ? table.word : segment_.stripe(number).table.load(kRelaxed));
    if (table.slots == nullptr) {
        stripe.table_stays = word.ref == Ref::none && word.bits == 0;
        return;
    }
    LATZERO_ASSERT(table.size() <= segment_.usable() / sizeof(Word));
    if (stripe.table_stays || stripe.has_table != own) return;
    if (!claims_.has(word.ref) && plan_.has_block(word.ref, class_for(table.bytes()), table.bytes())) {
        claims_.add(word.ref);
        stripe.bytes += block_bytes(table.bytes());
        stripe.table_stays = true;
        return;
    }
    // Its records are found by their blocks.
    for (std::uint64_t at = 0; at < table.size(); at++)
        if (stripe.kept.has(at)) claims_.remove(slot_ref(table.slots[at].load(kRelaxed)));
    const std::uint64_t commits = stripe.commits;
    stripe = {};
    stripe.has_table = own;
    stripe.commits = commits;
}

// Sorted. Others may have changed records since they were found; only the report depends on it.
std::vector<std::uint32_t> Damage::hashes_of_orphans(std::uint32_t number) const {
    std::vector<std::uint32_t> hashes;
    hashes.reserve(orphans_[number].size());
    for (const Ref ref : orphans_[number]) {
        RecordView view;
        std::string bytes;
        Key key;
        if (open_record(segment_, ref, view) && judge_body(view, number, hash_, {}, bytes, key) == Flaw::none)
            hashes.push_back(key.hash);
    }
    std::sort(hashes.begin(), hashes.end());
    return hashes;
}

// Reports keys whose records cannot stay. Not if a record without a slot has the same hash, since that one comes back,
// nor if something else has the block: then only the slot is broken. Unwanted records have been reported before. A name
// is told if it is the one that the slot stands for.
void Damage::tell_losses(std::uint32_t number, const Table &table) {
    std::optional<std::vector<std::uint32_t>> back;
    for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
        const std::uint64_t slot = table.slots[at].load(kRelaxed);
        if (!is_live(slot) || claims_.has(slot_ref(slot)) ||
            std::binary_search(unwanted_.begin(), unwanted_.end(), slot_ref(slot)))
            continue;
        if (!back) back = hashes_of_orphans(number);
        if (std::binary_search(back->begin(), back->end(), slot_hash(slot))) continue;
        RecordView view;
        std::string bytes;
        Key key;
        const Flaw flaw = judge_slot(number, slot, view, bytes, key);
        if (flaw == Flaw::none) continue;
        Finding about{flaw == Flaw::seal ? Part::seal : Part::record, number, offset_of(slot_ref(slot))};
        const std::uint64_t key_end = view.shape.value_at() * sizeof(Word);
        if (view.record != nullptr && segment_.reaches(slot_ref(slot), key_end) && !segment_.constants().encrypted() &&
            view.shape.key_size <= bytes_to_hash_) {
            bytes_to_hash_ -= view.shape.key_size;
            bytes.resize(view.shape.key_size);
            copy_from_shared(bytes.data(), view.key, bytes.size());
            key = hash_(bytes);
            if (key.stripe == number && key.hash == slot_hash(slot)) about.key = bytes;
        }
        report_.add(RepairReport::Deed::dropped, about, describe(flaw));
    }
}

void Damage::claim_transfers() {
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const ClientSlot &client = segment_.client(slot);
        const std::uint64_t word = client.transfer.load(kRelaxed);
        const auto ref = static_cast<Ref>(word);
        const auto size_class = static_cast<std::uint8_t>(word >> 32);
        transfers_[slot] = word == 0;
        if (word == 0 || size_class >= kClasses || !may_have_in_hand(segment_, slot, options_.holder) ||
            claims_.has(ref) || !plan_.has_block(ref, size_class, 0))
            continue;
        claims_.add(ref);
        transfers_[slot] = true;
    }
}

void Damage::claim_list(std::uint32_t number, std::uint8_t size_class) {
    const auto head = static_cast<Ref>(segment_.stripe(number).free_head[size_class].load(kRelaxed));
    std::uint64_t members = 0;
    Ref ref = head;
    const auto next = [&](Ref of) {
        const Word *word = segment_.at<Word>(of, kClassSizes[size_class]);
        return word != nullptr ? word->load(kRelaxed) : 0;
    };
    for (; ref != Ref::none; members++) {
        const std::uint64_t value = next(ref);
        if (!is_free_block(value) || claims_.has(ref) || !plan_.has_block(ref, size_class, 0)) break;
        claims_.add(ref);
        ref = static_cast<Ref>(value);
    }
    stripes_[number].list_stays[size_class] = ref == Ref::none;
    if (ref == Ref::none) return;
    for (ref = head; members > 0; members--) {
        claims_.remove(ref);
        ref = static_cast<Ref>(next(ref));
    }
}

// --- records that no slot leads to -----------------------------------------------------------------------------------

bool Damage::is_orphan(Ref ref) {
    const Word *word = segment_.at<Word>(ref, sizeof(Record));
    const std::uint64_t first_word = word != nullptr ? word->load(kRelaxed) : 0;
    if (!is_version(first_word) || std::binary_search(unwanted_.begin(), unwanted_.end(), ref)) return false;
    const auto number = static_cast<std::uint32_t>(version_in(first_word) % kStripes);
    RecordView view;
    if (judge_head(segment_, number, ref, view) != Flaw::none) return false;
    const std::uint64_t size = view.shape.total();
    std::string bytes;
    Key key;
    if (!plan_.has_block(ref, class_for(size), size) ||
        judge_body(view, number, hash_, options_, bytes, key) != Flaw::none)
        return false;
    LATZERO_ASSERT(number < kStripes);
    claims_.add(ref);
    note_record(number, view);
    orphans_[number].push_back(ref);
    return true;
}

void Damage::find_orphans() {
    std::sort(unwanted_.begin(), unwanted_.end());
    for (std::uint64_t page = segment_.geometry().first_page(); page < plan_.limit(); page++) {
        const PageEntry entry = plan_.entry(page);
        if (entry.kind == PageKind::extent && is_lost(ref_of_page(page)) && !is_orphan(ref_of_page(page)))
            plan_.drop_extent(page);
        if (entry.kind != PageKind::small) continue;
        for (std::uint32_t block = 0; block < blocks_a_run(entry.size_class); block++) {
            const Ref ref = block_of_run(page, entry.size_class, block);
            if (is_lost(ref)) (void)is_orphan(ref);
        }
    }
}

}  // namespace latzero::store
