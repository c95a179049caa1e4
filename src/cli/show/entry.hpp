// A key with its value, read from a pool, and how it is shown.
#pragma once

#include "connection.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace latzero::cli {

struct Entry {
    std::string key;
    std::string bytes;  // in the form that latzero.h states for the type
    latzero_value_info info;
};

// latzero_get_copy() into an Entry.
latzero_status read_entry(const Connection &connection, const std::string &key, Entry &entry);

// "int64", "string", ...
std::string type_name(std::uint32_t type);

// Bytes that mean nothing to us: shown as they are.
bool is_raw(const Entry &entry);

// The value for people: numbers in decimal, lists and dicts as JSON, strings and bytes as they are.
std::string value_text(const Entry &entry);

// {"key", "type", "value", "version", "ttl_ms"}, and "tag" of opaque values; see README.md.
nlohmann::ordered_json entry_json(const Entry &entry);

// A JSON string, or {"$bytes": ...} for bytes that are no UTF-8.
nlohmann::ordered_json text_json(std::string_view bytes);

}  // namespace latzero::cli
