#include "value/json_forms.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "value/base64.hpp"
#include "value/token.hpp"
#include "value/value.hpp"

namespace latzero::value {

static_assert(kDeepestForms == 3 * kDeepest + 2);

namespace {

constexpr std::uint64_t kPlainNan = 0x7ff8000000000000;
constexpr std::string_view kNan = "NaN(0x", kNanEnd = ")";

constexpr const char *kTooLong = "what is 4 GiB or longer has no place in a list or dict";
// The end of each sentence is the cure for whom means a dict.
constexpr const char *kNoBytes =
    "\"$bytes\" has base64 with padding; a dict with that key is {\"$dict\": [[key, value]]}";
constexpr const char *kNoNumber =
    "\"$double\" has \"NaN\", \"Infinity\" or \"-Infinity\"; a dict with that key is {\"$dict\": [[key, value]]}";
constexpr const char *kNoTuple = "\"$tuple\" has an array; a dict with that key is {\"$dict\": [[key, value]]}";
constexpr const char *kNoExtension =
    "\"$ext\" has a type from -128 to 127 that is no tuple's, and base64; a dict with that key is "
    "{\"$dict\": [[key, value]]}";
constexpr const char *kNoDict =
    "\"$dict\" has an array of [key, value] pairs; a dict with that key is {\"$dict\": [[key, value]]}";

bool fits(std::string_view bytes) { return bytes.size() <= std::numeric_limits<std::uint32_t>::max(); }

const char *append_bytes(std::string_view content, Bytes &out) {
    Token text;
    Bytes bytes;
    if (read_token(content, text) || text.kind != Kind::text || !append_from_base64(text.bytes, bytes)) return kNoBytes;
    out.append(Head::binary(static_cast<std::uint32_t>(bytes.size()))).append(bytes);
    return nullptr;
}

const char *append_number(std::string_view content, Bytes &out) {
    Token text;
    double number = 0;
    if (read_token(content, text) || text.kind != Kind::text || !read_no_number(text.bytes, number)) return kNoNumber;
    out += Head::real(number);
    return nullptr;
}

const char *append_tuple(std::string_view content, Bytes &out) {
    Token array;
    if (read_head(content, array) || array.kind != Kind::array) return kNoTuple;
    if (!fits(content)) return kTooLong;
    out.append(Head::extension(kTupleExt, static_cast<std::uint32_t>(content.size()))).append(content);
    return nullptr;
}

const char *append_extension(std::string_view content, Bytes &out) {
    Token pair, type, text;
    if (read_head(content, pair) || pair.kind != Kind::array || pair.number != 2) return kNoExtension;
    content.remove_prefix(pair.size);
    if (read_token(content, type) || type.kind != Kind::integer) return kNoExtension;
    content.remove_prefix(type.size);
    const auto number = static_cast<std::int64_t>(type.number);
    if (number < -128 || number > 127 || number == kTupleExt) return kNoExtension;
    Bytes bytes;
    if (read_token(content, text) || text.kind != Kind::text || !append_from_base64(text.bytes, bytes))
        return kNoExtension;
    out += Head::extension(static_cast<std::uint8_t>(number), static_cast<std::uint32_t>(bytes.size()));
    out += bytes;
    return nullptr;
}

const char *append_pairs(std::string_view content, std::vector<Entry> &entries, Bytes &out) {
    Token array, pair;
    if (read_head(content, array) || array.kind != Kind::array) return kNoDict;
    entries.clear();
    std::size_t at = array.size;
    for (std::uint64_t i = 0; i < array.number; i++) {
        if (read_head(content.substr(at), pair) || pair.kind != Kind::array || pair.number != 2) return kNoDict;
        const std::size_t key = at + pair.size;
        at = key;
        if (skip_value(content, at, 0)) return kNoDict;
        const std::size_t value = at;
        if (skip_value(content, at, 0)) return kNoDict;
        entries.push_back({content.substr(key, value - key), content.substr(value, at - value)});
    }
    LATZERO_ASSERT(at == content.size());
    keep_last(entries);
    append_map(entries, out);
    return nullptr;
}

}  // namespace

Form form_of(std::string_view name) {
    if (!name.starts_with('$')) [[likely]]
        return Form::none;
    if (name == "$bytes") return Form::bytes;
    if (name == "$double") return Form::number;
    if (name == "$tuple") return Form::tuple;
    if (name == "$ext") return Form::extension;
    return name == "$dict" ? Form::dict : Form::none;
}

void append_no_number(double number, Bytes &out) {
    const auto bits = std::bit_cast<std::uint64_t>(number);
    if (std::isinf(number)) {
        out += number < 0 ? "-Infinity" : "Infinity";
    } else if (bits == kPlainNan) {
        out += "NaN";
    } else {
        char digits[16];
        out.append(kNan).append(digits, std::to_chars(digits, std::end(digits), bits, 16).ptr).append(kNanEnd);
    }
}

bool read_no_number(std::string_view text, double &number) {
    std::uint64_t bits = kPlainNan;
    if (text.starts_with(kNan)) {
        const char *const digits = text.data() + kNan.size(), *const end = digits + 16;
        if (text.size() != kNan.size() + 16 + kNanEnd.size() || !text.ends_with(kNanEnd)) return false;
        if (std::from_chars(digits, end, bits, 16).ptr != end) return false;
    } else if (text.ends_with("Infinity")) {
        bits = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
        if (text.starts_with('-')) bits |= std::uint64_t{1} << 63;
    }
    number = std::bit_cast<double>(bits);
    Bytes again;
    if (!std::isfinite(number)) append_no_number(number, again);
    return again == text;
}

const char *append_said(Form form, std::string_view content, std::vector<Entry> &entries, Bytes &out) {
    switch (form) {
    case Form::bytes: return append_bytes(content, out);
    case Form::number: return append_number(content, out);
    case Form::tuple: return append_tuple(content, out);
    case Form::extension: return append_extension(content, out);
    case Form::dict: return append_pairs(content, entries, out);
    case Form::none: break;
    }
    LATZERO_ASSERT(false);
    return nullptr;
}

}  // namespace latzero::value
