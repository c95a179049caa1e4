#include "platform/shm.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <utility>

#include "base/errno_keeper.hpp"
#include "base/last_error.hpp"
#include "platform/clock.hpp"
#include "platform/posix/fork_table.hpp"
#include "platform/posix/shm_failures.hpp"
#include "platform/sync.hpp"

namespace latzero::platform {
namespace {

// "lz.1000." : what this user's objects begin with.
std::string prefix() { return "lz." + std::to_string(geteuid()) + "."; }

// Where an object of this user lies. In place: who ends a pool must not need memory for that.
class Path {
public:
    Path() : text_{} {}
    explicit Path(std::string_view name) {
        std::snprintf(text_, sizeof text_, "%s/lz.%u.%.*s", kDirectory, unsigned{geteuid()},
                      static_cast<int>(name.size()), name.data());
    }
    const char *c_str() const { return text_; }

private:
    char text_[sizeof "/dev/shm/" + NAME_MAX];
};

// open(), however often signals come between.
int open_file(const char *path, int flags) {
    int fd;
    do fd = ::open(path, flags, 0600);
    while (fd < 0 && errno == EINTR);
    return fd;
}

// fcntl's byte locks by open file description: they belong to the handle and die with it, also under SIGKILL, and mean
// the same in every pid namespace. Bytes far past any file's end, so that they name nothing that is stored.
constexpr off_t kByteBase = off_t{1} << 61;

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

bool SharedObject::has_descriptor() const { return is_still_open(descriptor_->entry); }

Status SharedObject::create_unseen(SharedObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    SharedObject made(new Descriptor);
    const int fd =
        open_listed(made.descriptor_->entry, [] { return open_file(kDirectory, O_TMPFILE | O_RDWR | O_CLOEXEC); });
    if (fd < 0 && errno == EOPNOTSUPP)
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
    return errno == EEXIST ? Status::pool_exists : fail_use("publish", path.c_str(), errno);
}

Status SharedObject::open(std::string_view name, Access access, SharedObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const Path path(name);
    const int flags = (access == Access::read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    SharedObject opened(new Descriptor);
    const int fd = open_listed(opened.descriptor_->entry, [&] { return open_file(path.c_str(), flags); });
    if (fd < 0) return fail_open(path.c_str(), errno);
    struct stat status;
    if (fstat(fd, &status) != 0) return fail_errno("look at", path.c_str(), errno);
    if (!S_ISREG(status.st_mode))
        return fail_squatted(path.c_str(), S_ISDIR(status.st_mode) ? "a directory" : "a pipe or device",
                             Status::corrupt);
    if (status.st_uid != geteuid()) return fail_squatted(path.c_str(), "a file of another user", Status::permission);
    opened.descriptor_->path = path;
    object = std::move(opened);
    return Status::ok;
}

Status SharedObject::check_named(std::string_view name) const {
    const Path path(name);
    struct stat named;
    if (lstat(path.c_str(), &named) != 0)
        return errno == ENOENT ? Status::pool_not_found : fail_errno("look at", path.c_str(), errno);
    return FileIdentity::of(named) == descriptor_->entry.identity ? Status::ok : Status::pool_not_found;
}

Status SharedObject::unlink(std::string_view name) {
    const Path path(name);
    if (::unlink(path.c_str()) == 0) return Status::ok;
    return errno == ENOENT ? Status::pool_not_found : fail_errno("remove", path.c_str(), errno);
}

// The directory that objects lie in, opened for as long as it lives.
class OpenDirectory {
public:
    OpenDirectory() {
        const int fd = open_listed(entry_, [] { return open_file(kDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        if (fd < 0) return;
        directory_ = fdopendir(fd);
        if (directory_ == nullptr) {
            const ErrnoKeeper keeper;
            unlist_and_close(entry_);
        }
    }
    ~OpenDirectory() {
        if (directory_ == nullptr) return;
        fork_lock();
        unlist_locked(entry_);
        closedir(directory_);
        fork_unlock();
    }
    OpenDirectory(const OpenDirectory &) = delete;
    OpenDirectory &operator=(const OpenDirectory &) = delete;

    DIR *get() const { return directory_; }

private:
    ForkEntry entry_;
    DIR *directory_ = nullptr;
};

Status SharedObject::list(std::vector<std::string> &names) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const OpenDirectory directory;
    if (directory.get() == nullptr) return fail_errno("list", kDirectory, errno);
    const std::string begin = prefix();
    for (;;) {
        errno = 0;
        const dirent *entry = readdir(directory.get());
        if (entry == nullptr) return errno == 0 ? Status::ok : fail_errno("list", kDirectory, errno);
        const std::string_view file = entry->d_name;
        if (file.starts_with(begin)) names.emplace_back(file.substr(begin.size()));
    }
}

// One system call, since it tells at the same time whether the descriptor is still the object's. Where it is not, the
// name tells, as long as it leads there: what others have added stays within this client's reach.
Status SharedObject::size(std::uint64_t &bytes) const {
    const ErrnoKeeper keeper;
    const FileIdentity &own = descriptor_->entry.identity;
    struct stat status;
    const auto found = [&](int looked) { return looked == 0 && FileIdentity::of(status) == own; };
    if (!found(fstat(descriptor_->entry.fd, &status)) && !found(lstat(descriptor_->path.c_str(), &status)))
        return fail_use("look at", "a pool's object", EBADF);
    bytes = static_cast<std::uint64_t>(status.st_size);
    return Status::ok;
}

Status SharedObject::read(std::uint64_t offset, void *out, std::size_t size) const {
    ssize_t got;
    do got = pread(fd(), out, size, static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail_use("read", "a pool's object", errno);
    if (static_cast<std::size_t>(got) != size) return fail(Status::corrupt, "the object is too short to be a pool");
    return Status::ok;
}

// In steps: a signal makes the system undo the whole step and say EINTR, so under a storm of signals a long step would
// never end; and each step is halved as long as signals keep hitting it. Past the file size limit the system would send
// SIGXFSZ, so that is asked first.
Status SharedObject::commit(std::uint64_t offset, std::uint64_t length) const {
    const ErrnoKeeper keeper;
    rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && offset + length > limit.rlim_cur)
        return fail(Status::no_space, "the pool would pass this process's file size limit: raise it (ulimit -f)");
    std::uint64_t step = 4u << 20;
    while (length > 0) {
        const std::uint64_t part = std::min(step, length);
        // Not posix_fallocate(): that is a cancellation point, and locks are held here.
        if (syscall(SYS_fallocate, fd(), 0, static_cast<off_t>(offset), static_cast<off_t>(part)) == 0) {
            offset += part;
            length -= part;
        } else if (errno == EINTR) {
            step = std::max<std::uint64_t>(step / 2, 64u << 10);
        } else {
            return fail_use("grow", "a pool's object", errno);
        }
    }
    return Status::ok;
}

Status SharedObject::trim(std::uint64_t size) const {
    const ErrnoKeeper keeper;
    if (ftruncate(fd(), static_cast<off_t>(size)) != 0) return fail_use("trim", "a pool's object", errno);
    return Status::ok;
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
    fork_lock();
    void *data = mmap(nullptr, reserve, protection, MAP_SHARED | MAP_NORESERVE, fd(), 0);
    const int error = errno;
    if (data != MAP_FAILED) (void)madvise(data, reserve, MADV_DONTFORK);
    fork_unlock();
    if (data == MAP_FAILED) return fail_use("map", "a pool's object", error);
    made.data_ = static_cast<std::byte *>(data);
    made.size_ = reserve;
    mapping = std::move(made);
    return Status::ok;
}

Status SharedObject::lock_life(std::uint64_t deadline_ns) const {
    const ErrnoKeeper keeper;
    for (std::uint64_t pause = 50'000;;) {
        // flock() rather than a byte: it excludes also among read-only handles.
        if (flock(fd(), LOCK_EX | LOCK_NB) == 0) return Status::ok;
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return fail_use("lock", "a pool's object", errno);
        if (boot_ns() >= deadline_ns)
            return fail(Status::timeout,
                        "another process is stuck while connecting to or leaving this pool: resume or end it");
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
    if (errno == EAGAIN || errno == EACCES) return Status::busy;
    return fail_use("lock a byte of", "a pool's object", errno);
}

void SharedObject::release_byte(std::uint64_t byte) const {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(F_UNLCK, byte, 1);
    fcntl(fd(), F_OFD_SETLK, &range);
}

HeldByte SharedObject::held_byte(std::uint64_t first, std::uint64_t count, bool exclusive_only) const {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(exclusive_only ? F_RDLCK : F_WRLCK, first, count);
    if (fcntl(fd(), F_OFD_GETLK, &range) != 0)
        return {true, first, fail_use("ask for a locked byte of", "a pool's object", errno)};
    if (range.l_type == F_UNLCK) return {false, first};
    return {true, static_cast<std::uint64_t>(range.l_start - kByteBase)};
}

}  // namespace latzero::platform
