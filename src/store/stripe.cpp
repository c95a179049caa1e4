#include "store/stripe.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "store/blocks.hpp"
#include "store/shared_copy.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

static_assert(kEmptySlot == 0);

constexpr std::uint64_t table_bytes(std::uint32_t bits) { return sizeof(Word) << bits; }

// Tables of up to 2^10 slots are cheap, and their numbers of keys differ much between stripes. They are kept half
// empty, so that a pool at its cap, where no table can grow, takes the next key in whichever stripe that is.
constexpr std::uint32_t kRoomyBits = 10;

constexpr std::uint64_t most_used(std::uint64_t size) {
    return size <= std::uint64_t{1} << kRoomyBits ? size / 2 : size / 4 * 3;
}

// Whether a table has no room for one more key.
bool is_due(std::uint64_t used, const Table &table) {
    return table.slots == nullptr || used + 1 > most_used(table.size());
}

// A sixth more slots than those at which a table is due, so that the next replacement is far.
std::uint32_t bits_for(std::uint64_t keys) {
    std::uint32_t bits = kFirstTableBits;
    while (most_used(std::uint64_t{1} << bits) / 6 * 5 < keys + 1) bits++;
    LATZERO_ASSERT(bits < 64 && most_used(std::uint64_t{1} << bits) > keys);
    return bits;
}

// At its cap and without a free page. A free block is kept for a key that may come then: no table takes it before it
// must.
bool is_full(const Segment &segment) {
    return segment.usable() == segment.geometry().max_bytes &&
           segment.header().used_pages.load(kRelaxed) >= segment.geometry().max_pages();
}

Block table_block(const Table &table) {
    if (table.slots == nullptr) return {};
    return {TableWord::unpack(table.word).ref, class_for(table.bytes())};
}

// Takes the block for a table of `bits`, as an exchange's taken block. A large one is allocated as pending.
Status take_table(Actor actor, Exchange &exchange, std::uint32_t bits) {
    LATZERO_ASSERT(bits >= kFirstTableBits && bits <= kMostTableBits);
    const std::uint8_t size_class = class_for(table_bytes(bits));
    if (size_class != kExtentClass) return take_small(actor, exchange, size_class);
    PageEntry entry{PageKind::extent_pending, 0, static_cast<std::uint8_t>(exchange.stripe),
                    static_cast<std::uint16_t>(slot_of(actor.owner)), pages_for(table_bytes(bits))};
    std::uint64_t page = 0;
    const Status allocated = allocate_run(actor, entry, page);
    if (allocated != Status::ok) return allocated;
    const Prefault::Run unmapped = actor.session.prefault.rest_of(page, entry.pages);
    actor.segment().populate(unmapped.first_page, unmapped.pages);
    exchange.taken = {ref_of_page(page), kExtentClass};
    return Status::ok;
}

// The live ones of a few slots of a table. Without branches on the slots: which of them are live cannot be foreseen.
class LiveSlots {
public:
    static constexpr std::uint64_t kMost = 64;

    LiveSlots(const Table &table, std::uint64_t first) {
        std::size_t count = 0;
        for (std::uint64_t at = first; at < std::min(first + kMost, table.size()); at++) {
            const std::uint64_t slot = table.slots[at].load(kRelaxed);
            slots_[count] = slot;
            count += is_live(slot);
        }
        LATZERO_ASSERT(count <= kMost);
        count_ = count;
    }
    std::size_t count() const { return count_; }
    const std::uint64_t *begin() const { return slots_.data(); }
    const std::uint64_t *end() const { return slots_.data() + count_; }

private:
    std::array<std::uint64_t, kMost> slots_;
    std::size_t count_;
};

// Fills a new table with the live slots of the old one: never more than fit, whatever stands in a damaged table. The
// steps are several times those that the hashes of different keys take. False if they do not suffice: then many slots
// are the same key's, or somebody else writes into the new table.
bool copy_slots(const Table &old, Word *slots, std::uint32_t mask) {
    constexpr std::uint64_t kStepsASlot = 8, kStepsMore = 4096;
    clear_shared(slots, std::size_t{mask} + 1);
    std::uint64_t left = mask, steps = kStepsASlot * mask + kStepsMore;
    if (old.slots == nullptr) return true;
    for (std::uint64_t at = 0; at < old.size(); at += LiveSlots::kMost) {
        const LiveSlots live(old, at);
        if (live.count() > left) break;
        LATZERO_ASSERT(live.count() <= left && left <= mask);
        left -= live.count();
        for (const std::uint64_t slot : live)
            if (!insert_slot(slots, mask, slot, steps)) return false;
    }
    return true;
}

