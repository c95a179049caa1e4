// Pages that this process is about to take, mapped some at a time: a run of many pages that are written at once, as
// those of an index table, is then there, for the most part. Until it has mapped and cleared a new page, the system
// takes a microsecond, and several where its host has to give the memory.
//
// - It is guessed that what comes next lies behind all that this process has taken. A wrong guess costs that time.
// - Mapped ahead is at most a sixty-fourth of what this process has taken at the pool's end: nothing in small pools.
// - It concerns this process alone: nothing is stored, and what others have in these pages stays as it is.
// - Threads may come between one another: then pages are mapped twice, or where they are written.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/assert.hpp"

namespace latzero::store {

class Prefault {
public:
    // To be mapped now; perhaps nothing.
    struct Run {
        std::uint64_t first_page, pages;
    };

    // After this process has taken a run, in a pool of `limit` pages: what comes next.
    Run behind(std::uint64_t first_page, std::uint64_t pages, std::uint64_t limit) {
        const std::uint64_t before = end_.load(kRelaxed), end = std::max(before, first_page + pages);
        const std::uint64_t taken = taken_.load(kRelaxed) + std::min(end - before, pages);
        end_.store(end, kRelaxed);
        taken_.store(taken, kRelaxed);
        const std::uint64_t from = std::max(mapped_.load(kRelaxed), end);
        // A call that takes many pages has enough to do.
        if (pages >= kStep || from + kStep > std::min(end + taken / kShare, limit)) return {from, 0};
        mapped_.store(from + kStep, kRelaxed);
        return {from, kStep};
    }

    // Before all of a run is written that this process has taken: what of it was not mapped ahead. A run that lies
    // before others was mapped when it was used last, or is mapped where it is written.
    Run rest_of(std::uint64_t first_page, std::uint64_t pages) {
        const std::uint64_t end = first_page + pages, from = std::max(mapped_.load(kRelaxed), first_page);
        if (from >= end) return {end, 0};
        LATZERO_ASSERT(end - from <= pages);
        mapped_.store(end, kRelaxed);
        return {from, end - from};
    }

private:
    static constexpr auto kRelaxed = std::memory_order_relaxed;
    static constexpr std::uint64_t kStep = 16;   // pages: some 20 us
    static constexpr std::uint64_t kShare = 64;  // one table is a three-hundredth of its pool

    std::atomic<std::uint64_t> end_{0}, taken_{0};  // behind all runs taken; pages, of those that moved this end
    std::atomic<std::uint64_t> mapped_{0};          // up to here, what lies behind the runs taken
};

}  // namespace latzero::store
