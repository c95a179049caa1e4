// Room for a run of pages where there is enough free memory, but not in one piece: what lies in the way moves.
//
// Looked for is the window of so many pages that costs least to vacate. Its records and tables move to free blocks
// before it (move.hpp), and what is left of it, free blocks, goes back as pages. Readers go on meanwhile; writers wait,
// as all stripes and the extents are locked: for kMostMoved bytes at most, some milliseconds.
//
// The end of a pool that is to become shorter (pool/life/shrink.hpp) is such a window, too.
//
// What stays where it is: what is pending, borrowed, or larger than kMostMoved.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/index.hpp"
#include "store/session.hpp"

namespace latzero::store {

// In one call.
inline constexpr std::uint64_t kMostMoved = std::uint64_t{2} << 20;

// Makes a run of so many pages free. memory_full if nothing that can be moved makes room for it; busy if a stripe is
// not free soon, or if much is free but it takes another call, which goes on from there. The caller holds no lock.
Status vacate(Actor actor, const KeyHash &hash, std::uint32_t pages);

// Frees pages at the end of the pool, down to the page `least`, as far as there is room before that page and it can be
// done in one call. busy if a stripe is not free soon. The caller holds no lock.
Status vacate_end(Actor actor, const KeyHash &hash, std::uint64_t least);

}  // namespace latzero::store
