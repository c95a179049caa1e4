// What JSON has no words for is an object with one member, whose name tells the form:
//
//   {"$bytes": "base64"}           bytes
//   {"$double": "NaN"}             a double that is no number: "NaN", "Infinity", "-Infinity"; any other NaN with its
//                                  bits, "NaN(0xfff8000000000000)"
//   {"$tuple": [element, ...]}     a tuple
//   {"$ext": [type, "base64"]}     a MessagePack extension, its type from -128 to 127
//   {"$dict": [[key, value], ...]} a dict that no object can be: with a key that is no string, or whose only key begins
//                                  with "$"
//
// An object that has such a member and another is an ordinary dict, and so is one whose only member begins with "$" and
// has none of these names. One with nothing but such a member that is not of the form is refused.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "value/dict.hpp"
#include "value/wiped.hpp"

namespace latzero::value {

enum class Form : std::uint8_t { none, bytes, number, tuple, extension, dict };

// Of an object whose only member has that name.
Form form_of(std::string_view name);

// The most containers of a text around one value within kDeepest containers: the forms have up to three brackets for
// one container.
inline constexpr std::uint32_t kDeepestForms = 3 * 64 + 2;

// Appends the text that stands behind "$double" for a double that is no number, and reads it.
void append_no_number(double number, Bytes &out);
bool read_no_number(std::string_view text, double &number);

// Appends the MessagePack of what an object of that form says. `content`: the MessagePack of its member's value. Why
// that is not of the form, or nullptr. `entries` is storage.
const char *append_said(Form form, std::string_view content, std::vector<Entry> &entries, Bytes &out);

}  // namespace latzero::value
