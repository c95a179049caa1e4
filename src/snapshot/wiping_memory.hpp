// zstd's memory, through which values pass.
#pragma once

#include <cstdlib>

#include "value/wiped.hpp"

// Behind <zstd.h> with ZSTD_STATIC_LINKING_ONLY.
namespace latzero::snapshot {

inline constexpr ZSTD_customMem kWipingMemory = {[](void *, std::size_t size) { return std::malloc(size); },
                                                 [](void *, void *memory) { value::free_wiped(memory); }, nullptr};

}  // namespace latzero::snapshot
