// VALUE of `latzero set`: what type the text on the command line means.
#pragma once

#include <cstdint>
#include <string>

namespace latzero::cli {

struct TypedValue {
    std::uint32_t type;  // LATZERO_TYPE_*
    std::string bytes;   // in the form that latzero.h states for the type; the JSON text if is_json
    bool is_json = false;
};

// A JSON scalar gives its type: null, true and false, an integer, a number with a point or an exponent, a quoted
// string. So do JSON arrays and objects: lists and dicts. All else is a string as it stands; what is no UTF-8 is bytes.
// Throws for a number that neither an int64 nor a double can hold.
TypedValue parse_value(const std::string &text);

}  // namespace latzero::cli
