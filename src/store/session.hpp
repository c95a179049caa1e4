// One connection's standing in a pool's segment: who it is to the others, and how long it will wait for them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "store/deeds.hpp"
#include "store/growth_ahead.hpp"
#include "store/layout.hpp"
#include "store/pins.hpp"
#include "store/prefault.hpp"
#include "store/refused_growth.hpp"
#include "store/segment.hpp"

namespace latzero::store {

struct Session {
    Segment segment;
    Owner owner = 0;                // 0: read-only, owns nothing
    std::uint64_t timeout_ns = 0;   // longest wait for a lock held by the living
    std::uint32_t reader_byte = 0;  // of a read-only client
    Pins pins;
    std::recursive_mutex recovery;  // threads share the handle's byte locks, so one at a time recovers the dead
    // Pages could not be given back in time: the slot stays in use, and its next client gives them back.
    std::atomic<bool> left_pending{false};
    // Guards the search for room among threads (room.hpp): the client slot's transfer word, and what follows.
    std::mutex room;
    std::uint64_t vacating_failed_at = 0;   // the sum of all commit numbers when there was no room for a run of so many
    std::uint32_t vacating_failed_for = 0;  // pages; 0: there was
    // Guards the client's watch byte, and how many watches it is held for (watching.hpp).
    std::mutex watching;
    std::atomic<std::uint32_t> watches{0};
    RefusedGrowth refused_growth;
    GrowthAhead growth_ahead;
    Prefault prefault;
    // Of each size class: how many runs were claimed, about, and for which stripe the last one was, or which one lent a
    // block last.
    std::array<std::atomic<std::uint32_t>, kClasses> claimed = {};
    std::array<std::atomic<std::uint8_t>, kClasses> lender = {};
    Deeds deeds;

    // The next write that holds no lock finds something to do.
    void note_deed(const Deed &deed) {
        deeds.note(deed);
        growth_ahead.ask();
    }
};

// In whose name an operation runs. Normally the session's own; a recoverer acts in the name of the dead client, so that
// it may die itself at any point and leaves nothing new behind.
struct Actor {
    Session &session;
    Owner owner;

    const Segment &segment() const { return session.segment; }
};

}  // namespace latzero::store