// Replaces the table by one of `bits`, with the live slots of the old one. They hold all that is needed: no record is
// read. Nobody probes the new table before the commit, and nobody changes the old one after it.
Status replace_table(Actor actor, std::uint32_t number, const Table &old, std::uint32_t bits) {
    const Segment &segment = actor.segment();
    Stripe &stripe = segment.stripe(number);
    Exchange exchange(segment, number);
    const Status taken = take_table(actor, exchange, bits);
    if (taken != Status::ok) return taken;
    auto *slots = segment.at<Word>(exchange.taken.ref, table_bytes(bits));
    if (slots == nullptr) return Status::corrupt;
    exchange.release(table_block(old), old.bytes(), old.slots);
    const ExtentLock extents(actor, exchange.released.is_extent());
    if (extents.status() != Status::ok) {
        if (exchange.taken.is_extent()) (void)free_pending_run(actor, page_of(exchange.taken.ref));
        return extents.status();
    }
    exchange.target = &stripe.table;
    const TableWord before = TableWord::unpack(old.word);
    exchange.after = TableWord{exchange.taken.ref, static_cast<std::uint8_t>(bits), before.generation + 1}.pack();
    // By which readers tell tables apart, even where the block is the same.
    LATZERO_ASSERT(TableWord::unpack(exchange.after).generation != before.generation);
    exchange.used_slots = exchange.keys;
    exchange.bytes += block_bytes(table_bytes(bits)) - (old.slots == nullptr ? 0 : block_bytes(old.bytes()));
    arm(segment, exchange);
    // What a sweep has not met yet may now move to where it has been: it begins again.
    stripe.sweep_at.store(0, kRelaxed);
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
    if (!copy_slots(old, slots, mask)) {
        undo(segment, exchange);
        if (exchange.taken.is_extent()) {
            if (extents.held())
                free_run_locked(actor, page_of(exchange.taken.ref));
            else
                (void)free_pending_run(actor, page_of(exchange.taken.ref));
        }
        return Status::corrupt;
    }
    commit_and_finish(actor, exchange);
    return Status::ok;
}

}  // namespace

Status StripeLock::wait(Actor actor, std::uint32_t number) {
    const LockResult result = lock_contended(actor, actor.segment().stripe(number).lock, number);
    LATZERO_ASSERT((result.status == Status::ok) == holds_stripe(actor.segment(), number));
    return result.adopted ? resolve_adopted(actor, number) : result.status;
}

Status resolve_adopted(Actor actor, std::uint32_t number) {
    const ExtentLock extents(actor, true);
    if (extents.status() == Status::ok)
        resolve_intent(actor, number);
    else
        leave_to_adopt(actor.segment().stripe(number).lock);
    return extents.status();
}

Status ensure_slot(Actor actor, std::uint32_t number, Table &table, std::uint64_t &wanted) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, number));
    const Stripe &stripe = segment.stripe(number);
    if (!is_due(stripe.used_slots.load(kRelaxed), table)) return Status::ok;
    // A count that cannot be is damage: no room is looked for on its account.
    const std::uint64_t most = table.slots != nullptr ? table.size() : 0;
    const std::uint64_t keys = std::min<std::uint64_t>(stripe.keys.load(kRelaxed), most);
    const std::uint32_t bits = bits_for(keys);
    if (bits > kMostTableBits) return Status::memory_full;
    const bool can_wait = keys < most;
    if (can_wait && table_bytes(bits) != table.bytes() && is_full(segment)) return Status::ok;
    Status replaced = replace_table(actor, number, table, bits);
    if (replaced == Status::memory_full || replaced == Status::no_space) {
        if (can_wait) return Status::ok;
        // The next larger table will do, and other stripes are more likely to have a block of its size.
        const std::uint32_t next = table.slots == nullptr ? kFirstTableBits : std::bit_width(table.mask) + 1u;
        if (next < bits) replaced = replace_table(actor, number, table, next);
        if (replaced != Status::ok) wanted = table_bytes(std::min(next, bits));
    }
    if (replaced != Status::ok) return replaced;
    return open_table(segment, stripe, table) ? Status::ok : Status::corrupt;
}

Status make_slots_locked(Actor actor, std::uint32_t number, std::uint64_t more) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, number) && !holds_extents(segment));
    const Stripe &stripe = segment.stripe(number);
    Table table;
    if (!open_table(segment, stripe, table)) return Status::corrupt;
    const std::uint64_t size = table.slots != nullptr ? table.size() : 0;
    if (stripe.used_slots.load(kRelaxed) + more <= most_used(size)) return Status::ok;
    std::uint32_t bits = std::min<std::uint32_t>(bits_for(stripe.keys.load(kRelaxed) + more), kMostTableBits);
    for (; bits >= kFirstTableBits && std::uint64_t{1} << bits > size; bits--) {
        const Status replaced = replace_table(actor, number, table, bits);
        if (replaced != Status::memory_full && replaced != Status::no_space) return replaced;
    }
    return Status::ok;
}

Status drop_empty_table(Actor actor, std::uint32_t number) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, number));
    Stripe &stripe = segment.stripe(number);
    if (stripe.keys.load(kRelaxed) != 0) return Status::ok;
    Table table;
    if (!open_table(segment, stripe, table)) return Status::corrupt;
    if (table.slots == nullptr) return Status::ok;
    Exchange exchange(segment, number);
    exchange.release(table_block(table), table.bytes(), table.slots);
    exchange.target = &stripe.table;
    exchange.after = TableWord{Ref::none, 0, TableWord::unpack(table.word).generation + 1}.pack();
    exchange.used_slots = 0;
    exchange.bytes -= block_bytes(table.bytes());
    const ExtentLock extents(actor, exchange.released.is_extent());
    if (extents.status() != Status::ok) return extents.status();
    arm(segment, exchange);
    commit_and_finish(actor, exchange);
    return Status::ok;
}

}  // namespace latzero::store
