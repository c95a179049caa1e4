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

inline client::Filter make_filter(const View &view, std::string_view pattern) {
    return {value::Bytes(view.prefix), pattern, pattern.data() == nullptr};
}

}  // namespace latzero::abi
