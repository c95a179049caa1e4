// Mark and sweep: what is sound in a damaged segment stays, byte for byte; what is broken is dropped; what is lost is
// found again by a look at every block. Never on the normal path: a client that dies leaves nothing to repair.
//
// A pass first reads, and decides (damage.hpp, page_plan.hpp). Then it writes, in an order of which every prefix is
// better than what was there before, since it may be killed too:
//
//   1. operations in flight are disarmed: nobody can be at one
//   2. free lists that are broken anywhere become empty: nobody can take a block that is somebody else's
//   3. page entries that are missing come back
//   4. slots that lead nowhere become tombstones, tables that are none are given up, counters become right
//   5. pages of nobody become free, and what follows from the page table is made anew
//   6. lost blocks are pushed onto free lists, each by one store that makes it true
//   7. records that no slot leads to are given one: an exchange each, as for any write (commit.hpp)
//
// Killed between two of them, a pass leaves records without a slot and blocks on no list at worst: the next one finds
// them. Of two records of one key the newer one counts, whichever has the slot.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/fsck/check.hpp"
#include "store/session.hpp"

namespace latzero::store {

struct RepairReport {
    enum class Deed : std::uint8_t { dropped, recovered };
    struct Told {
        Deed deed;
        Finding about;
        std::string sentence;
    };
    std::vector<Told> told;  // at most CheckReport::kMostTold
    std::uint64_t dropped_keys = 0, recovered_keys = 0;
    std::uint64_t reclaimed_blocks = 0, reclaimed_pages = 0;

    void add(Deed deed, const Finding &about, const char *why);
};

// The actor holds all stripes, and not the extents. Everybody alive may read meanwhile.
Status repair(Actor actor, const KeyHash &hash, const CheckOptions &options, RepairReport &report);

}  // namespace latzero::store
