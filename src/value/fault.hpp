// What is wrong with bytes that somebody else wrote, and where.
#pragma once

#include <cstdint>

namespace latzero::value {

struct Fault {
    std::uint64_t at = 0;       // the first byte that is wrong, or the number of bytes if more should have come
    const char *why = nullptr;  // the end of a sentence; nullptr: nothing is wrong

    explicit operator bool() const { return why != nullptr; }
    // The same, seen from `offset` bytes before.
    Fault behind(std::uint64_t offset) const { return {at + offset, why}; }
};

}  // namespace latzero::value
