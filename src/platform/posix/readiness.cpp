#include "platform/readiness.hpp"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>

#include "platform/cancellation.hpp"
#include "platform/errno_keeper.hpp"
#include "platform/posix/failures.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

struct Readiness::Handle {
    ForkEntry entry;
};

Readiness::~Readiness() {
    if (handle_ == nullptr) return;
    const ErrnoKeeper keeper;
    unlist_and_close(handle_->entry);
    delete handle_;
}

Status Readiness::open() {
    const ErrnoKeeper keeper;
    if (handle_ == nullptr) handle_ = new Handle;
    if (is_still_open(handle_->entry)) return Status::ok;
    unlist_and_close(handle_->entry);
    const int fd = open_listed(handle_->entry, [] { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); });
    return fd < 0 ? fail_errno("make", "a descriptor to wait on", errno) : Status::ok;
}

void Readiness::set() {
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    constexpr std::uint64_t kOne = 1;
    if (handle_ == nullptr || !is_still_open(handle_->entry)) return;
    while (write(handle_->entry.fd, &kOne, sizeof kOne) < 0 && errno == EINTR) {
    }
}

void Readiness::clear() {
    const CancellationGuard not_now;
    const ErrnoKeeper keeper;
    std::uint64_t count;
    if (handle_ == nullptr || !is_still_open(handle_->entry)) return;
    while (read(handle_->entry.fd, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

std::int32_t Readiness::descriptor() const { return handle_->entry.fd; }

}  // namespace latzero::platform
