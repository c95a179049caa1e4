// The memory cgroups that this process is in, as far as they bound what it may still take.
//
// Where a cgroup is full the system does not refuse memory: it kills a process of the cgroup. So a caller that
// is about to take much asks first.
//
// What counts as room, beside what the limit leaves: the page cache of files, and swap that is free. The system takes
// both before it kills, and to refuse a growth that would have been possible is worse than to be killed now and then.
// Shared memory itself is no such cache: it is only ever swapped out. Some room is left over for what the cgroup's
// processes need beside the pool: stacks, heaps, the tables that map its pages.
#pragma once

#include <cstdint>

namespace latzero::platform {

struct CgroupRoom {
    static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

    std::uint64_t bytes = kUnlimited;  // that may still be taken
    std::uint64_t limit = kUnlimited;  // of the cgroup that leaves so few, and
    char path[512] = {};               // where it lies
    const char *knob = "";             // its file to raise
};

// The least room of the process's cgroup and all above it, in the unified hierarchy or the older one. Where there is
// room for `wanted` bytes anyway, page cache and swap are not asked for, and it is told as less than it is. What cannot
// be read is no limit. Reads a few small files, at most once a second where there is no limit; allocates nothing.
void look_at_cgroups(std::uint64_t wanted, CgroupRoom &room);

}  // namespace latzero::platform
