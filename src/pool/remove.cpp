#include "pool/remove.hpp"

#include <new>

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

Status erase(Pool &pool, const Key &key, Expect expect) {
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
    const Status removed = remove_at(pool.actor(), key.stripe, found.table, found.place);
    // With the last key a table that had grown goes too: where many keys were, few may follow, or large ones. The
    // smallest stays, and so does any other if the extent lock cannot be had in time.
    if (removed == Status::ok && found.table.size() > std::uint64_t{1} << kFirstTableBits)
        (void)drop_empty_table(pool.actor(), key.stripe);
    return removed == Status::ok && !was_live ? Status::not_found : removed;
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
