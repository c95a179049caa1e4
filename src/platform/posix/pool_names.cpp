#include "platform/pool_names.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/posix/failures.hpp"
#include "platform/posix/object_handle.hpp"
#include "platform/posix/open_file.hpp"

namespace latzero::platform {
namespace {

// "lz.1000." : what this user's objects begin with.
std::string prefix() { return "lz." + std::to_string(geteuid()) + "."; }

// What was opened is a plain object of this user.
Status check_own(int fd, const char *path, mode_t &mode) {
    struct stat status;
    if (fstat(fd, &status) != 0) return fail_errno("look at", path, errno);
    if (!S_ISREG(status.st_mode))
        return fail_squatted(path, S_ISDIR(status.st_mode) ? "a directory" : "a pipe or device", Status::corrupt);
    if (status.st_uid != geteuid()) return fail_squatted(path, "a file of another user", Status::permission);
    mode = status.st_mode;
    return Status::ok;
}

}  // namespace

bool is_of_current_user(const MemoryObject &object) { return object.handle().path.user() == geteuid(); }

const char *place_of(const MemoryObject &object) { return object.handle().path.c_str(); }

Status create_unseen(std::uint64_t, MemoryObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    MemoryObject made(new MemoryObject::Handle);
    const int fd =
        open_listed(made.handle().entry, [] { return open_file(kDirectory, O_TMPFILE | O_RDWR | O_CLOEXEC); });
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        return fail(Status::unsupported, "%s cannot hold unnamed files: mount a tmpfs there", kDirectory);
    if (fd < 0) return fail_errno("create a shared memory object in", kDirectory, errno);
    // Whatever the umask left out of the mode.
    if (fchmod(fd, 0600) != 0) return fail_errno("set the mode of a new object in", kDirectory, errno);
    object = std::move(made);
    return Status::ok;
}

Status publish(MemoryObject &object, std::string_view name) {
    const ObjectPath path(name);
    if (link_file(object.handle().fd(), path.c_str())) {
        object.handle().path = path;
        return Status::ok;
    }
    if (errno == EEXIST) return Status::pool_exists;
    // The directory is there: the object lies in it.
    const int error = errno;
    struct stat descriptors;
    if (error == ENOENT && stat("/proc/self/fd", &descriptors) != 0)
        return fail(Status::unsupported, "cannot publish %s: that takes a privilege, or /proc: mount it",
                    Shown(path.c_str()).text());
    return fail_use("publish", path.c_str(), error);
}

Status check_private(const MemoryObject &object) {
    const mode_t mode = object.handle().mode & 07777;
    if ((mode & 077) == 0) return Status::ok;
    return fail(Status::permission,
                "%s can be opened by other users (mode %o), so it may be theirs: chmod 600 it if it is a pool of "
                "yours, or use another name",
                object.handle().path.c_str(), mode);
}

Status open_object(std::string_view name, Access access, MemoryObject &object) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const ObjectPath path(name);
    const int flags = (access == Access::read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    MemoryObject opened(new MemoryObject::Handle);
    const int fd = open_listed(opened.handle().entry, [&] { return open_file(path.c_str(), flags); });
    if (fd < 0) return fail_open(path.c_str(), errno);
    const Status checked = check_own(fd, path.c_str(), opened.handle().mode);
    if (checked != Status::ok) return checked;
    opened.handle().access = access;
    opened.handle().path = path;
    object = std::move(opened);
    return Status::ok;
}

Status open_for_writing(const MemoryObject &object, MemoryObject &writable) {
    const ObjectPath &path = object.handle().path;
    MemoryObject opened(new MemoryObject::Handle);
    const int fd = open_listed(opened.handle().entry,
                               [&] { return open_file(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); });
    if (fd < 0) return fail_open(path.c_str(), errno);
    if (opened.handle().entry.identity != object.handle().entry.identity) return Status::pool_not_found;
    opened.handle().path = path;
    writable = std::move(opened);
    return Status::ok;
}

Status check_named(const MemoryObject &object) {
    const char *path = object.handle().path.c_str();
    struct stat named;
    if (lstat(path, &named) != 0) return errno == ENOENT ? Status::pool_not_found : fail_errno("look at", path, errno);
    return FileIdentity::of(named) == object.handle().entry.identity ? Status::ok : Status::pool_not_found;
}

Status remove_name(const MemoryObject &object) {
    const char *path = object.handle().path.c_str();
    if (::unlink(path) == 0) return Status::ok;
    if (errno == ENOENT) return Status::pool_not_found;
    if ((errno == EPERM || errno == EACCES) && !is_of_current_user(object))
        return fail(Status::permission,
                    "remove %s: this process has given up the rights of user %u: the next open, list or cleanup of "
                    "that user removes it",
                    path, unsigned{object.handle().path.user()});
    return fail_errno("remove", path, errno);
}

Status list_objects(std::vector<std::string> &names) {
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
        const ObjectPath path(file.substr(begin.size()));
        struct stat status;
        const bool looked = lstat(path.c_str(), &status) == 0;
        const bool is_not_ours = looked ? status.st_uid != path.user() : errno == ENOENT;
        if (!is_not_ours) names.emplace_back(file.substr(begin.size()));
    }
}

}  // namespace latzero::platform
