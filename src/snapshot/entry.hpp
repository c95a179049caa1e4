// One key of a snapshot, as a line of its file says it (abi/snapshot.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "value/value.hpp"

namespace latzero::snapshot {

struct Entry {
    value::Bytes key;
    value::TypedValue value;
    std::uint32_t tag = 0;        // of an opaque value
    std::int64_t expires_ms = 0;  // milliseconds since the Unix epoch; 0: never
};

// The same while the pieces are others'.
struct EntryView {
    std::string_view key;
    std::uint32_t type;
    std::string_view bytes;
    std::uint32_t tag;
    std::int64_t expires_ms;
};

// Appends the JSON text of an entry, without newline. false if the value is not one of its type.
bool append_entry(const EntryView &entry, value::Bytes &out);

// Reads one. nullptr, or what is wrong with it.
const char *read_entry(std::string_view text, Entry &entry);

// A string, or {"$bytes": "base64"} where that is no UTF-8.
void append_name(std::string_view name, value::Bytes &out);
bool read_name(std::string_view text, value::Bytes &name);

}  // namespace latzero::snapshot
