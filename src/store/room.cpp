#include "store/room.hpp"

#include "store/all_stripes.hpp"
#include "store/blocks.hpp"
#include "store/pages.hpp"
#include "store/stripe.hpp"

namespace latzero::store {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void mark_pending(Actor actor, std::uint64_t run, std::uint8_t size_class) {
    const PageEntry entry{PageKind::small_pending, size_class, kEveryStripe,
                          static_cast<std::uint16_t>(slot_of(actor.owner)), kClassPages[size_class]};
    actor.segment().page_entry(run).store(entry.pack(), std::memory_order_release);
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
    room.all_pages = limit;
    if (used < first || used > limit) return room;
    room.unused_pages = limit - used;
    if (bytes / kPageSize < used - first) room.free_pages = used - first - bytes / kPageSize;
    return room;
}

Status give_back_runs_locked(Actor actor, std::uint8_t size_class, const RunsOfClass &runs) {
    const Segment &segment = actor.segment();
    LATZERO_ASSERT(holds_extents(segment) && size_class < kClasses);
    if (runs.empty()) return Status::ok;
    for (const std::uint64_t run : runs) mark_pending(actor, run, size_class);
    Budget budget(segment);
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
        if (!unlink_pending_locked(segment, stripe, size_class, budget)) return Status::corrupt;
    for (const std::uint64_t run : runs) free_run_locked(actor, run);
    return Status::ok;
}

Status give_back_free_runs_locked(Actor actor, const Census &census) {
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        const Status given_back = give_back_runs_locked(actor, size_class, census.free_runs(size_class));
        if (given_back != Status::ok) return given_back;
    }
    return Status::ok;
}

Status give_back_free_runs(Actor actor) {
    LATZERO_ASSERT(!holds_extents(actor.segment()) && !holds_stripe(actor.segment(), 0));
    const std::lock_guard one_search(actor.session.room);
    Census census(actor.segment());
    const AllStripes stripes(actor);
    if (!stripes.held()) return Status::ok;
    const ExtentLock extents(actor, true);
    if (extents.status() != Status::ok) return extents.status();
    return census.take_locked(actor.segment()) ? give_back_free_runs_locked(actor, census) : Status::corrupt;
}

}  // namespace latzero::store
