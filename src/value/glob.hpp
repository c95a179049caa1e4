// Patterns for keys, over bytes.
#pragma once

#include <string_view>

namespace latzero::value {

// Whether the pattern stands for the whole text:
//   *       any bytes, also none
//   ?       any byte
//   [a-z_]  one of these, ranges by number from low to high; a ] that comes first and a - that comes first or last
//           stand for themselves
//   [^a-z]  one byte that is none of these, also written [!a-z]
//   \x      x itself, within brackets too
// Anything else, a [ that is never closed and a \ at the end stand for themselves. Cost: at most proportional to the
// product of both sizes.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace latzero::value
