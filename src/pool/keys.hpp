// Walks over a pool's keys, stripe by stripe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pool/pool.hpp"
#include "store/budget.hpp"
#include "value/wiped.hpp"

namespace latzero::pool {

// Of all keys those of one stripe whose hashes end in these bits. That does not depend on the table, which may be
// replaced between two parts: all of them together have each key once.
struct KeysPart {
    std::uint32_t stripe = 0;
    std::uint32_t bits = 0, ending = 0;

    bool is_over() const { return stripe >= store::kStripes; }
    bool has(std::uint32_t hash) const { return ((hash ^ ending) & ((std::uint64_t{1} << bits) - 1)) == 0; }
    // Leaves the half with a 0 as its next bit. False if there is no such bit.
    bool split();
    void advance();
};

// The keys of a part as they stood at one moment of the call, except those changed during it. It becomes the next
// part. If its keys would take too much memory, it becomes smaller before.
Status keys_of_part(Pool &pool, KeysPart &part, value::Names &keys, store::Budget &walk);

// Keys from a cursor on, `count` of them or a few more, or fewer where there are few; the cursor moves behind them, to
// 0 at the end. `keys` has none yet.
Status scan(Pool &pool, std::uint64_t &cursor, std::size_t count, value::Names &keys);

}  // namespace latzero::pool
