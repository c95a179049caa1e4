// Reading a snapshot into a pool, in two passes: the first one checks all of the file, the second one stores. So a file
// that is not sound changes nothing.
#pragma once

#include <cstdint>
#include <string>

#include "client/connection.hpp"
#include "client/walk.hpp"
#include "snapshot/report.hpp"

namespace latzero::snapshot {

// As LATZERO_SNAPSHOT_MERGE and so on.
enum class Mode : std::uint32_t { merge = 0, replace = 1, if_absent = 2 };

struct LoadOptions {
    std::string path;
    Mode mode = Mode::merge;
    value::Bytes prefix;   // put before each key; a namespace's comes first
    value::Bytes pattern;  // which keys are wanted, as they are in the file
    client::Match match = client::Match::all;
    Hooks hooks = {};
};

// The first pass alone, without a pool.
Status check(const std::string &path, const Hooks &hooks, Report &report);

// What was loaded stays if a later entry fails, for want of room or since the pool is destroyed; the report counts it.
Status load(client::Connection &connection, const LoadOptions &options, Report &report);

}  // namespace latzero::snapshot
