#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "value/json.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"

namespace latzero::value {
namespace {

// A container that is being written.
struct Level {
    std::uint64_t left;  // elements still to come, keys among them
    bool object;
    bool begun;

    bool key_comes() const { return object && left % 2 == 0; }
};

template <typename Number>
void append_number(Number number, Bytes &out) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// The fewest digits that are this double again, and a sign that it is one.
void append_real(double number, Bytes &out) {
    const std::size_t start = out.size();
    append_number(number, out);
    if (out.find_first_of(".e", start) == out.npos) out += ".0";
}

void append_escape(char byte, Bytes &out) {
    static constexpr char kHex[] = "0123456789abcdef";
    switch (byte) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
}

void append_text(std::string_view text, Bytes &out) {
    out += '"';
    std::size_t written = 0;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (static_cast<unsigned char>(text[i]) >= 0x20 && text[i] != '"' && text[i] != '\\') continue;
        out.append(text, written, i - written);
        append_escape(text[i], out);
        written = i + 1;
    }
    out.append(text, written).append(1, '"');
}

// Why that cannot be written, or nullptr.
const char *append_scalar(const Token &token, Bytes &out) {
    switch (token.kind) {
    case Kind::nil: out += "null"; return nullptr;
    case Kind::boolean: out += token.number != 0 ? "true" : "false"; return nullptr;
    case Kind::integer: append_number(static_cast<std::int64_t>(token.number), out); return nullptr;
    case Kind::natural: append_number(token.number, out); return nullptr;
    case Kind::text: append_text(token.bytes, out); return nullptr;
    case Kind::binary: return "JSON has no bytes";
    case Kind::real: break;
    default: return "JSON has no MessagePack extensions";
    }
    const auto real = std::bit_cast<double>(token.number);
    if (!std::isfinite(real)) return "JSON has no NaN and no infinity";
    append_real(real, out);
    return nullptr;
}

void append_separator(const Level &level, Bytes &out) {
    if (level.object && !level.key_comes())
        out += ':';
    else if (level.begun)
        out += ',';
}

// Of checked MessagePack, so what its heads say is so, and it is not too deep.
Fault write(std::string_view msgpack, Bytes &out) {
    Level levels[kDeepest + 1] = {{1, false, false}};
    Level *level = levels;
    for (std::size_t at = 0; level->left > 0;) {
        Token token;
        read_token(msgpack.substr(at), token);
        if (level->key_comes() && token.kind != Kind::text) return {at, "JSON has no keys but strings"};
        append_separator(*level, out);
        level->begun = true;
        level->left--;
        if (token.is_container()) {
            *++level = {token.elements(), token.kind == Kind::map, false};
            out += level->object ? '{' : '[';
        } else if (const char *why = append_scalar(token, out)) {
            return {at, why};
        }
        at += token.size;
        for (; level->left == 0 && level != levels; level--) out += level->object ? '}' : ']';
    }
    return {};
}

}  // namespace

Fault to_json(std::uint32_t type, std::string_view bytes, Bytes &out) {
    if (const Fault fault = check(type, bytes)) return fault;
    if (type == static_cast<std::uint32_t>(Type::opaque)) return {0, "JSON has no opaque values"};
    const bool container = type >= static_cast<std::uint32_t>(Type::list);
    Bytes scalar;
    if (!container && !to_msgpack(type, bytes, scalar)) return {0, "JSON of 4 GiB is too long"};
    Bytes text;
    if (const Fault fault = write(container ? bytes : scalar, text)) return fault;
    out = std::move(text);
    return {};
}

}  // namespace latzero::value
