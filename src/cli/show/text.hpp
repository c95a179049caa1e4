// Bytes and numbers as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latzero::cli {

// Strict UTF-8: shortest forms only, no surrogates, nothing over U+10FFFF.
bool is_utf8(std::string_view bytes);

// For one line on a terminal: control characters and bytes that are no UTF-8 become escapes, and what is longer than
// limit bytes is cut and ends in "...".
std::string printable(std::string_view bytes, std::size_t limit);

// 1536 -> "1.5 KiB".
std::string human_bytes(std::uint64_t bytes);

// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace latzero::cli
