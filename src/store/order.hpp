// Memory order, in the two senses that matter here.
//
// Between the living: release and acquire, as the language defines them. Between the dead and those who recover them: a
// killed process leaves a prefix of its stores, in the order of its instructions. So stores whose order a crash may
// expose are release stores (each stays behind all stores before it) or have a release fence between them.
#pragma once

#include <atomic>
#include <cstdint>

namespace latzero::store {

// How many fences this thread has made: for assertions that one stands between two steps.
#if defined(NDEBUG)
inline void note_fence() {}
inline void note_full_fence() {}
constexpr std::uint64_t fences_made() { return 0; }
constexpr std::uint64_t full_fences_made() { return 0; }
#else
inline constinit thread_local std::uint64_t fence_count = 0, full_fence_count = 0;
inline void note_fence() { fence_count++; }
inline void note_full_fence() { full_fence_count++; }
inline std::uint64_t fences_made() { return fence_count; }
inline std::uint64_t full_fences_made() { return full_fence_count; }
#endif

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer knows no fences. What they order are atomics, so it reports nothing without them either.
inline void make_fence(std::memory_order) { std::atomic_signal_fence(std::memory_order_seq_cst); }
#else
inline void make_fence(std::memory_order order) { std::atomic_thread_fence(order); }
#endif

inline void release_fence() {
    note_fence();
    make_fence(std::memory_order_release);
}
inline void acquire_fence() {
    note_fence();
    make_fence(std::memory_order_acquire);
}
inline void full_fence() {
    note_full_fence();
    make_fence(std::memory_order_seq_cst);
}

}  // namespace latzero::store
