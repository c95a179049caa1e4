// Times each of many calls and tells whether a long one was long because it waited, or because the system gave the core
// to somebody else meanwhile.
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace latzero::bench {

inline std::uint64_t read_clock(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// The time that the thread was running.
inline std::uint64_t cpu_ns() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

// The same, for turns.hpp.
struct CpuClock {
    static std::chrono::nanoseconds now() { return std::chrono::nanoseconds(cpu_ns()); }
};

class Calls {
public:
    explicit Calls(std::size_t expected) { ns_.reserve(expected); }

    // Before the first call, and after whatever may have slept between two.
    void resume() { seen_ = Switches::of_thread(); }

    template <typename Call>
    void time(Call call) {
        const std::uint64_t begin = read_clock(CLOCK_MONOTONIC);
        call();
        note(read_clock(CLOCK_MONOTONIC) - begin);
    }

    // Of the calls that were not interrupted, or that waited.
    std::uint64_t percentile(double share) {
        if (ns_.empty()) return 0;
        std::sort(ns_.begin(), ns_.end());
        return ns_[std::min(ns_.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ns_.size())))];
    }
    std::uint64_t longest() const { return ns_.empty() ? 0 : *std::max_element(ns_.begin(), ns_.end()); }
    std::uint64_t over(std::uint64_t ns) const {
        return static_cast<std::uint64_t>(std::count_if(ns_.begin(), ns_.end(), [=](auto one) { return one > ns; }));
    }

    std::uint64_t waited() const { return waited_; }

private:
    struct Switches {
        long waits, interruptions;

        static Switches of_thread() {
            rusage usage = {};
            getrusage(RUSAGE_THREAD, &usage);
            return {usage.ru_nvcsw, usage.ru_nivcsw};
        }
    };

    // Whoever waits or is interrupted is gone for longer than this.
    static constexpr std::uint64_t kLong = 2000;

    void note(std::uint64_t ns) {
        if (ns > kLong) [[unlikely]] {
            const Switches now = Switches::of_thread();
            const bool waited = now.waits != seen_.waits, interrupted = now.interruptions != seen_.interruptions;
            seen_ = now;
            waited_ += waited;
            if (interrupted && !waited) return;
        }
        ns_.push_back(ns);
    }

    Switches seen_ = Switches::of_thread();
    std::vector<std::uint64_t> ns_;
    std::uint64_t waited_ = 0;
};

}  // namespace latzero::bench
