#include "pool/stats.hpp"

#include <algorithm>

#include "platform/clock.hpp"
#include "store/budget.hpp"

namespace latzero::pool {

using namespace store;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Where nothing can have expired the stripe's own count is exact. It is taken too where counting would not end.
std::uint64_t count_stripe(const Segment &segment, std::uint32_t number, Budget &budget) {
    const Stripe &stripe = segment.stripe(number);
    const std::uint64_t due = stripe.sweep_due.load(std::memory_order_acquire);
    const std::uint64_t keys = stripe.keys.load(kRelaxed), now = due != 0 ? platform::boot_ms() : 0;
    Table table;
    if (due == 0 || due > now || !open_table(segment, stripe, table) || table.slots == nullptr) return keys;
    std::uint64_t over = 0;
    for (std::uint64_t at = 0; at < table.size(); at++) {
        const bool live = is_live(table.slots[at].load(kRelaxed));
        if (!budget.spend(sizeof(Word) + (live ? kClassSizes[0] : 0))) return keys;
        if (!live) continue;
        std::uint64_t expiry = 0;
        const auto outcome =
            look_at(segment, table.slots[at], [&](const RecordView &view) { expiry = expiry_of(view); });
        over += outcome == Attempt::hit && expiry != 0 && expiry <= now;
    }
    return keys - std::min(keys, over);
}

// The keys that are not past their TTL.
std::uint64_t count_live(const Segment &segment) {
    Budget budget(segment);
    std::uint64_t keys = 0;
    for (std::uint32_t number = 0; number < kStripes; number++) keys += count_stripe(segment, number, budget);
    return keys;
}

}  // namespace

std::uint64_t size(const Pool &pool) { return count_live(pool.segment()); }

PoolStats stats(const Pool &pool) {
    const Segment &segment = pool.segment();
    PoolStats stats;
    stats.keys = count_live(segment);
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Stripe &stripe = segment.stripe(number);
        stats.used_bytes += stripe.bytes.load(kRelaxed);
        stats.commits += stripe.version.load(kRelaxed);
    }
    stats.capacity_bytes = segment.usable();
    stats.limbo_bytes = segment.header().limbo_pages.load(kRelaxed) * kPageSize;
    const std::uint64_t used_pages = segment.header().used_pages.load(kRelaxed);
    stats.claimed_bytes = (used_pages - std::min(used_pages, segment.geometry().first_page())) * kPageSize;
    stats.claimed_bytes -= std::min(stats.claimed_bytes, stats.limbo_bytes);
    stats.huge_bytes = segment.huge_bytes();
    return stats;
}

}  // namespace latzero::pool
