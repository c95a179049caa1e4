// Whether a long history of one key can be linearizable, in O(n log n): sound, not complete. It lives of values that
// occur once: each write makes a value that no other write makes, so a read tells whose it saw.
//
// All that was done with one value (its write, and what read it) has a zone, from the first end to the last beginning
// of these. If it runs forward, the key held this value all through it; if it runs backward, at some moment of it.
// So (Gibbons and Korach, "Testing Shared Memories"):
// - no value is read that was not written, and none before its write began;
// - zones that run forward do not overlap;
// - no zone that runs backward lies wholly within a foreign one that runs forward.
// Absence occurs more than once, so each call that saw or made it has a zone of its own, which runs backward. Besides:
// - between a write and a later absence somebody may have removed it;
// - who takes, swaps or compares and sets a value, ends it: nobody else does, and none finds it later;
// - who met a conflict with a value's version did so at a moment at which the value was not there.
//
// Versions are judged by themselves (check_versions), so that the above holds whatever they are.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "operations.hpp"

namespace latzero::test {

// Complaints, empty if there are none.
using Complaints = std::vector<std::string>;

// Of a key that is absent at first and holds bytes; every verb but increment and append.
Complaints check_register(std::span<const Operation> history);

// A key's versions: each value has one and each version one value, and they rise. With `by_writes_alone` (encrypted
// pools) only those of writes that do not overlap do.
Complaints check_versions(std::span<const Operation> history, bool by_writes_alone);

// Of a key that is incremented from 0, and read. Sums are in order, so this is complete but for what was killed.
Complaints check_counter(std::span<const Operation> history);

}  // namespace latzero::test
