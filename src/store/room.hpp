// Finding room at the cap, before the answer is memory_full: what is free but in no whole run.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/census.hpp"
#include "store/session.hpp"

namespace latzero::store {

// What a search for room may find, at a glance.
struct Room {
    std::uint64_t free_pages = 0;    // pages' worth of free blocks
    std::uint64_t unused_pages = 0;  // in no run
    std::uint64_t all_pages = 0;     // that are usable
    std::uint64_t commits = 0;       // writes since the pool was created

    // What a search costs grows with the blocks that are free, and what it may find with the writes since the last one.
    bool is_worth_another(std::uint64_t searched_at) const {
        constexpr std::uint64_t kPagesACommit = 16;
        return commits - searched_at > free_pages / kPagesACommit;
    }
    // A pool that holds nine tenths of what it can has more.
    bool is_plenty() const { return free_pages + unused_pages >= all_pages / 16; }
};
Room look_around(const Segment &segment);

// Frees the runs whose blocks are all free, on whichever lists. ok also if there are none, or if a stripe is not free
// soon. The caller holds no lock.
Status give_back_free_runs(Actor actor);

// Frees runs of a class whose blocks are all free. They are marked as pending first, so that from there on a crash
// gives them back too; what is still on a list that others have made a circle stays pending. Under the locks of all
// stripes and of the extents.
Status give_back_runs_locked(Actor actor, std::uint8_t size_class, const RunsOfClass &runs);

// The same for all that a census found to be free.
Status give_back_free_runs_locked(Actor actor, const Census &census);

}  // namespace latzero::store
