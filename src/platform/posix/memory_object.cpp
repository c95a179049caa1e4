#include "platform/memory_object.hpp"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/cancellation.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/failures.hpp"
#include "platform/posix/huge_pages.hpp"
#include "platform/posix/object_handle.hpp"

namespace latzero::platform {

MemoryObject::~MemoryObject() {
    if (handle_ == nullptr) return;
    const ErrnoKeeper keeper;
    unlist_and_close(handle_->entry);
    delete handle_;
}

MemoryObject::MemoryObject(MemoryObject &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

MemoryObject &MemoryObject::operator=(MemoryObject &&other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

bool MemoryObject::has_descriptor() const { return is_still_open(handle_->entry); }

bool MemoryObject::writable() const { return handle_->access == Access::read_write; }

// One system call, since it tells at the same time whether the descriptor is still the object's. Where it is not, the
// name tells, as long as it leads there: what others have added stays within this client's reach.
Status MemoryObject::backing(Backing &bytes) const {
    const ErrnoKeeper keeper;
    const FileIdentity &own = handle_->entry.identity;
    struct stat status;
    const auto found = [&](int looked) { return looked == 0 && FileIdentity::of(status) == own; };
    if (!found(fstat(handle_->entry.fd, &status)) && !found(lstat(handle_->path.c_str(), &status)))
        return fail_use("look at", "a pool's object", EBADF);
    bytes = {static_cast<std::uint64_t>(status.st_size), static_cast<std::uint64_t>(status.st_blocks) * 512};
    return Status::ok;
}

Status MemoryObject::size(std::uint64_t &bytes) const {
    Backing found = {};
    const Status status = backing(found);
    if (status == Status::ok) bytes = found.size;
    return status;
}

Status MemoryObject::read(std::uint64_t offset, void *out, std::size_t size) const {
    const CancellationGuard not_now;
    ssize_t got;
    do got = pread(handle_->fd(), out, size, static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    if (got < 0) return fail_use("read", "a pool's object", errno);
    if (static_cast<std::size_t>(got) != size)
        return fail(Status::corrupt, "%s is too short to be a pool: remove it or use another name",
                    Shown(handle_->path.c_str()).text());
    return Status::ok;
}

Status MemoryObject::write(std::uint64_t offset, const void *bytes, std::size_t size) const {
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    // Past the file size limit the system would send SIGXFSZ.
    rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && offset + size > limit.rlim_cur)
        return fail(Status::no_space, "the pool would pass this process's file size limit: raise it (ulimit -f)");
    ssize_t written;
    do written = pwrite(handle_->fd(), bytes, size, static_cast<off_t>(offset));
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

Status MemoryObject::map(std::uint64_t reserve, Access access, Mapping &mapping) const {
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
        void *const space = reserve > kHugePage ? take_aligned_space(reserve) : nullptr;
        const int place = space != nullptr ? MAP_FIXED : 0;
        data = mmap(space, reserve, protection, MAP_SHARED | MAP_NORESERVE | place, handle_->fd(), 0);
        error = errno;
        if (data != MAP_FAILED) (void)madvise(data, reserve, MADV_DONTFORK);
        if (data == MAP_FAILED && space != nullptr) munmap(space, reserve);
    }
    if (data == MAP_FAILED) return fail_map("a pool's object", error);
    // A core would be as large as the cap, and would have all values in it.
    (void)madvise(data, reserve, MADV_DONTDUMP);
    made.data_ = static_cast<std::byte *>(data);
    made.size_ = reserve;
    mapping = std::move(made);
    return Status::ok;
}

}  // namespace latzero::platform
