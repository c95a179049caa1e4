// JSON as Python writes it, as JSON that value::from_json() reads.
#pragma once

#include <optional>
#include <string_view>

#include "snapshot/report.hpp"
#include "value/wiped.hpp"

namespace latzero::snapshot {

// Appends the same value in JSON, with the forms of value/json_forms.hpp for what is none: numbers that are not finite
// become {"$double": ...}, integers beyond 64 bits doubles, and an object that looks like a form {"$dict": ...}. Other
// text passes as it is, sound or not. The cause, if no pool can have the value.
std::optional<Cause> append_json(std::string_view python, value::Bytes &out);

// A double that is written as "NaN", "Infinity" or "-Infinity", without quotes.
bool is_no_number(std::string_view word);

// Whether a string's text has half of a surrogate pair without the other.
bool has_lone_surrogate(std::string_view text);

}  // namespace latzero::snapshot
