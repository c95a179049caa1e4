#include "show/entry.hpp"

#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

// JSON has no such numbers; a string does less harm than null.
ordered_json double_json(double value) {
    if (std::isfinite(value)) {
        return value;
    }
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

template <typename Scalar>
Scalar scalar(const Entry &entry) {
    if (entry.bytes.size() != sizeof(Scalar)) {
        throw Failure(ExitCode::other, "the value of '" + printable(entry.key, 80) +
                                           "' is damaged: " + type_name(entry.info.type) + " of " +
                                           std::to_string(entry.bytes.size()) + " bytes");
    }
    Scalar value;
    std::memcpy(&value, entry.bytes.data(), sizeof value);
    return value;
}

ordered_json base64_json(std::string_view bytes) { return {{"base64", base64(bytes)}}; }

ordered_json container_json(std::string_view msgpack);

// Replaces what JSON cannot say within a list or dict: tuples become arrays, other bytes base64. The library has made
// sure that nothing is nested deeper than 64.
void make_sayable(ordered_json &value) {
    if (value.is_structured()) {
        for (ordered_json &element : value) {
            make_sayable(element);
        }
    } else if (value.is_binary()) {
        const auto &binary = value.get_binary();
        const std::string bytes(binary.begin(), binary.end());
        const bool tuple = binary.has_subtype() && binary.subtype() == LATZERO_MSGPACK_TUPLE;
        value = tuple ? container_json(bytes) : base64_json(bytes);
    } else if (value.is_number_float()) {
        value = double_json(value.get<double>());
    }
}

ordered_json container_json(std::string_view msgpack) {
    ordered_json value = ordered_json::from_msgpack(msgpack, true, false);
    if (value.is_discarded()) {
        return base64_json(msgpack);  // a dict whose keys are no strings
    }
    make_sayable(value);
    return value;
}

ordered_json value_json(const Entry &entry) {
    switch (entry.info.type) {
    case LATZERO_TYPE_NULL: return nullptr;
    case LATZERO_TYPE_BOOL: return scalar<std::uint8_t>(entry) != 0;
    case LATZERO_TYPE_INT64: return scalar<std::int64_t>(entry);
    case LATZERO_TYPE_DOUBLE: return double_json(scalar<double>(entry));
    case LATZERO_TYPE_STRING: return text_json(entry.bytes);
    case LATZERO_TYPE_LIST:
    case LATZERO_TYPE_TUPLE:
    case LATZERO_TYPE_DICT: return container_json(entry.bytes);
    default:  // bytes, opaque values, and types of a newer library
        return base64_json(entry.bytes);
    }
}

}  // namespace

latzero_status read_entry(const Connection &connection, const std::string &key, Entry &entry) {
    void *value = nullptr;
    entry.key = key;
    entry.info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status = latzero_get_copy(connection.get(), key.data(), key.size(), &value, &entry.info);
    if (status != LATZERO_OK) {
        entry.bytes.clear();
        return status;
    }
    entry.bytes.assign(static_cast<const char *>(value), entry.info.size);
    latzero_free(value);
    return status;
}

std::string type_name(std::uint32_t type) {
    static constexpr const char *kNames[] = {"null",  "bool", "int64", "double", "string",
                                             "bytes", "list", "tuple", "dict",   "opaque"};
    return type < std::size(kNames) ? kNames[type] : "type " + std::to_string(type);
}

ordered_json text_json(std::string_view bytes) {
    if (is_utf8(bytes)) {
        return bytes;
    }
    return ordered_json::object({{"base64", base64(bytes)}});
}

bool is_raw(const Entry &entry) {
    return entry.info.type == LATZERO_TYPE_BYTES || entry.info.type >= LATZERO_TYPE_OPAQUE;
}

std::string value_text(const Entry &entry) {
    if (entry.info.type == LATZERO_TYPE_STRING || is_raw(entry)) {
        return entry.bytes;
    }
    const ordered_json value = value_json(entry);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

ordered_json entry_json(const Entry &entry) {
    const bool expires = entry.info.ttl_ms >= 0;
    ordered_json shown = {{"key", text_json(entry.key)},
                          {"type", type_name(entry.info.type)},
                          {"value", value_json(entry)},
                          {"version", entry.info.version},
                          {"ttl_ms", expires ? ordered_json(entry.info.ttl_ms) : ordered_json()}};
    if (entry.info.type == LATZERO_TYPE_OPAQUE) {
        shown["tag"] = entry.info.tag;
    }
    return shown;
}

}  // namespace latzero::cli
