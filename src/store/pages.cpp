#include "store/pages.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "store/call_deadline.hpp"
#include "store/growth.hpp"
#include "store/lock.hpp"
#include "store/order.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Marks [first, first + count) of the page map as used or free.
void mark(const Segment &segment, std::uint64_t first, std::uint64_t count, bool used) {
    LATZERO_ASSERT(holds_extents(segment));
    LATZERO_ASSERT(count <= segment.geometry().max_pages() && first + count <= segment.geometry().max_pages());
    for (std::uint64_t page = first; page < first + count;) {
        const std::uint64_t bit = page % kMapBits;
        const std::uint64_t length = std::min(kMapBits - bit, first + count - page);
        const std::uint64_t mask = (length == kMapBits ? ~std::uint64_t{0} : (std::uint64_t{1} << length) - 1) << bit;
        Word &word = segment.page_map(page / kMapBits);
        const std::uint64_t before = word.load(kRelaxed);
        word.store(used ? before | mask : before & ~mask, kRelaxed);
        page += length;
    }
}

// The first free page at or after `page`, or `limit`.
std::uint64_t next_free(const Segment &segment, std::uint64_t page, std::uint64_t limit) {
    while (page < limit) {
        const std::uint64_t free_bits = ~segment.page_map(page / kMapBits).load(kRelaxed) >> page % kMapBits;
        if (free_bits != 0) return std::min(page + static_cast<std::uint64_t>(std::countr_zero(free_bits)), limit);
        page = (page / kMapBits + 1) * kMapBits;
    }
    return limit;
}

// The first used page after `page`, looking no further than `end`.
std::uint64_t next_used(const Segment &segment, std::uint64_t page, std::uint64_t end) {
    while (page < end) {
        const std::uint64_t used_bits = segment.page_map(page / kMapBits).load(kRelaxed) >> page % kMapBits;
        if (used_bits != 0) return std::min(page + static_cast<std::uint64_t>(std::countr_zero(used_bits)), end);
        page = (page / kMapBits + 1) * kMapBits;
    }
    return end;
}

// Best fit, lowest first, so that long runs stay long: with first fit, a pool that is kept nearly full of values of all
// sizes soon has none for the larger ones. A long run ends the search, since with one at hand no gap need be spared;
// and so do many fits, since it is made under a lock. False if there is no run.
bool find_run(const Segment &segment, std::uint64_t count, std::uint64_t limit, std::uint64_t &found) {
    constexpr std::uint64_t kLong = 512;
    constexpr int kMostFits = 1000;
    LATZERO_ASSERT(count > 0 && limit <= segment.geometry().max_pages());
    std::uint64_t page = std::max(segment.header().first_free.load(kRelaxed), segment.geometry().first_page());
    std::uint64_t least = 0;
    for (int fits = 0; fits < kMostFits && (page = next_free(segment, page, limit)) + count <= limit;) {
        const std::uint64_t end = next_used(segment, page, std::min(page + count + kLong, limit));
        LATZERO_ASSERT(end >= page && end <= limit);
        const std::uint64_t length = end - page;
        if (length >= count) {
            if (least == 0 || length < least) found = page, least = length;
            if (length == count || length == count + kLong) break;
            fits++;
        }
        page = end;
    }
    LATZERO_ASSERT(least == 0 ||
                   (least >= count && found >= segment.geometry().first_page() && found + count <= limit));
    return least != 0;
}

// Whether the run that an entry describes lies in usable pages.
bool fits(const Segment &segment, std::uint64_t first_page, const PageEntry &entry) {
    const std::uint64_t limit = segment.usable() / kPageSize;
    return first_page < limit && entry.pages <= limit - first_page;
}

void note_use(Header &header, std::uint64_t first_page, std::uint64_t pages) {
    const std::uint64_t end = (first_page + pages) * kPageSize;
    if (header.data_length.load(kRelaxed) < end) header.data_length.store(end, kRelaxed);
    if (header.first_free.load(kRelaxed) == first_page) header.first_free.store(first_page + pages, kRelaxed);
    header.used_pages.store(header.used_pages.load(kRelaxed) + pages, kRelaxed);
}

