#include "log/line.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "base/assert.hpp"
#include "base/printable.hpp"

namespace latzero::log {
namespace {

const char *level_name(Level level) {
    static constexpr const char *kNames[] = {"OFF", "ERROR", "WARNING", "INFO", "DEBUG"};
    LATZERO_ASSERT(static_cast<std::size_t>(level) < std::size(kNames));
    return kNames[static_cast<std::size_t>(level)];
}

}  // namespace

Line::Line(Format format, const Event &event, std::int64_t wall_ns) {
    // A message is shown in so many bytes, each of which may be a quotation mark; a byte of a name as \xNN.
    static_assert(2 * kMostMessage + 5 * (kMostPool + kMostKey) + 512 < kRoom);
    put_head(format, event, wall_ns);
    if (!event.pool.empty()) begin_member(format, "pool"), put_quoted(event.pool.substr(0, kMostPool));
    if (event.operation != nullptr) begin_member(format, "operation"), put_word(format, event.operation);
    if (!event.key.empty()) begin_member(format, "key"), put_key(event);
    if (event.duration_ns) begin_member(format, "duration_ms"), put_milliseconds(*event.duration_ns);
    if (event.status) begin_member(format, "status"), put_word(format, status_name(*event.status));
    if (event.process != 0) begin_member(format, "process"), put_number(event.process);
    if (format == Format::json) put("}");
    bytes_[size_] = 0;
}

std::string_view Line::end_with_newline() {
    bytes_[size_] = '\n';
    return {bytes_, size_ + 1};
}

void Line::put_head(Format format, const Event &event, std::int64_t wall_ns) {
    if (format == Format::json) {
        put("{\"timestamp\": \"");
        put_time(wall_ns);
        put("\", \"level\": \"");
        put(level_name(event.level));
        put("\", \"logger\": \"");
        put(event.logger);
        put("\", \"message\": ");
        put_quoted(event.message);
        return;
    }
    char message[kMostMessage];
    put_time(wall_ns);
    put(" ");
    put(level_name(event.level));
    put(" ");
    put(event.logger);
    put(": ");
    put({message, print(message, sizeof message, event.message)});
}

void Line::begin_member(Format format, std::string_view name) {
    put(format == Format::json ? ", \"" : " ");
    put(name);
    put(format == Format::json ? "\": " : "=");
}

// One byte stays free for what ends the line.
void Line::put(std::string_view text) {
    LATZERO_ASSERT(text.size() < kRoom - size_);
    size_ += text.copy(bytes_ + size_, kRoom - 1 - size_);
}

void Line::put_quoted(std::string_view text, bool is_cut) {
    char shown[kMostMessage];
    const std::size_t size = print(shown, sizeof shown, text, is_cut);
    put("\"");
    for (const char &byte : std::string_view(shown, size)) {
        if (byte == '"' || byte == '\\') put("\\");
        put({&byte, 1});
    }
    put("\"");
}

// A word of this library.
void Line::put_word(Format format, const char *word) {
    const char *quote = format == Format::json ? "\"" : "";
    put(quote);
    put(word);
    put(quote);
}

void Line::put_key(const Event &event) {
    put_quoted(event.key.substr(0, kMostKey), event.key_is_cut || event.key.size() > kMostKey);
}

void Line::put_time(std::int64_t wall_ns) {
    using namespace std::chrono;
    const sys_time<microseconds> time{floor<microseconds>(nanoseconds(wall_ns))};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    char text[40];
    const int size =
        std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    put({text, static_cast<std::size_t>(size)});
}

void Line::put_number(std::uint64_t number) {
    char text[24];
    const int size = std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(number));
    put({text, static_cast<std::size_t>(size)});
}

// By integers: a host's locale may have another decimal point.
void Line::put_milliseconds(std::uint64_t ns) {
    char text[32];
    const int size = std::snprintf(text, sizeof text, "%llu.%03llu", static_cast<unsigned long long>(ns / 1'000'000),
                                   static_cast<unsigned long long>(ns / 1000 % 1000));
    put({text, static_cast<std::size_t>(size)});
}

}  // namespace latzero::log
