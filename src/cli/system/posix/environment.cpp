#include "system/environment.hpp"

#include <cstdlib>

namespace latzero::cli {

char *variable(const char *name) { return std::getenv(name); }

void remove_variable(const char *name) { unsetenv(name); }

}  // namespace latzero::cli
