// Turning the ring of changes on and off.
//
// - Who watches holds a watch byte. Nobody turns the ring off while one is held, nor frees it while a stripe names it:
//   writers read the stripe's word under its lock.
// - header.ring owns the ring's pages, of kind ring. Killed between the two, recovery frees a ring that the header does
//   not name (give_back_pages_locked()).
// - A stripe's part is turned on and off under its lock. Killed amid the round, some stripes tell for nobody: the next
//   watcher, or the next that turns it off, does the rest.
#pragma once

#include <array>
#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// The commit number behind the last one of each stripe, as it was when its part of the ring was on.
using RingStart = std::array<std::uint64_t, kStripes>;

// Sees to a ring whose parts have 2^bits slots, or as many as the pool was made with to keep its events, if there is
// none, and turns it on for all stripes. Precondition: this
// client's watch byte is held. memory_full or no_space if there is no room for it; timeout.
Status turn_ring_on(Actor actor, std::uint32_t bits, RingStart &start);

// The same without waiting: skips stripes that others hold.
void turn_ring_on_where_free(Actor actor, std::uint32_t bits);

// Turns it off and frees it, if no other client watches and the pool does not keep its events. Precondition: this
// client's watch byte is not held. What cannot be had in time is left to the next.
void turn_ring_off(Actor actor);

bool is_watched_by_others(const Segment &segment);
// Whether the ring is to be on, as far as other clients have a say in it. In a pool that keeps its events it always is.
bool is_kept_on(const Segment &segment);
// Whether the header names a ring.
bool has_ring(const Segment &segment);

// Whether the header names the run that begins at a page as the ring.
bool is_ring_of_header(const Segment &segment, std::uint64_t page, std::uint32_t pages);

// Whether a stripe tells its changes there, in that ring, or nowhere: what else its word says, another program has
// written. Under the stripe's lock.
bool is_told_in_ring(const Segment &segment, std::uint32_t stripe);

}  // namespace latzero::store
