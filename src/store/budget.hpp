// How much of a segment one walk may meet: no more than there is. What is in use in a sound pool lies apart, so a walk
// over tables, lists and records that exceeds this has met something twice, in a circle or where several lead to the
// same place: the pool is damaged. That holds as long as nothing moves: a walk without a lock, or that releases it on
// its way, may meet again what has moved meanwhile.
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/segment.hpp"

namespace latzero::store {

class Budget {
public:
    explicit Budget(const Segment &segment) : left_(segment.usable()) {}

    // For a walk through one stripe after another, while others work: bounds its time, whatever it meets. More than
    // this is no damage.
    static Budget for_stripes_in_turn(const Segment &segment) { return Budget(4 * segment.usable()); }

    // For a walk over all keys, while others work: tables and records once, and the tables again for stripes that are
    // walked through in parts (Pool::try_list_keys()), which is less than another time.
    static Budget for_walk(const Segment &segment) { return Budget(2 * segment.usable()); }

    // False if there is not that much left; then nothing is any more.
    bool spend(std::uint64_t bytes) {
        [[maybe_unused]] const std::uint64_t before = left_;
        const bool enough = bytes <= left_;
        left_ = enough ? left_ - bytes : 0;
        LATZERO_ASSERT(left_ <= before && (enough || left_ == 0));
        return enough;
    }
    bool is_spent() const { return left_ == 0; }

private:
    explicit Budget(std::uint64_t bytes) : left_(bytes) {}

    std::uint64_t left_;
};

}  // namespace latzero::store
