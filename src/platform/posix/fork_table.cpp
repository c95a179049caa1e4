#include "platform/posix/fork_table.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <new>

#include "base/last_error.hpp"
#include "base/errno_keeper.hpp"
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
    for (ForkEntry *entry = first_entry; entry != nullptr;) {
        ForkEntry *next = entry->next;
        close(entry->fd);
        *entry = ForkEntry{};
        entry = next;
    }
    first_entry = nullptr;
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

void list_locked(ForkEntry &entry) {
    entry.previous = nullptr;
    entry.next = first_entry;
    if (first_entry != nullptr) first_entry->previous = &entry;
    first_entry = &entry;
}

void unlist_and_close(ForkEntry &entry) {
    const std::lock_guard lock(mutex);
    if (entry.fd < 0) return;
    if (entry.previous != nullptr)
        entry.previous->next = entry.next;
    else
        first_entry = entry.next;
    if (entry.next != nullptr) entry.next->previous = entry.previous;
    close(entry.fd);
    entry = ForkEntry{};
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
