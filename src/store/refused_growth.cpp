#include "store/refused_growth.hpp"

#include "base/assert.hpp"
#include "platform/clock.hpp"

namespace latzero::store {

constexpr std::uint64_t kRefusedForNs = 1'000'000'000;

bool RefusedGrowth::covers(std::uint64_t from, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    return from == from_ && bytes >= bytes_ && platform::boot_ns() < until_ns_;
}

void RefusedGrowth::note(std::uint64_t from, std::uint64_t bytes) {
    LATZERO_ASSERT(bytes > 0);
    const std::lock_guard lock(mutex_);
    from_ = from;
    bytes_ = bytes;
    until_ns_ = platform::boot_ns() + kRefusedForNs;
}

}  // namespace latzero::store
