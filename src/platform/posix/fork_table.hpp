// What fork() must not carry over: every open descriptor of the library is listed here, and closed in a forked child,
// so that a child never keeps a dead parent's locks alive. Opening and listing happen under one lock that fork() takes
// too, so no child can be born between them.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.hpp"

namespace latzero::platform {

// One entry per descriptor, owned by whoever opened it; `fd` is -1 in a forked child.
struct ForkEntry {
    int fd = -1;
    ForkEntry *previous = nullptr;
    ForkEntry *next = nullptr;
};

// Installs the fork handlers once per loading of the library.
Status install_fork_handlers();

// Runs `open` (which returns a descriptor or -1) and lists what it opened.
template <typename Open>
int open_listed(ForkEntry &entry, Open open);

void fork_lock();
void fork_unlock();
void list_locked(ForkEntry &entry);
void unlist_and_close(ForkEntry &entry);

// The page that a child finds zeroed; counted by its users.
Status acquire_fork_word(const std::atomic<std::uint64_t> *&word);
void release_fork_word();

template <typename Open>
int open_listed(ForkEntry &entry, Open open) {
    fork_lock();
    entry.fd = open();
    if (entry.fd >= 0) list_locked(entry);
    fork_unlock();
    return entry.fd;
}

}  // namespace latzero::platform
