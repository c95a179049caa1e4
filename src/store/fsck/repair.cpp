#include "store/fsck/repair.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "store/blocks.hpp"
#include "store/fsck/damage.hpp"
#include "store/remove.hpp"
#include "store/ring_switch.hpp"
#include "store/stripe.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// One store that makes a lost block a free one: the list is sound before it and after.
void push_free(const Segment &segment, std::uint32_t number, std::uint8_t size_class, Ref ref) {
    LATZERO_ASSERT(holds_stripe(segment, number) && size_class < kClasses);
    HalfWord &head = segment.stripe(number).free_head[size_class];
    Word *word = segment.at<Word>(ref, kClassSizes[size_class]);
    if (word == nullptr) return;
    word->store(kFreeMark | head.load(kRelaxed), kRelease);
    head.store(raw(ref), kRelease);
}

class Repairer {
public:
    Repairer(Actor actor, const KeyHash &hash, const CheckOptions &options, RepairReport &report)
        : actor_(actor), segment_(actor.segment()), hash_(hash), report_(report) {
        disarm();
        damage_.emplace(actor.session, hash, options, report);
    }

    // With the extent lock held.
    void mend() {
        LATZERO_ASSERT(holds_extents(segment_));
        const std::uint64_t used_before = used_pages();
        for (std::uint32_t number = 0; number < kStripes; number++) empty_lists(number);
        mend_clients();
        mend_pages(true);
        for (std::uint32_t number = 0; number < kStripes; number++) mend_stripe(number);
        hide_dropped_extents();
        mend_pages(false);
        mend_header();
        turn_false_rings_off();
        const std::uint64_t used_after = used_pages();
        report_.reclaimed_pages += used_before - std::min(used_before, used_after);
        sweep_blocks();
    }

    // Without the extent lock: an index table may need pages.
    Status adopt_orphans() {
        LATZERO_ASSERT(!holds_extents(segment_));
        for (std::uint32_t number = 0; number < kStripes; number++) {
            const std::deque<Ref> &orphans = damage_->orphans(number);
            // Once for all: where room is short, each look for a larger table is a look at all pages.
            Status status = orphans.empty() ? Status::ok : make_slots_locked(actor_, number, orphans.size());
            for (std::size_t i = 0; i < orphans.size() && status == Status::ok; i++) status = adopt(orphans[i]);
            if (status != Status::ok) return status;
        }
        return Status::ok;
    }

private:
    std::uint64_t used_pages() const {
        std::uint64_t used = 0;
        for_each_run(segment_, [&](std::uint64_t, const PageEntry &entry) { used += entry.pages; });
        return used;
    }

    // A client that was at one is dead and recovered, or never was.
    void disarm() {
        for (std::uint32_t number = 0; number < kStripes; number++) {
            segment_.stripe(number).intent.classes.store(0, kRelease);
            segment_.stripe(number).changing.store(0, kRelease);
        }
        turn_false_rings_off();
    }

    // Before anything is committed, and once pages are what they will be. Who watches finds that it is off.
    void turn_false_rings_off() {
        for (std::uint32_t number = 0; number < kStripes; number++)
            if (!is_told_in_ring(segment_, number)) segment_.stripe(number).events.store(0, kRelease);
    }

