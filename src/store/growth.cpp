#include "store/growth.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "store/held_locks.hpp"
#include "store/pages.hpp"

namespace latzero::store {
namespace {

// Some milliseconds of the system's time, in which a stripe may be locked.
constexpr std::uint64_t kLongestStep = std::uint64_t{32} << 20;

// Each step leaves room for the run, unless others take it first. So many steps in vain happen only where another
// program edits the page map.
constexpr int kMostSteps = 32;

// The system refuses so little in less than a millisecond, so it is asked each time.
constexpr std::uint64_t kCheapToAsk = std::uint64_t{1} << 20;

}  // namespace

std::uint64_t end_of_step(std::uint64_t capacity, std::uint64_t cap) {
    LATZERO_ASSERT(capacity <= cap);
    return std::min(capacity + std::min(capacity, kLongestStep), cap);
}

Status Growth::plan_locked() {
    if (++steps_ > kMostSteps) return Status::timeout;
    const Segment &segment = session_.segment;
    LATZERO_ASSERT(pages_ > 0 && holds_extents(segment));
    const std::uint64_t cap = segment.geometry().max_bytes;
    from_ = reached_ = segment.usable();
    // A run that would fit at the end already was not found: then the page map is damaged.
    const std::uint64_t tail = free_tail_locked(segment, from_ / kPageSize, pages_ - 1);
    least_ = from_ + (pages_ - tail) * kPageSize;
    if (least_ > cap) return Status::memory_full;
    LATZERO_ASSERT(tail < pages_ && least_ > from_);
    most_ = std::max(least_, end_of_step(from_, cap));
    if (least_ - from_ <= kCheapToAsk || !session_.refused_growth.covers(from_, least_ - from_)) return Status::ok;
    return fail(Status::no_space, "the system had no room to grow a moment ago: free some of /dev/shm, and try again");
}

Status Growth::commit() {
    LATZERO_ASSERT(!holds_extents(session_.segment));
    LATZERO_ASSERT(from_ < least_ && least_ <= most_ && most_ <= session_.segment.geometry().max_bytes);
    const std::uint64_t began_ns = platform::boot_ns();
    const Status committed = session_.segment.object().extend(from_, least_, most_, reached_);
    took_ns_ = platform::boot_ns() - began_ns;
    // A refusal before any byte was taken cost nothing, so it need not be remembered.
    LATZERO_ASSERT(reached_ >= from_ && reached_ <= most_ && (committed != Status::ok || reached_ >= least_));
    if (committed != Status::ok && reached_ > from_) session_.refused_growth.note(from_, least_ - from_);
    return committed;
}

void Growth::admit_locked() const {
    const Segment &segment = session_.segment;
    LATZERO_ASSERT(holds_extents(segment));
    if (reached_ <= from_ || reached_ <= segment.usable()) return;
    segment.raise(reached_);
    segment.header().capacity.store(reached_, std::memory_order_release);
    session_.note_deed({Deed::Kind::grew, 0, reached_, took_ns_, platform::wall_ns()});
}

}  // namespace latzero::store
