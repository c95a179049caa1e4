#include "platform/posix/file_failures.hpp"

#include <errno.h>
#include <string.h>

#include "base/last_error.hpp"
#include "base/printable.hpp"

namespace latzero::platform {

Status fail_file(const char *what, const char *path, int error) {
    const Shown shown(path);
    switch (error) {
    case EMFILE:
    case ENFILE:
        return fail(Status::no_memory, "cannot %s %s: no file descriptor is left: close some, or raise the limit", what,
                    shown.text());
    case ENOMEM:
    case EAGAIN:
        return fail(Status::no_memory, "cannot %s %s: the system is out of memory: free some and try again", what,
                    shown.text());
    case ENOSPC:
    case EDQUOT:
        return fail(Status::no_space, "cannot %s %s: the disk is full, or this user's share of it: free some", what,
                    shown.text());
    case EFBIG:
        return fail(Status::no_space, "cannot %s %s: no file may be that large: raise the limit (ulimit -f)", what,
                    shown.text());
    case ENOENT:
        return fail(Status::not_found, "cannot %s %s: it is not there, or the directory is not", what, shown.text());
    case ENOTDIR:
    case ENAMETOOLONG:
    case EISDIR: return fail(Status::invalid_argument, "cannot %s %s: %s", what, shown.text(), strerror(error));
    case EACCES:
    case EPERM:
    case EROFS:
        return fail(Status::permission, "cannot %s %s: the system refuses (%s): check the rights of its directory",
                    what, shown.text(), strerror(error));
    case ELOOP:
        return fail(Status::permission, "cannot %s %s: it is a symbolic link, which may lead anywhere: name a file",
                    what, shown.text());
    default: return fail(Status::io, "cannot %s %s: %s", what, shown.text(), strerror(error));
    }
}

Status fail_closed(const char *path) {
    return fail(Status::io, "the program has closed the descriptor of %s, which it did not open: try again",
                Shown(path).text());
}

}  // namespace latzero::platform
