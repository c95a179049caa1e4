// What the measuring processes and their parent tell each other, in memory that they share. Gone with the last of them.
#pragma once

#include "bench/histogram.hpp"
#include "failure.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace latzero::cli::bench {

// The clock of all processes: what one says of it, another may compare with its own.
inline uint64_t now_ns() {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

// One process's part of it, on cache lines of its own. Read by the parent once that process has ended.
struct alignas(64) Seat {
    uint64_t begun;  // the measurement, as it was and not as it was ordered
    uint64_t ended;
    uint64_t operations;  // from the one to the other
    uint64_t calls;       // all of them, also before the clock started
    Histogram latencies;
    ExitCode exit_code;
    char failure[512];  // the sentence, if it failed
};

class Stage {
public:
    explicit Stage(size_t seats) : bytes_(sizeof(Shared) + seats * sizeof(Seat)) {
        void *memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw system_failure("share memory with the measuring processes");
        }
        shared_ = static_cast<Shared *>(memory);
        seats_ = reinterpret_cast<Seat *>(shared_ + 1);
    }
    ~Stage() { munmap(shared_, bytes_); }
    Stage(const Stage &) = delete;
    Stage &operator=(const Stage &) = delete;

    // Processes that wait to hear when the clock starts. They warm up until then.
    std::atomic<uint64_t> &ready() { return shared_->ready; }
    // When it starts; 0: nobody knows yet.
    std::atomic<uint64_t> &begin() { return shared_->begin; }
    // When it ends; said before the beginning is.
    std::atomic<uint64_t> &end() { return shared_->end; }

    Seat &seat(size_t number) { return seats_[number]; }

private:
    // Fresh memory of the system is all zeroes, which is how these begin.
    struct alignas(64) Shared {
        std::atomic<uint64_t> ready;
        std::atomic<uint64_t> begin;
        std::atomic<uint64_t> end;
    };
    static_assert(std::atomic<uint64_t>::is_always_lock_free);

    size_t bytes_;
    Shared *shared_;
    Seat *seats_;
};

}  // namespace latzero::cli::bench
