// The bell: watchers sleep on one word of the pool until a writer that unlocks one of their stripes wakes them.
//
//   sleeper: reads the bell; sets its stripes' bits in `sleepers`; looks once more whether there is something for it;
//            sleeps while the bell still has the value that it read
//   writer:  unlocks; then, if the stripe's bell bit stands: full fence; if the stripe's bit is in `sleepers`, clears
//            it, changes the bell, wakes
//
// A writer that is killed in between wakes nobody: sleeps are bounded, and a sleeper looks again when it wakes.
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
// Where a stripe's ring is off, before announce_sleep(): has its next unlock ring. An unlock in the very nanoseconds of
// this call may not, so the first sleep is a short one.
inline void ask_for_bell(const Segment &segment, std::uint32_t stripe) {
    segment.stripe(stripe).lock.waiters.fetch_or(kOneBell, std::memory_order_seq_cst);
}
// Until the bell is rung for one of the stripes, or that long.
void sleep_until_bell(const Segment &segment, std::uint32_t bell, std::uint64_t stripes, std::uint64_t most_ns);

// Wakes all who sleep. Who is about to does not hear of it; also by a mapping that cannot be written.
void wake_sleepers(const Segment &segment);
// Behind the coming or going of a client: notes it, and rings for all.
void note_clients_changed(const Segment &segment);

}  // namespace latzero::store
