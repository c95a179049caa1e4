// What the system refuses around ordinary files, as a status and a sentence that says what helps.
#pragma once

#include "base/status.hpp"

namespace latzero::platform {

// What was tried, on which path, and errno.
Status fail_file(const char *what, const char *path, int error);

// The host has closed a descriptor of the library.
Status fail_closed(const char *path);

}  // namespace latzero::platform
