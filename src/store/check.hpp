// Every invariant of the layout, verified: what the crash tests run after each recovery.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/index.hpp"

namespace latzero::store {

struct CheckReport {
    std::vector<std::string> violations;  // the first ones, as sentences
    std::uint64_t violation_count = 0;
    // Blocks of small pages.
    std::uint64_t claimed_blocks = 0, live_blocks = 0, free_blocks = 0, transfer_blocks = 0;
    // Pages of extents.
    std::uint64_t extent_pages = 0, live_extent_pages = 0, limbo_pages = 0;
    std::uint64_t keys = 0, tombstones = 0, pages_in_use = 0;

    bool sound() const { return violation_count == 0; }
};

// Checks a segment that nobody changes meanwhile. `hash` is the pool's own hash of keys.
CheckReport check(const Segment &segment, const std::function<Key(std::string_view)> &hash);

}  // namespace latzero::store