void take_run_locked(const Segment &segment, const PageEntry &entry, std::uint64_t first_page) {
    LATZERO_ASSERT(holds_extents(segment) && fits(segment, first_page, entry));
    LATZERO_ASSERT(entry.pages > 0 && entry.kind != PageKind::free && entry.kind != PageKind::limbo);
    segment.page_entry(first_page).store(entry.pack(), std::memory_order_release);
    mark(segment, first_page, entry.pages, true);
    note_use(segment.header(), first_page, entry.pages);
}

void map_behind(Session &session, std::uint64_t first_page, std::uint64_t pages) {
    const Prefault::Run next = session.prefault.behind(first_page, pages, session.segment.usable() / kPageSize);
    session.segment.populate(next.first_page, next.pages);
}

// Frees what is in limbo at once if nobody borrows anything, which is one question; otherwise only before the pool
// grows.
bool find_run_or_reclaim(Actor actor, std::uint32_t pages, bool &may_reclaim, std::uint64_t &first_page) {
    const Segment &segment = actor.segment();
    if (segment.header().limbo_pages.load(kRelaxed) != 0 &&
        !actor.session.pins.any(segment.object(), 0, segment.geometry().max_pages())) [[unlikely]]
        reclaim_limbo_locked(actor);
    const auto find = [&] { return find_run(segment, pages, segment.usable() / kPageSize, first_page); };
    return find() || (std::exchange(may_reclaim, false) && reclaim_limbo_locked(actor) && find());
}

}  // namespace

Status lock_extents(Actor actor) {
    const LockResult result = acquire(actor, actor.segment().header().extent_lock, kExtentLockNumber);
    LATZERO_ASSERT((result.status == Status::ok) == holds_extents(actor.segment()));
    if (result.adopted) rebuild_page_map_locked(actor);
    return result.status;
}

bool try_lock_extents(Actor actor) { return try_lock(actor.segment().header().extent_lock, actor.owner); }

void unlock_extents(Actor actor) { release(actor.segment(), actor.segment().header().extent_lock, kExtentLockNumber); }

Status allocate_run(Actor actor, const PageEntry &entry, std::uint64_t &first_page, Growing growing) {
    LATZERO_ASSERT(entry.pages > 0 && !holds_extents(actor.segment()));
    const CallDeadline all_steps;
    Growth growth(actor, entry.pages);
    // One look at what is in limbo is enough: what is returned during this call serves the next.
    bool may_reclaim = true;
    for (;;) {
        Status status = lock_extents(actor);
        if (status != Status::ok) return status;
        growth.admit_locked();
        const bool found = find_run_or_reclaim(actor, entry.pages, may_reclaim, first_page);
        if (found) {
            take_run_locked(actor.segment(), entry, first_page);
            actor.session.growth_ahead.note_use_locked(actor.segment(), entry.pages);
        } else {
            status = growing == Growing::yes ? growth.plan_locked() : Status::memory_full;
        }
        unlock_extents(actor);
        if (found) map_behind(actor.session, first_page, entry.pages);
        if (found || status != Status::ok) return status;
        status = growth.commit();
        if (status != Status::ok) return status;
    }
}

bool allocate_before_locked(Actor actor, const PageEntry &entry, std::uint64_t before, std::uint64_t &first_page) {
    if (!find_run(actor.segment(), entry.pages, before, first_page)) return false;
    take_run_locked(actor.segment(), entry, first_page);
    return true;
}

void free_run_locked(Actor actor, std::uint64_t first_page) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment));
    Word &word = segment.page_entry(first_page);
    const PageEntry entry = PageEntry::unpack(word.load(kRelaxed));
    if (entry.kind == PageKind::free || !fits(segment, first_page, entry)) return;
    word.store(0, std::memory_order_release);
    mark(segment, first_page, entry.pages, false);
    Header &header = segment.header();
    header.first_free.store(std::min(header.first_free.load(kRelaxed), first_page), kRelaxed);
    header.used_pages.store(header.used_pages.load(kRelaxed) - entry.pages, kRelaxed);
    if (entry.kind == PageKind::limbo)
        header.limbo_pages.store(header.limbo_pages.load(kRelaxed) - entry.pages, kRelaxed);
}

