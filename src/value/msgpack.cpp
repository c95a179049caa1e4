#include "value/msgpack.hpp"

#include <bit>
#include <cstring>
#include <limits>

#include "base/assert.hpp"
#include "value/token.hpp"

namespace latzero::value {
namespace {

static_assert(std::endian::native == std::endian::little, "scalars are stored little-endian");

template <typename Scalar>
Scalar scalar_of(std::string_view bytes) {
    LATZERO_ASSERT(bytes.size() >= sizeof(Scalar));
    Scalar scalar;
    std::memcpy(&scalar, bytes.data(), sizeof scalar);
    return scalar;
}

// A scalar, of a size that fits.
void append_scalar(Type type, std::string_view bytes, Bytes &out) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    switch (type) {
    case Type::null: out += Head::nil(); break;
    case Type::boolean: out += Head::boolean(bytes[0] != 0); break;
    case Type::int64: out += Head::integer(scalar_of<std::int64_t>(bytes)); break;
    case Type::float64: out += Head::real(scalar_of<double>(bytes)); break;
    case Type::string: out.append(Head::text(size)).append(bytes); break;
    default: out.append(Head::binary(size)).append(bytes);
    }
}

bool fits(std::string_view bytes) { return bytes.size() <= std::numeric_limits<std::uint32_t>::max(); }

}  // namespace

Fault check_msgpack(std::string_view bytes) { return check_whole(bytes, 0); }

Fault from_msgpack(std::string_view msgpack, TypedValue &out) {
    if (const Fault fault = check_msgpack(msgpack)) return fault;
    Token token;
    read_token(msgpack, token);
    const std::string_view number{reinterpret_cast<const char *>(&token.number), sizeof token.number};
    const auto become = [&out](Type type, std::string_view bytes) {
        out = {static_cast<std::uint32_t>(type), Bytes(bytes)};
        return Fault{};
    };
    switch (token.kind) {
    case Kind::nil: return become(Type::null, {});
    case Kind::boolean: return become(Type::boolean, number.substr(0, 1));
    case Kind::integer: return become(Type::int64, number);
    case Kind::natural: return {0, "the integer does not fit an int64"};
    case Kind::real: return become(Type::float64, number);
    case Kind::text: return become(Type::string, token.bytes);
    case Kind::binary: return become(Type::bytes, token.bytes);
    case Kind::extension: return {0, "no type is a MessagePack extension but a tuple"};
    case Kind::array: return become(Type::list, msgpack);
    case Kind::tuple: return become(Type::tuple, token.bytes);
    case Kind::map: return become(Type::dict, msgpack);
    }
    return {};
}

bool to_msgpack(std::uint32_t type, std::string_view bytes, Bytes &out) {
    if (check(type, bytes) || !fits(bytes)) return false;
    switch (static_cast<Type>(type)) {
    case Type::list:
    case Type::tuple:
    case Type::dict: out = bytes; return true;
    case Type::opaque: return false;
    default: break;
    }
    out.clear();
    append_scalar(static_cast<Type>(type), bytes, out);
    return true;
}

bool append_element(std::uint32_t type, std::string_view bytes, Bytes &out) {
    if (check_typed(type, bytes, 1) || !fits(bytes)) return false;
    switch (static_cast<Type>(type)) {
    case Type::tuple: out += Head::extension(kTupleExt, static_cast<std::uint32_t>(bytes.size())); [[fallthrough]];
    case Type::list:
    case Type::dict: out += bytes; return true;
    case Type::opaque: return false;
    default: append_scalar(static_cast<Type>(type), bytes, out); return true;
    }
}

bool append_opaque(std::uint32_t tag, std::string_view bytes, Bytes &out) {
    constexpr std::size_t kTag = sizeof tag;
    if (!fits(bytes) || bytes.size() > std::numeric_limits<std::uint32_t>::max() - kTag) return false;
    out += Head::extension(kOpaqueExt, static_cast<std::uint32_t>(bytes.size() + kTag));
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(tag >> shift & 0xff);
    out += bytes;
    return true;
}

bool append_packed(std::string_view msgpack, Bytes &out) {
    if (check_whole(msgpack, 1) || !fits(msgpack)) return false;
    out += msgpack;
    return true;
}

Fault take_element(std::string_view bytes, Element &element) {
    constexpr std::size_t kTag = sizeof element.tag;
    const auto opaque = static_cast<std::uint32_t>(Type::opaque);
    element = {};
    if (const Fault fault = skip_value(bytes, element.size, 1)) return fault;
    const std::string_view packed = bytes.substr(0, element.size);
    Token token;
    read_token(packed, token);
    if (token.kind != Kind::natural && token.kind != Kind::extension) return from_msgpack(packed, element.value);
    if (token.kind == Kind::natural || token.number != kOpaqueExt || token.bytes.size() < kTag) {
        element.value = {opaque, Bytes(packed)};
        element.tag = kPackedTag;
        return {};
    }
    for (const char byte : token.bytes.substr(0, kTag))
        element.tag = element.tag << 8 | static_cast<std::uint8_t>(byte);
    element.value = {opaque, Bytes(token.bytes.substr(kTag))};
    return {};
}

Fault find_last_element(std::string_view bytes, std::uint32_t count, std::size_t &at) {
    LATZERO_ASSERT(count > 0);
    std::size_t end = 0;
    for (std::uint32_t element = 0; element < count; element++) {
        at = end;
        if (const Fault fault = skip_value(bytes, end, 1)) return fault;
    }
    return {end, end == bytes.size() ? nullptr : "there is more behind the list's last element"};
}

bool read_array_header(std::string_view bytes, std::uint32_t &count, std::uint32_t &header_size) {
    Token head;
    if (read_head(bytes, head) || head.kind != Kind::array) return false;
    LATZERO_ASSERT(head.size <= bytes.size());
    count = static_cast<std::uint32_t>(head.number);
    header_size = static_cast<std::uint32_t>(head.size);
    return true;
}

std::uint32_t array_header_size(std::uint32_t count) { return Head::array(count).size(); }

void write_array_header(char *out, std::uint32_t count) {
    const Head head = Head::array(count);
    std::memcpy(out, std::string_view(head).data(), head.size());
}

}  // namespace latzero::value
