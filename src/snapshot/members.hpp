// The members of a JSON object, as pieces of its text. The reader of a piece checks what it says: here only strings
// and brackets are told apart, so that each byte is looked at once, however deep it is nested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace latzero::snapshot {

// Behind the JSON value that begins at `at`; npos if the text ends within it. Scalars end before what is no part of
// one.
std::size_t behind_value(std::string_view text, std::size_t at);

class Members {
public:
    explicit Members(std::string_view object);

    // The next member: its name without the quotes, escapes as they stand, and its value's text. False at the end, and
    // where the text is no object.
    bool next(std::string_view &name, std::string_view &value);
    // Once next() was false: whether all of the text was one object.
    bool is_sound() const { return sound_; }

private:
    void skip_blanks();
    bool take(char byte);

    std::string_view text_;
    std::size_t at_ = 0;
    bool first_ = true;
    bool open_ = false;
    bool sound_ = false;
};

// A number in plain digits, of a member's text. False if it is anything else.
bool read_number(std::string_view text, std::int64_t least, std::int64_t &number);
bool read_flag(std::string_view text, bool &flag);
// A string without escapes.
bool read_plain_text(std::string_view text, std::string_view &plain);

}  // namespace latzero::snapshot
