// Whether a short history of one key is linearizable, by search: sound and complete. The search is Wing and Gong's
// (what happened first began before anything else had ended), with Lowe's memory of where it has been.
//
// The model is what the header says of the verbs, with these freedoms:
// - A killed call happened once, at any moment since it began, or never.
// - A key with a TTL of t is there for t - 1 ms at least, and gone after t + 1 ms: the library counts milliseconds.
// - A number or list that changes in place may be read with the version that it had before; a compare-and-set with that
//   version then meets a conflict (version_of() in store/record.hpp); and a list may be again what it was when its
//   version was read, by pops. Such calls are marked `weak` by mark_weak().
#pragma once

#include <span>
#include <vector>

#include "operations.hpp"

namespace latzero::test {

inline constexpr std::size_t kMostToSearch = 32;

// At most kMostToSearch operations on one key, which is absent at first; in any order.
bool is_linearizable(std::span<const Operation> history);

// Marks those that met a conflict after a read that some change in place overlapped, or behind a killed one, if there
// are such changes; and those before which something was popped since the read.
void mark_weak(std::span<Operation> history, bool is_in_place);

}  // namespace latzero::test
