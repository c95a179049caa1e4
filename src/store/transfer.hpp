// The way of a free block from the list of one stripe to that of another.
//
// Two exchanges, each under the lock of the one stripe that it changes. In between the block stands in the client
// slot's transfer word, so that a crash cannot lose it.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Moves one free block of a class from another stripe to this one, if this has none; not_found if no stripe has any.
// The caller holds no lock; takes one stripe at a time.
Status borrow_block(Actor actor, std::uint32_t stripe, std::uint8_t size_class);

// Whether a stripe lends its last block, too. Overwriting takes one and gives one back: a stripe without any has to
// borrow for that, and so on in turn.
enum class Lending : std::uint8_t { spare, last };

// The same for the holder of the stripe's lock, from a stripe whose lock is free. False if there is none just now.
bool borrow_block_locked(Actor actor, std::uint32_t stripe, std::uint8_t size_class, Lending lending);

// Moves the first free block of one stripe's list to another's. False if there is none, or the list makes no sense.
// Under the locks of both; guarded by Session::room.
bool hand_over_locked(Actor actor, std::uint32_t from, std::uint32_t to, std::uint8_t size_class);

// Puts the block of an earlier transfer that could not get its second lock onto a list. Under the stripe's lock;
// guarded by Session::room.
void end_transfer_locked(Actor actor, std::uint32_t stripe);

// Puts a dead client's block in transfer onto a free list. Every stripe that the client held is still locked in its
// name. False if every stripe is somebody else's just now.
bool settle_transfer(Actor dead);

}  // namespace latzero::store
