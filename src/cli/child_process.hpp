// What every process that this tool starts, and its parent, must see to.
#pragma once

#include <sys/types.h>

namespace latzero::cli {

// However the parent ends, this process does not outlive it. Throws if it is gone already.
void die_with(pid_t parent);

// Waits for a child's end if `options` is 0, looks only with WNOHANG; true if it has ended, and with which status.
bool bury(pid_t child, int &status, int options);

}  // namespace latzero::cli
