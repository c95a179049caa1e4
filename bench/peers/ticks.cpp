#include "ticks.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "histogram.hpp"

namespace bench {
namespace {

// Whether the counter runs at one rate, whatever the core's clock does, and never stops.
bool counter_is_invariant() {
#ifdef __x86_64__
    constexpr unsigned kPowerManagement = 0x80000007, kInvariant = 1u << 8;
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(kPowerManagement, &a, &b, &c, &d) != 0 && (d & kInvariant) != 0;
#else
    return false;
#endif
}

}  // namespace

Ticks::Ticks() : of_processor_(counter_is_invariant()) {
    if (!of_processor_) return;
    constexpr std::uint64_t kLong = 50'000'000;
    const std::uint64_t first_ns = now_ns(), first = end();
    std::uint64_t last_ns = first_ns;
    while (last_ns - first_ns < kLong) last_ns = now_ns();
    ns_per_tick_ = static_cast<double>(last_ns - first_ns) / static_cast<double>(end() - first);
}

double Ticks::own_ns() const {
    Histogram times;
    for (int i = 0; i < 100'000; i++) {
        const std::uint64_t start = begin();
        times.add(end() - start);
    }
    return static_cast<double>(times.percentile(0.5)) * ns_per_tick_;
}

}  // namespace bench
