#include "value/json.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "value/dict.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"
#include "value/utf8.hpp"

namespace latzero::value {
namespace {

using nlohmann::json;

constexpr const char *kNoJson = "this is not JSON";

// An integer must fit an int64, or a uint64 where it is not alone. What is malformed fits: the parser refuses it.
bool fits(std::string_view number, bool alone) {
    const char *const end = number.data() + number.size();
    std::int64_t integer = 0;
    if (std::from_chars(number.data(), end, integer).ec != std::errc::result_out_of_range) return true;
    std::uint64_t natural = 0;
    return !alone && std::from_chars(number.data(), end, natural).ec == std::errc();
}

// Where the string that begins at `at` has its last quotation mark; not before the end if it has none.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (at++; at < text.size() && text[at] != '"'; at++)
        if (text[at] == '\\') at++;
    return at;
}

// Finds what the parser would pass over: nesting beyond kDeepest, integers that it would round to a double, and a NUL,
// which it takes for the end. All else it finds itself.
Fault scan(std::string_view text) {
    std::uint32_t depth = 0;
    for (std::size_t at = 0; at < text.size(); at++) {
        const char byte = text[at];
        if (byte == 0) return {at, kNoJson};
        if (byte == '"') at = end_of_string(text, at);
        if ((byte == '[' || byte == '{') && depth++ == kDeepest) return {at, "it is nested more than 64 deep"};
        if ((byte == ']' || byte == '}') && depth > 0) depth--;
        if (byte != '-' && (byte < '0' || byte > '9')) continue;
        const std::string_view number = text.substr(at, text.find_first_not_of("+-.0123456789Ee", at) - at);
        if (number.find_first_of(".Ee") == number.npos && !fits(number, depth == 0))
            return {at, depth == 0 ? "the integer does not fit an int64" : "the integer does not fit 64 bits"};
        at += number.size() - 1;
    }
    return {};
}

// What the parser meets becomes MessagePack as it comes. A container's head is put before its elements when they are
// all there: their bytes move once for each container around them, of which there are at most kDeepest.
class Encoder {
public:
    Fault fault;

    explicit Encoder(std::string &out) : out_(out) {}

    // nlohmann::json calls these; false ends the parsing.
    bool null() { return scalar(Head::nil()); }
    bool boolean(bool value) { return scalar(Head::boolean(value)); }
    bool number_integer(json::number_integer_t value) { return scalar(Head::integer(value)); }
    bool number_unsigned(json::number_unsigned_t value) { return scalar(Head::natural(value)); }
    bool number_float(json::number_float_t value, const std::string &) { return scalar(Head::real(value)); }
    bool string(const std::string &text) {
        scalar(Head::text(static_cast<std::uint32_t>(text.size())));
        out_ += text;
        return true;
    }
    bool binary(const json::binary_t &) { return false; }
    bool start_array(std::size_t) { return open(); }
    bool start_object(std::size_t) { return open(); }
    bool key(const std::string &text) {
        keys_.push_back(out_.size());
        return string(text);
    }
    bool end_array() {
        const Level level = close();
        out_.insert(level.start, Head::array(level.elements));
        return true;
    }
    bool end_object();
    bool parse_error(std::size_t bytes_read, const std::string &, const json::exception &error);

private:
    struct Level {
        std::size_t start;       // of the elements in out_
        std::uint32_t elements;  // keys among them
        std::size_t first_key;   // in keys_
    };

    bool scalar(std::string_view encoded) {
        count_element();
        out_ += encoded;
        return true;
    }
    void count_element() {
        if (depth_ > 0) levels_[depth_ - 1].elements++;
    }
    bool open() {
        count_element();
        levels_[depth_++] = {out_.size(), 0, keys_.size()};
        return true;
    }
    Level close() { return levels_[--depth_]; }

    std::string &out_;
    Level levels_[kDeepest];  // enough: scan() has counted
    std::uint32_t depth_ = 0;
    std::vector<std::size_t> keys_;  // where the keys of all open objects begin in out_
    std::vector<Entry> entries_;     // of the object that ends
};

bool Encoder::end_object() {
    const Level level = close();
    const std::string_view encoded = out_;
    entries_.clear();
    for (std::size_t i = level.first_key; i < keys_.size(); i++) {
        const std::size_t end = i + 1 < keys_.size() ? keys_[i + 1] : out_.size();
        const std::string_view entry = encoded.substr(keys_[i], end - keys_[i]);
        Token head;
        read_head(entry, head);
        const std::size_t key_size = head.size + head.number;
        entries_.push_back({entry.substr(0, key_size), entry.substr(key_size)});
    }
    const std::size_t entries = entries_.size();
    keys_.resize(level.first_key);
    keep_last(entries_);
    if (entries_.size() == entries) {
        out_.insert(level.start, Head::map(level.elements / 2));
        return true;
    }
    std::string map;
    append_map(entries_, map);
    out_.replace(level.start, out_.npos, map);
    return true;
}

// The parser counts what it has read: it knew by the last byte, or by the end, which it counts as one more.
bool Encoder::parse_error(std::size_t bytes_read, const std::string &, const json::exception &error) {
    constexpr int kNumberOverflow = 406;
    fault = {bytes_read - 1, error.id == kNumberOverflow ? "the number does not fit a double" : kNoJson};
    return false;
}

}  // namespace

Fault from_json(std::string_view text, TypedValue &out) {
    constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();
    if (text.size() > kLongest) return {kLongest, "JSON of 4 GiB is too long"};
    if (const std::size_t sound = sound_utf8(text); sound < text.size()) return {sound, "JSON must be UTF-8"};
    if (const Fault fault = scan(text)) return fault;
    std::string encoded;
    Encoder encoder(encoded);
    json::sax_parse(text.begin(), text.end(), &encoder);
    if (encoder.fault) {
        if (encoder.fault.at >= text.size()) return {text.size(), "the JSON ends too early"};
        return encoder.fault;
    }
    return from_msgpack(encoded, out);
}

}  // namespace latzero::value
