#include "platform/line_output.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/errno_keeper.hpp"
#include "platform/posix/fork_table.hpp"

namespace latzero::platform {
namespace {

// While it lives, this thread gets no SIGPIPE; one that came is taken away, unless another was waiting before.
class PipeSignalGuard {
public:
    PipeSignalGuard() {
        sigset_t waiting;
        sigemptyset(&signal_);
        sigaddset(&signal_, SIGPIPE);
        is_waiting_ = sigpending(&waiting) == 0 && sigismember(&waiting, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &signal_, &before_);
    }
    ~PipeSignalGuard() {
        constexpr timespec kAtOnce = {0, 0};
        if (is_broken_ && !is_waiting_)
            while (syscall(SYS_rt_sigtimedwait, &signal_, nullptr, &kAtOnce, kSetBytes) < 0 && errno == EINTR) {
            }
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    PipeSignalGuard(const PipeSignalGuard &) = delete;
    PipeSignalGuard &operator=(const PipeSignalGuard &) = delete;

    void note_broken() { is_broken_ = true; }

private:
    static constexpr std::size_t kSetBytes = 8;  // the system's sets

    sigset_t signal_, before_;
    bool is_waiting_ = false, is_broken_ = false;
};

// Raw, as a wrapper would be a point of cancellation.
bool is_ready(int descriptor) {
    constexpr timespec kAtOnce = {0, 0};
    pollfd asked = {descriptor, POLLOUT, 0};
    long answer;
    do answer = syscall(SYS_ppoll, &asked, 1, &kAtOnce, nullptr, 0);
    while (answer < 0 && errno == EINTR);
    return answer == 1 && (asked.revents & POLLOUT) != 0;
}

}  // namespace

bool takes_lines(int descriptor) {
    const ErrnoKeeper keeper;
    const int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && !is_listed(descriptor);
}

bool write_at_once(int descriptor, std::string_view line) {
    const ErrnoKeeper keeper;
    if (is_listed(descriptor) || !is_ready(descriptor)) return false;
    PipeSignalGuard no_signal;
    long written;
    do written = syscall(SYS_write, descriptor, line.data(), line.size());
    while (written < 0 && errno == EINTR);
    if (written < 0 && errno == EPIPE) no_signal.note_broken();
    return written == static_cast<long>(line.size());
}

}  // namespace latzero::platform
