// A change of a pool, as `latzero watch` shows it.
#pragma once

#include <latzero/latzero.h>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace latzero::cli {

// One line for people: what happened to which key, and its value if it has one.
std::string event_text(const latzero_event &event);

// {"kind", "key", "stripe", "revision", "version", "lost", "client", "process"}, and "type" and "value" if it has one;
// see README.md.
nlohmann::ordered_json event_json(const latzero_event &event);

}  // namespace latzero::cli
