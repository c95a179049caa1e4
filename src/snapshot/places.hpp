// Where snapshots lie that are given no path, and what they are called: POOL_YYYYMMDDThhmmss.mmmZ.json, by UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace latzero::snapshot {

// $LATZERO_SNAPSHOT_DIR, else $XDG_STATE_HOME/latzero/snapshots, else ~/.local/state/latzero/snapshots.
// invalid_argument if the environment names none.
Status default_directory(std::string &directory);

std::string file_name(std::string_view pool, std::int64_t wall_ns);

// Whether a name is one that file_name() makes for that pool, compressed or not.
bool is_file_name(std::string_view name, std::string_view pool);

}  // namespace latzero::snapshot
