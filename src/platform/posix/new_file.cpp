#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/cancellation.hpp"
#include "platform/posix/file_failures.hpp"
#include "platform/posix/open_file.hpp"
#include "platform/whole_file.hpp"

namespace latzero::platform {

struct NewFile::Handle {
    ForkEntry entry;

    ~Handle() {
        const ErrnoKeeper keeper;
        unlist_and_close(entry);
    }
};

namespace {

constexpr const char *kWrite = "write";

// Whether a new file may take the place of what has the name.
Status check_replaceable(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) return errno == ENOENT ? Status::ok : fail_file(kWrite, path, errno);
    if (S_ISREG(status.st_mode)) return Status::ok;
    if (S_ISLNK(status.st_mode)) return fail_file(kWrite, path, ELOOP);
    return fail(Status::invalid_argument, "cannot write %s: there is %s of that name: name another file",
                Shown(path).text(), S_ISDIR(status.st_mode) ? "a directory" : "a pipe or device");
}

// Past the limit the system would send SIGXFSZ.
bool passes_limit(std::uint64_t size) {
    rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && size > limit.rlim_cur;
}

Status sync_directory(const char *directory) {
    Status status = Status::ok;
    ForkEntry entry;
    const int fd = open_listed(entry, [&] { return open_file(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    // Some systems cannot: then a rename is on the disk when it is.
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL && errno != EBADF)) status = fail_file("sync", directory, errno);
    const ErrnoKeeper keeper;
    unlist_and_close(entry);
    return status;
}

}  // namespace

NewFile::NewFile() = default;

NewFile::~NewFile() {
    if (!is_named_ || !handle_ || handle_->entry.fd < 0) return;  // a child's files are its parent's
    const ErrnoKeeper keeper;
    (void)::unlink(second_path_.c_str());
}

Status NewFile::begin(const std::string &path) {
    const CancellationGuard not_now;
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    const std::size_t slash = path.rfind('/');
    const std::string name = slash == path.npos ? path : path.substr(slash + 1);
    if (name.empty()) return fail(Status::invalid_argument, "the path has no file name at its end");
    path_ = path;
    directory_ = slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    second_path_ = directory_ + "/." + name + ".new";
    const Status replaceable = check_replaceable(path_.c_str());
    if (replaceable != Status::ok) return replaceable;
    handle_ = std::make_unique<Handle>();
    int fd =
        open_listed(handle_->entry, [this] { return open_file(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC); });
    // A file system without unnamed files.
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        (void)::unlink(second_path_.c_str());
        fd = open_listed(handle_->entry, [this] {
            return open_file(second_path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        });
        is_named_ = fd >= 0;
    }
    if (fd < 0) return fail_file(kWrite, path_.c_str(), errno);
    // Whatever the umask left out of the mode.
    return fchmod(fd, 0600) == 0 ? Status::ok : fail_file("set the mode of", path_.c_str(), errno);
}

Status NewFile::write(const void *bytes, std::size_t size) {
    const CancellationGuard not_now;
    if (passes_limit(size_ + size)) return fail_file(kWrite, path_.c_str(), EFBIG);
    for (const auto *at = static_cast<const char *>(bytes); size > 0;) {
        if (!is_still_open(handle_->entry)) return fail_closed(path_.c_str());
        const ssize_t written = pwrite(handle_->entry.fd, at, size, static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return fail_file(kWrite, path_.c_str(), written < 0 ? errno : ENOSPC);
        at += written;
        size -= static_cast<std::size_t>(written);
        size_ += static_cast<std::uint64_t>(written);
    }
    return Status::ok;
}

bool NewFile::link_to(const char *path) const {
    return is_named_ ? ::linkat(AT_FDCWD, second_path_.c_str(), AT_FDCWD, path, 0) == 0
                     : link_file(handle_->entry.fd, path);
}

// Gives the file its second name.
Status NewFile::link_new() {
    if (is_named_) return Status::ok;
    // A file of that name was left by a killed process, or belongs to one that saves to the same path now: that one
    // links its own anew.
    while (!link_to(second_path_.c_str())) {
        if (errno != EEXIST) return fail_file("name", path_.c_str(), errno);
        if (::unlink(second_path_.c_str()) != 0 && errno != ENOENT) return fail_file("name", path_.c_str(), errno);
    }
    is_named_ = true;
    return Status::ok;
}

// Takes the place of what has the name. The system has no one step from no name to a name that is taken.
Status NewFile::take_place() {
    constexpr int kAttempts = 100;
    for (int attempt = 0;; attempt++) {
        const Status linked = link_new();
        if (linked != Status::ok) return linked;
        if (::rename(second_path_.c_str(), path_.c_str()) == 0) break;
        if (errno != ENOENT || attempt == kAttempts) return fail_file("rename", path_.c_str(), errno);
        is_named_ = false;
    }
    is_named_ = false;
    return Status::ok;
}

Status NewFile::finish(Existing existing) {
    const CancellationGuard not_now;
    if (!is_still_open(handle_->entry)) return fail_closed(path_.c_str());
    if (fsync(handle_->entry.fd) != 0) return fail_file("sync", path_.c_str(), errno);
    const Status replaceable = check_replaceable(path_.c_str());
    if (replaceable != Status::ok) return replaceable;
    // With a name of its own a rename does it.
    const bool has_name = is_named_ && existing == Existing::replaced;
    if (has_name || !link_to(path_.c_str())) {
        if (!has_name && errno != EEXIST) return fail_file("name", path_.c_str(), errno);
        if (existing == Existing::refused) return Status::exists;
        const Status placed = take_place();
        if (placed != Status::ok) return placed;
    }
    return sync_directory(directory_.c_str());
}

}  // namespace latzero::platform
