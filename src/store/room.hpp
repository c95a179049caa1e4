// Finding room at the cap, before the answer is memory_full: what one stripe holds free is of no use to the others
// until it is moved. Slow paths. The caller holds no lock; all but give_back_mixed_pages() hold one stripe at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Frees the pages whose blocks are all on one free list.
Status give_back_free_pages(Actor actor);

// Frees the pages whose blocks are all free, but on the lists of several stripes: a stripe that borrows a block takes
// it from its page, so the pages of a pool that has been at its cap are mixed. Holds all stripes, for one size class at
// a time, so it looks only after enough writes that more can have become free. memory_full if it finds none.
Status give_back_mixed_pages(Actor actor);

// Frees runs of a class whose blocks are all free. Under the locks of all stripes and of the extents.
Status give_back_runs_locked(Actor actor, std::uint8_t size_class, std::vector<std::uint64_t> &runs);

// What a search for room may find, at a glance.
struct Room {
    std::uint64_t free_pages = 0;    // pages' worth of free blocks
    std::uint64_t unused_pages = 0;  // in no run
    std::uint64_t commits = 0;       // writes since the pool was created

    // What a search costs grows with the blocks that are free, and what it may find with the writes since the last one.
    bool is_worth_another(std::uint64_t searched_at) const {
        constexpr std::uint64_t kPagesACommit = 16;
        return commits - searched_at > free_pages / kPagesACommit;
    }
};
Room look_around(const Segment &segment);

}  // namespace latzero::store
