// The environment variables of this process.
#pragma once

namespace latzero::cli {

// The value where it lies, to be overwritten there; null if the variable is not set.
char *variable(const char *name);

// Children do not inherit it any more.
void remove_variable(const char *name);

}  // namespace latzero::cli
