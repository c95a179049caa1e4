#include "platform/directory.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/cancellation.hpp"
#include "platform/posix/file_failures.hpp"
#include "platform/posix/open_file.hpp"

namespace latzero::platform {

Status list_files(const std::string &directory, std::vector<std::string> &names) {
    const CancellationGuard not_now;
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const OpenDirectory opened(directory.c_str());
    if (opened.get() == nullptr) return fail_file("list", directory.c_str(), errno);
    for (;;) {
        errno = 0;
        const dirent *entry = readdir(opened.get());
        if (entry == nullptr) return errno == 0 ? Status::ok : fail_file("list", directory.c_str(), errno);
        if (entry->d_name[0] == '.') continue;
        struct stat status;
        if (fstatat(dirfd(opened.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
            names.emplace_back(entry->d_name);
    }
}

Status make_private_directory(const std::string &path) {
    const CancellationGuard not_now;
    for (std::size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        const std::string part = path.substr(0, end);
        struct stat status;
        if (stat(part.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
        if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return fail_file("make", part.c_str(), errno);
    }
    return Status::ok;
}

Status remove_file(const std::string &path) {
    const CancellationGuard not_now;
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? Status::ok : fail_file("remove", path.c_str(), errno);
}

}  // namespace latzero::platform
