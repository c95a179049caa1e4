#include "pool/pool.hpp"

namespace latzero::pool {

void Pool::touch_now_and_then() {
    constexpr std::uint64_t kEveryMs = 1000;
    const std::uint64_t now = platform::coarse_ms();
    const std::uint64_t before = touched_at_ms_.load(std::memory_order_relaxed);
    if (before != 0 && now - before < kEveryMs) return;
    touched_at_ms_.store(now, std::memory_order_relaxed);
    touch();
}

}  // namespace latzero::pool
