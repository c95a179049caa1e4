// Processes share the records of a file through one pool, under load, while some of them are killed; then everything is
// accounted for.
#pragma once

#include <string>

namespace latzero::cli::demo {

// Prints what happens as it happens. Throws at the first difference from what must be so, and if a signal asks the
// process to end; either way nothing is left of the pool.
void run(const std::string &path);

}  // namespace latzero::cli::demo
