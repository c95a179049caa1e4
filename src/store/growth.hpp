// Growth of a pool: decided and made known under the extent lock, but made outside of it, since the system takes long.
//
// - A step doubles the pool, up to kLongestStep; it takes more if one run needs more, and less where the cap allows
//   less.
// - Several processes may make the same bytes at once; the system has them once. Each then raises the capacity to what
//   it has made, unless it is higher by then. It falls only where nobody else is in the pool (pool/life/shrink.hpp).
// - Part of the step may be there already (growth_ahead.hpp): the system then has less to do.
// - A crash, or a growth that was refused on its way, leaves the object longer than the pool: harmless, the next growth
//   goes over these bytes again. Nobody cuts them off, as another grower may be about to make them known.
#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "store/session.hpp"

namespace latzero::store {

// Where a step from a capacity ends, unless one run needs more.
std::uint64_t end_of_step(std::uint64_t capacity, std::uint64_t cap);

// One call's growth until it has room for a run of so many pages.
class Growth {
public:
    Growth(Actor actor, std::uint32_t pages) : session_(actor.session), pages_(pages) {}

    // Under the extent lock: decides on a step. memory_full if the run does not fit under the cap; no_space if the
    // system refused as much a moment ago; timeout if others have taken all that this call made, again and again.
    Status plan_locked();
    // Without the extent lock: makes the bytes of the step.
    Status commit();
    // Under the extent lock: adds to the pool what was made, if anything was.
    void admit_locked() const;

private:
    Session &session_;
    const std::uint32_t pages_;
    int steps_ = 0;
    std::uint64_t from_ = 0, least_ = 0, most_ = 0;
    std::uint64_t reached_ = 0;
    std::uint64_t took_ns_ = 0;  // to make the bytes
};

}  // namespace latzero::store
