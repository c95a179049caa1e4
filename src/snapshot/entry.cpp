#include "snapshot/entry.hpp"

#include <charconv>
#include <iterator>
#include <limits>

#include "snapshot/members.hpp"
#include "value/json.hpp"
#include "value/utf8.hpp"

namespace latzero::snapshot {

using value::Bytes;
using value::Type;

namespace {

constexpr std::string_view kTypes[] = {"null",  "bool", "int64", "double", "string",
                                       "bytes", "list", "tuple", "dict",   "opaque"};
constexpr std::size_t kLongestKey = 65535;

// As what a value is written, since its type is told beside it: JSON's arrays are lists, and a tag stands elsewhere.
std::uint32_t written_as(std::uint32_t type) {
    if (type == static_cast<std::uint32_t>(Type::tuple)) return static_cast<std::uint32_t>(Type::list);
    if (type == static_cast<std::uint32_t>(Type::opaque)) return static_cast<std::uint32_t>(Type::bytes);
    return type;
}

void append_number(std::uint64_t number, Bytes &out) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

const char *read_value(std::string_view text, value::TypedValue &read) {
    const std::uint32_t type = read.type;
    if (const value::Fault fault = value::from_json(text, read)) return fault.why;
    if (read.type != written_as(type)) return "the value is not of the type that it is said to be";
    read.type = type;
    return nullptr;
}

bool read_type(std::string_view text, std::uint32_t &type) {
    std::string_view name;
    if (!read_plain_text(text, name)) return false;
    for (type = 0; type < std::size(kTypes); type++)
        if (kTypes[type] == name) return true;
    return false;
}

// The texts of an entry's members; empty: it has none of that name.
struct Pieces {
    std::string_view key, type, value, tag, expires;

    std::string_view *named(std::string_view name) {
        return name == "key"       ? &key
               : name == "type"    ? &type
               : name == "value"   ? &value
               : name == "tag"     ? &tag
               : name == "expires" ? &expires
                                   : nullptr;
    }
};

// What it has besides is for newer libraries.
const char *split(std::string_view text, Pieces &pieces) {
    Members members(text);
    std::string_view name, value;
    while (members.next(name, value)) {
        std::string_view *piece = pieces.named(name);
        if (piece == nullptr) continue;
        if (!piece->empty()) return "an entry has a member twice";
        *piece = value;
    }
    return members.is_sound() ? nullptr : "this is no entry";
}

}  // namespace

bool append_entry(const EntryView &entry, Bytes &out) {
    if (entry.type >= std::size(kTypes)) return false;
    out += "{\"key\": ";
    append_name(entry.key, out);
    out.append(", \"type\": \"").append(kTypes[entry.type]).append("\", \"value\": ");
    Bytes json;
    if (value::to_json(written_as(entry.type), entry.bytes, json)) return false;
    out += json;
    if (entry.type == static_cast<std::uint32_t>(Type::opaque)) {
        out += ", \"tag\": ";
        append_number(entry.tag, out);
    }
    if (entry.expires_ms != 0) {
        out += ", \"expires\": ";
        append_number(static_cast<std::uint64_t>(entry.expires_ms), out);
    }
    out += '}';
    return true;
}

const char *read_entry(std::string_view text, Entry &entry) {
    Pieces pieces;
    if (const char *why = split(text, pieces)) return why;
    if (!read_name(pieces.key, entry.key) || entry.key.empty() || entry.key.size() > kLongestKey)
        return "an entry has no sound key";
    if (!read_type(pieces.type, entry.value.type)) return "an entry has no type that this library knows";
    if (pieces.value.empty()) return "an entry has no value";
    std::int64_t tag = 0;
    const bool is_opaque = entry.value.type == static_cast<std::uint32_t>(Type::opaque);
    if (is_opaque != !pieces.tag.empty()) return "an opaque value has a tag, and no other value has one";
    if (is_opaque && (!read_number(pieces.tag, 0, tag) || tag > std::numeric_limits<std::uint32_t>::max()))
        return "a tag has 32 bits";
    entry.tag = static_cast<std::uint32_t>(tag);
    entry.expires_ms = 0;
    if (!pieces.expires.empty() && !read_number(pieces.expires, 1, entry.expires_ms))
        return "`expires` is a number of milliseconds";
    return read_value(pieces.value, entry.value);
}

void append_name(std::string_view name, Bytes &out) {
    const Type type = value::is_utf8(name) ? Type::string : Type::bytes;
    Bytes json;
    // Neither can fail but for its length, which a name has not.
    (void)value::to_json(static_cast<std::uint32_t>(type), name, json);
    out += json;
}

// Text has one form, so that no two lines mean one key.
bool read_name(std::string_view text, Bytes &name) {
    value::TypedValue read;
    if (value::from_json(text, read)) return false;
    const bool is_text = read.type == static_cast<std::uint32_t>(Type::string);
    if (!is_text && (read.type != static_cast<std::uint32_t>(Type::bytes) || value::is_utf8(read.bytes))) return false;
    name = std::move(read.bytes);
    return true;
}

}  // namespace latzero::snapshot
