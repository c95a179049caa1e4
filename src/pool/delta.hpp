// Numbers that are counted in.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace latzero::pool {

// A change of an 8-byte number: what is added to it, or subtracted (the least number has no negative that could be
// added instead), and what an absent one counts as.
struct Delta {
    enum class Kind : std::uint8_t { add, subtract, add_double };

    Kind kind;
    std::uint8_t type;  // of the number
    std::uint64_t by;   // as bits, like all that follows
    std::uint64_t initial;

    // False if the sum does not fit.
    bool apply(std::uint64_t before, std::uint64_t &sum) const;
};

inline bool Delta::apply(std::uint64_t before, std::uint64_t &sum) const {
    if (kind == Kind::add_double) {
        const double after = std::bit_cast<double>(before) + std::bit_cast<double>(by);
        sum = std::bit_cast<std::uint64_t>(after);
        return std::isfinite(after);
    }
    const auto left = static_cast<std::int64_t>(before), right = static_cast<std::int64_t>(by);
    std::int64_t after = 0;
    const bool wraps = kind == Kind::subtract ? __builtin_sub_overflow(left, right, &after)
                                              : __builtin_add_overflow(left, right, &after);
    sum = static_cast<std::uint64_t>(after);
    return !wraps;
}

}  // namespace latzero::pool
