#include "platform/posix/failures.hpp"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/last_error.hpp"
#include "base/printable.hpp"

namespace latzero::platform {

Status fail_errno(const char *what, const char *where, int error) {
    const Shown shown(where);
    where = shown.text();
    switch (error) {
    case EMFILE:
        return fail(
            Status::no_memory,
            "cannot %s %s: this process has no file descriptor left: close some, or raise the limit (ulimit -n)", what,
            where);
    case ENFILE:
        return fail(Status::no_memory, "cannot %s %s: the system has no open file left: raise fs.file-max", what,
                    where);
    case ENOMEM:
    case EAGAIN:
        return fail(Status::no_memory, "cannot %s %s: the system is out of memory: free some and try again", what,
                    where);
    case ENOSPC:
    case EDQUOT:
        return fail(Status::no_space, "cannot %s %s: the system's shared memory is full: free some of %s", what, where,
                    kDirectory);
    case EFBIG:
        return fail(Status::no_space, "cannot %s %s: no file may be that large: raise the limit (ulimit -f)", what,
                    where);
    case EACCES:
    case EPERM:
    case EROFS:
        return fail(Status::permission, "cannot %s %s: the system refuses (%s): check the rights of %s", what, where,
                    strerror(error), kDirectory);
    case ENOTDIR:
    case ENOENT:
        return fail(Status::unsupported, "cannot %s %s: there is no %s: mount a tmpfs there", what, where, kDirectory);
    default: return fail(Status::io, "cannot %s %s: %s", what, where, strerror(error));
    }
}

Status fail_map(const char *what, int error) {
    if (error == EAGAIN)
        return fail(Status::no_memory,
                    "cannot map %s: this process locks its memory (mlockall), and the limit of what it may lock is "
                    "reached: raise RLIMIT_MEMLOCK (ulimit -l)",
                    what);
    if (error == ENOMEM)
        return fail(Status::no_memory,
                    "cannot map %s: no address space or memory is left: raise the limit (ulimit -v), or create pools "
                    "with a lower max_bytes",
                    what);
    return fail_use("map", what, error);
}

Status fail_lock(const char *what, int error) {
    switch (error) {
    case EINVAL:
    case ENOSYS:
    case EPERM:
    case EACCES:
    case EOPNOTSUPP:
        return fail(
            Status::unsupported,
            "cannot %s a pool's object: this system refuses locks of open file descriptions (%s): use "
            "Linux 3.15 or newer, and allow fcntl(F_OFD_SETLK, F_OFD_GETLK) and flock() where a sandbox refuses "
            "them",
            what, strerror(error));
    case ENOLCK:
        return fail(Status::io, "cannot %s a pool's object: the system has no lock left: disconnect some clients",
                    what);
    default: return fail_use(what, "a pool's object", error);
    }
}

Status fail_use(const char *what, const char *where, int error) {
    if (error != EBADF) return fail_errno(what, where, error);
    return fail(Status::io, "the program has closed this pool's descriptor: connect anew");
}

Status fail_life_locked(std::uint32_t process) {
    if (process == 0)
        return fail(Status::timeout,
                    "another process is stuck while connecting to or leaving this pool: resume or end it");
    return fail(Status::timeout, "process %u is stuck while connecting to or leaving this pool: resume or end it",
                process);
}

Status fail_squatted(const char *path, const char *by, Status status) {
    return fail(status, "%s is squatted by %s, which is no pool of this user: remove it or use another name",
                Shown(path).text(), by);
}

Status fail_open(const char *path, int error) {
    if (error == ENOENT) {
        struct stat directory;
        if (stat(kDirectory, &directory) == 0) return Status::pool_not_found;
        error = errno;
    }
    if (error == ELOOP) return fail_squatted(path, "a symbolic link", Status::permission);
    if (error == EISDIR) return fail_squatted(path, "a directory", Status::corrupt);
    if (error == EACCES) {
        struct stat squatter;
        if (lstat(path, &squatter) == 0 && squatter.st_uid != geteuid())
            return fail_squatted(path, "a file of another user", Status::permission);
    }
    if (error == ENXIO || error == ENODEV) return fail_squatted(path, "a device or socket", Status::corrupt);
    return fail_errno("open", path, error);
}

}  // namespace latzero::platform
