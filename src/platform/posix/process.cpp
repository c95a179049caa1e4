#include "platform/process.hpp"

#include <unistd.h>

#include <cstdlib>

namespace latzero::platform {

std::uint32_t process_number() { return static_cast<std::uint32_t>(getpid()); }

const char *environment_variable(const char *name) { return secure_getenv(name); }

}  // namespace latzero::platform
