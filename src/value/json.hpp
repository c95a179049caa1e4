// Values from and to JSON text (RFC 8259). Arrays are lists, objects dicts; a number is a double if it is written with
// a point or an exponent, else an integer. So what to_json() wrote says the same again to from_json(), except that
// tuples have become lists.
#pragma once

#include <string_view>

#include "value/fault.hpp"
#include "value/value.hpp"

namespace latzero::value {

// The value that a text stands for. Of a key that comes twice the last value counts. Refused are integers beyond int64
// (within arrays and objects: beyond uint64), numbers that no double can hold, bytes that are not UTF-8, escapes that
// stand for half a character, and nesting beyond kDeepest. The fault is at the byte that made it certain. A byte order
// mark at the front is skipped.
Fault from_json(std::string_view text, TypedValue &out);

// The text of a value, tuples as arrays. What JSON cannot say is a fault, at its place in the bytes: bytes, extensions,
// NaN and infinity, keys that are no strings, opaque values. A key that a dict names twice stays twice.
Fault to_json(std::uint32_t type, std::string_view bytes, Bytes &out);

}  // namespace latzero::value
