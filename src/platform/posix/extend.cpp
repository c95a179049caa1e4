// How an object's bytes get their memory, and lose it: MemoryObject::extend(), commit(), back_by_huge_page() and cut().
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.hpp"
#include "base/last_error.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/memory_object.hpp"
#include "platform/posix/cgroup.hpp"
#include "platform/posix/failures.hpp"
#include "platform/posix/huge_pages.hpp"
#include "platform/posix/object_handle.hpp"

namespace latzero::platform {
namespace {

constexpr std::uint64_t kPage = 4096;
// A signal makes the system undo the whole step and say EINTR, so under a storm of signals a long one would never end.
constexpr std::uint64_t kLongestStep = 4u << 20;
constexpr std::uint64_t kShortestInterrupted = 64u << 10;

// Bytes that others leave free in the object's file system.
std::uint64_t free_bytes(int fd) {
    struct statfs system;
    if (fstatfs(fd, &system) != 0 || system.f_blocks == 0) return CgroupRoom::kUnlimited;
    return std::uint64_t{system.f_bavail} * static_cast<std::uint64_t>(system.f_bsize);
}

// `from` and as many bytes, in whole pages.
std::uint64_t end_of(std::uint64_t from, std::uint64_t bytes) {
    return bytes < CgroupRoom::kUnlimited - from ? (from + bytes) / kPage * kPage : CgroupRoom::kUnlimited;
}

// Lowers `most` to what there is room for; a failure if that is below `least`. Asked before anything is taken: past the
// file size limit the system would send SIGXFSZ, a full cgroup kills, and what is taken for a growth that fails at last
// others lack.
Status fit(int fd, std::uint64_t from, std::uint64_t there, std::uint64_t least, std::uint64_t &most) {
    rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        most = std::min<std::uint64_t>(most, limit.rlim_cur / kPage * kPage);
    if (most < least)
        return fail(Status::no_space, "it would pass this process's file size limit: raise it (ulimit -f)");
    const std::uint64_t free = free_bytes(fd);
    if (free != CgroupRoom::kUnlimited) most = std::min(most, end_of(from, free + there));
    if (most < least) return fail_use("grow", "a pool's object", ENOSPC);
    CgroupRoom room;
    look_at_cgroups(most - from, room);
    if (room.bytes != CgroupRoom::kUnlimited) most = std::min(most, end_of(from, room.bytes + there));
    if (most >= least) return Status::ok;
    return fail(Status::no_space,
                "the memory cgroup %s is full (its limit is %llu bytes): raise its %s, or end what uses memory in it; "
                "nothing that was stored is lost",
                room.path, static_cast<unsigned long long>(room.limit), room.knob);
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT || error == ENOMEM; }

}  // namespace

// What must be had comes first, so that a refusal takes no longer than that; then what can be had, in steps that are
// halved where one does not fit. What lies behind `from` already may be another grower's: it is gone over again, since
// nobody knows whether it is whole, and never cut off.
Status MemoryObject::extend(std::uint64_t from, std::uint64_t least, std::uint64_t most, std::uint64_t &reached) const {
    const ErrnoKeeper keeper;
    reached = from;
    Backing now = {};
    const Status looked = backing(now);
    if (looked != Status::ok) return looked;
    // What is there may have holes: another grower that was killed on its way. Below `from` there are none.
    const std::uint64_t there = std::min(now.size, now.backed);
    const Status fitted = fit(handle_->fd(), from, there > from ? there - from : 0, least, most);
    if (fitted != Status::ok) return fitted;
    for (std::uint64_t step = kLongestStep; reached < most;) {
        const std::uint64_t goal = reached < least ? least : most;
        const std::uint64_t part = std::min(step - reached % step, goal - reached);
        // Not posix_fallocate(): that is a cancellation point, and locks are held here.
        if (syscall(SYS_fallocate, handle_->fd(), 0, static_cast<off_t>(reached), static_cast<off_t>(part)) == 0)
            reached += part;
        else if (errno == EINTR)
            step = step > kShortestInterrupted ? step / 2 : step;
        else if (reached < least)
            return fail_use("grow", "a pool's object", errno);
        else if (is_full(errno) && step > kPage)
            step /= 2;
        else
            break;
    }
    return Status::ok;
}

Status MemoryObject::commit(std::uint64_t offset, std::uint64_t length) const {
    std::uint64_t reached = 0;
    return extend(offset, offset + length, offset + length, reached);
}

Status MemoryObject::cut(std::uint64_t size) const {
    const ErrnoKeeper keeper;
    while (ftruncate(handle_->fd(), static_cast<off_t>(size)) != 0)
        if (errno != EINTR) return fail_use("cut", "a pool's object", errno);
    return Status::ok;
}

// The system makes no huge page where there is no page at all, so one comes first: the last one, so that the object is
// long enough.
bool MemoryObject::back_by_huge_page(const Mapping &mapping, std::uint64_t offset) const {
    LATZERO_ASSERT(offset % kHugePage == 0 && offset + kHugePage <= mapping.size());
    const ErrnoKeeper keeper;
    std::byte *const at = mapping.data() + offset;
    if (reinterpret_cast<std::uintptr_t>(at) % kHugePage != 0) return false;
    std::uint64_t end = offset + kHugePage;
    return fit(handle_->fd(), offset, 0, end, end) == Status::ok && commit(end - kPage, kPage) == Status::ok &&
           collapse(at);
}

}  // namespace latzero::platform
