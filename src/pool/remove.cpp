#include "pool/remove.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "store/budget.hpp"
#include "store/call_deadline.hpp"
#include "store/remove.hpp"
#include "store/room.hpp"

namespace latzero::pool {

using namespace store;

namespace {

Status clear_stripe(Pool &pool, std::uint32_t number, Budget &tables) {
    const Segment &segment = pool.segment();
    const StripeLock lock(pool.actor(), number);
    if (lock.status() != Status::ok) return lock.status();
    Table table;
    if (!open_table(segment, segment.stripe(number), table)) return Status::corrupt;
    // Damage, or others who make new tables faster than this drops them: no end within bounds either way.
    if (table.slots != nullptr && !tables.spend(table.bytes())) return Status::timeout;
    for (std::uint64_t at = 0; table.slots != nullptr && at < table.size(); at++) {
        Place place{&table.slots[at], table.slots[at].load(std::memory_order_relaxed), true, {}};
        if (!is_live(place.before)) continue;
        if (!open_record(segment, slot_ref(place.before), place.view)) return Status::corrupt;
        const Status removed = remove_at(pool.actor(), number, table, place);
        if (removed != Status::ok) return removed;
    }
    return drop_empty_table(pool.actor(), number);
}

// While all blocks are free, whole pages are: the next keys would take blocks from all of them at once, and leave none
// for larger records and tables. What cannot be done now is done when room is short.
void give_all_back(Pool &pool) noexcept {
    try {
        (void)give_back_free_runs(pool.actor());
    } catch (const std::bad_alloc &) {
    }
}

}  // namespace

Status erase(Pool &pool, const Key &key, Expect expect, EventName *name) {
    pool.touch();
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    sweep_some(pool.actor(), key.stripe);
    Found found;
    Status status = find_locked(lock, pool, key, found);
    if (status == Status::ok) status = expect.check(found);
    if (status != Status::ok) return status;
    if (!found.place.found) return Status::not_found;
    const bool was_live = found.is_live();
    const Status removed = remove_at(pool.actor(), key.stripe, found.table, found.place, Contended::wait, name);
    // With the last key a table that had grown goes too: where many keys were, few may follow, or large ones. The
    // smallest stays, and so does any other if the extent lock cannot be had in time.
    if (removed == Status::ok && found.table.size() > std::uint64_t{1} << kFirstTableBits)
        (void)drop_empty_table(pool.actor(), key.stripe);
    return removed == Status::ok && !was_live ? Status::not_found : removed;
}

Status erase_ended(Pool &pool, const Key &key, EventName *name) {
    const StripeLock lock(pool.actor(), key.stripe);
    if (lock.status() != Status::ok) return lock.status();
    Found found;
    const Status status = find_locked(lock, pool, key, found);
    if (status != Status::ok || !found.place.found || found.is_live()) return status;
    return remove_at(pool.actor(), key.stripe, found.table, found.place, Contended::wait, name);
}

Status list_ended(Pool &pool, std::uint32_t stripe, std::uint64_t slots, std::uint64_t &at, value::Names &keys) {
    const Segment &segment = pool.segment();
    const StripeLock lock(pool.actor(), stripe);
    if (lock.status() != Status::ok) return lock.status();
    keys.clear();
    Table table;
    if (!open_table(segment, segment.stripe(stripe), table)) return Status::corrupt;
    const std::uint64_t size = table.slots != nullptr ? table.size() : 0, end = std::min(at + slots, size);
    for (; at < end; at++) {
        const std::uint64_t slot = table.slots[at].load(std::memory_order_relaxed);
        RecordView view;
        if (!is_live(slot) || !open_record(segment, slot_ref(slot), view) || !expired(expiry_of(view))) continue;
        value::Bytes key(view.shape.key_size, 0);
        copy_from_shared(key.data(), view.key, key.size());
        keys.push_back(std::move(key));
    }
    if (at >= size) at = 0;
    return Status::ok;
}

Status clear(Pool &pool) {
    const CallDeadline all_stripes;
    pool.touch();
    Budget tables = Budget::for_stripes_in_turn(pool.segment());
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Status cleared = clear_stripe(pool, number, tables);
        if (cleared != Status::ok) return cleared;
    }
    give_all_back(pool);
    return Status::ok;
}

}  // namespace latzero::pool
