// A walk over the keys of a client, stripe by stripe: the keys of one stripe are listed at once, each value is looked
// up when its key is reached. So writers are never held up, and a key that is there throughout is met exactly once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/client.hpp"

namespace latzero::client {

class Walk {
public:
    // Always with the same client. not_found at the end. `key` is good until the next step.
    Status next(Client &client, const std::string *&key, ValueInfo &info);

private:
    std::uint32_t next_stripe_ = 0;
    std::vector<std::string> keys_;
    std::size_t at_ = 0;
};

}  // namespace latzero::client
