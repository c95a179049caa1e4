// Any text as JSON: what another reader takes it for, and the same again once it has been written.
#include <cstring>
#include <string>

#include "fuzz.hpp"
#include "json_oracle.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero::value;
using latzero::test::JsonOracle;
using nlohmann::ordered_json;

// nlohmann::json rounds integers that are too long, has no limit to nesting, and takes a NUL for the end.
static bool on_purpose(std::string_view text, const Fault &fault) {
    return std::strstr(fault.why, "integer does not fit") || std::strstr(fault.why, "nested") ||
           text.find('\0') != text.npos;
}

static bool taken_by_another(std::string_view text, std::string &msgpack) {
    return ordered_json::accept(text) && JsonOracle::pack(ordered_json::parse(text), msgpack);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    std::string judged;
    Bytes msgpack, written, again;
    const Fault fault = msgpack_of_json(text, msgpack);
    require(fault.at <= size);
    if (fault) {
        require(on_purpose(text, fault) || !taken_by_another(text, judged));
        return 0;
    }
    require(taken_by_another(text, judged) && std::string_view(msgpack) == judged);

    TypedValue value;
    if (from_json(text, value)) {  // an extension, or an integer beyond int64, on its own
        require(!!from_msgpack(msgpack, value));
        return 0;
    }
    require(!check(value.type, value.bytes));
    TypedValue back;
    require(!to_json(value.type, value.bytes, written));
    require(!from_json(written, back));
    require(back.type == value.type && back.bytes == value.bytes);
    require(!msgpack_of_json(written, again) && again == msgpack);
    return 0;
}
