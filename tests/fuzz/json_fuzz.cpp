// Any text as JSON: what nlohmann::json takes it for, and the same again once it has been written.
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero::value;
using nlohmann::json;

// nlohmann::json rounds integers that are too long, has no limit to nesting, and takes a NUL for the end.
static bool on_purpose(std::string_view text, const Fault &fault) {
    return std::strstr(fault.why, "integer does not fit") || std::strstr(fault.why, "nested") ||
           text.find('\0') != text.npos;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    TypedValue value;
    const Fault fault = from_json(text, value);
    require(fault.at <= size);
    if (fault) {
        require(on_purpose(text, fault) || !json::accept(text));
        return 0;
    }
    require(!check(value.type, value.bytes));
    Bytes msgpack;
    require(to_msgpack(value.type, value.bytes, msgpack));
    require(json::from_msgpack(msgpack) == json::parse(text));

    Bytes written;
    TypedValue again;
    require(!to_json(value.type, value.bytes, written));
    require(!from_json(written, again));
    require(again.type == value.type && again.bytes == value.bytes);
    return 0;
}
