#include "platform/shm.hpp"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "base/errno_keeper.hpp"
#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/clock.hpp"
#include "platform/posix/fork_table.hpp"
#include "platform/posix/lock_holders.hpp"
#include "platform/posix/open_file.hpp"
#include "platform/posix/shm_directory.hpp"
#include "platform/posix/shm_failures.hpp"
#include "platform/sync.hpp"

namespace latzero::platform {
namespace {

struct flock byte_range(short type, std::uint64_t first, std::uint64_t count) {
    struct flock range = {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = kByteBase + static_cast<off_t>(first);
    range.l_len = static_cast<off_t>(count);
    return range;
}

}  // namespace

struct SharedObject::Descriptor {
    ForkEntry entry;
    Access access = Access::read_write;
    mode_t mode = 0600;
    Path path;  // where the object was published or opened
};

SharedObject::~SharedObject() {
    if (descriptor_ == nullptr) return;
    const ErrnoKeeper keeper;
    unlist_and_close(descriptor_->entry);
    delete descriptor_;
}

SharedObject::SharedObject(SharedObject &&other) noexcept : descriptor_(std::exchange(other.descriptor_, nullptr)) {}

SharedObject &SharedObject::operator=(SharedObject &&other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

// The descriptor, if it still leads to the object. Otherwise -1, with EBADF: no call does anything then.
int SharedObject::fd() const {
    if (is_still_open(descriptor_->entry)) [[likely]]
        return descriptor_->entry.fd;
    return -1;
}

const char *SharedObject::where() const { return descriptor_->path.c_str(); }

bool SharedObject::has_descriptor() const { return is_still_open(descriptor_->entry); }

bool SharedObject::writable() const { return descriptor_->access == Access::read_write; }

bool SharedObject::is_of_current_user() const { return descriptor_->path.user() == geteuid(); }

Status SharedObject::create_unseen(SharedObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    SharedObject made(new Descriptor);
    const int fd =
        open_listed(made.descriptor_->entry, [] { return open_file(kDirectory, O_TMPFILE | O_RDWR | O_CLOEXEC); });
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        return fail(Status::unsupported, "%s cannot hold unnamed files: mount a tmpfs there", kDirectory);
    if (fd < 0) return fail_errno("create a shared memory object in", kDirectory, errno);
    // Whatever the umask left out of the mode.
    if (fchmod(fd, 0600) != 0) return fail_errno("set the mode of a new object in", kDirectory, errno);
    object = std::move(made);
    return Status::ok;
}

// Linking by descriptor wants a privilege on older kernels; linking by /proc does not.
static bool link_file(int fd, const char *path) {
    if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return true;
    if (errno == EEXIST || errno == EBADF) return false;
    const std::string by_proc = "/proc/self/fd/" + std::to_string(fd);
    return linkat(AT_FDCWD, by_proc.c_str(), AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

Status SharedObject::publish(std::string_view name) {
    const Path path(name);
    if (link_file(fd(), path.c_str())) {
        descriptor_->path = path;
        return Status::ok;
    }
    if (errno == EEXIST) return Status::pool_exists;
    // The directory is there: the object lies in it.
    const int error = errno;
    struct stat descriptors;
    if (error == ENOENT && stat("/proc/self/fd", &descriptors) != 0)
        return fail(Status::unsupported, "cannot publish %s: that takes a privilege, or /proc: mount it",
                    Shown(path.c_str()).text());
    return fail_use("publish", path.c_str(), error);
}

// What was opened is a plain object of this user.
static Status check_own(int fd, const char *path, mode_t &mode) {
    struct stat status;
    if (fstat(fd, &status) != 0) return fail_errno("look at", path, errno);
    if (!S_ISREG(status.st_mode))
        return fail_squatted(path, S_ISDIR(status.st_mode) ? "a directory" : "a pipe or device", Status::corrupt);
    if (status.st_uid != geteuid()) return fail_squatted(path, "a file of another user", Status::permission);
    mode = status.st_mode;
    return Status::ok;
}

Status SharedObject::check_private() const {
    const mode_t mode = descriptor_->mode & 07777;
    if ((mode & 077) == 0) return Status::ok;
    return fail(Status::permission,
                "%s can be opened by other users (mode %o), so it may be theirs: chmod 600 it if it is a pool of "
                "yours, or use another name",
                descriptor_->path.c_str(), mode);
}

Status SharedObject::open(std::string_view name, Access access, SharedObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const Path path(name);
    const int flags = (access == Access::read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    SharedObject opened(new Descriptor);
    const int fd = open_listed(opened.descriptor_->entry, [&] { return open_file(path.c_str(), flags); });
    if (fd < 0) return fail_open(path.c_str(), errno);
    const Status checked = check_own(fd, path.c_str(), opened.descriptor_->mode);
    if (checked != Status::ok) return checked;
    opened.descriptor_->access = access;
    opened.descriptor_->path = path;
    object = std::move(opened);
    return Status::ok;
}

Status SharedObject::open_for_writing(SharedObject &writable) const {
    const Path &path = descriptor_->path;
    SharedObject opened(new Descriptor);
    const int fd = open_listed(opened.descriptor_->entry,
                               [&] { return open_file(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
    if (fd < 0) return fail_open(path.c_str(), errno);
    if (opened.descriptor_->entry.identity != descriptor_->entry.identity) return Status::pool_not_found;
    opened.descriptor_->path = path;
    writable = std::move(opened);
    return Status::ok;
}

Status SharedObject::check_named() const {
    const char *path = descriptor_->path.c_str();
    struct stat named;
    if (lstat(path, &named) != 0) return errno == ENOENT ? Status::pool_not_found : fail_errno("look at", path, errno);
    return FileIdentity::of(named) == descriptor_->entry.identity ? Status::ok : Status::pool_not_found;
}

Status SharedObject::unlink() const {
    const char *path = descriptor_->path.c_str();
    if (::unlink(path) == 0) return Status::ok;
    if (errno == ENOENT) return Status::pool_not_found;
    if ((errno == EPERM || errno == EACCES) && !is_of_current_user())
        return fail(Status::permission,
                    "remove %s: this process has given up the rights of user %u: the next open, list or cleanup of "
                    "that user removes it",
                    path, unsigned{descriptor_->path.user()});
    return fail_errno("remove", path, errno);
}

// One system call, since it tells at the same time whether the descriptor is still the object's. Where it is not, the
// name tells, as long as it leads there: what others have added stays within this client's reach.
Status SharedObject::backing(Backing &bytes) const {
    const ErrnoKeeper keeper;
    const FileIdentity &own = descriptor_->entry.identity;
    struct stat status;
    const auto found = [&](int looked) { return looked == 0 && FileIdentity::of(status) == own; };
    if (!found(fstat(descriptor_->entry.fd, &status)) && !found(lstat(descriptor_->path.c_str(), &status)))
        return fail_use("look at", "a pool's object", EBADF);
    bytes = {static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_blocks) * 512};
    return Status::ok;
}

Status SharedObject::size(std::uint64_t &bytes) const {
    Backing found = {};
    const Status status = backing(found);
    if (status == Status::ok) bytes = found.size;
    return status;
}

Status SharedObject::read(std::uint64_t offset, void *out, std::size_t size) const {
    const CancellationGuard not_now;
    ssize_t got;
    do got = pread(fd(), out, size, static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail_use("read", "a pool's object", errno);
    if (static_cast<std::size_t>(got) != size)
        return fail(Status::corrupt, "%s is too short to be a pool: remove it or use another name",
                    Shown(where()).text());
    return Status::ok;
}

Status SharedObject::write(std::uint64_t offset, const void *bytes, std::size_t size) const {
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    // Past the file size limit the system would send SIGXFSZ.
    rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && offset + size > limit.rlim_cur)
        return fail(Status::no_space, "the pool would pass this process's file size limit: raise it (ulimit -f)");
    ssize_t written;
    do written = pwrite(fd(), bytes, size, static_cast<off_t>(offset));
    while (written < 0 && errno == EINTR);
    if (written < 0) return fail_use("write to", "a pool's object", errno);
    return static_cast<std::size_t>(written) == size ? Status::ok : fail_use("write to", "a pool's object", ENOSPC);
}

Mapping::~Mapping() {
    if (data_ == nullptr || watch_.forked()) return;
    const ErrnoKeeper keeper;
    munmap(data_, size_);
}

Mapping::Mapping(Mapping &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_), watch_(std::move(other.watch_)) {}

Mapping &Mapping::operator=(Mapping &&other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    watch_ = std::move(other.watch_);
    return *this;
}

void Mapping::populate(std::uint64_t offset, std::uint64_t length) const {
#if defined(MADV_POPULATE_WRITE)
    const ErrnoKeeper keeper;
    (void)madvise(data_ + offset, length, MADV_POPULATE_WRITE);
#else
    (void)offset, (void)length;
#endif
}

Status SharedObject::reserve_map(std::uint64_t reserve, Access access, Mapping &mapping) const {
    Mapping made;
    const Status watching = ForkWatch::start(made.watch_);
    if (watching != Status::ok) return watching;
    const int protection = access == Access::read_only ? PROT_READ : PROT_READ | PROT_WRITE;
    // A mapping holds the open file description and with it the byte locks: a child must never inherit it, and none can
    // be forked between the two calls.
    void *data = MAP_FAILED;
    int error = 0;
    {
        const ForkLock lock;
        data = mmap(nullptr, reserve, protection, MAP_SHARED | MAP_NORESERVE, fd(), 0);
        error = errno;
        if (data != MAP_FAILED) (void)madvise(data, reserve, MADV_DONTFORK);
    }
    if (data == MAP_FAILED) return fail_map("a pool's object", error);
    // A core would be as large as the cap, and would have all values in it.
    (void)madvise(data, reserve, MADV_DONTDUMP);
    made.data_ = static_cast<std::byte *>(data);
    made.size_ = reserve;
    mapping = std::move(made);
    return Status::ok;
}

Status SharedObject::lock_life(std::uint64_t deadline_ns) const {
    constexpr std::uint64_t kAskAheadNs = 50'000'000;
    const ErrnoKeeper keeper;
    const std::uint64_t began = boot_ns();
    // Who holds it is asked before the deadline, since the system may take long to tell. Whoever does not wait is not
    // told.
    const std::uint64_t ask_ns =
        deadline_ns - std::min(kAskAheadNs, deadline_ns > began ? (deadline_ns - began) / 2 : 0);
    std::uint32_t holder = 0;
    bool has_asked = deadline_ns <= began;
    for (std::uint64_t pause = 50'000;;) {
        // flock() rather than a byte: it excludes also among read-only handles.
        if (flock(fd(), LOCK_EX | LOCK_NB) == 0) return Status::ok;
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return fail_lock("lock", errno);
        const std::uint64_t now = boot_ns();
        if (now >= ask_ns && !std::exchange(has_asked, true)) {
            holder = find_life_holder(descriptor_->entry.identity);
            continue;
        }
        if (now >= deadline_ns) return fail_life_locked(holder);
        pause_for(pause);
        pause = std::min<std::uint64_t>(pause * 2, 2'000'000);
    }
}

void SharedObject::unlock_life() const {
    const ErrnoKeeper keeper;
    flock(fd(), LOCK_UN);
}

Status SharedObject::hold_byte(std::uint64_t byte, Access access) const {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(access == Access::read_only ? F_RDLCK : F_WRLCK, byte, 1);
    if (fcntl(fd(), F_OFD_SETLK, &range) == 0) return Status::ok;
    if (errno == EAGAIN) return Status::busy;
    return fail_lock("lock a byte of", errno);
}

void SharedObject::release_byte(std::uint64_t byte) const {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(F_UNLCK, byte, 1);
    fcntl(fd(), F_OFD_SETLK, &range);
}

HeldByte SharedObject::held_byte(std::uint64_t first, std::uint64_t count, bool exclusive_only) const {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(exclusive_only ? F_RDLCK : F_WRLCK, first, count);
    if (fcntl(fd(), F_OFD_GETLK, &range) != 0) return {true, first, fail_lock("ask for a locked byte of", errno)};
    if (range.l_type == F_UNLCK) return {false, first};
    return {true, static_cast<std::uint64_t>(range.l_start - kByteBase)};
}

bool SharedObject::is_held_by_dying(std::uint64_t byte, std::uint32_t process) const {
    return platform::is_held_by_dying(descriptor_->entry.identity, byte, process);
}

void SharedObject::find_holders(std::vector<LockHolder> &holders) const {
    platform::find_holders(descriptor_->entry.identity, holders);
}

}  // namespace latzero::platform
