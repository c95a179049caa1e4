// Waiting between processes.
//
// Contract: wait_on() may return at any time (spuriously, early, at max_wait); it returns soon after wake_all() on the
// same word if it was called while *word == expected. A wake-up may be lost when the waker dies or races with the start
// of a wait, so callers always pass a bounded max_wait and look again. Neither call is a cancellation point or changes
// errno.
//
// The channel names the word across processes (pool and number of the lock) for systems whose address-based waits do
// not cross processes; POSIX needs the address alone.
#pragma once

#include <atomic>
#include <cstdint>

namespace latzero::platform {

struct WaitChannel {
    std::uint64_t pool;
    std::uint32_t number;
};

void wait_on(const WaitChannel &channel, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
             std::uint64_t max_wait_ns);
void wake_all(const WaitChannel &channel, std::atomic<std::uint32_t> &word);

// The same among groups, a bit each: wake_groups() wakes those waits that have one of its groups among theirs. Systems
// that cannot tell them apart wake all.
void wait_on_groups(const WaitChannel &channel, const std::atomic<std::uint32_t> &word, std::uint32_t expected,
                    std::uint32_t groups, std::uint64_t max_wait_ns);
void wake_groups(const WaitChannel &channel, std::atomic<std::uint32_t> &word, std::uint32_t groups);

// Sleeps about that long; not a cancellation point.
void pause_for(std::uint64_t ns);

// Tells the processor that this is a spin loop.
inline void spin_hint() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace latzero::platform
