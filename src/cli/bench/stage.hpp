// What the measuring processes and their parent tell each other, in memory that they share. Gone with the last of them.
#pragma once

#include "bench/histogram.hpp"
#include "failure.hpp"
#include "system/shared_memory.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace latzero::cli::bench {

// The same clock in all processes, so that they can compare what they read.
inline std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

// The part of one process, on cache lines of its own. The parent reads it once that process has ended.
struct alignas(64) Seat {
    std::uint64_t begun;  // when it really began, not when it was told to
    std::uint64_t ended;
    std::uint64_t operations;  // between the two
    std::uint64_t calls;       // all of them, also before the clock started
    Histogram latencies;
    ExitCode exit_code;
    char failure[512];  // the sentence, if it failed
};

class Stage {
public:
    explicit Stage(std::size_t seats)
        : memory_(sizeof(Shared) + seats * sizeof(Seat)),
          shared_(static_cast<Shared *>(memory_.data())),
          seats_(reinterpret_cast<Seat *>(shared_ + 1)) {}

    // Processes that wait to hear when the clock starts. They warm up until then.
    std::atomic<std::uint64_t> &ready() { return shared_->ready; }
    // When it starts; 0: not yet known.
    std::atomic<std::uint64_t> &begin() { return shared_->begin; }
    // When it ends; set before begin() is.
    std::atomic<std::uint64_t> &end() { return shared_->end; }

    Seat &seat(std::size_t number) { return seats_[number]; }

private:
    // All zeroes, as fresh shared memory is.
    struct alignas(64) Shared {
        std::atomic<std::uint64_t> ready;
        std::atomic<std::uint64_t> begin;
        std::atomic<std::uint64_t> end;
    };
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

    SharedMemory memory_;
    Shared *shared_;
    Seat *seats_;
};

}  // namespace latzero::cli::bench
