// Moving a record to other memory, as it is: with its version, its words and its end; or a stripe's table.
//
// Invariant: a record moves to lower refs alone. So a block never has one version twice, with other bytes in between,
// and a reader that finds the same version before and after its copy has copied that record (index.hpp).
//
// A move is an exchange (commit.hpp) that keeps the commit number: nobody is told of it, and to who compares versions
// it has not happened. Nothing of a sealed record depends on where it lies. Tables are told apart by their generation.
#pragma once

#include <cstdint>

#include "store/commit.hpp"
#include "store/index.hpp"

namespace latzero::store {

// Moves a record of a size class to the first block of that class on its stripe's list. False if that does not lie
// lower. Under the stripe's lock.
bool move_to_listed(Actor actor, std::uint32_t stripe, const Place &place, std::uint8_t size_class);

// Moves a record that is an extent to a run of as many pages, pending as this actor's, which lies lower. Under the
// stripe's lock and the extent lock.
void move_to_run(Actor actor, std::uint32_t stripe, const Place &place, std::uint64_t first_page);

// The same for a stripe's table, which may go anywhere.
bool move_table_to_listed(Actor actor, std::uint32_t stripe, const Table &table, std::uint8_t size_class);
void move_table_to_run(Actor actor, std::uint32_t stripe, const Table &table, std::uint64_t first_page);

}  // namespace latzero::store