void retire_run_locked(Actor actor, std::uint64_t first_page) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment));
    Word &word = segment.page_entry(first_page);
    PageEntry entry = PageEntry::unpack(word.load(kRelaxed));
    [[maybe_unused]] const std::uint64_t fences_before = full_fences_made();
    const bool pinned = entry.pages >= kLeastBorrowedPages && actor.session.pins.any(segment.object(), first_page, 1);
    // Who asks has overwritten the record's version before.
    LATZERO_ASSERT(entry.pages < kLeastBorrowedPages || full_fences_made() != fences_before);
    if (!pinned) return free_run_locked(actor, first_page);
    if (entry.kind == PageKind::limbo || !fits(segment, first_page, entry)) return;
    entry.kind = PageKind::limbo;
    word.store(entry.pack(), std::memory_order_release);
    Word &limbo = segment.header().limbo_pages;
    limbo.store(limbo.load(kRelaxed) + entry.pages, kRelaxed);
}

bool reclaim_limbo_locked(Actor actor) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment));
    if (segment.header().limbo_pages.load(kRelaxed) == 0) return false;
    bool freed = false;
    for_each_run(segment, [&](std::uint64_t page, const PageEntry &entry) {
        if (entry.kind != PageKind::limbo || actor.session.pins.any(segment.object(), page, 1)) return;
        free_run_locked(actor, page);
        freed = true;
    });
    return freed;
}

Status reclaim_returned(Actor actor, std::uint64_t first_page) {
    const Segment &segment = actor.segment();
    const auto in_limbo = [&] {
        return PageEntry::unpack(segment.page_entry(first_page).load(kRelaxed)).kind == PageKind::limbo;
    };
    if (!in_limbo()) return Status::ok;
    const Status locked = lock_extents(actor);
    if (locked != Status::ok) return locked;
    if (in_limbo() && !actor.session.pins.any(segment.object(), first_page, 1)) free_run_locked(actor, first_page);
    unlock_extents(actor);
    return Status::ok;
}

Status free_pending_run(Actor actor, std::uint64_t first_page) {
    LATZERO_ASSERT(!holds_extents(actor.segment()) && first_page >= actor.segment().geometry().first_page());
    actor.segment().spoil(ref_of_page(first_page), kPageSize);
    const Status locked = lock_extents(actor);
    if (locked != Status::ok) {
        actor.session.left_pending.store(true, std::memory_order_relaxed);
        return locked;
    }
    free_run_locked(actor, first_page);
    unlock_extents(actor);
    return Status::ok;
}

std::uint64_t free_tail_locked(const Segment &segment, std::uint64_t end, std::uint64_t most) {
    LATZERO_ASSERT(holds_extents(segment));
    const std::uint64_t least_page = std::max(segment.geometry().first_page(), end - std::min(end, most));
    for (std::uint64_t page = end; page > least_page;) {
        const std::uint64_t word = (page - 1) / kMapBits;
        const std::uint64_t used = segment.page_map(word).load(kRelaxed) << (kMapBits - 1 - (page - 1) % kMapBits);
        if (used != 0) return end - std::max(page - static_cast<std::uint64_t>(std::countl_zero(used)), least_page);
        page = word * kMapBits;
    }
    LATZERO_ASSERT(least_page <= end && end - least_page <= most);
    return end - least_page;
}

void rebuild_page_map_locked(Actor actor) {
    const Segment &segment = actor.segment();
    const std::uint64_t limit = segment.usable() / kPageSize;
    const std::uint64_t first = segment.geometry().first_page();
    LATZERO_ASSERT(holds_extents(segment) && first <= limit);
    std::uint64_t used = first, end = first, limbo = 0;
    mark(segment, first, limit - first, false);
    for_each_run(segment, [&](std::uint64_t page, const PageEntry &entry) {
        mark(segment, page, entry.pages, true);
        used += entry.pages;
        limbo += entry.kind == PageKind::limbo ? entry.pages : 0;
        end = page + entry.pages;
    });
    LATZERO_ASSERT(limbo <= used && used <= segment.geometry().max_pages());
    Header &header = segment.header();
    header.first_free.store(next_free(segment, first, limit), kRelaxed);
    header.used_pages.store(used, kRelaxed);
    header.limbo_pages.store(limbo, kRelaxed);
    if (header.data_length.load(kRelaxed) < end * kPageSize) header.data_length.store(end * kPageSize, kRelaxed);
}

}  // namespace latzero::store
