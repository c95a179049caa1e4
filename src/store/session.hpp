// One connection's standing in a pool's segment: who it is to the others, and how long it will wait for them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "store/layout.hpp"
#include "store/pins.hpp"
#include "store/segment.hpp"

namespace latzero::store {

// How large a growth the system refused lately, and at which capacity: what needs as much is refused at once for a
// second, unless the pool has grown since.
class RefusedGrowth {
public:
    bool covers(std::uint64_t from, std::uint64_t bytes);
    void note(std::uint64_t from, std::uint64_t bytes);

private:
    std::mutex mutex_;
    std::uint64_t from_ = 0, bytes_ = 0, until_ns_ = 0;
};

struct Session {
    Segment segment;
    Owner owner = 0;                // 0: read-only, owns nothing
    std::uint64_t timeout_ns = 0;   // longest wait for a lock held by the living
    std::uint32_t reader_byte = 0;  // of a read-only client
    Pins pins;
    std::recursive_mutex recovery;  // threads share the handle's byte locks, so only one may bury the dead
    // Pages could not be given back in time: the slot stays in use, and who claims it next gives them back.
    std::atomic<bool> left_pending{false};
    // Looking for room, see room.hpp: the client slot's transfer word among threads, and the commit number at which
    // each stripe was last found without a wholly free page.
    std::mutex room;
    std::array<std::uint64_t, kStripes> searched_at = {};
    std::uint64_t mixed_searched_at = 0;  // the sum of all commit numbers at the last search for mixed pages
    RefusedGrowth refused_growth;
};

// In whose name an operation runs. Normally the session's own; a recoverer acts in the name of the dead whose liveness
// byte it holds, so that it can die itself at any point and leave nothing new behind.
struct Actor {
    Session &session;
    Owner owner;

    const Segment &segment() const { return session.segment; }
};

}  // namespace latzero::store
