// Finding room at the cap, before the answer is memory_full: what one stripe holds free is of no use to the others
// until it is moved. Slow paths. The caller holds no lock; all but give_back_mixed_pages() hold one stripe at a time.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Frees the pages whose blocks are all on one free list.
Status give_back_free_pages(Actor actor);

// Frees the pages whose blocks are all free, but on the lists of several stripes: a stripe that borrows a block takes
// it from its page, so the pages of a pool that has been at its cap are mixed. Holds all stripes, for one size class at
// a time, so it looks only after enough writes that more can have become free. memory_full if it finds none.
Status give_back_mixed_pages(Actor actor);

// Moves one free block of a class from another stripe to this one; not_found if no other stripe has any. On its way the
// block stands in the client slot's transfer word, so a crash cannot lose it.
Status borrow_block(Actor actor, std::uint32_t stripe, std::uint8_t size_class);

// Puts a dead client's block in transfer onto a free list. Every stripe that the client held is still locked in its
// name. False if every stripe is somebody else's just now.
bool settle_transfer(Actor dead);

}  // namespace latzero::store
