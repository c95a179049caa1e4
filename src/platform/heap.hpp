// What the system's malloc() knows of its memory.
#pragma once

#include <cstddef>

namespace latzero::platform {

// How many bytes may be written where malloc() once gave at least as many. 0 for nullptr.
std::size_t usable_size(void *memory) noexcept;

}  // namespace latzero::platform
