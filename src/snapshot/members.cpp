#include "snapshot/members.hpp"

#include <charconv>

namespace latzero::snapshot {
namespace {

constexpr bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// Behind the string whose first quote is at `at`.
std::size_t behind_string(std::string_view text, std::size_t at) {
    for (at++;; at += 2) {
        at = text.find_first_of("\"\\", at);
        if (at == text.npos) return at;
        if (text[at] == '"') return at + 1;
        if (text.size() - at < 2) return text.npos;
    }
}

std::size_t behind_brackets(std::string_view text, std::size_t at) {
    for (std::size_t depth = 0; at < text.size();) {
        at = text.find_first_of("\"[]{}", at);
        if (at == text.npos) break;
        if (text[at] == '"') {
            at = behind_string(text, at);
            continue;
        }
        depth += text[at] == '[' || text[at] == '{' ? 1 : -1;
        at++;
        if (depth == 0) return at;
    }
    return text.npos;
}

}  // namespace

std::size_t behind_value(std::string_view text, std::size_t at) {
    if (at >= text.size()) return text.npos;
    if (text[at] == '"') return behind_string(text, at);
    if (text[at] == '[' || text[at] == '{') return behind_brackets(text, at);
    while (at < text.size() && !is_blank(text[at]) && text[at] != ',' && text[at] != ']' && text[at] != '}') at++;
    return at;
}

Members::Members(std::string_view object) : text_(object) { open_ = take('{'); }

void Members::skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) at_++;
}

bool Members::take(char byte) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != byte) return false;
    at_++;
    return true;
}

bool Members::next(std::string_view &name, std::string_view &value) {
    if (!open_) return false;
    if ((first_ || !take(',')) && take('}')) {
        skip_blanks();
        sound_ = at_ == text_.size();
        open_ = false;
        return false;
    }
    open_ = first_ || text_[at_ - 1] == ',';
    first_ = false;
    skip_blanks();
    if (!open_ || at_ == text_.size() || text_[at_] != '"') return open_ = false;
    const std::size_t name_end = behind_string(text_, at_);
    if (name_end == text_.npos) return open_ = false;
    name = text_.substr(at_ + 1, name_end - at_ - 2);
    at_ = name_end;
    if (!take(':')) return open_ = false;
    skip_blanks();
    const std::size_t end = behind_value(text_, at_);
    if (end == text_.npos || end == at_) return open_ = false;
    value = text_.substr(at_, end - at_);
    at_ = end;
    return true;
}

bool read_number(std::string_view text, std::int64_t least, std::int64_t &number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= least;
}

bool read_flag(std::string_view text, bool &flag) {
    flag = text == "true";
    return flag || text == "false";
}

bool read_plain_text(std::string_view text, std::string_view &plain) {
    if (text.size() < 2 || text.front() != '"' || text.find('\\') != text.npos) return false;
    plain = text.substr(1, text.size() - 2);
    return true;
}

}  // namespace latzero::snapshot