    void empty_lists(std::uint32_t number) {
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++)
            if (!damage_->stripe(number).list_stays[size_class])
                segment_.stripe(number).free_head[size_class].store(0, kRelease);
    }

    // The words of the living are their own, but for those that none of them writes.
    void mend_clients() {
        for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
            ClientSlot &client = segment_.client(slot);
            if (!damage_->transfer_stays(slot)) client.transfer.store(0, kRelease);
            const std::uint32_t in_use = client.in_use.load(kRelaxed);
            const std::uint32_t generation = client.generation.load(kRelaxed);
            if (generation >= kGenerations) client.generation.store(generation % kGenerations, kRelease);
            if (in_use > 1) client.in_use.store(1, kRelease);
        }
    }

    // Twice: first restores entries, then removes some. A page that becomes part of a run keeps its own entry until
    // then.
    void mend_pages(bool restore) {
        const PagePlan &plan = damage_->plan();
        for (std::uint64_t page = segment_.geometry().first_page(); page < segment_.geometry().max_pages(); page++) {
            Word &word = segment_.page_entry(page);
            const std::uint64_t planned = plan.entry(page).pack();
            if ((planned != 0) == restore && word.load(kRelaxed) != planned) word.store(planned, kRelease);
        }
    }

    // Readers and borrowers must see that a record is gone before its pages are used anew.
    void hide_dropped_extents() {
        const PagePlan &plan = damage_->plan();
        for_each_run(segment_, [&](std::uint64_t page, const PageEntry &entry) {
            const PageEntry planned = plan.entry(page);
            if (entry.kind == PageKind::extent && planned.kind == PageKind::free && plan.is_free(page, 1)) hide(page);
            if (planned.kind == PageKind::limbo) hide(page);
        });
        release_fence();
    }
    void hide(std::uint64_t page) const {
        if (Word *word = segment_.at<Word>(ref_of_page(page), sizeof(Record))) word->store(kFreeMark, kRelease);
    }

    void mend_header() {
        const std::uint64_t first = segment_.geometry().first_page(), most = segment_.geometry().max_pages();
        for (std::uint64_t word = 0; word * kMapBits < most; word++) {
            Word &map = segment_.page_map(word);
            std::uint64_t bits = map.load(kRelaxed);
            for (std::uint64_t page = word * kMapBits; page < std::min((word + 1) * kMapBits, most); page++) {
                if (page < first) bits |= std::uint64_t{1} << page % kMapBits;
                if (page >= damage_->plan().limit()) bits &= ~(std::uint64_t{1} << page % kMapBits);
            }
            if (bits != map.load(kRelaxed)) map.store(bits, kRelaxed);
        }
        Header &header = segment_.header();
        const std::uint64_t used = header.data_length.load(kRelaxed);
        if (used % kPageSize != 0 || used < segment_.geometry().data_at() || used > segment_.usable())
            header.data_length.store(segment_.geometry().data_at(), kRelaxed);
        rebuild_page_map_locked(actor_);
    }

    // --- stripes

    void mend_stripe(std::uint32_t number) {
        const Damage::StripeView &view = damage_->stripe(number);
        Stripe &stripe = segment_.stripe(number);
        const TableWord before = TableWord::unpack(stripe.table.load(kRelaxed));
        const Table &table = damage_->table(number);
        if (!view.table_stays)
            stripe.table.store(TableWord{Ref::none, 0, before.generation + 1}.pack(), kRelease);
        else if (table.slots != nullptr)
            drop_slots(table, view.kept);
        set(stripe.keys, view.keys);
        set(stripe.used_slots, view.table_stays && table.slots != nullptr ? empty_slots(table) : 0);
        if (stripe.bytes.load(kRelaxed) != view.bytes) stripe.bytes.store(view.bytes, kRelaxed);
        const std::uint64_t commits = stripe.version.load(kRelaxed);
        if (commits < view.commits || commits > kMostCommits) stripe.version.store(view.commits, kRelease);
        for (const Ref ref : view.renumbered) renumber(number, ref);
        const std::uint64_t due = stripe.sweep_due.load(kRelaxed);
        if (view.earliest != 0 && (due == 0 || due > view.earliest)) {
            stripe.sweep_at.store(0, kRelaxed);
            stripe.sweep_due.store(view.earliest, kRelease);
        }
    }

    static void set(HalfWord &word, std::uint64_t value) {
        if (word.load(kRelaxed) != value) word.store(static_cast<std::uint32_t>(value), kRelaxed);
    }

    static void drop_slots(const Table &table, const SlotSet &kept) {
        for (std::uint64_t at = 0; at < table.size(); at++)
            if (is_live(table.slots[at].load(kRelaxed)) && !kept.has(at)) table.slots[at].store(kTombstone, kRelease);
    }

    // Tombstones that no live slot's probe passes become empty: in a table without an empty slot, which others can
    // make, a look for any key would cost a walk around it. Twice around, backwards: what a probe passes that goes on
    // at the table's start is known only then. Returns the number of slots in use.
    static std::uint64_t empty_slots(const Table &table) {
        std::uint64_t passed = 0, used = 0;
        for (std::uint64_t step = 2 * table.size(); step-- > 0;) {
            const auto at = static_cast<std::uint32_t>(step & table.mask);
            const std::uint64_t slot = table.slots[at].load(kRelaxed);
            if (is_live(slot)) passed = std::max<std::uint64_t>(passed, ((at - slot_hash(slot)) & table.mask) + 1);
            if (step < table.size() && passed == 0 && slot != kEmptySlot) table.slots[at].store(kEmptySlot, kRelease);
            LATZERO_ASSERT(at <= table.mask && passed <= table.size());
            used += step < table.size() && passed != 0 && slot != kEmptySlot;
            passed -= passed != 0;
        }
        return used;
    }

    void renumber(std::uint32_t number, Ref ref) {
        LATZERO_ASSERT(!segment_.constants().encrypted() && holds_stripe(segment_, number));
        Stripe &stripe = segment_.stripe(number);
        const std::uint64_t version = stripe.version.load(kRelaxed) + 1;
        stripe.version.store(version, kRelease);
        if (Record *record = segment_.at<Record>(ref, sizeof(Record)))
            record->version.store(make_version(version, number), kRelease);
    }

    // --- blocks

    void sweep_blocks() {
        for_each_run(segment_, [&](std::uint64_t page, const PageEntry &entry) {
            if (entry.kind != PageKind::small || entry.size_class >= kClasses) return;
            for (std::uint32_t block = 0; block < blocks_a_run(entry.size_class); block++) {
                const Ref ref = block_of_run(page, entry.size_class, block);
                if (!damage_->is_lost(ref)) continue;
                push_free(segment_, entry.stripe, entry.size_class, ref);
                report_.reclaimed_blocks++;
            }
        });
    }

    // --- records without a slot

    Status adopt(Ref ref) {
        RecordView view;
        if (!open_record(segment_, ref, view)) return Status::ok;
        const std::uint64_t version = view.version();
        const auto number = static_cast<std::uint32_t>(version % kStripes);
        std::string bytes(view.shape.key_size, 0);
        copy_from_shared(bytes.data(), view.key, bytes.size());
        const Key key = hash_(bytes);
        Finding about{Part::record, number, offset_of(ref)};
        if (!segment_.constants().encrypted()) about.key = bytes;
        Table table;
        Place place;
        if (!open_table(segment_, segment_.stripe(number), table) ||
            find_locked(segment_, table, key, place) != Status::ok)
            return Status::corrupt;
        if (place.found && place.view.version() >= version) return let_go(ref, view);
        if (place.slot == nullptr) {
            report_.add(RepairReport::Deed::dropped, about, "finds no room in the index: the pool is full");
            return let_go(ref, view);
        }
        const Status linked = link(number, key, ref, view, place);
        if (linked == Status::ok) report_.add(RepairReport::Deed::recovered, about, "no slot led to");
        return linked;
    }

    Status link(std::uint32_t number, const Key &key, Ref ref, const RecordView &view, const Place &place) {
        Exchange exchange(segment_, number);
        exchange.target = place.slot;
        exchange.after = make_slot(ref, key.hash);
        exchange.version++;
        exchange.bytes += block_bytes(view.shape.total());
        if (place.found) {
            const std::uint64_t old_size = place.view.shape.total();
            exchange.release({slot_ref(place.before), class_for(old_size)}, old_size, &place.view.record->version);
            exchange.bytes -= block_bytes(old_size);
        } else {
            exchange.keys++;
            exchange.used_slots += place.before == kEmptySlot;
        }
        const ExtentLock extents(actor_, exchange.released.is_extent());
        if (extents.status() != Status::ok) return extents.status();
        if (const std::uint64_t expiry = expiry_of(view)) note_expiry(segment_.stripe(number), expiry);
        arm(segment_, exchange);
        commit_and_finish(actor_, exchange);
        return Status::ok;
    }

    // Gives back the block of a record that counts no longer.
    Status let_go(Ref ref, const RecordView &view) {
        const std::uint8_t size_class = class_for(view.shape.total());
        const ExtentLock extents(actor_, size_class == kExtentClass);
        if (extents.status() != Status::ok) return extents.status();
        if (size_class == kExtentClass)
            release_extent_locked(actor_, ref, pages_for(view.shape.total()));
        else
            push_free(segment_, damage_->plan().entry(entry_page_of(ref, size_class)).stripe, size_class, ref);
        report_.reclaimed_blocks++;
        return Status::ok;
    }

    Actor actor_;
    const Segment &segment_;
    const KeyHash &hash_;
    RepairReport &report_;
    std::optional<Damage> damage_;
};

