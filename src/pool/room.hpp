// Making room for a write that found none.
#pragma once

#include "pool/pool.hpp"
#include "store/call_deadline.hpp"

namespace latzero::pool {

// First what the dead and the other stripes hold in whole pages, then single blocks, and at last pages that are mixed.
// memory_full when there is no hope left. `attempt`: how many were made before, without room.
Status make_room(Pool &pool, std::uint32_t stripe, std::uint64_t bytes, int attempt);

template <typename Attempt>
[[gnu::cold, gnu::noinline]] auto with_more_room(Pool &pool, const Key &key, std::uint64_t bytes, std::uint64_t wanted,
                                                 Attempt attempt) -> decltype(attempt(wanted)) {
    const store::CallDeadline all_attempts;
    for (int tries = 0;; tries++) {
        const Status made = make_room(pool, key.stripe, wanted, tries);
        if (made != Status::ok) return made;
        wanted = bytes;
        const auto answer = attempt(wanted);
        if (answer != Status::memory_full) return answer;
    }
}

// Runs attempt(wanted), and again after making room, as long as it answers memory_full and there is hope. `wanted` is
// what it lacked: the record's `bytes`, unless the attempt says that it was a table.
template <typename Attempt>
auto with_room(Pool &pool, const Key &key, std::uint64_t bytes, Attempt attempt) -> decltype(attempt(bytes)) {
    pool.touch();
    std::uint64_t wanted = bytes;
    const auto answer = attempt(wanted);
    if (answer != Status::memory_full) [[likely]]
        return answer;
    return with_more_room(pool, key, bytes, wanted, attempt);
}

}  // namespace latzero::pool
