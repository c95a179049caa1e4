#include "store/room.hpp"

#include <vector>

#include "store/all_stripes.hpp"
#include "store/blocks.hpp"
#include "store/call_deadline.hpp"
#include "store/lock.hpp"
#include "store/pages.hpp"
#include "store/stripe.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

bool has_free(const Segment &segment, std::uint32_t stripe, std::uint8_t size_class) {
    return segment.stripe(stripe).free_head[size_class].load(kRelaxed) != 0;
}

struct Search {
    std::vector<std::uint8_t> free_blocks;  // of the run that begins at each page; all 0 between lists
    std::vector<std::uint64_t> runs;        // the wholly free ones of one list
    Budget lists;                           // what can be on the lists whose locks are held
    Budget all_lists;                       // what is looked at of all of them

    explicit Search(const Segment &segment)
        : free_blocks(segment.geometry().max_pages()), lists(segment), all_lists(Budget::for_stripes_in_turn(segment)) {
        runs.reserve(segment.usable() / kPageSize);
    }
};

// A range of stripes: one, or all.
struct Range {
    std::uint32_t first, end;
};

// Finds the runs whose blocks are all on these lists; corrupt if a list makes no sense. Under the locks of the stripes.
Status find_free_runs_locked(const Segment &segment, Range stripes, std::uint8_t size_class, Search &search) {
    LATZERO_ASSERT(size_class < kClasses && stripes.first < stripes.end && stripes.end <= kStripes);
    auto &free_blocks = search.free_blocks;
    auto &runs = search.runs;
    runs.clear();
    Budget again = search.lists;
    bool sound = true;
    for (std::uint32_t stripe = stripes.first; stripe < stripes.end; stripe++)
        sound &= for_each_free(segment, stripe, size_class, search.lists, [&](Ref ref, Word &) {
            const std::uint64_t run = run_of(ref, size_class);
            search.all_lists.spend(kClassSizes[size_class]);
            LATZERO_ASSERT(run < free_blocks.size());
            if (++free_blocks[run] == blocks_a_run(size_class) && runs.size() < runs.capacity()) runs.push_back(run);
        });
    for (std::uint32_t stripe = stripes.first; stripe < stripes.end; stripe++)
        sound &= for_each_free(segment, stripe, size_class, again,
                               [&](Ref ref, Word &) { free_blocks[run_of(ref, size_class)] = 0; });
    return sound ? Status::ok : Status::corrupt;
}

// Gives runs back. They are marked as pending first, so that from there on a crash gives them back too. What is still
// on a list that others have made a circle stays pending. Under the extent lock and the locks of the stripes.
Status give_back_locked(Actor actor, Range stripes, std::uint8_t size_class, std::vector<std::uint64_t> &runs) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment));
    const bool one = stripes.end - stripes.first == 1;
    std::erase_if(runs, [&](std::uint64_t run) {
        PageEntry entry = PageEntry::unpack(segment.page_entry(run).load(kRelaxed));
        if (entry.kind != PageKind::small || entry.size_class != size_class) return true;
        entry.kind = PageKind::small_pending;
        entry.stripe = one ? static_cast<std::uint8_t>(stripes.first) : kEveryStripe;
        entry.client = static_cast<std::uint16_t>(slot_of(actor.owner));
        segment.page_entry(run).store(entry.pack(), std::memory_order_release);
        return false;
    });
    Budget budget(segment);
    for (std::uint32_t stripe = stripes.first; stripe < stripes.end; stripe++)
        if (!unlink_pending_locked(segment, stripe, size_class, budget)) return Status::corrupt;
    for (const std::uint64_t run : runs) free_run_locked(actor, run);
    return Status::ok;
}

// Gives back the wholly free runs of one class. Under the locks of the stripes.
Status search_class_locked(Actor actor, Range stripes, std::uint8_t size_class, Search &search) {
    const Status found = find_free_runs_locked(actor.segment(), stripes, size_class, search);
    if (found != Status::ok || search.runs.empty()) return found;
    const Status locked = lock_extents(actor);
    if (locked != Status::ok) return locked;
    const Status given_back = give_back_locked(actor, stripes, size_class, search.runs);
    unlock_extents(actor);
    return given_back;
}

// Gives back the wholly free runs of one stripe. Under its lock.
Status search_stripe_locked(Actor actor, std::uint32_t stripe, Search &search) {
    search.lists = Budget(actor.segment());
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        if (!has_free(actor.segment(), stripe, size_class)) continue;
        const Status searched = search_class_locked(actor, {stripe, stripe + 1}, size_class, search);
        if (searched != Status::ok) return searched;
    }
    return Status::ok;
}

// Without the locks it looks for no runs: another search will find them.
Status search_all_stripes(Actor actor, std::uint8_t size_class, Search &search) {
    const AllStripes stripes(actor);
    search.lists = Budget(actor.segment());
    return stripes.held() ? search_class_locked(actor, {0, kStripes}, size_class, search) : Status::ok;
}

}  // namespace

Room look_around(const Segment &segment) {
    Room room;
    std::uint64_t bytes = 0;
    for (std::uint32_t number = 0; number < kStripes; number++) {
        bytes += segment.stripe(number).bytes.load(kRelaxed);
        room.commits += segment.stripe(number).version.load(kRelaxed);
    }
    const std::uint64_t first = segment.geometry().first_page(), used = segment.header().used_pages.load(kRelaxed);
    const std::uint64_t limit = segment.usable() / kPageSize;
    if (used < first || used > limit) return room;
    room.unused_pages = limit - used;
    if (bytes / kPageSize < used - first) room.free_pages = used - first - bytes / kPageSize;
    return room;
}

Status give_back_runs_locked(Actor actor, std::uint8_t size_class, std::vector<std::uint64_t> &runs) {
    return runs.empty() ? Status::ok : give_back_locked(actor, {0, kStripes}, size_class, runs);
}

Status give_back_free_pages(Actor actor) {
    const CallDeadline all_stripes;
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(may_wait_for(segment, 0) && !holds_stripe(segment, 0));
    const std::lock_guard one_search(actor.session.room);
    // All memory is allocated before the first lock is taken.
    Search search(segment);
    for (std::uint32_t number = 0; number < kStripes && !search.all_lists.is_spent(); number++) {
        // A stripe that nobody wrote to since has nothing new to give. To search all of them for every write that meets
        // a full pool would cost milliseconds each time.
        std::uint64_t &searched_at = actor.session.searched_at[number];
        if (segment.stripe(number).version.load(kRelaxed) == searched_at) continue;
        const StripeLock lock(actor, number);
        if (lock.status() != Status::ok) return lock.status();
        const Status searched = search_stripe_locked(actor, number, search);
        if (searched != Status::ok) return searched;
        searched_at = segment.stripe(number).version.load(kRelaxed);
    }
    return Status::ok;
}

Status give_back_mixed_pages(Actor actor) {
    const Segment &segment = actor.segment();
    const std::lock_guard one_search(actor.session.room);
    const Room room = look_around(segment);
    std::uint64_t &searched_at = actor.session.mixed_searched_at;
    if (room.free_pages == 0 || !room.is_worth_another(searched_at)) return Status::memory_full;
    Search search(segment);
    bool found = false;
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        search.runs.clear();
        const Status searched = search_all_stripes(actor, size_class, search);
        if (searched != Status::ok) return searched;
        found |= !search.runs.empty();
    }
    searched_at = room.commits;
    return found ? Status::ok : Status::memory_full;
}

}  // namespace latzero::store
