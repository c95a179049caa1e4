#include "platform/posix/fork_table.hpp"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <new>

#include "base/errno_keeper.hpp"
#include "base/last_error.hpp"
#include "platform/process.hpp"

namespace latzero::platform {
namespace {

// All guarded by `mutex`, which is held across fork(); plain memory without destructors, so that it outlives static
// destruction.
std::mutex mutex;
ForkEntry *first_entry = nullptr;
std::atomic<std::uint64_t> *fork_word = nullptr;
std::size_t fork_word_users = 0;
std::uint64_t epoch = 1;

void before_fork() { mutex.lock(); }
void after_fork_in_parent() { mutex.unlock(); }

void after_fork_in_child() {
    const ErrnoKeeper keeper;
    while (first_entry != nullptr) {
        ForkEntry &entry = *first_entry;
        if (is_still_open(entry)) close(entry.fd);
        unlist_locked(entry);
    }
    epoch++;
    if (fork_word != nullptr) fork_word->store(epoch, std::memory_order_relaxed);
    mutex.unlock();
}

bool handlers_installed = false;

}  // namespace

Status install_fork_handlers() {
    const std::lock_guard lock(mutex);
    if (handlers_installed) return Status::ok;
    if (pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) != 0)
        return fail(Status::no_memory, "no memory for a fork handler: free memory and try again");
    handlers_installed = true;
    return Status::ok;
}

void fork_lock() { mutex.lock(); }
void fork_unlock() { mutex.unlock(); }

bool is_still_open(const ForkEntry &entry) {
    const ErrnoKeeper keeper;
    struct stat status;
    return entry.fd >= 0 && fstat(entry.fd, &status) == 0 && FileIdentity::of(status) == entry.identity;
}

// An entry that has this number already is of a descriptor that the host has closed. Where both lead to the same
// object, only the number tells.
bool list_locked(ForkEntry &entry, int fd) {
    struct stat status;
    if (fd <= STDERR_FILENO || fstat(fd, &status) != 0) {
        const ErrnoKeeper keeper;
        close(fd);
        return false;
    }
    for (ForkEntry *other = first_entry; other != nullptr;) {
        ForkEntry *next = other->next;
        if (other->fd == fd) unlist_locked(*other);
        other = next;
    }
    entry = {fd, FileIdentity::of(status), nullptr, first_entry};
    if (first_entry != nullptr) first_entry->previous = &entry;
    first_entry = &entry;
    return true;
}

void unlist_locked(ForkEntry &entry) {
    if (entry.fd < 0) return;
    if (entry.previous != nullptr)
        entry.previous->next = entry.next;
    else
        first_entry = entry.next;
    if (entry.next != nullptr) entry.next->previous = entry.previous;
    entry = {-1, entry.identity, nullptr, nullptr};
}

void unlist_and_close(ForkEntry &entry) {
    const std::lock_guard lock(mutex);
    if (is_still_open(entry)) close(entry.fd);
    unlist_locked(entry);
}

// Ascending, so that each free number is the lowest one.
StandardNumbers::StandardNumbers() {
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        if (fcntl(number, F_GETFD) >= 0) continue;
        const int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct stat status;
        if (fd == number && fstat(fd, &status) == 0)
            taken_[number] = {fd, FileIdentity::of(status), nullptr, nullptr};
        else if (fd >= 0)
            close(fd);
    }
}

StandardNumbers::~StandardNumbers() {
    const ErrnoKeeper keeper;
    for (const ForkEntry &entry : taken_)
        if (is_still_open(entry)) close(entry.fd);
}

Status acquire_fork_word(const std::atomic<std::uint64_t> *&word) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const std::lock_guard lock(mutex);
    if (fork_word == nullptr) {
        const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        void *page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return fail(Status::no_memory, "no address space: raise the process's memory limit");
        // Where the kernel cannot wipe, the fork handler alone tells children apart.
        (void)madvise(page, size, MADV_WIPEONFORK);
        fork_word = new (page) std::atomic<std::uint64_t>(epoch);
    }
    fork_word_users++;
    word = fork_word;
    return Status::ok;
}

void release_fork_word() {
    const std::lock_guard lock(mutex);
    if (--fork_word_users != 0) return;
    munmap(fork_word, static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
    fork_word = nullptr;
}

}  // namespace latzero::platform
