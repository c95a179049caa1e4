#include "platform/posix/lock_holders.hpp"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "platform/clock.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/open_file.hpp"
#include "platform/posix/text_lines.hpp"

namespace latzero::platform {
namespace {

// What is looked at in all: a machine may have any number of processes, descriptors and locks.
constexpr std::uint64_t kLongestNs = 250'000'000;
constexpr int kMostLines = 100'000;

// One lock of a file, as a line of /proc/locks has it, and of a descriptor's fdinfo behind "lock:".
struct LockLine {
    char kind[16];
    unsigned process;  // of an flock() alone
    FileIdentity file;
    std::uint64_t first, last;
};

// False for what is no lock that is held.
bool read_lock(const char *line, LockLine &lock) {
    char process[16], last[24];
    unsigned major, minor;
    unsigned long long inode, first;
    if (sscanf(line, "%*u: %15s %*s %*s %15s %x:%x:%llu %llu %23s", lock.kind, process, &major, &minor, &inode, &first,
               last) != 7)
        return false;
    lock.process = static_cast<unsigned>(strtoul(process, nullptr, 10));
    lock.file = {makedev(major, minor), static_cast<ino_t>(inode)};
    lock.first = first;
    lock.last = strcmp(last, "EOF") == 0 ? UINT64_MAX : strtoull(last, nullptr, 10);
    return true;
}

bool is_number(const char *name) { return *name != 0 && name[strspn(name, "0123456789")] == 0; }

// Whether a task has left user space for good: the kernel's flag PF_EXITING. `stat` is its file of that name, in whose
// last line the numbers follow the last parenthesis.
bool is_exiting(const char *stat) {
    constexpr unsigned kExiting = 4;
    TextLines lines(stat);
    char numbers[128] = "";
    for (std::string_view line; lines.next(line);) {
        const std::size_t name_end = line.rfind(')');
        if (name_end != line.npos) std::snprintf(numbers, sizeof numbers, "%s", line.data() + name_end + 1);
    }
    unsigned flags = 0;
    return sscanf(numbers, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && (flags & kExiting) != 0;
}

// Calls visit(lock, is_bytes) for each lock that was taken by a descriptor, as its fdinfo tells: of bytes, counted from
// kByteBase on, or of the whole file.
template <typename Visit>
void for_each_lock(const char *fdinfo, Visit visit) {
    constexpr const char *kHead = "lock:";
    constexpr auto kBase = static_cast<std::uint64_t>(kByteBase);
    TextLines lines(fdinfo);
    LockLine lock;
    std::string_view line;
    for (int count = 0; count < kMostLines && lines.next(line); count++) {
        if (!line.starts_with(kHead) || !read_lock(line.data() + strlen(kHead), lock)) continue;
        const bool is_bytes = strcmp(lock.kind, "OFDLCK") == 0;
        if (is_bytes && lock.first < kBase) continue;
        if (is_bytes) lock.first -= kBase, lock.last -= kBase;
        visit(lock, is_bytes);
    }
}

void read_holder(const char *fdinfo, LockHolder &holder) {
    for_each_lock(fdinfo, [&](const LockLine &lock, bool is_bytes) {
        if (is_bytes) holder.bytes.push_back({lock.first, lock.last});
        if (strcmp(lock.kind, "FLOCK") == 0) holder.life_lock = true;
    });
}

// Whether a descriptor may lead to an object of ours, by the name of the file. Only such are looked at further: a file
// system that does not answer, of another file, must not be asked.
bool may_be_object(int descriptors, const char *descriptor) {
    char target[512];
    const ssize_t size = readlinkat(descriptors, descriptor, target, sizeof target);
    return size > 0 && std::string_view(target, static_cast<std::size_t>(size)).find("/lz.") != std::string_view::npos;
}

// Runs look(number) for each entry of a directory that is a number, until the time is over.
template <typename Look>
void for_each_number(const char *path, std::uint64_t deadline_ns, Look look) {
    const OpenDirectory directory(path);
    if (directory.get() == nullptr) return;
    while (const dirent *entry = readdir(directory.get())) {
        if (boot_ns() >= deadline_ns) return;
        if (is_number(entry->d_name)) look(dirfd(directory.get()), entry->d_name);
    }
}

// Calls visit(fdinfo) for each descriptor of a process or thread, whose directory is given, that leads to the object.
template <typename Visit>
void for_each_descriptor(const char *owner, const FileIdentity &object, std::uint64_t deadline_ns, Visit visit) {
    char path[112];
    std::snprintf(path, sizeof path, "%s/fd", owner);
    for_each_number(path, deadline_ns, [&](int descriptors, const char *descriptor) {
        struct stat status;
        if (!may_be_object(descriptors, descriptor)) return;
        if (fstatat(descriptors, descriptor, &status, 0) != 0 || FileIdentity::of(status) != object) return;
        char fdinfo[144];
        std::snprintf(fdinfo, sizeof fdinfo, "%s/fdinfo/%.10s", owner, descriptor);
        visit(fdinfo);
    });
}

}  // namespace

std::uint32_t find_life_holder(const FileIdentity &object) {
    const ErrnoKeeper keeper;
    TextLines lines("/proc/locks");
    LockLine lock;
    std::string_view line;
    for (int count = 0; count < kMostLines && lines.next(line); count++)
        if (read_lock(line.data(), lock) && strcmp(lock.kind, "FLOCK") == 0 && lock.file == object) return lock.process;
    return 0;
}

namespace {

// Calls visit(path) for each thread of a process, with its directory. False if there is none, or time is over.
template <typename Visit>
bool for_each_task(std::uint32_t process, std::uint64_t deadline_ns, Visit visit) {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%u/task", process);
    bool any = false;
    for_each_number(path, deadline_ns, [&](int, const char *task) {
        char of_task[96];
        std::snprintf(of_task, sizeof of_task, "%s/%.10s", path, task);
        any = true;
        visit(of_task);
    });
    return any && boot_ns() < deadline_ns;
}

bool are_all_exiting(std::uint32_t process, std::uint64_t deadline_ns) {
    bool all = true;
    const bool complete = for_each_task(process, deadline_ns, [&](const char *task) {
        char stat[112];
        std::snprintf(stat, sizeof stat, "%s/stat", task);
        all = all && is_exiting(stat);
    });
    return complete && all;
}

}  // namespace

// The first look is cheap: most holders live. All tasks are looked at twice, since one that was not in the list yet may
// have been started by one that ended before its turn. What the last of them still has open proves that it is the
// holder, and no other process of the number; without that proof the answer is no.
bool is_held_by_dying(const FileIdentity &object, std::uint64_t byte, std::uint32_t process) {
    const ErrnoKeeper keeper;
    char stat[32];
    std::snprintf(stat, sizeof stat, "/proc/%u/stat", process);
    if (process == 0 || !is_exiting(stat)) return false;
    const std::uint64_t deadline = boot_ns() + kLongestNs;
    for (int look = 0; look < 2; look++)
        if (!are_all_exiting(process, deadline)) return false;
    bool is_holder = false;
    (void)for_each_task(process, deadline, [&](const char *task) {
        for_each_descriptor(task, object, deadline, [&](const char *fdinfo) {
            for_each_lock(fdinfo, [&](const LockLine &lock, bool is_bytes) {
                is_holder |= is_bytes && lock.first <= byte && byte <= lock.last;
            });
        });
    });
    return is_holder;
}

void find_holders(const FileIdentity &object, std::vector<LockHolder> &holders) {
    const ErrnoKeeper keeper;
    const std::uint64_t deadline = boot_ns() + kLongestNs;
    const uid_t user = geteuid();
    for_each_number("/proc", deadline, [&](int processes, const char *process) {
        struct stat status;
        if (fstatat(processes, process, &status, 0) != 0 || status.st_uid != user) return;
        char path[32];
        std::snprintf(path, sizeof path, "/proc/%.10s", process);
        for_each_descriptor(path, object, deadline, [&](const char *fdinfo) {
            LockHolder holder;
            holder.process = static_cast<std::uint32_t>(strtoul(process, nullptr, 10));
            read_holder(fdinfo, holder);
            if (holder.life_lock || !holder.bytes.empty()) holders.push_back(std::move(holder));
        });
    });
}

bool LockHolder::holds(std::uint64_t first, std::uint64_t last) const {
    return std::any_of(bytes.begin(), bytes.end(),
                       [=](const Range &range) { return range.first <= last && first <= range.last; });
}

}  // namespace latzero::platform
