// Every open descriptor of the library.
//
// Invariants:
// - None is 0, 1 or 2, whatever the host has closed: what a host prints never reaches a pool.
// - The host may close one, and open something else under its number. So each is listed with the object behind it, and
//   is used and closed only as long as it still leads there.
// - A forked child closes them all, so that it never keeps a dead parent's locks alive. Opening and listing happen
//   under one lock that fork() takes too, so no child can be born between them. A child that was made behind the fork
//   handlers' back, by _Fork() or a raw clone, closes them when it first takes the lock.
#pragma once

#include <sys/stat.h>

#include <cstdint>

#include "base/status.hpp"
#include "platform/fork.hpp"

namespace latzero::platform {

// What a file is known by.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;

    static FileIdentity of(const struct stat &status) { return {status.st_dev, status.st_ino}; }
    bool operator==(const FileIdentity &) const = default;
};

// One entry per descriptor, owned by its opener. `fd` is -1 in a forked child, and once another descriptor of the
// library has the number.
struct ForkEntry {
    int fd = -1;
    FileIdentity identity;
    ForkEntry *previous = nullptr;
    ForkEntry *next = nullptr;
};

// Whether the descriptor still leads to what was opened. Allocates nothing.
bool is_still_open(const ForkEntry &entry);

// Whether the library has something open under this number. Takes the fork lock.
bool is_listed(int fd);

// Installs the fork handlers once per loading of the library.
Status install_fork_handlers();

// This process's, for what it makes now.
std::uint64_t current_epoch();

// Runs `open` (which returns a descriptor, or -1 with errno) and lists what it opened.
template <typename Open>
int open_listed(ForkEntry &entry, Open open);

// For ForkLock alone, which keeps signals off as well.
void take_fork_lock();
void release_fork_lock();
// Callers hold the fork lock. False if the descriptor is a standard one or cannot be looked at: it is closed then.
bool list_locked(ForkEntry &entry, int fd);
void unlist_locked(ForkEntry &entry);
// Closes the descriptor, unless it is the host's by now.
void unlist_and_close(ForkEntry &entry);

// Keeps the numbers 0 to 2 from what is opened during its life: free ones are taken by descriptors that can neither be
// read nor written, so that the host meets the same failure as with a closed one.
class StandardNumbers {
public:
    StandardNumbers();
    ~StandardNumbers();
    StandardNumbers(const StandardNumbers &) = delete;
    StandardNumbers &operator=(const StandardNumbers &) = delete;

private:
    ForkEntry taken_[3];
};

// A child's first look at its parent's secrets, of which only their places are left (secret_memory.cpp). The fork lock
// is held.
void forget_secrets_locked();

template <typename Open>
int open_listed(ForkEntry &entry, Open open) {
    // The host may close a standard stream just now: seldom, and never for ever.
    constexpr int kAttempts = 8;
    const ForkLock lock;
    bool listed = false;
    for (int attempt = 0; attempt < kAttempts && !listed; attempt++) {
        const StandardNumbers taken;
        const int fd = open();
        if (fd < 0) break;
        listed = list_locked(entry, fd);
    }
    return listed ? entry.fd : -1;
}

}  // namespace latzero::platform
