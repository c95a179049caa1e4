// JSON is read here by hand: a library's parser would keep the tokens of secret values in memory that nobody wipes.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "value/json.hpp"
#include "value/json_encoder.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"
#include "value/utf8.hpp"

namespace latzero::value {
namespace {

constexpr const char *kTooDeep = "it is nested more than 64 deep";

// Whether a number that no double can hold is too large, rather than too small: by the place of its first digit that
// is not 0, as a power of ten.
bool too_large(std::string_view number) {
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(number[0] == '-', e - (number[0] == '-'));
    std::string_view power = number.substr(std::min(e + 1, number.size()));
    if (power.starts_with('+')) power.remove_prefix(1);
    std::int64_t exponent = 0;
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec == std::errc::result_out_of_range)
        return power[0] != '-';
    const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
    return exponent > static_cast<std::int64_t>(digits.find_first_of("123456789")) - point;
}

void append_utf8(std::uint32_t point, Bytes &out) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    const auto put_rest = [&](unsigned shift) { put(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xc0 | point >> 6);
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put_rest(6);
    } else {
        put(0xf0 | point >> 18);
        put_rest(12);
        put_rest(6);
    }
    put_rest(0);
}

// Reads text that is UTF-8. What tells true has moved behind what it read; else the fault is noted.
class Parser {
public:
    Parser(std::string_view text, Bytes &out) : text_(text), encoder_(out) {}

    Fault parse();

private:
    // A NUL is at home nowhere in JSON, so it may stand for the end.
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char byte) {
        if (next() != byte) return false;
        at_++;
        return true;
    }
    void skip_blanks() {
        while (next() == ' ' || next() == '\t' || next() == '\n' || next() == '\r') at_++;
    }
    char closing() const { return encoder_.in_object() ? '}' : ']'; }
    bool refuse(std::size_t at, const char *why) {
        fault_ = {at, why};
        return false;
    }
    // What is next does not belong there.
    bool refuse() { return refuse(at_, at_ < text_.size() ? "this is not JSON" : "the JSON ends too early"); }

    bool value();
    bool scalar();
    bool go_on(bool &complete);
    bool key();
    bool word(std::string_view whole, std::string_view encoded);
    bool string();
    bool escape();
    bool code_point();
    bool code_unit(std::uint32_t &unit);
    bool number();
    bool digits();
    bool integer(std::string_view number);
    bool real(std::string_view number);

    std::string_view text_;
    std::size_t at_ = 0;
    JsonEncoder encoder_;
    Fault fault_;
};

Fault Parser::parse() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ += 3;
    for (bool complete = false; !complete;)
        if (!value() || !go_on(complete)) return fault_;
    skip_blanks();
    if (at_ < text_.size())
        refuse();
    else if (encoder_.unsure() && check_msgpack(encoder_.out()))
        refuse(at_, kTooDeep);
    return fault_;
}

// A scalar, and before it the beginnings of containers; or of the last of these, if that is empty.
bool Parser::value() {
    for (;;) {
        skip_blanks();
        if (next() != '[' && next() != '{') return scalar();
        const std::size_t start = at_;
        if (encoder_.brackets() == kDeepestForms) return refuse(start, kTooDeep);
        encoder_.open(next() == '{');
        at_++;
        skip_blanks();
        const bool empty = next() == closing();
        if (!empty && encoder_.in_object() && !key()) return false;
        if (encoder_.too_deep()) return refuse(start, kTooDeep);
        if (empty) return true;
    }
}

// From behind a value to the next one, over the ends of containers.
bool Parser::go_on(bool &complete) {
    while (encoder_.brackets() > 0) {
        skip_blanks();
        if (!take(closing())) {
            if (!take(',')) return refuse();
            return !encoder_.in_object() || key();
        }
        if (const char *const why = encoder_.close()) return refuse(at_ - 1, why);
    }
    complete = true;
    return true;
}

bool Parser::key() {
    skip_blanks();
    if (next() != '"') return refuse();
    encoder_.begin_key();
    if (!string()) return false;
    encoder_.end_key();
    skip_blanks();
    return take(':') || refuse();
}

bool Parser::scalar() {
    switch (next()) {
    case '"': return string();
    case 'n': return word("null", Head::nil());
    case 't': return word("true", Head::boolean(true));
    case 'f': return word("false", Head::boolean(false));
    default: return number();
    }
}

