// Typed values: which bytes each type may have. Private bytes only; the store below sees none of this.
#pragma once

#include <cstdint>
#include <string_view>

namespace latzero::value {

// Numbers as in the C ABI and in records.
enum class Type : std::uint8_t { null = 0, boolean = 1, int64 = 2, float64 = 3, string = 4, bytes = 5 };

// nullptr if `bytes` are a value of that type; otherwise what is wrong, as the end of a sentence.
const char *why_malformed_typed(std::uint32_t type, std::string_view bytes);

inline const char *why_malformed(std::uint32_t type, std::string_view bytes) {
    return type == static_cast<std::uint32_t>(Type::bytes) ? nullptr : why_malformed_typed(type, bytes);
}

}  // namespace latzero::value
