#include "crew.hpp"

#include <sched.h>
#include <sys/wait.h>

#include <algorithm>

namespace latzero::bench {
namespace {

void check_end(int status) {
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("a process of the measurement failed");
}

}  // namespace

Crew::~Crew() {
    for (const pid_t child : children_) kill(child, SIGKILL);
    for (const pid_t child : children_) waitpid(child, nullptr, 0);
}

void Crew::begin(Start &start) {
    while (start.ready < static_cast<int>(children_.size())) {
        check_running();
        usleep(500);
    }
    start.open = true;
}

void Crew::join() {
    while (!children_.empty()) join(children_.back());
}

void Crew::join(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    std::erase(children_, child);
    check_end(status);
}

// Whoever waits for a child that has failed would wait for ever.
void Crew::check_running() {
    int status = 0;
    const auto ended = std::find_if(children_.begin(), children_.end(),
                                    [&](pid_t child) { return waitpid(child, &status, WNOHANG) == child; });
    if (ended == children_.end()) return;
    children_.erase(ended);
    throw std::runtime_error("a process of the measurement ended before it began");
}

void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    (void)sched_setaffinity(0, sizeof cores, &cores);
}

}  // namespace latzero::bench
