// Walks over single stripes, for a watch that follows: all stripes at first, and each whose events were lost again.
//
// A stripe is stale from mark() to the end of its walk. Whoever marks it has set the watch's cursor before, and
// delivers no events of it until then: so what changes during the walk is told behind it, and nothing is missed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "client/connection.hpp"
#include "pool/keys.hpp"

namespace latzero::client {

class Follow {
public:
    enum class Step : std::uint8_t {
        nothing,     // no stripe is stale
        began,       // the walk of a stripe that had been walked before
        key,         // of the stripe that is walked
        ended,       // the walk of that stripe
        all_walked,  // every stripe has been walked once
    };

    // `unseen`: no stripe has been walked yet, and all are stale.
    explicit Follow(bool unseen) : stale_(unseen ? ~std::uint64_t{0} : 0), unseen_(stale_) {}

    // Whose events are to wait.
    bool is_stale(std::uint32_t stripe) const { return (stale_ >> stripe & 1) != 0; }
    bool has_stale() const { return stale_ != 0; }
    void mark(std::uint32_t stripe, std::uint64_t lost);

    // How many events were lost of the stripe that is walked.
    std::uint64_t lost() const { return lost_[stripe_]; }
    std::uint32_t stripe() const { return stripe_; }

    // One step further. `key` is good until the next one. As keys_of_part().
    Status next(Connection &connection, Step &step, std::string_view &key);

private:
    Step begin();
    Step end();

    std::uint64_t stale_, unseen_;  // a bit each
    std::array<std::uint64_t, store::kStripes> lost_ = {};
    std::uint32_t stripe_ = 0;            // that is walked, as long as there is a part
    std::optional<pool::KeysPart> part_;  // the next one
    value::Names keys_;
    std::size_t at_ = 0;
};

}  // namespace latzero::client
