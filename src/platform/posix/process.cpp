#include "platform/process.hpp"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/last_error.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {

Status ForkWatch::start(ForkWatch &watch) {
    const Status installed = install_fork_handlers();
    if (installed != Status::ok) return installed;
    watch.epoch_ = current_epoch();
    return Status::ok;
}

// A fault that is blocked ends the process at once, past the handler that a host may have for it.
SignalMask block_host_signals() {
    sigset_t blocked;
    SignalMask before;
    static_assert(sizeof blocked <= sizeof before);
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_BLOCK, &blocked, reinterpret_cast<sigset_t *>(&before));
    return before;
}

void restore_signals(const SignalMask &mask) {
    pthread_sigmask(SIG_SETMASK, reinterpret_cast<const sigset_t *>(&mask), nullptr);
}

ForkLock::ForkLock() { take_fork_lock(); }
ForkLock::~ForkLock() { release_fork_lock(); }

CancellationGuard::CancellationGuard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &previous_); }
CancellationGuard::~CancellationGuard() { pthread_setcancelstate(previous_, nullptr); }

Status random_bytes(void *out, std::size_t size) {
    const CancellationGuard not_now;
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
