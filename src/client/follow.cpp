#include "client/follow.hpp"

#include <bit>

#include "client/keys.hpp"

namespace latzero::client {

void Follow::mark(std::uint32_t stripe, std::uint64_t lost) {
    LATZERO_ASSERT(stripe < store::kStripes);
    stale_ |= std::uint64_t{1} << stripe;
    lost_[stripe] += lost;
}

Status Follow::next(Connection &connection, Step &step, std::string_view &key) {
    for (step = Step::nothing; step == Step::nothing && has_stale();) {
        if (!part_) {
            step = begin();
        } else if (at_ < keys_.size()) {
            key = keys_[at_++];
            step = Step::key;
        } else if (part_->stripe != stripe_) {
            step = end();
        } else {
            store::Budget walk = walk_budget(connection);
            const Status listed = keys_of_part(connection, *part_, keys_, walk);
            if (listed != Status::ok) return listed;
            at_ = 0;
        }
    }
    return Status::ok;
}

Follow::Step Follow::begin() {
    stripe_ = static_cast<std::uint32_t>(std::countr_zero(stale_));
    part_.emplace().stripe = stripe_;
    keys_.clear();
    at_ = 0;
    return (unseen_ >> stripe_ & 1) != 0 ? Step::nothing : Step::began;
}

Follow::Step Follow::end() {
    const std::uint64_t bit = std::uint64_t{1} << stripe_;
    const bool is_first = (unseen_ & bit) != 0;
    stale_ &= ~bit;
    unseen_ &= ~bit;
    lost_[stripe_] = 0;
    part_.reset();
    if (!is_first) return Step::ended;
    return unseen_ == 0 ? Step::all_walked : Step::nothing;
}

}  // namespace latzero::client
