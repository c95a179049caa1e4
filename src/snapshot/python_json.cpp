#include "snapshot/python_json.hpp"

#include <charconv>
#include <limits>
#include <vector>

#include "snapshot/entry.hpp"
#include "snapshot/members.hpp"
#include "value/json_forms.hpp"

namespace latzero::snapshot {

using value::Bytes;

namespace {

// The code unit of an escape \uXXXX at the front of the text, or -1.
std::int32_t code_unit(std::string_view text) {
    std::uint32_t unit = 0;
    if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
    const char *begin = text.data() + 2, *end = begin + 4;
    return std::from_chars(begin, end, unit, 16).ptr == end ? static_cast<std::int32_t>(unit) : -1;
}

constexpr bool is_high(std::int32_t unit) { return unit >> 10 == 0xd800 >> 10; }
constexpr bool is_low(std::int32_t unit) { return unit >> 10 == 0xdc00 >> 10; }

bool is_integer(std::string_view word) {
    if (word.starts_with('-')) word.remove_prefix(1);
    return !word.empty() && word.find_first_not_of("0123456789") == word.npos;
}

template <typename Number>
bool fits(std::string_view word) {
    Number number;
    return std::from_chars(word.data(), word.data() + word.size(), number).ec == std::errc();
}

// An integer beyond 64 bits, as the double that it is.
std::optional<Cause> append_large(std::string_view word, Bytes &out) {
    double number = 0;
    char digits[400];  // the largest double has 309
    if (std::from_chars(word.data(), word.data() + word.size(), number).ec != std::errc()) return Cause::number;
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed, 0);
    if (error != std::errc() || std::string_view(digits, end) != word) return Cause::number;
    out.append(word).append(".0");
    return std::nullopt;
}

// Walks over a value's text, token by token, and knows of each object around it where its last member begins.
class Translator {
public:
    explicit Translator(Bytes &out) : out_(out) {}

    std::optional<Cause> run(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = end_of_token(text, at);
            if (const auto cause = put(text.substr(at, end - at))) return cause;
            at = end;
        }
        return std::nullopt;
    }

private:
    struct Level {
        bool is_object;
        bool all_alike = true;  // of an object's members: all have the name of one form
        bool key_comes = true;
        std::size_t start, last_member = 0, colon = 0;  // in the output
        value::Form form = value::Form::none;
    };

    // Of a string, a word, or one byte of the rest.
    static std::size_t end_of_token(std::string_view text, std::size_t at) {
        if (text[at] == '"') {
            const std::size_t end = behind_value(text, at);
            return end == text.npos ? text.size() : end;
        }
        constexpr std::string_view kAlone = "[]{},:\" \t\r\n";
        if (kAlone.find(text[at]) != kAlone.npos) return at + 1;
        const std::size_t end = text.find_first_of(kAlone, at);
        return end == text.npos ? text.size() : end;
    }

    std::optional<Cause> put(std::string_view token) {
        switch (token[0]) {
        case '"': return put_text(token);
        case '[':
        case '{': levels_.push_back({.is_object = token[0] == '{', .start = out_.size()}); break;
        case ']': close(); break;
        case '}': return close_object();
        case ':':
            if (!levels_.empty()) levels_.back().colon = out_.size(), levels_.back().key_comes = false;
            break;
        case ',':
            if (!levels_.empty()) levels_.back().key_comes = true;
            break;
        default: return put_word(token);
        }
        out_ += token;
        return std::nullopt;
    }

    std::optional<Cause> put_text(std::string_view token) {
        if (has_lone_surrogate(token)) return Cause::text;
        if (!levels_.empty() && levels_.back().is_object && levels_.back().key_comes) note_member(token);
        out_ += token;
        return std::nullopt;
    }

    void note_member(std::string_view token) {
        Level &level = levels_.back();
        // Most names have neither.
        const bool may_be_form = token.starts_with("\"$") || token.starts_with("\"\\");
        Bytes name;
        const value::Form form = may_be_form && read_name(token, name) ? value::form_of(name) : value::Form::none;
        const bool is_first = level.last_member == 0;
        level.all_alike = form != value::Form::none && (is_first || (level.all_alike && level.form == form));
        level.form = form;
        level.last_member = out_.size();
    }

    std::optional<Cause> put_word(std::string_view word) {
        if (is_no_number(word)) {
            out_.append("{\"$double\":\"").append(word).append("\"}");
            return std::nullopt;
        }
        const bool is_inside = !levels_.empty();
        const bool is_large =
            is_integer(word) && !fits<std::int64_t>(word) && !(is_inside && fits<std::uint64_t>(word));
        if (is_large) return append_large(word, out_);
        out_ += word;
        return std::nullopt;
    }

    void close() {
        if (!levels_.empty()) levels_.pop_back();
    }

    std::optional<Cause> close_object() {
        if (!levels_.empty()) {
            const Level level = levels_.back();
            close();
            if (level.is_object && level.last_member != 0 && level.all_alike) {
                out_[level.colon] = ',';
                out_.replace(level.start, level.last_member - level.start, "{\"$dict\":[[");
                out_ += "]]}";
                return std::nullopt;
            }
        }
        out_ += '}';
        return std::nullopt;
    }

    Bytes &out_;
    std::vector<Level> levels_;
};

}  // namespace

bool is_no_number(std::string_view word) { return word == "NaN" || word == "Infinity" || word == "-Infinity"; }

bool has_lone_surrogate(std::string_view text) {
    for (std::size_t at = 0; (at = text.find('\\', at)) != text.npos;) {
        const std::int32_t unit = code_unit(text.substr(at));
        if (is_low(unit) || (is_high(unit) && !is_low(code_unit(text.substr(at + 6))))) return true;
        at += is_high(unit) ? 12 : unit >= 0 ? 6 : 2;
    }
    return false;
}

std::optional<Cause> append_json(std::string_view python, Bytes &out) { return Translator(out).run(python); }

}  // namespace latzero::snapshot
