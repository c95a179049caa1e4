// This process, as the system numbers it.
#pragma once

#include <cstdint>

namespace latzero::platform {

// For display only: a number may be used again, and means nothing in another pid namespace.
std::uint32_t process_number();

}  // namespace latzero::platform
