#include "platform/posix/shm_directory.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "base/errno_keeper.hpp"
#include "platform/posix/fork_table.hpp"
#include "platform/posix/shm_failures.hpp"
#include "platform/shm.hpp"

namespace latzero::platform {

namespace {

// "lz.1000." : what this user's objects begin with.
std::string prefix() { return "lz." + std::to_string(geteuid()) + "."; }

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

}  // namespace

Path::Path(std::string_view name) {
    std::snprintf(text_, sizeof text_, "%s/lz.%u.%.*s", kDirectory, unsigned{user_}, static_cast<int>(name.size()),
                  name.data());
}

int open_file(const char *path, int flags) {
    int fd;
    do fd = ::open(path, flags, 0600);
    while (fd < 0 && errno == EINTR);
    return fd;
}

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
        if (!file.starts_with(begin)) continue;
        const Path path(file.substr(begin.size()));
        struct stat status;
        const bool looked = lstat(path.c_str(), &status) == 0;
        const bool is_not_ours = looked ? status.st_uid != path.user() : errno == ENOENT;
        if (!is_not_ours) names.emplace_back(file.substr(begin.size()));
    }
}

}  // namespace latzero::platform
