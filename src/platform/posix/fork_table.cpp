#include "platform/posix/fork_table.hpp"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/last_error.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/sync.hpp"

namespace latzero::platform {

// Zero from the start, so it lies among the zeros behind what was read from the file: the system wipes nothing else.
constinit WipedPage wiped_page = {};

namespace {

// All guarded by the fork lock; plain memory without destructors, so that it outlives static destruction.
ForkEntry *first_entry = nullptr;
std::uint64_t last_epoch = 0;  // that this process or an ancestor had
SignalMask forker_s_mask;

std::atomic<bool> handlers_installed{false};

enum LockState : std::uint32_t { kFree, kHeld, kAwaited };

// The first look of a process. What it finds listed is its parent's, and so are the secrets.
void settle_locked() {
    const ErrnoKeeper keeper;
    while (first_entry != nullptr) {
        ForkEntry &entry = *first_entry;
        if (is_still_open(entry)) close(entry.fd);
        unlist_locked(entry);
    }
    forget_secrets_locked();
    wiped_page.epoch.store(++last_epoch, std::memory_order_relaxed);
}

// All of fork() runs without the host's signal handlers: one that forks would wait for this very fork.
void before_fork() {
    const SignalMask mask = block_host_signals();
    take_fork_lock();
    forker_s_mask = mask;
}

void after_fork_in_parent() {
    const SignalMask mask = forker_s_mask;
    release_fork_lock();
    restore_signals(mask);
}

void after_fork_in_child() {
    // As the parent had them, where the system does not wipe.
    wiped_page.epoch.store(0, std::memory_order_relaxed);
    wiped_page.lock.store(kHeld, std::memory_order_relaxed);
    settle_locked();
    after_fork_in_parent();
}

}  // namespace

// When the library is loaded, so that no fork comes before; tried again later if it failed.
[[gnu::constructor]] static void install_early() { (void)install_fork_handlers(); }

Status install_fork_handlers() {
    if (handlers_installed.load(std::memory_order_acquire)) return Status::ok;
    // Where the system cannot wipe, the fork handlers alone tell children apart.
    if (static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) <= sizeof wiped_page) {
        const ErrnoKeeper keeper;
        (void)madvise(&wiped_page, sizeof wiped_page, MADV_WIPEONFORK);
    }
    if (handlers_installed.exchange(true, std::memory_order_acq_rel)) return Status::ok;
    if (pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0) return Status::ok;
    handlers_installed.store(false, std::memory_order_release);
    return fail(Status::no_memory, "no memory for a fork handler: free memory and try again");
}

std::uint64_t current_epoch() {
    if (wiped_page.epoch.load(std::memory_order_relaxed) == 0) {
        const ForkLock settles;
    }
    return wiped_page.epoch.load(std::memory_order_relaxed);
}

void take_fork_lock() {
    constexpr std::uint64_t kLongestSleepNs = 100'000'000;
    std::uint32_t found = kFree;
    if (!wiped_page.lock.compare_exchange_strong(found, kHeld, std::memory_order_acquire))
        while (wiped_page.lock.exchange(kAwaited, std::memory_order_acquire) != kFree)
            wait_on({}, wiped_page.lock, kAwaited, kLongestSleepNs);
    if (wiped_page.epoch.load(std::memory_order_relaxed) == 0) settle_locked();
}

void release_fork_lock() {
    if (wiped_page.lock.exchange(kFree, std::memory_order_release) == kAwaited) wake_all({}, wiped_page.lock);
}

// What is open and cannot be looked at is a directory of a process that has ended since: ours.
bool is_still_open(const ForkEntry &entry) {
    const ErrnoKeeper keeper;
    struct stat status;
    if (entry.fd < 0) return false;
    return fstat(entry.fd, &status) == 0 ? FileIdentity::of(status) == entry.identity : errno != EBADF;
}

bool is_listed(int fd) {
    const ForkLock lock;
    const ForkEntry *entry = first_entry;
    while (entry != nullptr && (entry->fd != fd || !is_still_open(*entry))) entry = entry->next;
    return entry != nullptr;
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
    const ForkLock lock;
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

}  // namespace latzero::platform
