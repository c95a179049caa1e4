// The locks of all stripes at once: for what concerns blocks on the lists of several.
#pragma once

#include <cstdint>

#include "store/lock.hpp"
#include "store/session.hpp"

namespace latzero::store {

// The locks of all stripes, or of none: a stripe that is not free soon is not waited for, since all the others would
// wait with it.
class AllStripes {
public:
    explicit AllStripes(Actor actor) : actor_(actor) {
        while (held_ < kStripes && take(stripe_lock(held_))) held_++;
    }
    ~AllStripes() {
        LATZERO_ASSERT(held_ <= kStripes);
        while (held_ > 0) {
            held_--;
            release(actor_.segment(), stripe_lock(held_), held_);
        }
    }
    AllStripes(const AllStripes &) = delete;
    AllStripes &operator=(const AllStripes &) = delete;

    bool held() const { return held_ == kStripes; }

private:
    LockWord &stripe_lock(std::uint32_t number) const { return actor_.segment().stripe(number).lock; }
    bool take(LockWord &lock) const {
        constexpr int kMostTries = 2000;
        for (int tries = 0; tries < kMostTries; tries++) {
            if (try_lock(lock, actor_.owner)) return true;
            platform::spin_hint();
        }
        return false;
    }

    Actor actor_;
    std::uint32_t held_ = 0;
};

}  // namespace latzero::store
