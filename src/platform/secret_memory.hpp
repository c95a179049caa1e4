// Memory for secrets: kept out of swap and of core dumps, wiped in a forked child and when it is given back.
//
// Contract, for every system:
// - The memory begins zeroed and aligned to 64 bytes. Several secrets share a page, so that many small ones cost little
//   of what a process may lock.
// - A forked child finds zeros in it, and may take memory of its own.
// - What the system cannot or may not do (locking under a low RLIMIT_MEMLOCK, say) is left out without a word: the
//   secret may then reach the swap device; everything else still holds.
// - Not kept from: root, debuggers, hibernation, and whoever copies a secret elsewhere.
//
// Threads: any, at once. Neither call changes errno.
#pragma once

#include <cstddef>

namespace latzero::platform {

// nullptr if there is no memory. `size` is at least 1.
void *take_secret_memory(std::size_t size) noexcept;

// Wipes it, and gives back what take_secret_memory(size) gave.
void give_secret_memory(void *memory, std::size_t size) noexcept;

}  // namespace latzero::platform