// A word of 0 or 1 that others may change meanwhile.
void settle(HalfWord &word) {
    std::uint32_t value = word.load(kRelaxed);
    if (value > 1) (void)word.compare_exchange_strong(value, value % 2);
}

// The header first, since all else is looked for where it says that the pool is.
Status mend_extent(const Segment &segment) {
    std::uint64_t size = 0;
    Status status = segment.object().size(size);
    if (status != Status::ok) return status;
    const Extent real = true_extent(segment, size);
    if (real.there < real.capacity) status = segment.object().commit(real.there, real.capacity - real.there);
    if (status != Status::ok) return status;
    Header &header = segment.header();
    if (header.capacity.load(kRelaxed) != real.capacity) header.capacity.store(real.capacity, kRelease);
    segment.believe(real.capacity);
    settle(header.keys.current);
    return Status::ok;
}

}  // namespace

void RepairReport::add(Deed deed, const Finding &about, const char *why) {
    (deed == Deed::dropped ? dropped_keys : recovered_keys)++;
    if (told.size() >= CheckReport::kMostTold) return;
    char text[256];
    const char *what = deed == Deed::dropped ? "dropped a key" : "found a key again";
    std::snprintf(text, sizeof text, "stripe %u: %s, whose record at %#llx %s", about.stripe, what,
                  static_cast<unsigned long long>(about.offset), why);
    told.push_back({deed, about, text});
}

Status repair(Actor actor, const KeyHash &hash, const CheckOptions &options, RepairReport &report) {
    std::optional<Repairer> repairer;
    {
        const ExtentLock extents(actor, true);
        Status status = extents.status();
        if (status == Status::ok) status = mend_extent(actor.segment());
        if (status != Status::ok) return status;
        repairer.emplace(actor, hash, options, report).mend();
    }
    return repairer->adopt_orphans();
}

}  // namespace latzero::store
