#include "children.hpp"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

constexpr int kInterrupts[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
volatile std::sig_atomic_t was_interrupted = 0;

std::vector<int> usable_cores() {
    cpu_set_t set;
    std::vector<int> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0) throw std::runtime_error("cannot see the cores");
    for (int core = 0; core < CPU_SETSIZE; core++)
        if (CPU_ISSET(core, &set)) cores.push_back(core);
    return cores;
}

void pin(int core) {
    const std::vector<int> cores = usable_cores();
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cores[static_cast<std::size_t>(core) % cores.size()], &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) throw std::runtime_error("cannot take a core");
}

}  // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = [](int) { was_interrupted = 1; };
    for (const int interrupt : kInterrupts) sigaction(interrupt, &action, nullptr);
}

bool interrupted() { return was_interrupted != 0; }

void throw_if_interrupted() {
    if (interrupted()) throw std::runtime_error("interrupted");
}

pid_t in_child(const char *name, int core, const std::function<void()> &work) {
    throw_if_interrupted();
    std::fflush(nullptr);  // lest the child print it again
    const pid_t driver = getpid();
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child > 0) return child;
    for (const int interrupt : kInterrupts) signal(interrupt, SIG_DFL);
    // A child that writes to a process that has gone is told so by the call.
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != driver) _exit(1);
    int code = 0;
    try {
        if (core != kAnyCore) pin(core);
        work();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s: %s\n", name, failure.what());
        code = 1;
    }
    _exit(code);
}

bool ended_well(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return false;
        if (interrupted()) kill(child, SIGKILL);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool any_ended() {
    siginfo_t info = {};
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

void end(pid_t child) {
    kill(child, SIGKILL);
    (void)ended_well(child);
}

}  // namespace bench
