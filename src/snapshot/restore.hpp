// A pool made from a snapshot.
#pragma once

#include <string>
#include <string_view>

#include "snapshot/load.hpp"

namespace latzero::snapshot {

// Creates a pool as the file's head says, and loads the file. The pool then lives as one that this process has created.
// Whatever fails, there is no pool. pool_exists if there is one of that name.
Status restore(std::string_view name, const LoadOptions &options, Report &report);

}  // namespace latzero::snapshot
