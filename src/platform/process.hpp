// This process, as the system numbers it.
#pragma once

#include <cstdint>

namespace latzero::platform {

// For display only: a number may be used again, and means nothing in another pid namespace.
std::uint32_t process_number();

// A variable of its environment; nullptr if there is none, or if the process has more rights than who started it.
// Beside changes of the environment it must not be called.
const char *environment_variable(const char *name);

}  // namespace latzero::platform
