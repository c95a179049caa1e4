// Verifies every invariant of the layout: for `latzero fsck`, and for the crash tests after each recovery.
//
// All bytes are hostile: each list and probe ends, and each block and key is looked at once. Memory: a bit for each 32
// bytes of the segment, 40 bytes for each key of one stripe, and the findings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/fsck/soundness.hpp"

namespace latzero::store {

// What a finding is about. The numbers are those of the C ABI.
enum class Part : std::uint8_t {
    header = 1,
    lock = 2,       // lock words, and operations in flight where there can be none
    client = 3,     // client slots
    table = 4,      // a stripe's index
    record = 5,     // one record: its key, if it can still be told, is that of the finding
    seal = 6,       // as record, of one that is not what was sealed
    counter = 7,    // what follows from the rest
    free_list = 8,  // of one stripe and class
    block = 9,      // lost, or claimed twice
    page = 10,      // page table and page map
};

inline constexpr std::uint32_t kNoStripe = 0xffffffff;

struct Finding {
    Part part;
    std::uint32_t stripe = kNoStripe;
    std::uint64_t offset = 0;  // into the segment; 0: none
    std::string key = {};      // as the record has it, of a plain pool; empty: none
};

struct CheckReport {
    static constexpr std::size_t kMostTold = 10'000;

    // The first kMostTold, and the same as sentences. All are counted.
    std::vector<Finding> findings;
    std::vector<std::string> violations;
    std::uint64_t violation_count = 0;
    // Blocks of small runs.
    std::uint64_t claimed_blocks = 0, live_blocks = 0, free_blocks = 0, transfer_blocks = 0;
    // Pages of extents.
    std::uint64_t extent_pages = 0, live_extent_pages = 0, limbo_pages = 0, pending_pages = 0;
    std::uint64_t keys = 0, tombstones = 0, pages_in_use = 0;
    std::uint64_t seals = 0;  // of them, how many were verified

    bool sound() const { return violation_count == 0; }

    [[gnu::format(printf, 3, 4)]] void add(const Finding &finding, const char *format, ...);
};

// Checks a segment that nobody changes meanwhile, but for pending pages of the living. Under all locks, or where nobody
// else is connected.
CheckReport check(const Segment &segment, const KeyHash &hash, const CheckOptions &options = {});

}  // namespace latzero::store
