#include "platform/heap.hpp"

#include <malloc.h>

namespace latzero::platform {

std::size_t usable_size(void *memory) noexcept { return malloc_usable_size(memory); }

}  // namespace latzero::platform
