// Patterns, as calls on many keys take them.
#pragma once

#include "client/walk.hpp"
#include "guard.hpp"

namespace latzero::abi {

static_assert(value::kLongestPattern == LATZERO_PATTERN_MAX);

// Before anything is done: no data for a pattern that every key matches.
inline Status check_pattern(const char *pattern, std::size_t pattern_len, std::string_view &checked) {
    checked = {};
    if (pattern == nullptr || bounded_text(pattern, pattern_len, LATZERO_PATTERN_MAX, checked)) return Status::ok;
    return fail(Status::invalid_argument, "the pattern has more than %d bytes: use a shorter one, or look at all keys",
                LATZERO_PATTERN_MAX);
}

inline Status check_match(const char *pattern, std::size_t pattern_len, std::uint32_t flags,
                          std::string_view &checked) {
    if ((flags & ~std::uint32_t{LATZERO_MATCH_PREFIX}) != 0)
        return fail(Status::invalid_argument, "the flags have unknown bits 0x%x: give LATZERO_MATCH_* or 0", flags);
    return check_pattern(pattern, pattern_len, checked);
}

inline client::Filter make_filter(const View &view, std::string_view pattern, std::uint32_t flags = 0) {
    client::Match match = (flags & LATZERO_MATCH_PREFIX) != 0 ? client::Match::prefix : client::Match::glob;
    if (pattern.data() == nullptr) match = client::Match::all;
    return {value::Bytes(view.prefix), pattern, match};
}

}  // namespace latzero::abi
