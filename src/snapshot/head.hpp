// The first lines of a snapshot: of which pool it is, and what a restore has to know (abi/snapshot.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/watch.hpp"
#include "value/wiped.hpp"

namespace latzero::snapshot {

struct Head {
    std::string pool;
    std::int64_t created_ns = 0;  // since the Unix epoch, in microseconds
    std::string library;          // the version of that which has written it
    std::uint64_t max_bytes = 0;
    std::int64_t idle_ttl_ms = 0;
    bool persistent = false, keeps_events = false, encrypted = false;
    std::optional<client::Positions> revision;  // where a watch goes on behind this snapshot
};

// What the first two lines of a snapshot are.
inline constexpr std::string_view kFirstLine = "{", kSecondLine = "\"latzero\": \"snapshot\",";
// What ends a head, and begins what its entries are in.
inline constexpr std::string_view kEntriesLine = "\"entries\": [";
inline constexpr std::int64_t kFormatVersion = 1;
inline constexpr std::size_t kLongestHead = 64 << 10;

// Appends all lines up to the first entry.
void append_head(const Head &head, value::Bytes &out);

enum class HeadFault : std::uint8_t { none, malformed, newer };
// Reads the lines between the second and that of the entries.
HeadFault read_head(std::string_view lines, Head &head);

// UTC with microseconds: 2026-12-01T21:24:14.123456Z.
std::string time_text(std::int64_t wall_ns);
bool read_time(std::string_view text, std::int64_t &wall_ns);

}  // namespace latzero::snapshot
