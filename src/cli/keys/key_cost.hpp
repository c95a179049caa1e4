// What a try of an auth key costs, and may cost.
#pragma once

#include <cstdint>

namespace latzero::cli {

// Of a key that is made. 0: not given.
struct KeyCost {
    std::uint64_t memory_bytes = 0;
    std::uint64_t passes = 0;
};

// Of a key that is tried: what a pool may ask for before it is refused. 0: not given.
struct KeyCeiling {
    std::uint64_t memory_most = 0;
    std::uint64_t work_most = 0;  // memory times passes
};

}  // namespace latzero::cli
