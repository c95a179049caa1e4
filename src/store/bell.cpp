#include "store/bell.hpp"

#include "platform/sync.hpp"
#include "store/lock.hpp"
#include "store/order.hpp"

namespace latzero::store {
namespace {

// Sleepers are told apart by 32 groups of stripes.
std::uint32_t groups_of(std::uint64_t stripes) { return static_cast<std::uint32_t>(stripes | stripes >> 32); }

platform::WaitChannel channel_of(const Segment &segment) { return {segment.pool_number(), kBellNumber}; }

}  // namespace

void ring_bell(const Segment &segment, std::uint32_t stripe) {
    LATZERO_ASSERT(stripe < kStripes);
    // Before the look: the unlock, and with it the number of the event that the sleeper looks for.
    full_fence();
    Header &header = segment.header();
    const std::uint64_t bit = std::uint64_t{1} << stripe;
    if ((header.sleepers.load(std::memory_order_relaxed) & bit) == 0) [[likely]]
        return;
    header.sleepers.fetch_and(~bit, std::memory_order_seq_cst);
    header.bell.fetch_add(1, std::memory_order_seq_cst);
    platform::wake_groups(channel_of(segment), header.bell, groups_of(bit));
}

void sleep_until_bell(const Segment &segment, std::uint32_t bell, std::uint64_t stripes, std::uint64_t most_ns) {
    platform::wait_on_groups(channel_of(segment), segment.header().bell, bell, groups_of(stripes), most_ns);
}

void wake_sleepers(const Segment &segment) {
    platform::wake_groups(channel_of(segment), segment.header().bell, groups_of(~std::uint64_t{0}));
}

void note_clients_changed(const Segment &segment) {
    Header &header = segment.header();
    header.clients_changed.fetch_add(1, std::memory_order_seq_cst);
    if (header.sleepers.fetch_and(0, std::memory_order_seq_cst) == 0) return;
    header.bell.fetch_add(1, std::memory_order_seq_cst);
    wake_sleepers(segment);
}

}  // namespace latzero::store
