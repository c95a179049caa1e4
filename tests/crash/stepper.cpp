#include "stepper.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::crash {
namespace {

// Waits for the next stop; its signal, or -1 if the victim is gone.
int wait_for_stop(pid_t victim) {
    int status = 0;
    if (waitpid(victim, &status, __WALL) != victim || !WIFSTOPPED(status)) return -1;
    return WSTOPSIG(status);
}

}  // namespace

void Markers::begin() {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
}

void Markers::end() { raise(SIGSTOP); }

bool step_through(const std::function<void()> &body, const std::function<bool()> &at_point, std::uint64_t &points) {
    const pid_t victim = fork();
    if (victim == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        _exit(0);
    }
    bool through = wait_for_stop(victim) == SIGSTOP;
    while (through) {
        if (ptrace(PTRACE_SINGLESTEP, victim, nullptr, nullptr) != 0) break;
        const int signal = wait_for_stop(victim);
        through = signal == SIGTRAP || signal == SIGSTOP;
        if (signal != SIGTRAP) break;
        points++;
        if (!at_point()) break;
    }
    kill(victim, SIGKILL);
    waitpid(victim, nullptr, __WALL);
    return through;
}

}  // namespace latzero::crash
