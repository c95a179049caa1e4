// Typed values: which bytes each type may have. Private bytes only; the store below sees none of this.
#pragma once

#include <cstdint>
#include <string_view>

#include "value/fault.hpp"
#include "value/wiped.hpp"

namespace latzero::value {

// Numbers as in the C ABI and in records. A list or tuple is one MessagePack array, a dict one map, with nothing behind
// it (msgpack.hpp); opaque bytes are their writer's business, and so is the tag that is kept beside them.
enum class Type : std::uint8_t {
    null = 0,
    boolean = 1,
    int64 = 2,
    float64 = 3,
    string = 4,
    bytes = 5,
    list = 6,
    tuple = 7,
    dict = 8,
    opaque = 9,
};

// Containers within containers, the outermost counted, in MessagePack and in JSON: what is nested deeper is refused.
inline constexpr std::uint32_t kDeepest = 64;

// "a string", "an int64"; static.
const char *type_name(std::uint32_t type);

// Numbers in the bytes are in the machine's order: little-endian (abi/layout.md).
struct TypedValue {
    std::uint32_t type = 0;
    Bytes bytes;
};

// Whether `bytes` are a value of that type, within `depth` containers.
Fault check_typed(std::uint32_t type, std::string_view bytes, std::uint32_t depth);

// Whether they are one on their own. Inline for what needs no look at them.
inline Fault check(std::uint32_t type, std::string_view bytes) {
    return type == static_cast<std::uint32_t>(Type::bytes) ? Fault{} : check_typed(type, bytes, 0);
}

}  // namespace latzero::value
