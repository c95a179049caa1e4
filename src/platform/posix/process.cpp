#include "platform/process.hpp"

#include <unistd.h>

namespace latzero::platform {

std::uint32_t process_number() { return static_cast<std::uint32_t>(getpid()); }

}  // namespace latzero::platform
