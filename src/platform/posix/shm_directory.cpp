#include "platform/posix/shm_directory.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "platform/posix/open_file.hpp"
#include "platform/posix/shm_failures.hpp"
#include "platform/shm.hpp"

namespace latzero::platform {

namespace {

// "lz.1000." : what this user's objects begin with.
std::string prefix() { return "lz." + std::to_string(geteuid()) + "."; }

}  // namespace

Path::Path(std::string_view name) {
    std::snprintf(text_, sizeof text_, "%s/lz.%u.%.*s", kDirectory, unsigned{user_}, static_cast<int>(name.size()),
                  name.data());
}

Status SharedObject::list(std::vector<std::string> &names) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const OpenDirectory directory(kDirectory);
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
