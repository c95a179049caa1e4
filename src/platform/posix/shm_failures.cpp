#include "platform/posix/shm_failures.hpp"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/last_error.hpp"

namespace latzero::platform {

Status fail_errno(const char *what, const char *where, int error) {
    switch (error) {
    case EMFILE:
    case ENFILE:
        return fail(Status::no_memory, "%s %s: no file descriptor is left: raise the limit (ulimit -n)", what, where);
    case ENOMEM:
    case EAGAIN:
        return fail(Status::no_memory, "%s %s: out of memory or address space: raise the limit (ulimit -v)", what,
                    where);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return fail(Status::no_space, "%s %s: the system's shared memory is full: free some of %s", what, where,
                    kDirectory);
    case EACCES:
    case EPERM:
    case EROFS:
        return fail(Status::permission, "%s %s: the system refuses (%s): check the rights of %s", what, where,
                    strerror(error), kDirectory);
    case ENOTDIR:
    case ENOENT:
        return fail(Status::unsupported, "%s %s: there is no %s: mount a tmpfs there", what, where, kDirectory);
    default: return fail(Status::io, "%s %s: %s", what, where, strerror(error));
    }
}

Status fail_use(const char *what, const char *where, int error) {
    if (error != EBADF) return fail_errno(what, where, error);
    return fail(Status::io, "the program has closed this pool's descriptor: connect anew");
}

Status fail_squatted(const char *path, const char *by, Status status) {
    return fail(status, "%s is squatted by %s, which is no pool of this user: remove it or use another name", path, by);
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
