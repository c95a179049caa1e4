#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "value/base64.hpp"
#include "value/json.hpp"
#include "value/json_forms.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"

namespace latzero::value {
namespace {

// How a container is written: a dict that no object can be is an array of pairs.
enum class Shape : std::uint8_t { array, tuple, object, pairs };
constexpr const char *kOpening[] = {"[", "{\"$tuple\":[", "{", "{\"$dict\":["};
constexpr const char *kClosing[] = {"]", "]}", "}", "]]}"};

// A container that is being written.
struct Level {
    std::uint64_t left;  // elements still to come, keys among them
    Shape shape;
    bool begun;

    bool has_keys() const { return shape >= Shape::object; }
    bool key_comes() const { return has_keys() && left % 2 == 0; }
};

// Whether each map is no object, in the order in which they begin.
class OddMaps {
public:
    // Of checked MessagePack.
    explicit OddMaps(std::string_view msgpack);

    bool next() { return odd_[next_++] != 0; }

private:
    // A container that is being looked through. Nothing to construct: most of the room for them is never used.
    struct Container {
        std::uint64_t left;
        bool is_map;
        bool alone;          // there is no other key than the first, and it may be taken for the name of a form
        std::size_t number;  // of the map
        const char *first;   // its first key; nullptr: none as yet
        std::size_t first_size;

        std::string_view first_key() const { return {first, first_size}; }
    };

    void look_at_key(Container &map, const Token &key, std::string_view text);

    Bytes odd_;
    std::size_t next_ = 0;
};

OddMaps::OddMaps(std::string_view msgpack) {
    Container levels[kDeepest + 1];
    Container *level = levels;
    *level = {1, false, false, 0, nullptr, 0};
    for (std::size_t at = 0; level->left > 0;) {
        const std::string_view rest = msgpack.substr(at);
        Token token;
        read_head(rest, token);
        const bool text = token.kind == Kind::text;
        if (text)
            token.size += token.number;
        else
            read_token(rest, token);
        if (level->is_map && level->left % 2 == 0)
            look_at_key(*level, token, text ? rest.substr(token.size - token.number, token.number) : "");
        level->left--;
        at += token.size;
        if (token.is_container()) {
            const bool is_map = token.kind == Kind::map;
            *++level = {token.elements(), is_map, true, odd_.size(), nullptr, 0};
            if (is_map) odd_ += '\0';
        }
        for (; level->left == 0 && level != levels; level--)
            if (level->is_map && level->alone && level->first_key().starts_with('$')) odd_[level->number] = 1;
    }
}

void OddMaps::look_at_key(Container &map, const Token &key, std::string_view text) {
    if (key.kind != Kind::text) odd_[map.number] = 1;
    if (map.first == nullptr) map.first = text.data(), map.first_size = text.size();
    map.alone &= map.first_key() == text;
}

template <typename Number>
void append_number(Number number, Bytes &out) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// The fewest digits that are this double again, and a sign that it is one.
void append_finite(double number, Bytes &out) {
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

void append_real(std::uint64_t bits, Bytes &out) {
    const auto real = std::bit_cast<double>(bits);
    if (std::isfinite(real)) return append_finite(real, out);
    out += "{\"$double\":\"";
    append_no_number(real, out);
    out += "\"}";
}

void append_binary(std::string_view bytes, Bytes &out) {
    out += "{\"$bytes\":\"";
    append_base64(bytes, out);
    out += "\"}";
}

void append_extension(std::uint64_t type, std::string_view bytes, Bytes &out) {
    out += "{\"$ext\":[";
    append_number(int{static_cast<std::int8_t>(type)}, out);
    out += ",\"";
    append_base64(bytes, out);
    out += "\"]}";
}

void append_scalar(const Token &token, Bytes &out) {
    switch (token.kind) {
    case Kind::nil: out += "null"; break;
    case Kind::boolean: out += token.number != 0 ? "true" : "false"; break;
    case Kind::integer: append_number(static_cast<std::int64_t>(token.number), out); break;
    case Kind::natural: append_number(token.number, out); break;
    case Kind::real: append_real(token.number, out); break;
    case Kind::text: append_text(token.bytes, out); break;
    case Kind::binary: append_binary(token.bytes, out); break;
    default: append_extension(token.number, token.bytes, out);
    }
}

void append_separator(const Level &level, Bytes &out) {
    const bool key = level.key_comes();
    if (level.shape == Shape::pairs && key)
        out += level.begun ? "],[" : "[";
    else if (level.shape == Shape::object && !key)
        out += ':';
    else if (level.begun)
        out += ',';
}

Shape shape_of(Kind kind, OddMaps &odd_maps) {
    if (kind == Kind::map) return odd_maps.next() ? Shape::pairs : Shape::object;
    return kind == Kind::tuple ? Shape::tuple : Shape::array;
}

// Of checked MessagePack, so what its heads say is so, and it is not too deep.
void write(std::string_view msgpack, Bytes &out) {
    OddMaps odd_maps(msgpack);
    Level levels[kDeepest + 1];
    Level *level = levels;
    *level = {1, Shape::array, false};
    for (std::size_t at = 0; level->left > 0;) {
        Token token;
        read_token(msgpack.substr(at), token);
        append_separator(*level, out);
        level->begun = true;
        level->left--;
        if (token.is_container()) {
            *++level = {token.elements(), shape_of(token.kind, odd_maps), false};
            out += kOpening[static_cast<int>(level->shape)];
        } else {
            append_scalar(token, out);
        }
        at += token.size;
        for (; level->left == 0 && level != levels; level--) out += kClosing[static_cast<int>(level->shape)];
    }
}

}  // namespace

Fault to_json(std::uint32_t type, std::string_view bytes, Bytes &out) {
    if (const Fault fault = check(type, bytes)) return fault;
    if (type == static_cast<std::uint32_t>(Type::opaque)) return {0, "it is opaque"};
    const bool container = type >= static_cast<std::uint32_t>(Type::list);
    Bytes scalar;
    if (!container && !to_msgpack(type, bytes, scalar)) return {0, "JSON of 4 GiB is too long"};
    Bytes text;
    const bool tuple = type == static_cast<std::uint32_t>(Type::tuple);
    if (tuple) text += "{\"$tuple\":";
    write(container ? bytes : scalar, text);
    if (tuple) text += '}';
    out = std::move(text);
    return {};
}

}  // namespace latzero::value
