#include "platform/process.hpp"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include <utility>

#include "base/last_error.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

ForkWatch::~ForkWatch() {
    if (word_ != &kNowhere) release_fork_word();
}

ForkWatch::ForkWatch(ForkWatch &&other) noexcept
    : word_(std::exchange(other.word_, &kNowhere)), epoch_(std::exchange(other.epoch_, 0)) {}

ForkWatch &ForkWatch::operator=(ForkWatch &&other) noexcept {
    std::swap(word_, other.word_);
    std::swap(epoch_, other.epoch_);
    return *this;
}

Status ForkWatch::start(ForkWatch &watch) {
    const Status acquired = acquire_fork_word(watch.word_);
    if (acquired == Status::ok) watch.epoch_ = watch.word_->load(std::memory_order_relaxed);
    return acquired;
}

ForkLock::ForkLock() { fork_lock(); }
ForkLock::~ForkLock() { fork_unlock(); }

CancellationGuard::CancellationGuard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
CancellationGuard::~CancellationGuard() { pthread_setcancelstate(previous_, nullptr); }

Status random_bytes(void *out, std::size_t size) {
    auto *at = static_cast<char *>(out);
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Status::io, "the system gives no random bytes (errno %d)", errno);
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return Status::ok;
}

std::uint32_t process_number() { return static_cast<std::uint32_t>(getpid()); }

}  // namespace latzero::platform
