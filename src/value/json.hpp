// Values from and to JSON text (RFC 8259). Arrays are lists, objects dicts; a number is a double if it is written with
// a point or an exponent, else an integer; the rest has the forms of json_forms.hpp. So what to_json() wrote says the
// same again to from_json(), to the bit.
#pragma once

#include <string_view>

#include "value/fault.hpp"
#include "value/value.hpp"

namespace latzero::value {

// The value that a text stands for. Of a key that comes twice the last value counts. Refused are integers beyond int64
// (within arrays and objects: beyond uint64), numbers that no double can hold, bytes that are not UTF-8, escapes that
// stand for half a character, nesting beyond kDeepest, what a form's name stands before without being of that form, and
// an extension on its own. The fault is at the byte that made it certain. A byte order mark at the front is skipped.
Fault from_json(std::string_view text, TypedValue &out);

// The same as one MessagePack value, which an extension on its own is, too.
Fault msgpack_of_json(std::string_view text, Bytes &out);

// The text of a value. An opaque one is a fault, since its tag is not at hand. A key that a dict names twice stays
// twice.
//
// Where a value's type is told beside its text, as in the entries of the tool, a tuple is written as the list and an
// opaque value as the bytes that have the same bytes.
Fault to_json(std::uint32_t type, std::string_view bytes, Bytes &out);

}  // namespace latzero::value
