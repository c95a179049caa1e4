// What lies where in a pool, as long as nobody changes it: which runs have free blocks alone, and what it would take to
// vacate each of the others.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "store/blocks.hpp"
#include "store/index.hpp"

namespace latzero::store {

struct CountedRun {
    std::uint32_t page, pages;
    std::uint8_t size_class;   // or kExtentClass
    std::uint8_t free_blocks;  // of a size class
    bool stays;                // what lies there cannot be moved

    std::uint32_t end() const { return page + pages; }
    std::uint32_t live_blocks() const { return blocks_a_run(size_class) - free_blocks; }
    // Bytes that have to move.
    std::uint64_t cost() const {
        return size_class == kExtentClass ? std::uint64_t{pages} * kPageSize
                                          : std::uint64_t{live_blocks()} * kClassSizes[size_class];
    }
};

// By their first pages.
using RunsOfClass = std::vector<std::uint64_t>;

class Census {
public:
    // Memory that grows with the pool is allocated here, before any lock is taken.
    explicit Census(const Segment &segment);

    // Counts, as often as is asked for. Under the locks of all stripes and of the extents. False if a list makes no
    // sense.
    bool take_locked(const Segment &segment);

    // What is in the run that begins at a page stays, in this census and the next.
    void leave_alone(std::uint64_t page) { left_alone_.push_back(page); }

    // All but the free ones, by page.
    const std::vector<CountedRun> &runs() const { return runs_; }
    const RunsOfClass &free_runs(std::uint8_t size_class) const { return free_runs_[size_class]; }

private:
    bool count_free_blocks(const Segment &segment);
    void note_transfers(const Segment &segment);
    void note_run(std::uint64_t page, const PageEntry &entry);

    std::vector<std::uint8_t> free_blocks_;  // of the run that begins at each page
    std::vector<CountedRun> runs_;
    std::vector<std::uint64_t> left_alone_;
    std::array<RunsOfClass, kClasses> free_runs_;
};

}  // namespace latzero::store
