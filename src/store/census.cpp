#include "store/census.hpp"

#include <algorithm>

#include "store/budget.hpp"
#include "store/pages.hpp"

namespace latzero::store {
namespace {

constexpr std::uint8_t kStays = 0xff;
static_assert(blocks_a_run(0) < kStays);

bool is_carved(const PageEntry &entry) {
    return entry.kind == PageKind::small && entry.size_class < kClasses && entry.pages == kClassPages[entry.size_class];
}

}  // namespace

Census::Census(const Segment &segment) : free_blocks_(segment.usable() / kPageSize) {
    runs_.reserve(free_blocks_.size());
}

bool Census::take_locked(const Segment &segment) {
    LATZERO_ASSERT(holds_extents(segment) && holds_stripe(segment, kStripes - 1));
    std::fill(free_blocks_.begin(), free_blocks_.end(), std::uint8_t{0});
    runs_.clear();
    for (RunsOfClass &runs : free_runs_) runs.clear();
    if (!count_free_blocks(segment)) return false;
    for (const std::uint64_t page : left_alone_) free_blocks_[page] = kStays;
    note_transfers(segment);
    for_each_run(segment, [this](std::uint64_t page, const PageEntry &entry) {
        if (page < free_blocks_.size()) note_run(page, entry);
    });
    return true;
}

void Census::note_run(std::uint64_t page, const PageEntry &entry) {
    const std::uint8_t counted = free_blocks_[page];
    CountedRun run{static_cast<std::uint32_t>(page), entry.pages, kExtentClass, 0, counted == kStays};
    if (is_carved(entry)) {
        run.size_class = entry.size_class;
        run.free_blocks = static_cast<std::uint8_t>(std::min<std::uint32_t>(counted, blocks_a_run(entry.size_class)));
        if (counted == blocks_a_run(entry.size_class)) return free_runs_[entry.size_class].push_back(page);
        run.stays |= counted > blocks_a_run(entry.size_class);
    } else {
        run.stays |= entry.kind != PageKind::extent;
    }
    runs_.push_back(run);
}

bool Census::count_free_blocks(const Segment &segment) {
    Budget budget(segment);
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++)
        for (std::uint32_t number = 0; number < kStripes; number++) {
            const auto count = [&](Ref ref, Word &) {
                const std::uint64_t run = run_of(ref, size_class);
                if (run < free_blocks_.size() && free_blocks_[run] + 1 < kStays) free_blocks_[run]++;
            };
            if (!for_each_free(segment, number, size_class, budget, count)) return false;
        }
    return true;
}

// A block on its way between stripes looks free, and is on no list.
void Census::note_transfers(const Segment &segment) {
    for (std::uint32_t slot = 0; slot < kClientLimit; slot++) {
        const std::uint64_t transfer = segment.client(slot).transfer.load(std::memory_order_relaxed);
        const auto size_class = static_cast<std::uint8_t>(transfer >> 32);
        if (transfer == 0 || size_class >= kClasses) continue;
        const std::uint64_t run = run_of(static_cast<Ref>(transfer), size_class);
        if (run < free_blocks_.size()) free_blocks_[run] = kStays;
    }
}

}  // namespace latzero::store
