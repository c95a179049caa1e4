// Making room for a write that found none.
#pragma once

#include <algorithm>

#include "pool/pool.hpp"
#include "store/call_deadline.hpp"

namespace latzero::pool {

// First what is over goes, then the other stripes lend blocks, and at last records move out of the way.
// memory_full when there is no hope left. `attempt`: how many were made before, without room. `beside`: the most bytes
// that those lacked. A write that lacks a value's pages, and once it has them a table, needs both at once.
Status make_room(Pool &pool, std::uint32_t stripe, std::uint64_t bytes, int attempt, std::uint64_t beside);

// Goes on from an attempt that answered memory_full for want of `wanted` bytes: makes room and calls attempt(wanted),
// as long as that answers memory_full and there is hope. An attempt that lacks a table says so in `wanted`; otherwise
// what it lacks are the record's `bytes`.
template <typename Attempt>
[[gnu::cold, gnu::noinline]] auto retry_with_room(Pool &pool, const Key &key, std::uint64_t bytes, std::uint64_t wanted,
                                                  Attempt attempt) -> decltype(attempt(wanted)) {
    const store::CallDeadline all_attempts;
    std::uint64_t most = 0;
    for (int tries = 0;; tries++) {
        const Status made = make_room(pool, key.stripe, wanted, tries, most);
        if (made != Status::ok) return made;
        most = std::max(most, wanted);
        wanted = bytes;
        const auto answer = attempt(wanted);
        if (answer != Status::memory_full) return answer;
    }
}

}  // namespace latzero::pool
