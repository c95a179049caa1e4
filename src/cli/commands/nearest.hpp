// The word that a mistyped one may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latzero::cli {

// The candidate that needs the fewest changes to become `typed`: letters inserted, deleted, replaced, or swapped with
// their neighbour. Empty if none is within a third of its length.
std::string nearest(std::string_view typed, const std::vector<std::string> &candidates);

}  // namespace latzero::cli
