// Files and directories that the library opens for a moment.
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "platform/errno_keeper.hpp"
#include "platform/fork.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

// open(), however often signals come between.
inline int open_file(const char *path, int flags) {
    int fd;
    do fd = ::open(path, flags, 0600);
    while (fd < 0 && errno == EINTR);
    return fd;
}

// Linking by descriptor wants a privilege on older kernels; linking by /proc does not.
inline bool link_file(int fd, const char *path) {
    if (linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return true;
    if (errno == EEXIST || errno == EBADF) return false;
    const std::string by_proc = "/proc/self/fd/" + std::to_string(fd);
    return linkat(AT_FDCWD, by_proc.c_str(), AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

// A directory, opened for as long as it lives.
class OpenDirectory {
public:
    explicit OpenDirectory(const char *path) {
        const int fd = open_listed(entry_, [path] { return open_file(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        if (fd < 0) return;
        directory_ = fdopendir(fd);
        if (directory_ == nullptr) {
            const ErrnoKeeper keeper;
            unlist_and_close(entry_);
        }
    }
    ~OpenDirectory() {
        if (directory_ == nullptr) return;
        const ForkLock lock;
        unlist_locked(entry_);
        closedir(directory_);
    }
    OpenDirectory(const OpenDirectory &) = delete;
    OpenDirectory &operator=(const OpenDirectory &) = delete;

    DIR *get() const { return directory_; }

private:
    ForkEntry entry_;
    DIR *directory_ = nullptr;
};

}  // namespace latzero::platform
