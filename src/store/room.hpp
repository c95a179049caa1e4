// Finding room at the cap, before saying memory_full: what one stripe holds free is of no use to the others until it is
// moved. Slow paths, one stripe's lock at a time.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Gives pages whose blocks are all free on one list back to all.
Status give_back_free_pages(Actor actor);

// Moves one free block of a class from another stripe to this one; not_found if no stripe has any. On its way the block
// stands in the client slot's transfer word, so a crash cannot lose it.
Status borrow_block(Actor actor, std::uint32_t stripe, std::uint8_t size_class);

// Puts a dead client's block in transfer onto a free list. Every stripe that the client held is still locked in its
// name.
Status settle_transfer(Actor dead);

}  // namespace latzero::store
