#pragma once

#include <string_view>

namespace latzero::value {

// Strict UTF-8: shortest forms only, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace latzero::value
