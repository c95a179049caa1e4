#pragma once

#include <cstddef>
#include <string_view>

namespace latzero::value {

// Strict UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF.

// The number of bytes before the first sequence that is malformed or cut off; all of them if there is none.
std::size_t sound_utf8(std::string_view text);

inline bool is_utf8(std::string_view text) { return sound_utf8(text) == text.size(); }

}  // namespace latzero::value
