// A pattern is an automaton whose state i says: the elements before i stand for what was read. A byte moves all states
// at once, 64 in a word: those whose element stands for the byte go on by one, those with a star before their element
// also stay. So there is nothing to go back to, and no text costs more than its length times the words.
#include "value/glob.hpp"

#include <algorithm>
#include <bitset>

#include "base/assert.hpp"

namespace latzero::value {
namespace {

// Reads one byte of a pattern, escaped or not. There is one.
unsigned char take(std::string_view pattern, std::size_t &at) {
    LATZERO_ASSERT(at < pattern.size());
    if (pattern[at] == '\\' && at + 1 < pattern.size()) at++;
    return static_cast<unsigned char>(pattern[at++]);
}

}  // namespace

Pattern::Pattern(std::string_view text) : words_(text.size() / 64 + 1), accepts_(256 * words_), stars_(words_) {
    // No [ behind one that is never closed is closed: that is sought once.
    bool may_close = true;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '*') {
            stars_[elements_ / 64] |= std::uint64_t{1} << elements_ % 64;
            at++;
            continue;
        }
        const std::size_t behind = text[at] == '[' && may_close ? take_class(text, at) : 0;
        if (text[at] == '[') may_close = behind != 0;
        if (behind != 0) {
            at = behind;
        } else if (text[at] == '?') {
            accept(elements_, 0, 255);
            at++;
        } else {
            const unsigned char byte = take(text, at);
            accept(elements_, byte, byte);
        }
        elements_++;
        LATZERO_ASSERT(elements_ <= at && at <= text.size());
    }
}

void Pattern::accept(std::size_t element, unsigned low, unsigned high) {
    LATZERO_ASSERT(high <= 255 && element / 64 < words_);
    for (unsigned byte = low; byte <= high; byte++)
        accepts_[byte * words_ + element / 64] |= std::uint64_t{1} << element % 64;
}

// The place behind the brackets that begin at `at`; 0, with nothing accepted, if they are never closed.
std::size_t Pattern::take_class(std::string_view text, std::size_t at) {
    std::bitset<256> found;
    at++;
    const bool inverted = at < text.size() && (text[at] == '^' || text[at] == '!');
    if (inverted) at++;
    for (bool first = true; at < text.size() && (text[at] != ']' || first); first = false) {
        const unsigned low = take(text, at);
        unsigned high = low;
        if (at + 1 < text.size() && text[at] == '-' && text[at + 1] != ']') {
            at++;
            high = take(text, at);
        }
        for (unsigned byte = low; byte <= high; byte++) found.set(byte);
    }
    if (at == text.size()) return 0;
    for (unsigned byte = 0; byte < 256; byte++)
        if (found[byte] != inverted) accept(elements_, byte, byte);
    return at + 1;
}

// Words before `first` need no look: what a later star stands for can take over whatever an earlier one could. Behind
// `last` no state was reached yet.
bool Pattern::matches(std::string_view text) const {
    std::uint64_t states[kMostWords];
    LATZERO_ASSERT(words_ <= kMostWords);
    std::fill_n(states, words_, 0);
    states[0] = 1;
    const bool ends_open = is_set(stars_.data(), elements_);
    std::size_t first = 0, last = 0;
    for (const char byte : text) {
        if (ends_open && is_set(states, elements_)) return true;
        const std::uint64_t *accepts = &accepts_[static_cast<unsigned char>(byte) * words_];
        std::uint64_t carry = 0, any = 0;
        std::size_t starred = first;
        for (std::size_t word = first; word <= last; word++) {
            const std::uint64_t moved = states[word] & accepts[word];
            states[word] = moved << 1 | carry | (states[word] & stars_[word]);
            carry = moved >> 63;
            any |= states[word];
            if ((states[word] & stars_[word]) != 0) starred = word;
        }
        LATZERO_ASSERT(first <= last && last + (carry != 0) < words_);
        if (carry != 0) states[++last] = carry;
        if ((any | carry) == 0) return false;
        first = starred;
    }
    return is_set(states, elements_);
}

}  // namespace latzero::value
