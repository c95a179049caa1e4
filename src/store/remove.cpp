#include "store/remove.hpp"

#include <algorithm>

#include "store/blocks.hpp"
#include "store/budget.hpp"
#include "store/call_deadline.hpp"
#include "store/stripe.hpp"
#include "store/telling.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// The earlier of two ends, of which 0 is none.
std::uint64_t earlier(std::uint64_t one, std::uint64_t other) {
    return one == 0 || (other != 0 && other < one) ? other : one;
}

// What ended before that time is removed.
std::uint64_t ended_by_ms(const Segment &segment, const Stripe &stripe, Unnamed unnamed) {
    constexpr std::uint64_t kLaterMs = 2000;
    const std::uint64_t now = platform::boot_ms();
    const bool leaves = unnamed == Unnamed::later && is_watched(stripe) && segment.constants().encrypted();
    return leaves ? now - std::min(now, kLaterMs) : now;
}

// Removes the record at a slot if its time is over; otherwise tells when that will be.
std::uint64_t sweep_slot(Actor actor, std::uint32_t number, const Table &table, Word &slot, std::uint64_t now,
                         Contended contended) {
    const std::uint64_t before = slot.load(kRelaxed);
    RecordView view;
    if (!is_live(before) || !open_record(actor.segment(), slot_ref(before), view)) return 0;
    const std::uint64_t expiry = expiry_of(view);
    if (expiry == 0 || expiry > now) return expiry;
    // What cannot be removed now is left for the next round.
    return remove_at(actor, number, table, {&slot, before, true, view}, contended) == Status::ok ? 0 : expiry;
}

// The last steps where somebody watches. All by value: others have it in registers.
[[gnu::noinline]] void remove_watched(Actor actor, Exchange exchange, RecordView view, EventName *name) {
    Telling telling(actor, exchange.stripe);
    const EventKind kind = expired(expiry_of(view)) ? EventKind::expired : EventKind::erased;
    if (name != nullptr) {
        exchange.version = telling.number_after(exchange.version, *name);
        telling.write_named(kind, view, told_value(view), *name);
    } else {
        exchange.version = telling.number_after(exchange.version, view.shape.key_size, 1);
        telling.write(kind, view, told_value(view));
    }
    arm(actor.segment(), exchange);
    commit(exchange);
    telling.tell();
    finish(actor, exchange);
}

}  // namespace

// A slot before an empty one ends no other key's probe, so it becomes empty; any other becomes a tombstone.
Status remove_at(Actor actor, std::uint32_t stripe, const Table &table, const Place &place, Contended contended,
                 EventName *name) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, stripe) && place.found && is_live(place.before));
    LATZERO_ASSERT(place.slot >= table.slots && place.slot <= table.slots + table.mask);
    Exchange exchange(segment, stripe);
    const auto at = static_cast<std::uint32_t>(place.slot - table.slots);
    const bool last_of_chain = table.slots[(at + 1) & table.mask].load(kRelaxed) == kEmptySlot;
    const std::uint64_t size = place.view.shape.total();
    exchange.target = place.slot;
    exchange.after = last_of_chain ? kEmptySlot : kTombstone;
    exchange.release({slot_ref(place.before), class_for(size)}, size, &place.view.record->version);
    exchange.bytes -= block_bytes(size);
    exchange.keys--;
    exchange.used_slots -= last_of_chain;
    const ExtentLock extents(actor, exchange.released.is_extent(), contended);
    if (extents.status() != Status::ok) return extents.status();
    if (is_watched(exchange.home)) [[unlikely]] {
        remove_watched(actor, exchange, place.view, name);
        return Status::ok;
    }
    exchange.version++;
    arm(segment, exchange);
    commit_and_finish(actor, exchange);
    return Status::ok;
}

void note_expiry(Stripe &stripe, std::uint64_t expiry_ms) {
    LATZERO_ASSERT(holds(stripe.lock) && expiry_ms != 0);
    stripe.sweep_earliest.store(earlier(stripe.sweep_earliest.load(kRelaxed), expiry_ms), kRelaxed);
    stripe.sweep_due.store(earlier(stripe.sweep_due.load(kRelaxed), expiry_ms), kRelaxed);
    release_fence();
}

void sweep_slots(Actor actor, std::uint32_t number, std::uint64_t slots, Contended contended, Unnamed unnamed) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_stripe(segment, number) && slots > 0);
    Stripe &stripe = segment.stripe(number);
    Table table;
    if (!open_table(segment, stripe, table) || table.slots == nullptr) {
        stripe.sweep_due.store(0, kRelaxed);
        return;
    }
    std::uint64_t at = std::min<std::uint64_t>(stripe.sweep_at.load(kRelaxed), table.mask);
    if (at == 0) stripe.sweep_earliest.store(0, kRelaxed);
    const std::uint64_t end = std::min(at + slots, table.size()), now = ended_by_ms(segment, stripe, unnamed);
    for (; at < end; at++) {
        const std::uint64_t left = sweep_slot(actor, number, table, table.slots[at], now, contended);
        stripe.sweep_earliest.store(earlier(stripe.sweep_earliest.load(kRelaxed), left), kRelaxed);
    }
    LATZERO_ASSERT(at == end && at <= table.size());
    if (at == table.size()) {
        stripe.sweep_due.store(stripe.sweep_earliest.load(kRelaxed), kRelaxed);
        at = 0;
    }
    stripe.sweep_at.store(static_cast<std::uint32_t>(at), kRelaxed);
}

static std::uint64_t slots_of(const Segment &segment, const Stripe &stripe) {
    Table table;
    return open_table(segment, stripe, table) && table.slots != nullptr ? table.size() : 0;
}

// In pieces, so that nobody waits long for the stripe. A table that cannot be as large as it says is swept in one
// piece.
static void sweep_stripe(Actor actor, std::uint32_t number, Budget &tables, Unnamed unnamed) {
    constexpr std::uint64_t kPiece = 2048;
    Stripe &stripe = actor.segment().stripe(number);
    std::uint64_t pieces = 1;
    for (std::uint64_t piece = 0; piece < pieces; piece++) {
        const StripeLock lock(actor, number);
        if (lock.status() != Status::ok) return;
        if (piece == 0) {
            stripe.sweep_at.store(0, kRelaxed);
            const std::uint64_t slots = slots_of(actor.segment(), stripe);
            if (tables.spend(slots * sizeof(Word))) pieces += slots / kPiece;
        }
        sweep_slots(actor, number, kPiece, Contended::wait, unnamed);
        // With no key left, the table would only lie in the way of a large value.
        if (piece + 1 == pieces) (void)drop_empty_table(actor, number);
    }
}

std::uint64_t next_end_ms(const Segment &segment) {
    std::uint64_t next = 0;
    for (std::uint32_t number = 0; number < kStripes; number++)
        next = earlier(next, segment.stripe(number).sweep_due.load(kRelaxed));
    return next;
}

void sweep_all(Actor actor, Unnamed unnamed) {
    LATZERO_ASSERT(may_wait_for(actor.segment(), 0));
    const CallDeadline all_stripes;
    Budget tables(actor.segment());
    const std::uint64_t now = platform::boot_ms();
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const std::uint64_t due = actor.segment().stripe(number).sweep_due.load(kRelaxed);
        if (due != 0 && due <= now) sweep_stripe(actor, number, tables, unnamed);
    }
}

}  // namespace latzero::store
