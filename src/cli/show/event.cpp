#include "show/event.hpp"

#include "show/entry.hpp"
#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <iterator>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

std::string kind_name(std::uint32_t kind) {
    static constexpr const char *kNames[] = {"lost",    "set",        "created",  "changed", "ttl",
                                             "erased",  "expired",    "present",  "resync",  "synced",
                                             "connect", "disconnect", "destroyed"};
    return kind < std::size(kNames) ? kNames[kind] : "kind " + std::to_string(kind);
}

bool has_value(const latzero_event &event) { return event.value != nullptr; }

Entry entry_of(const latzero_event &event) {
    return {std::string(event.key, event.key_len),
            std::string(static_cast<const char *>(event.value), static_cast<std::size_t>(event.info->size)),
            *event.info};
}

// What stands behind the kind of an event that has no key.
std::string about(const latzero_event &event) {
    switch (event.kind) {
    case LATZERO_EVENT_LOST:
    case LATZERO_EVENT_RESYNC:
        return " " + (event.lost > 0 ? "up to " + grouped(event.lost) : std::string("unknown")) +
               " changes of stripe " + std::to_string(event.stripe);
    case LATZERO_EVENT_SYNCED:
        return event.stripe == LATZERO_STRIPES ? " all" : " stripe " + std::to_string(event.stripe);
    case LATZERO_EVENT_CONNECT:
    case LATZERO_EVENT_DISCONNECT:
        return " client " + std::to_string(event.client) +
               (event.client_process != 0 ? ", process " + std::to_string(event.client_process) : std::string());
    case LATZERO_EVENT_DESTROYED: return "";
    default: return " a key that nobody can name any more";
    }
}

}  // namespace

std::string event_text(const latzero_event &event) {
    std::string text = kind_name(event.kind);
    if (event.key == nullptr) {
        return text + about(event);
    }
    text += " " + printable(std::string(event.key, event.key_len), LATZERO_KEY_MAX);
    if ((event.flags & LATZERO_EVENT_KEY_CUT) != 0) {
        text += "...";
    }
    return has_value(event) ? text + " = " + printable(value_text(entry_of(event)), 200) : text;
}

ordered_json event_json(const latzero_event &event) {
    ordered_json shown = {{"kind", kind_name(event.kind)},
                          {"key", event.key != nullptr ? text_json({event.key, event.key_len}) : ordered_json()},
                          {"stripe", event.stripe < LATZERO_STRIPES ? ordered_json(event.stripe) : ordered_json()},
                          {"revision", event.revision},
                          {"version", event.version},
                          {"lost", event.lost},
                          {"client", event.client},
                          {"process", event.client_process}};
    if (has_value(event)) {
        ordered_json entry = entry_json(entry_of(event));
        shown["type"] = std::move(entry["type"]);
        shown["value"] = std::move(entry["value"]);
    }
    return shown;
}

}  // namespace latzero::cli
