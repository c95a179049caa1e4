// Values that verify themselves: every byte follows from the key, the number of the write and the size, so a torn
// value, one of another key, or one cut short is recognised by whoever reads it.
#pragma once

#include <cstdint>
#include <vector>

namespace latzero::test {

inline constexpr std::uint32_t kLeastValue = 24;

// Fills `bytes` with the value of `size` bytes, at least kLeastValue.
void make_value(std::vector<char> &bytes, std::uint32_t size, std::uint64_t key, std::uint64_t number);

// Whether these bytes are a whole value of that key; *number becomes the number of its write.
bool read_value(const char *bytes, std::uint64_t size, std::uint64_t key, std::uint64_t *number);

}  // namespace latzero::test
