#include "value/glob.hpp"

#include <cstddef>

namespace latzero::value {
namespace {

// The brackets that begin at `at`, held against a byte.
struct Class {
    bool closed;
    bool holds;
    std::size_t end;  // behind the ]
};

// Reads one byte of a pattern, escaped or not. There is one.
unsigned char take(std::string_view pattern, std::size_t &at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) at++;
    return static_cast<unsigned char>(pattern[at++]);
}

Class read_class(std::string_view pattern, std::size_t at, unsigned char byte) {
    at++;
    const bool inverted = at < pattern.size() && (pattern[at] == '^' || pattern[at] == '!');
    if (inverted) at++;
    bool found = false;
    for (bool first = true; at < pattern.size(); first = false) {
        if (pattern[at] == ']' && !first) return {true, found != inverted, at + 1};
        const unsigned char low = take(pattern, at);
        unsigned char high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            at++;
            high = take(pattern, at);
        }
        found |= low <= byte && byte <= high;
    }
    return {false, false, at};
}

// Holds a byte against the element of the pattern at `at`, which is no star, and moves behind that. No [ at `unclosed`
// or behind it is closed: what has been found out about one is not sought again for those behind it.
bool element(std::string_view pattern, std::size_t &at, unsigned char byte, std::size_t &unclosed) {
    if (pattern[at] == '?') {
        at++;
        return true;
    }
    if (pattern[at] == '[' && at < unclosed) {
        const Class read = read_class(pattern, at, byte);
        if (read.closed) {
            at = read.end;
            return read.holds;
        }
        unclosed = at;
    }
    return take(pattern, at) == byte;
}

}  // namespace

// When something fails, the last star takes one byte more. Stars before it need not change: whatever they could leave
// to it, it can take by itself. So there is one place to go back to, and the text is tried once from each of its bytes.
bool matches(std::string_view pattern, std::string_view text) {
    constexpr std::size_t kNone = std::string_view::npos;
    std::size_t unclosed = kNone;
    std::size_t behind_star = kNone;
    std::size_t star_end = 0;  // what the last star stands for ends here
    std::size_t at = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            behind_star = ++at;
            star_end = i;
        } else if (at < pattern.size() && element(pattern, at, static_cast<unsigned char>(text[i]), unclosed)) {
            i++;
        } else if (behind_star != kNone) {
            at = behind_star;
            i = ++star_end;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') at++;
    return at == pattern.size();
}

}  // namespace latzero::value
