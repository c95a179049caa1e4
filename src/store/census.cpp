#include "store/census.hpp"

#include "store/pages.hpp"

namespace latzero::store {
namespace {

constexpr std::uint8_t kHasTable = 0xff;
static_assert(blocks_a_run(0) < kHasTable);

bool is_carved(const PageEntry &entry) {
    return entry.kind == PageKind::small && entry.size_class < kClasses && entry.pages == kClassPages[entry.size_class];
}

}  // namespace

Census::Census(const Segment &segment) : free_blocks_(segment.geometry().max_pages()) {
    runs_.reserve(segment.usable() / kPageSize);
}

bool Census::take_locked(const Segment &segment) {
    LATZERO_ASSERT(holds_extents(segment) && holds_stripe(segment, kStripes - 1));
    if (!count_free_blocks(segment)) return false;
    note_tables(segment);
    for_each_run(segment, [&](std::uint64_t page, const PageEntry &entry) {
        const std::uint8_t counted = free_blocks_[page];
        CountedRun run{static_cast<std::uint32_t>(page), entry.pages, kExtentClass, 0, counted == kHasTable};
        if (is_carved(entry)) {
            run.size_class = entry.size_class;
            run.free_blocks = counted;
            run.stays |= counted > blocks_a_run(entry.size_class);
        } else {
            run.stays |= entry.kind != PageKind::extent;
        }
        if (runs_.size() < runs_.capacity()) runs_.push_back(run);
    });
    return true;
}

bool Census::count_free_blocks(const Segment &segment) {
    Budget budget(segment);
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++)
        for (std::uint32_t number = 0; number < kStripes; number++) {
            const auto count = [&](Ref ref, Word &) {
                std::uint8_t &blocks = free_blocks_[run_of(ref, size_class)];
                if (blocks + 1 < kHasTable) blocks++;
            };
            if (!for_each_free(segment, number, size_class, budget, count)) return false;
        }
    return true;
}

void Census::note_tables(const Segment &segment) {
    for (std::uint32_t number = 0; number < kStripes; number++) {
        Table table;
        if (!open_table(segment, segment.stripe(number), table) || table.slots == nullptr) continue;
        const Ref ref = TableWord::unpack(table.word).ref;
        const std::uint8_t size_class = class_for(table.bytes());
        free_blocks_[size_class == kExtentClass ? page_of(ref) : run_of(ref, size_class)] = kHasTable;
    }
}

}  // namespace latzero::store
