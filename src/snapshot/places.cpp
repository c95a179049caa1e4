#include "snapshot/places.hpp"

#include <algorithm>
#include <utility>

#include "base/last_error.hpp"
#include "platform/process.hpp"
#include "snapshot/head.hpp"
#include "snapshot/output.hpp"

namespace latzero::snapshot {
namespace {

constexpr std::string_view kEnd = ".json";

}  // namespace

// A relative path would lead elsewhere from each working directory: as if it were not set (XDG Base Directory).
Status default_directory(std::string &directory) {
    static constexpr std::pair<const char *, const char *> kPlaces[] = {
        {"LATZERO_SNAPSHOT_DIR", ""},
        {"XDG_STATE_HOME", "/latzero/snapshots"},
        {"HOME", "/.local/state/latzero/snapshots"},
    };
    for (const auto &[variable, rest] : kPlaces) {
        const char *value = platform::environment_variable(variable);
        if (value == nullptr || value[0] != '/') continue;
        directory = std::string(value) + rest;
        return Status::ok;
    }
    return fail(Status::invalid_argument,
                "there is no place for snapshots: name a path, or set LATZERO_SNAPSHOT_DIR or HOME to an absolute one");
}

std::string file_name(std::string_view pool, std::int64_t wall_ns) {
    std::string time = time_text(wall_ns);  // 2026-12-01T21:24:14.123456Z
    std::erase_if(time, [](char byte) { return byte == '-' || byte == ':'; });
    time.erase(time.size() - 4, 3);
    std::string name(pool);
    return name.append("_").append(time).append(kEnd);
}

bool is_file_name(std::string_view name, std::string_view pool) {
    if (!name.starts_with(pool)) return false;
    name.remove_prefix(pool.size());
    if (name.ends_with(kCompressedEnd)) name.remove_suffix(kCompressedEnd.size());
    if (!name.starts_with('_') || !name.ends_with(kEnd)) return false;
    name = name.substr(1, name.size() - 1 - kEnd.size());
    static constexpr std::string_view kTime = "ddddddddTdddddd.dddZ";
    return name.size() == kTime.size() && std::equal(name.begin(), name.end(), kTime.begin(), [](char byte, char form) {
               return form == 'd' ? byte >= '0' && byte <= '9' : byte == form;
           });
}

}  // namespace latzero::snapshot
