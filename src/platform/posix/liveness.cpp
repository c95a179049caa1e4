#include "platform/liveness.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <utility>

#include "platform/clock.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/failures.hpp"
#include "platform/posix/lock_holders.hpp"
#include "platform/posix/object_handle.hpp"
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

Status lock_life(const MemoryObject &object, std::uint64_t deadline_ns) {
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
        if (flock(object.handle().fd(), LOCK_EX | LOCK_NB) == 0) return Status::ok;
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return fail_lock("lock", errno);
        const std::uint64_t now = boot_ns();
        if (now >= ask_ns && !std::exchange(has_asked, true)) {
            holder = find_life_holder(object.handle().entry.identity);
            continue;
        }
        if (now >= deadline_ns) return fail_life_locked(holder);
        pause_for(pause);
        pause = std::min<std::uint64_t>(pause * 2, 2'000'000);
    }
}

void unlock_life(const MemoryObject &object) {
    const ErrnoKeeper keeper;
    flock(object.handle().fd(), LOCK_UN);
}

Status hold_byte(const MemoryObject &object, std::uint64_t byte, Hold hold) {
    const ErrnoKeeper keeper;
    // A descriptor that cannot write can take no other kind.
    const bool shared = hold == Hold::together || object.handle().access == Access::read_only;
    struct flock range = byte_range(shared ? F_RDLCK : F_WRLCK, byte, 1);
    if (fcntl(object.handle().fd(), F_OFD_SETLK, &range) == 0) return Status::ok;
    if (errno == EAGAIN) return Status::busy;
    return fail_lock("lock a byte of", errno);
}

void release_byte(const MemoryObject &object, std::uint64_t byte) {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(F_UNLCK, byte, 1);
    fcntl(object.handle().fd(), F_OFD_SETLK, &range);
}

HeldByte held_byte(const MemoryObject &object, std::uint64_t first, std::uint64_t count, HeldBy whom) {
    const ErrnoKeeper keeper;
    struct flock range = byte_range(whom == HeldBy::writers ? F_RDLCK : F_WRLCK, first, count);
    if (fcntl(object.handle().fd(), F_OFD_GETLK, &range) != 0)
        return {true, first, fail_lock("ask for a locked byte of", errno)};
    if (range.l_type == F_UNLCK) return {false, first};
    return {true, static_cast<std::uint64_t>(range.l_start - kByteBase)};
}

bool is_held(const MemoryObject &object, std::uint64_t first, std::uint64_t count, HeldBy whom) {
    return held_byte(object, first, count, whom).held;
}

bool is_held_by_dying(const MemoryObject &object, std::uint64_t byte, std::uint32_t process) {
    return platform::is_held_by_dying(object.handle().entry.identity, byte, process);
}

void find_holders(const MemoryObject &object, std::vector<LockHolder> &holders) {
    platform::find_holders(object.handle().entry.identity, holders);
}

}  // namespace latzero::platform
