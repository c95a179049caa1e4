#include "entry.hpp"

#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>

namespace latzero::cli {

using nlohmann::ordered_json;

latzero_status read_entry(const Connection &connection, const std::string &key, Entry &entry) {
    entry.key = key;
    entry.bytes.resize(4096);
    for (;;) {
        entry.info = LATZERO_VALUE_INFO_INIT;
        const latzero_status status =
            latzero_get(connection.get(), key.data(), key.size(), entry.bytes.data(), entry.bytes.size(), &entry.info);
        if (status != LATZERO_TOO_SMALL) {
            entry.bytes.resize(status == LATZERO_OK ? entry.info.size : 0);
            return status;
        }
        entry.bytes.resize(entry.info.size);  // it may have grown again by the next look
    }
}

std::string type_name(uint32_t type) {
    static constexpr const char *names[] = {"null", "bool", "int64", "double", "string", "bytes"};
    return type < std::size(names) ? names[type] : "type " + std::to_string(type);
}

ordered_json text_json(std::string_view bytes) {
    if (is_utf8(bytes)) {
        return bytes;
    }
    return ordered_json::object({{"base64", base64(bytes)}});
}

// JSON has no word for these; a string does less harm than null.
static ordered_json double_json(double value) {
    if (std::isfinite(value)) {
        return value;
    }
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

template <typename Scalar>
static Scalar scalar(const Entry &entry) {
    if (entry.bytes.size() != sizeof(Scalar)) {
        throw Failure(ExitCode::Other, "the value of '" + printable(entry.key, 80) +
                                           "' is damaged: " + type_name(entry.info.type) + " of " +
                                           std::to_string(entry.bytes.size()) + " bytes");
    }
    Scalar value;
    std::memcpy(&value, entry.bytes.data(), sizeof value);
    return value;
}

static ordered_json value_json(const Entry &entry) {
    switch (entry.info.type) {
    case LATZERO_TYPE_NULL: return nullptr;
    case LATZERO_TYPE_BOOL: return scalar<uint8_t>(entry) != 0;
    case LATZERO_TYPE_INT64: return scalar<int64_t>(entry);
    case LATZERO_TYPE_DOUBLE: return double_json(scalar<double>(entry));
    case LATZERO_TYPE_STRING: return text_json(entry.bytes);
    default:  // bytes, and types of a newer library
        return ordered_json::object({{"base64", base64(entry.bytes)}});
    }
}

std::string value_text(const Entry &entry) {
    if (entry.info.type >= LATZERO_TYPE_STRING) {
        return entry.bytes;
    }
    const ordered_json value = value_json(entry);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

ordered_json entry_json(const Entry &entry) {
    const bool expires = entry.info.ttl_ms >= 0;
    return {{"key", text_json(entry.key)},
            {"type", type_name(entry.info.type)},
            {"value", value_json(entry)},
            {"version", entry.info.version},
            {"ttl_ms", expires ? ordered_json(entry.info.ttl_ms) : ordered_json()}};
}

}  // namespace latzero::cli
