// One event as a line of text.
//
// As JSON it is an object with the members timestamp, level, logger and message, and then what the event has of pool,
// operation, key, duration_ms, status and process, in this order. As simple text the first four come bare, and the
// others as NAME=VALUE, with names of pools and keys in quotes as JSON has them.
//
// Names and messages are shown as print() does (base/printable.hpp), so a line is UTF-8 without control characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "log/log.hpp"

namespace latzero::log {

class Line {
public:
    Line(Format format, const Event &event, std::int64_t wall_ns);

    std::string_view text() const { return {bytes_, size_}; }
    const char *c_str() const { return bytes_; }
    // With a newline in place of the NUL.
    std::string_view end_with_newline();

private:
    void put(std::string_view text);
    void put_quoted(std::string_view text, bool is_cut = false);
    void put_word(Format format, const char *word);
    void put_key(const Event &event);
    void put_time(std::int64_t wall_ns);
    void put_number(std::uint64_t number);
    void put_milliseconds(std::uint64_t ns);
    void begin_member(Format format, std::string_view name);
    void put_head(Format format, const Event &event, std::int64_t wall_ns);

    // A pipe takes as much in one piece.
    static constexpr std::size_t kRoom = 4096;
    // Of each no more is shown.
    static constexpr std::size_t kMostMessage = 1024, kMostPool = 200, kMostKey = 64;

    std::size_t size_ = 0;
    char bytes_[kRoom];
};

}  // namespace latzero::log