bool Parser::word(std::string_view whole, std::string_view encoded) {
    for (const char byte : whole)
        if (!take(byte)) return refuse();
    encoder_.scalar(encoded);
    return true;
}

bool Parser::string() {
    const std::size_t start = encoder_.out().size();
    at_++;
    for (;;) {
        const std::size_t piece = at_;
        while (static_cast<unsigned char>(next()) >= 0x20 && next() != '"' && next() != '\\') at_++;
        encoder_.out().append(text_, piece, at_ - piece);
        if (take('"')) break;
        if (!take('\\')) return refuse();
        if (!escape()) return false;
    }
    encoder_.end_string(start);
    return true;
}

bool Parser::escape() {
    static constexpr std::string_view kEscapes = "\"\"\\\\//b\bf\fn\nr\rt\t";  // each before what it stands for
    for (std::size_t i = 0; i < kEscapes.size(); i += 2) {
        if (!take(kEscapes[i])) continue;
        encoder_.out() += kEscapes[i + 1];
        return true;
    }
    return take('u') ? code_point() : refuse();
}

// In UTF-16: one unit, or two that stand for a point together.
bool Parser::code_point() {
    std::uint32_t point = 0, low = 0;
    if (!code_unit(point)) return false;
    if (point >> 10 == 0xd800 >> 10) {
        if (!take('\\') || !take('u')) return refuse();
        if (!code_unit(low)) return false;
        if (low >> 10 != 0xdc00 >> 10) return refuse(at_ - 1, "this is not JSON");
        point = 0x10000 + ((point & 0x3ff) << 10 | (low & 0x3ff));
    } else if (point >> 10 == 0xdc00 >> 10) {
        return refuse(at_ - 1, "this is not JSON");
    }
    append_utf8(point, encoder_.out());
    return true;
}

bool Parser::code_unit(std::uint32_t &unit) {
    for (const std::size_t end = at_ + 4; at_ < end; at_++) {
        const char digit = next();
        if (digit >= '0' && digit <= '9')
            unit = unit << 4 | static_cast<std::uint32_t>(digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            unit = unit << 4 | static_cast<std::uint32_t>((digit | 0x20) - 'a' + 10);
        else
            return refuse();
    }
    return true;
}

bool Parser::number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return false;
    const std::size_t whole = at_;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (!digits()) return false;
    }
    const std::string_view number = text_.substr(start, at_ - start);
    return at_ == whole ? integer(number) : real(number);
}

bool Parser::digits() {
    const std::size_t start = at_;
    while (next() >= '0' && next() <= '9') at_++;
    return at_ > start || refuse();
}

bool Parser::integer(std::string_view number) {
    const char *const begin = number.data(), *const end = begin + number.size();
    const bool alone = encoder_.brackets() == 0;
    std::int64_t integer = 0;
    std::uint64_t natural = 0;
    if (std::from_chars(begin, end, integer).ec == std::errc())
        encoder_.scalar(Head::integer(integer));
    else if (!alone && std::from_chars(begin, end, natural).ec == std::errc())
        encoder_.scalar(Head::natural(natural));
    else
        return refuse(at_ - number.size(),
                      alone ? "the integer does not fit an int64" : "the integer does not fit 64 bits");
    return true;
}

bool Parser::real(std::string_view number) {
    double real = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), real).ec != std::errc()) {
        if (too_large(number)) return refuse(at_ - 1, "the number does not fit a double");
        real = number[0] == '-' ? -0.0 : 0.0;
    }
    encoder_.scalar(Head::real(real));
    return true;
}

}  // namespace

Fault msgpack_of_json(std::string_view text, Bytes &out) {
    constexpr std::uint64_t kLongest = std::numeric_limits<std::uint32_t>::max();
    if (text.size() > kLongest) return {kLongest, "JSON of 4 GiB is too long"};
    if (const std::size_t sound = sound_utf8(text); sound < text.size()) return {sound, "JSON must be UTF-8"};
    Bytes encoded;
    if (const Fault fault = Parser(text, encoded).parse()) return fault;
    out = std::move(encoded);
    return {};
}

Fault from_json(std::string_view text, TypedValue &out) {
    Bytes encoded;
    if (const Fault fault = msgpack_of_json(text, encoded)) return fault;
    return from_msgpack(encoded, out);
}

}  // namespace latzero::value
