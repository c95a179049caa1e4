// Memory order, in the two senses that matter here.
//
// Between the living: release and acquire, as the language defines them. Between the dead and those who recover them: a
// killed process leaves a prefix of its stores, in the order of its instructions. So stores whose order a crash may
// expose are release stores (each stays behind all stores before it) or have a release fence between them.
#pragma once

#include <atomic>

namespace latzero::store {

#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer knows no fences. What they order are atomics, so it reports nothing without them either.
inline void release_fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }
inline void acquire_fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }
inline void full_fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }
#else
inline void release_fence() { std::atomic_thread_fence(std::memory_order_release); }
inline void acquire_fence() { std::atomic_thread_fence(std::memory_order_acquire); }
inline void full_fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }
#endif

}  // namespace latzero::store
