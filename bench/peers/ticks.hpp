// The least clock there is for one single operation: the processor's counter where it runs evenly, else the system's.
#pragma once

#include <time.h>

#include <cstdint>

namespace bench {

inline std::uint64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

class Ticks {
public:
    // Compares the counter with the system's clock, which takes 50 ms.
    Ticks();

    bool of_processor() const { return of_processor_; }
    double ns_per_tick() const { return ns_per_tick_; }
    // What the clock says of doing nothing, in the median: that much is in every time.
    double own_ns() const;

    // What comes after does not begin before the counter is read.
    std::uint64_t begin() const {
#ifdef __x86_64__
        if (of_processor_) {
            const std::uint64_t now = counter();
            asm volatile("lfence" ::: "memory");
            return now;
        }
#endif
        return now_ns();
    }

    // What came before has ended before the counter is read.
    std::uint64_t end() const {
#ifdef __x86_64__
        if (of_processor_) return counter();
#endif
        return now_ns();
    }

private:
#ifdef __x86_64__
    static std::uint64_t counter() {
        std::uint32_t low = 0, high = 0;
        asm volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
        return std::uint64_t{high} << 32 | low;
    }
#endif

    bool of_processor_ = false;
    double ns_per_tick_ = 1;
};

}  // namespace bench
