#include "client/walk.hpp"

#include "base/last_error.hpp"

namespace latzero::client {

Status Walk::next(Client &client, const std::string *&key, ValueInfo &info) {
    for (;;) {
        while (at_ == keys_.size()) {
            if (next_stripe_ == store::kStripes) return fail_on_pool(Status::not_found, client.name());
            const Status listed = client.keys_of_stripe(next_stripe_, keys_);
            if (listed != Status::ok) return listed;
            next_stripe_++;
            at_ = 0;
        }
        key = &keys_[at_++];
        const Status described = client.describe(*key, info);
        // Otherwise deleted or expired since it was listed.
        if (described != Status::not_found) return described;
    }
}

}  // namespace latzero::client
