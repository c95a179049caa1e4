// A walk over the keys of a view, part by part: the keys of one part are listed at once, each value is looked up when
// its key is reached. So writers are never held up, and a key that is there throughout is met exactly once.
#pragma once

#include <cstdint>
#include <string_view>

#include "client/connection.hpp"
#include "value/glob.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

// Which keys are wanted by a pattern: every one, those that it matches, or those that begin with it.
enum class Match : std::uint8_t { all, glob, prefix };

// Which keys of a view are wanted: those of its namespace that match a pattern.
class Filter {
public:
    // The pattern has at most value::kLongestPattern bytes.
    Filter(value::Bytes prefix, std::string_view pattern, Match match)
        : prefix_(std::move(prefix)),
          start_(match == Match::prefix ? pattern : std::string_view()),
          glob_(match == Match::glob ? pattern : std::string_view()),
          match_(match) {}

    // Whether a key of the pool is one of these; `name` becomes the key as the view sees it.
    bool passes(std::string_view key, std::string_view &name) const;
    // The same of a key of which only the beginning is known: whether it may be.
    bool may_pass(std::string_view beginning, std::string_view &name) const;

private:
    value::Bytes prefix_;
    value::Bytes start_;
    value::Pattern glob_;
    Match match_;
};

class Walk {
public:
    explicit Walk(Filter filter) : filter_(std::move(filter)) {}

    // Always on the same connection. not_found at the end. `name` (with a NUL behind it) is good until the next step,
    // and so is the value, which is read only if asked for.
    Status next(Connection &connection, std::string_view &name, bool with_value, ValueInfo &info);
    const char *value() const { return value_.get(); }

private:
    Filter filter_;
    pool::KeysPart next_part_;
    value::Names keys_;
    std::size_t at_ = 0;
    Memory value_;
};

}  // namespace latzero::client
