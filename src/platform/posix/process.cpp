#include "platform/process.hpp"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/syscall.h>
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

namespace {

constexpr SignalMask bit_of(int signal) { return SignalMask{1} << (signal - 1); }

// A fault that is blocked ends the process at once, past the handler that a host may have for it. 32 and 33 are the
// C library's own, by which setuid() reaches every thread.
constexpr SignalMask kHostSignals = ~(bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGFPE) | bit_of(SIGILL) |
                                      bit_of(SIGTRAP) | bit_of(SIGSYS) | bit_of(32) | bit_of(33));

// As the system has it: the C library's sets are sixteen times as large, and made anew each time.
SignalMask change_mask(int how, SignalMask mask) {
    SignalMask before = 0;
    syscall(SYS_rt_sigprocmask, how, &mask, &before, sizeof mask);
    return before;
}

}  // namespace

SignalMask block_host_signals() { return change_mask(SIG_BLOCK, kHostSignals); }

void restore_signals(SignalMask mask) { (void)change_mask(SIG_SETMASK, mask); }

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
