// Time as the tests measure it.
#pragma once

#include <cstdint>

namespace latzero::test {

std::uint64_t now_ns();  // monotonic
void sleep_ns(std::uint64_t ns);

// For messages.
constexpr double in_ms(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }
constexpr double in_s(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// How long a call took, without the time in which this thread was ready to run but no processor was free for it: on a
// busy machine that says something of the machine, not of the library. What remains is the call's own work and its
// sleeps. The kernel keeps the account (/proc/thread-self/schedstat, second number).
//
// Asking it costs about a microsecond, so start() asks only if the last answer is older than kStale, and stop() only
// for calls over kShort: a result may be up to kStale too small. For the thread (after any fork) that made it.
class Stopwatch {
public:
    static constexpr std::uint64_t kStale = 100'000;
    static constexpr std::uint64_t kShort = 200'000;

    Stopwatch();
    ~Stopwatch();
    Stopwatch(const Stopwatch &) = delete;
    Stopwatch &operator=(const Stopwatch &) = delete;

    void start();
    std::uint64_t stop();

private:
    std::uint64_t delayed() const;

    int account_;
    std::uint64_t began_ = 0;
    std::uint64_t asked_ = 0;
    std::uint64_t delayed_ = 0;
};

}  // namespace latzero::test
