// Patterns for keys, over bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace latzero::value {

// The longest pattern there may be, in bytes.
inline constexpr std::size_t kLongestPattern = 4096;

//   *       any bytes, also none
//   ?       any byte
//   [a-z_]  one of these, ranges by number from low to high; a ] that comes first and a - that comes first or last
//           stand for themselves
//   [^a-z]  one byte that is none of these, also written [!a-z]
//   \x      x itself, within brackets too
// Anything else, a [ that is never closed and a \ at the end stand for themselves.
class Pattern {
public:
    // Of at most kLongestPattern bytes.
    explicit Pattern(std::string_view text);

    // Whether the pattern stands for the whole text. Cost: a step for each byte of the text and each 64 elements of the
    // pattern at most, whatever both are.
    bool matches(std::string_view text) const;

private:
    static constexpr std::size_t kMostWords = kLongestPattern / 64 + 1;

    void accept(std::size_t element, unsigned low, unsigned high);
    std::size_t take_class(std::string_view text, std::size_t at);
    bool is_set(const std::uint64_t *states, std::size_t state) const { return states[state / 64] >> state % 64 & 1; }

    std::size_t elements_ = 0;
    std::size_t words_;
    std::vector<std::uint64_t> accepts_;  // `words_` for each byte: the elements that stand for it
    std::vector<std::uint64_t> stars_;    // the elements that have a star before them; the last bit: one at the end
};

}  // namespace latzero::value
