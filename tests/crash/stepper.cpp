#include "stepper.hpp"

#include <elf.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::crash {

void Markers::begin() {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
}

void Markers::end() { raise(SIGSTOP); }

Victim::Victim(const std::function<void()> &body) : pid_(fork()) {
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        body();
        _exit(0);
    }
    began_ = wait() == Stop::end && ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACESYSGOOD) == 0;
}

Victim::Stop Victim::wait() const {
    int status = 0;
    if (waitpid(pid_, &status, __WALL) != pid_ || !WIFSTOPPED(status)) return Stop::gone;
    switch (WSTOPSIG(status)) {
    case SIGTRAP: return Stop::on_the_way;
    case SIGTRAP | 0x80: return Stop::system_call;
    case SIGSTOP: return Stop::end;
    default: return Stop::gone;
    }
}

Victim::Stop Victim::step() { return ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) == 0 ? wait() : Stop::gone; }

Victim::Stop Victim::run_to_system_call() {
    return ptrace(PTRACE_SYSCALL, pid_, nullptr, nullptr) == 0 ? wait() : Stop::gone;
}

bool Victim::before_system_call() const {
    user_regs_struct registers;
    iovec where{&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, pid_, NT_PRSTATUS, &where) != 0) return false;
#if defined(__x86_64__)
    constexpr long kMask = 0xffff, kSystemCall = 0x050f;
    const auto at = registers.rip;
#elif defined(__aarch64__)
    constexpr long kMask = 0xffffffff, kSystemCall = 0xd4000001;
    const auto at = registers.pc;
#else
#error "how does a system call look here?"
#endif
    return (ptrace(PTRACE_PEEKTEXT, pid_, at, nullptr) & kMask) == kSystemCall;
}

void Victim::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status)) continue;
    pid_ = -1;
}

bool step_through(Victim &victim, const std::function<bool()> &at_point, std::uint64_t &points) {
    if (!victim.began()) return false;
    for (;;) {
        const Victim::Stop stop = victim.step();
        if (stop != Victim::Stop::on_the_way) return stop == Victim::Stop::end;
        points++;
        if (!at_point()) return true;
    }
}

}  // namespace latzero::crash
