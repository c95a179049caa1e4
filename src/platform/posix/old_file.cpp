#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/cancellation.hpp"
#include "platform/posix/file_failures.hpp"
#include "platform/posix/open_file.hpp"
#include "platform/whole_file.hpp"

namespace latzero::platform {

struct OldFile::Handle {
    ForkEntry entry;

    ~Handle() {
        const ErrnoKeeper keeper;
        unlist_and_close(entry);
    }
};

OldFile::OldFile() = default;
OldFile::~OldFile() = default;

// Opening a pipe or a device would wait, or do something.
Status OldFile::open(const std::string &path) {
    const CancellationGuard not_now;
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    path_ = path;
    handle_ = std::make_unique<Handle>();
    const int fd = open_listed(handle_->entry,
                               [&] { return open_file(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); });
    if (fd < 0) return fail_file("open", path.c_str(), errno);
    struct stat status;
    if (fstat(fd, &status) != 0) return fail_file("look at", path.c_str(), errno);
    if (!S_ISREG(status.st_mode))
        return fail(Status::invalid_argument, "cannot read %s: it is %s: name a file", Shown(path).text(),
                    S_ISDIR(status.st_mode) ? "a directory" : "a pipe or device");
    size_ = static_cast<std::uint64_t>(status.st_size);
    return Status::ok;
}

Status OldFile::read(std::uint64_t offset, void *out, std::size_t size, std::size_t &got) const {
    const CancellationGuard not_now;
    got = 0;
    while (got < size) {
        if (!is_still_open(handle_->entry)) return fail_closed(path_.c_str());
        const ssize_t read =
            pread(handle_->entry.fd, static_cast<char *>(out) + got, size - got, static_cast<off_t>(offset + got));
        if (read < 0 && errno == EINTR) continue;
        if (read < 0) return fail_file("read", path_.c_str(), errno);
        if (read == 0) break;
        got += static_cast<std::size_t>(read);
    }
    return Status::ok;
}

}  // namespace latzero::platform
