#include "value/value.hpp"

#include "value/token.hpp"
#include "value/utf8.hpp"

namespace latzero::value {
namespace {

Fault unless(bool sound, const char *why) { return {0, sound ? nullptr : why}; }

Fault check_string(std::string_view bytes) {
    const std::size_t sound = sound_utf8(bytes);
    return sound == bytes.size() ? Fault{} : Fault{sound, "a string must be UTF-8: store it as bytes"};
}

Fault check_container(std::string_view bytes, std::uint32_t depth, Kind kind, const char *why) {
    Token token;
    if (const Fault fault = read_token(bytes, token)) return fault;
    return token.kind == kind ? check_whole(bytes, depth) : Fault{0, why};
}

}  // namespace

const char *type_name(std::uint32_t type) {
    static constexpr const char *kNames[] = {"a null", "a bool", "an int64", "a double", "a string",
                                             "bytes",  "a list", "a tuple",  "a dict",   "an opaque value"};
    return type < sizeof kNames / sizeof *kNames ? kNames[type] : "a value of no known type";
}

Fault check_typed(std::uint32_t type, std::string_view bytes, std::uint32_t depth) {
    if (type > static_cast<std::uint32_t>(Type::opaque)) return {0, "there is no such type: give one of LATZERO_TYPE_"};
    switch (static_cast<Type>(type)) {
    case Type::null: return unless(bytes.empty(), "a null has no bytes");
    case Type::boolean:
        return unless(bytes.size() == 1 && (bytes[0] == 0 || bytes[0] == 1), "a bool is one byte, 0 or 1");
    case Type::int64: return unless(bytes.size() == 8, "an int64 has 8 bytes");
    case Type::float64: return unless(bytes.size() == 8, "a double has 8 bytes");
    case Type::string: return check_string(bytes);
    case Type::list:
    case Type::tuple: return check_container(bytes, depth, Kind::array, "a list or tuple is one MessagePack array");
    case Type::dict: return check_container(bytes, depth, Kind::map, "a dict is one MessagePack map");
    case Type::bytes:
    case Type::opaque: break;
    }
    return {};
}

}  // namespace latzero::value
