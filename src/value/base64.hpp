// Bytes as text (RFC 4648, the alphabet with + and /, padded).
#pragma once

#include <string_view>

#include "value/wiped.hpp"

namespace latzero::value {

void append_base64(std::string_view bytes, Bytes &out);

// Appends the bytes that a text stands for; false unless it is what append_base64() makes of them: padded, without
// blanks, with no bit set that no byte has. `out` is then of no use.
bool append_from_base64(std::string_view text, Bytes &out);

}  // namespace latzero::value
