// Runs of pages: claimed for size classes, and allocated as extents, under the extent lock.
//
// Invariants:
// - The page table is the truth: the entry of a run's first page says what the run is; all other entries are 0. Storing
//   that one entry is the commit of every allocation and release.
// - The page map, first_free, used_pages and limbo_pages follow from the table. A client that takes the lock over from
//   the dead rebuilds them.
// - The lock is held for this bookkeeping only, never for a copy, nor while the system makes the pool larger
//   (growth.hpp).
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

inline std::uint64_t page_of(Ref ref) { return offset_of(ref) / kPageSize; }
inline Ref ref_of_page(std::uint64_t page) { return ref_at(page * kPageSize); }
inline std::uint32_t pages_for(std::uint64_t bytes) {
    LATZERO_ASSERT((bytes + kPageSize - 1) / kPageSize >> 32 == 0);
    return static_cast<std::uint32_t>((bytes + kPageSize - 1) / kPageSize);
}

// Waits for the extent lock until the call's deadline: timeout, or io (lock.hpp).
Status lock_extents(Actor actor);
// False if somebody has it.
bool try_lock_extents(Actor actor);
void unlock_extents(Actor actor);

// What to do if no free run is long enough.
enum class Growing : std::uint8_t { yes, no };

// Allocates a run described by `entry` (kind, pages, ...). memory_full if there is none, under the cap if the pool may
// grow; no_space if the system has no memory; timeout. Takes and releases the extent lock.
Status allocate_run(Actor actor, const PageEntry &entry, std::uint64_t &first_page, Growing growing = Growing::yes);

// Allocates a run that ends before a page. False if there is none. Under the extent lock.
bool allocate_before_locked(Actor actor, const PageEntry &entry, std::uint64_t before, std::uint64_t &first_page);

// Frees a run; does nothing if it is free already, so that it can be repeated after a crash. Under the extent lock.
void free_run_locked(Actor actor, std::uint64_t first_page);

// Frees an extent, or leaves it in limbo while somebody borrows what lies there. As repeatable as free_run_locked().
// Under the extent lock.
void retire_run_locked(Actor actor, std::uint64_t first_page);

// Frees what is in limbo and no longer borrowed; true if anything was. Under the extent lock.
bool reclaim_limbo_locked(Actor actor);

// Frees one run if it is in limbo and nobody borrows it any more: for a borrower that returned it. Takes and releases
// the extent lock.
Status reclaim_returned(Actor actor, std::uint64_t first_page);

// Frees a run that was never published. Takes and releases the extent lock; at a timeout the run stays pending, and is
// freed with its client.
Status free_pending_run(Actor actor, std::uint64_t first_page);

// Free pages before the end of the pool (its page `end`), no more than `most`. Under the extent lock.
std::uint64_t free_tail_locked(const Segment &segment, std::uint64_t end, std::uint64_t most);

// Recomputes what follows from the page table. Under the extent lock.
void rebuild_page_map_locked(Actor actor);

// Calls visit(page, entry) for every run in use, in order. Under the extent lock, or where nobody else is connected.
// Entries that make no sense are passed over page by page, so the walk always ends.
template <typename Visit>
void for_each_run(const Segment &segment, Visit visit) {
    const std::uint64_t limit = segment.usable() / kPageSize;
    for (std::uint64_t page = segment.geometry().first_page(); page < limit;) {
        const PageEntry entry = PageEntry::unpack(segment.page_entry(page).load(std::memory_order_acquire));
        if (entry.kind == PageKind::free || entry.pages == 0 || entry.pages > limit - page) {
            page++;
            continue;
        }
        LATZERO_ASSERT(page + entry.pages <= limit);
        visit(page, entry);
        page += entry.pages;
    }
}

}  // namespace latzero::store
