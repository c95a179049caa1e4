#include "process_child.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "process_harness.hpp"

namespace latzero::test {
namespace {

[[noreturn]] void live(const std::function<void()> &work) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
    std::fflush(nullptr);
    _exit(0);
}

}  // namespace

Child::~Child() {
    if (running()) kill_and_reap();
}

Child::Child(Child &&other) noexcept : pid_(std::exchange(other.pid_, 0)), killed_(other.killed_) {}

Child &Child::operator=(Child &&other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(killed_, other.killed_);
    return *this;
}

Child Child::spawn(const std::function<void()> &work) {
    std::fflush(nullptr);
    Child child;
    child.pid_ = fork();
    if (child.pid_ == 0) live(work);
    if (child.pid_ < 0) {
        report_failure("no process to be had (errno %d)", errno);
        child.pid_ = 0;
    }
    return child;
}

// A process stays in its pid namespace; what it unshares is that of its children to come. So: unshare, give birth, and
// join the old one again.
Child Child::spawn_in_pid_namespace(const std::function<void()> &work) {
    Child child;
    const int old = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (old >= 0 && unshare(CLONE_NEWPID) == 0) {
        child = spawn(work);
        if (setns(old, CLONE_NEWPID) != 0) report_failure("no way back from a pid namespace (errno %d)", errno);
    }
    if (old >= 0) close(old);
    return child;
}

bool Child::stop() {
    int status = 0;
    ::kill(pid_, SIGSTOP);
    waitpid(pid_, &status, WUNTRACED);
    if (WIFSTOPPED(status)) return true;
    judge(status);
    return false;
}

void Child::resume() const { ::kill(pid_, SIGCONT); }

void Child::kill() {
    killed_ = true;
    ::kill(pid_, SIGKILL);
}

void Child::await_death() const {
    siginfo_t end;
    while (waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

void Child::reap() {
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    judge(status);
}

void Child::kill_and_reap() {
    kill();
    reap();
}

void Child::judge(int status) {
    const bool as_meant = killed_ && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (WIFSIGNALED(status) && !as_meant) report_failure("process %d died by signal %d", pid_, WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        report_failure("process %d ended with %d", pid_, WEXITSTATUS(status));
    pid_ = 0;
    killed_ = false;
}

}  // namespace latzero::test
