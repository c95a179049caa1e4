#include "pool/pool.hpp"

#include <algorithm>

#include "pool/tell_deeds.hpp"
#include "store/watching.hpp"

namespace latzero::pool {

void Pool::do_more() {
    session_.growth_ahead.make_one(segment());
    store::switch_ring(actor());
    tell_deeds(session_);
}

void Pool::touch_now_and_then() {
    constexpr std::uint64_t kMostMs = 1000;
    const auto idle_ttl_ms = static_cast<std::uint64_t>(segment().constants().idle_ttl_ms);
    const std::uint64_t every_ms = std::min(kMostMs, idle_ttl_ms / 4);
    const std::uint64_t now = platform::coarse_ms();
    const std::uint64_t before = touched_at_ms_.load(std::memory_order_relaxed);
    if (before != 0 && now - before < every_ms) return;
    touched_at_ms_.store(now, std::memory_order_relaxed);
    touch_now();
}

}  // namespace latzero::pool
