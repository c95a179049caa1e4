// The size classes of small blocks: part of the layout (layout.hpp).
#pragma once

#include <cstdint>

namespace latzero::store {

inline constexpr std::uint32_t kPageSize = 4096;

// Blocks of a class are carved from runs of pages, as many as are in kClassPages. The sizes are those that fill their
// runs well, and so close that from 200 bytes on at least 80 % of a full pool are keys and values (tests/unit/layout).
inline constexpr std::uint16_t kClassSizes[] = {
    32,   48,   64,   80,   96,   112,  128,  144,  160,  192,  224,  240,   256,   272,  288,  304,
    320,  336,  368,  400,  448,  512,  576,  624,  672,  736,  816,  928,   1024,  1168, 1360, 1632,
    1808, 2048, 2448, 2912, 3504, 4096, 4912, 5728, 6816, 8192, 9552, 10912, 12288, 13648};
inline constexpr std::uint8_t kClassPages[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 4, 1, 1, 1, 1, 1, 1,
                                               2, 1, 2, 1, 3, 1, 2, 1, 2, 4, 1, 3, 5, 6, 1, 6, 7, 5, 2, 7, 8, 3, 10};
inline constexpr std::uint32_t kClasses = sizeof kClassSizes / sizeof *kClassSizes;
inline constexpr std::uint32_t kSmallLimit = kClassSizes[kClasses - 1];
static_assert(sizeof kClassPages == kClasses);

constexpr std::uint32_t blocks_a_run(std::uint8_t size_class) {
    return kClassPages[size_class] * kPageSize / kClassSizes[size_class];
}

}  // namespace latzero::store
