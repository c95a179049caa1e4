#include "snapshot/head.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "snapshot/entry.hpp"
#include "snapshot/members.hpp"
#include "store/segment.hpp"
#include "value/base64.hpp"

namespace latzero::snapshot {

using value::Bytes;

namespace {

constexpr std::int64_t kMicrosecondNs = 1000, kSecondUs = 1'000'000, kDaySeconds = 86'400;

void append_member(std::string_view name, std::string_view value, Bytes &out) {
    out.append("\"").append(name).append("\": ").append(value).append(",\n");
}

// Of a text that needs no escapes.
void append_text(std::string_view name, std::string_view text, Bytes &out) {
    out.append("\"").append(name).append("\": \"").append(text).append("\",\n");
}

void append_revision(const std::optional<client::Positions> &revision, Bytes &out) {
    if (!revision) return append_member("revision", "null", out);
    Bytes base64;
    value::append_base64({reinterpret_cast<const char *>(&*revision), sizeof *revision}, base64);
    append_text("revision", base64, out);
}

bool read_pool(std::string_view text, Head &head) {
    Bytes name;
    if (!read_name(text, name) || !store::is_pool_name(name)) return false;
    head.pool = name;
    return true;
}

bool read_created(std::string_view text, Head &head) {
    std::string_view time;
    return read_plain_text(text, time) && read_time(time, head.created_ns);
}

bool read_cap(std::string_view text, Head &head) {
    std::int64_t bytes = 0;
    if (!read_number(text, 0, bytes)) return false;
    head.max_bytes = static_cast<std::uint64_t>(bytes);
    return head.max_bytes >= store::kFirstCapacity && head.max_bytes <= store::kMostBytes;
}

bool read_revision(std::string_view text, Head &head) {
    std::string_view base64;
    Bytes bytes;
    if (text == "null") return true;
    if (!read_plain_text(text, base64) || !value::append_from_base64(base64, bytes)) return false;
    if (bytes.size() != sizeof(client::Positions)) return false;
    std::memcpy(&head.revision.emplace(), bytes.data(), bytes.size());
    return true;
}

// What it has besides is for newer libraries.
bool read_member(std::string_view name, std::string_view value, Head &head, unsigned &seen) {
    struct Known {
        std::string_view name;
        bool (*read)(std::string_view text, Head &head);
    };
    static constexpr Known kKnown[] = {
        {"pool", read_pool},
        {"created", read_created},
        {"max_bytes", read_cap},
        {"idle_ttl_ms", [](std::string_view text, Head &to) { return read_number(text, 0, to.idle_ttl_ms); }},
        {"persistent", [](std::string_view text, Head &to) { return read_flag(text, to.persistent); }},
        {"events", [](std::string_view text, Head &to) { return read_flag(text, to.keeps_events); }},
        {"revision", read_revision},
        {"encrypted", [](std::string_view text, Head &to) { return to.encrypted = text != "null", true; }},
    };
    for (const Known &known : kKnown) {
        if (known.name != name) continue;
        const unsigned bit = 1u << (&known - kKnown);
        if (seen & bit) return false;
        seen |= bit;
        return known.read(value, head);
    }
    return true;
}
constexpr unsigned kAll = 0xff;

}  // namespace

void append_head(const Head &head, Bytes &out) {
    out.append(kFirstLine).append("\n").append(kSecondLine).append("\n");
    append_member("version", std::to_string(kFormatVersion), out);
    Bytes name;
    append_name(head.pool, name);
    append_member("pool", name, out);
    append_text("created", time_text(head.created_ns), out);
    append_text("library", head.library, out);
    append_member("max_bytes", std::to_string(head.max_bytes), out);
    append_member("idle_ttl_ms", std::to_string(head.idle_ttl_ms), out);
    append_member("persistent", head.persistent ? "true" : "false", out);
    append_member("events", head.keeps_events ? "true" : "false", out);
    append_revision(head.revision, out);
    append_member("encrypted", "null", out);
    out.append(kEntriesLine).append("\n");
}

// Their version comes first: what another one says of the rest is not known here.
HeadFault read_head(std::string_view lines, Head &head) {
    Bytes object = "{";
    object += lines;
    // The comma behind the last member.
    while (!object.empty() && (object.back() == '\n' || object.back() == ',')) object.pop_back();
    object += '}';
    Members members(object);
    std::string_view name, value;
    std::int64_t version = 0;
    if (!members.next(name, value) || name != "version" || !read_number(value, 1, version)) return HeadFault::malformed;
    if (version > kFormatVersion) return HeadFault::newer;
    unsigned seen = 0;
    while (members.next(name, value))
        if (!read_member(name, value, head, seen)) return HeadFault::malformed;
    return members.is_sound() && seen == kAll ? HeadFault::none : HeadFault::malformed;
}

std::string time_text(std::int64_t wall_ns) {
    const std::int64_t seconds = wall_ns / kMicrosecondNs / kSecondUs;
    const std::chrono::sys_days day{std::chrono::days(seconds / kDaySeconds)};
    const std::chrono::year_month_day date(day);
    const auto of_day = static_cast<int>(seconds % kDaySeconds);
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day / 3600,
                  of_day / 60 % 60, of_day % 60, static_cast<int>(wall_ns / kMicrosecondNs % kSecondUs));
    return text;
}

bool read_time(std::string_view text, std::int64_t &wall_ns) {
    constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    static constexpr unsigned kStarts[] = {0, 5, 8, 11, 14, 17, 20};
    static constexpr unsigned kSizes[] = {4, 2, 2, 2, 2, 2, 6};
    int parts[7] = {};
    if (text.size() != kForm.size()) return false;
    for (std::size_t i = 0; i < text.size(); i++)
        if (kForm[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return false;
    for (std::size_t i = 0; i < 7; i++) {
        const char *digits = text.data() + kStarts[i];
        std::from_chars(digits, digits + kSizes[i], parts[i]);
    }
    const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                           std::chrono::month(static_cast<unsigned>(parts[1])),
                                           std::chrono::day(static_cast<unsigned>(parts[2]))};
    // What nanoseconds of 64 bits can tell.
    if (!date.ok() || parts[0] < 1970 || parts[0] > 2261 || parts[3] > 23 || parts[4] > 59 || parts[5] > 60)
        return false;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t seconds = days * kDaySeconds + parts[3] * 3600 + parts[4] * 60 + parts[5];
    wall_ns = (seconds * kSecondUs + parts[6]) * kMicrosecondNs;
    return true;
}

}  // namespace latzero::snapshot
