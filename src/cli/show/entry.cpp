#include "show/entry.hpp"

#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <iterator>
#include <memory>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

ordered_json json_of(std::uint32_t type, std::string_view bytes) {
    char *text = nullptr;
    std::size_t size = 0;
    check(latzero_to_json(type, bytes.data(), bytes.size(), &text, &size));
    const std::unique_ptr<char, decltype(&latzero_free)> owned(text, latzero_free);
    return ordered_json::parse(text, text + size);
}

// A type that stands beside the value tells what the text need not: a tuple is an array, and what is raw is bytes.
ordered_json value_json(const Entry &entry) {
    if (is_raw(entry)) {
        return json_of(LATZERO_TYPE_BYTES, entry.bytes);
    }
    if (entry.info.type == LATZERO_TYPE_STRING) {
        return text_json(entry.bytes);
    }
    const bool tuple = entry.info.type == LATZERO_TYPE_TUPLE;
    try {
        return json_of(tuple ? std::uint32_t{LATZERO_TYPE_LIST} : entry.info.type, entry.bytes);
    } catch (const Failure &failure) {
        throw Failure(ExitCode::other, "the value of '" + printable(entry.key, 80) +
                                           "' is damaged: " + type_name(entry.info.type) + " of " +
                                           std::to_string(entry.bytes.size()) + " bytes: " + failure.what());
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
    return json_of(LATZERO_TYPE_BYTES, bytes);
}

bool is_raw(const Entry &entry) {
    return entry.info.type == LATZERO_TYPE_BYTES || entry.info.type >= LATZERO_TYPE_OPAQUE;
}

std::string value_text(const Entry &entry) {
    if (entry.info.type == LATZERO_TYPE_STRING || is_raw(entry)) {
        return entry.bytes;
    }
    const ordered_json value = value_json(entry);
    const bool no_number = entry.info.type == LATZERO_TYPE_DOUBLE && value.is_object();
    return no_number ? value.front().get<std::string>() : value.dump();
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
