// What the residents of the chaos run hold of the system, and what is in the pools, taken at each rest; and whether it
// is flat.
//
// The first third of all rests is the warm-up: pools grow to their caps, heaps to their shapes. From then on:
// - descriptors and threads of each resident are the same at each rest;
// - mappings vary by kMappings at most: the parts of a heap come and go as mappings of their own;
// - bytes in use on the heap (malloc's own count, with no thread's cache left) end at most kHeapBytes above where
//   they began: what is kept of a failure's sentence differs in size;
// - private and virtual memory, as the system counts it, end at most kMemoryKiB above: a heap is enlarged and trimmed
//   in steps of 128 KiB and more, and keeps what is fragmented;
// - emptied pools hold no used byte, no claimed one, and none kept for borrowers;
// - the segments are within their caps, and there is one file for each.
// A bound is for the whole run, not for each second of it: so a longer run proves a slope that is the smaller. A lost
// descriptor is one too many, wherever it comes from; of 32 bytes (48 of the heap) lost each 1,000 operations, 11,000
// operations of one resident in the last third are enough.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <vector>

#include "chaos.hpp"

namespace latzero::test {

inline constexpr std::uint64_t kMappings = 6;
inline constexpr std::uint64_t kHeapBytes = 512;
inline constexpr std::uint64_t kMemoryKiB = 1024;

struct Holding {
    std::uint64_t heap_bytes = 0, private_kib = 0, virtual_kib = 0, descriptors = 0, mappings = 0, threads = 0;
};

struct PoolHolding {
    std::uint64_t used = 0, claimed = 0, kept = 0, capacity = 0;  // with all its keys
    std::uint64_t empty_used = 0, empty_claimed = 0, empty_kept = 0;
};

struct Sample {
    std::uint64_t at_ns = 0, operations = 0;
    std::array<Holding, kResidents> residents;
    std::array<PoolHolding, 3> pools;
    std::uint64_t files = 0, file_kib = 0;
};

Holding holding_of(pid_t process);
// Files of this run under /dev/shm.
void count_files(const Pools &pools, Sample &sample);

void print(const std::vector<Sample> &samples);
// Failures of the test, for whatever is not flat.
void judge(const std::vector<Sample> &samples, std::uint64_t most_file_kib);

}  // namespace latzero::test
