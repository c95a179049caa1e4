// The bell: who waits for a change of some stripes sleeps on one word of the pool, until somebody who unlocks one of
// these stripes wakes him.
//
//   sleeper: reads the bell; sets his stripes' bits in `sleepers`; looks once more whether there is something for him;
//            sleeps while the bell is what he has read
//   writer:  unlocks; then, if the stripe's bell bit stands: full fence; if the stripe's bit is in `sleepers`, clears
//            it, changes the bell, wakes
//
// A writer that is killed in between wakes nobody: sleeps are bounded, and who wakes looks again.
#pragma once

#include <cstdint>

#include "store/segment.hpp"

namespace latzero::store {

// Behind an unlock of the stripe.
[[gnu::noinline]] void ring_bell(const Segment &segment, std::uint32_t stripe);

// What a sleeper reads first.
inline std::uint32_t read_bell(const Segment &segment) { return segment.header().bell.load(std::memory_order_seq_cst); }
// Before the last look. `stripes`: a bit each.
inline void announce_sleep(const Segment &segment, std::uint64_t stripes) {
    segment.header().sleepers.fetch_or(stripes, std::memory_order_seq_cst);
}
// Until the bell is rung for one of the stripes, or that long.
void sleep_until_bell(const Segment &segment, std::uint32_t bell, std::uint64_t stripes, std::uint64_t most_ns);

}  // namespace latzero::store
