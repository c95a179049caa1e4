#include "child.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "stage.hpp"

namespace latzero::test {

void play_role(int count, char **arguments, std::initializer_list<child_role> roles) {
    static std::vector<child_role> known;
    known = roles;
    join_stage();
    ::play_role(count, arguments, known.data(), known.size());
}

// A process stays in its pid namespace; what it unshares is that of its children to come.
PidNamespace::PidNamespace()
    : old_(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)), entered_(old_ >= 0 && unshare(CLONE_NEWPID) == 0) {}

PidNamespace::~PidNamespace() {
    if (entered_ && setns(old_, CLONE_NEWPID) != 0)
        report_failure("no way back from a pid namespace (errno %d)", errno);
    if (old_ >= 0) close(old_);
}

Child::~Child() {
    if (running()) kill_and_reap();
}

Child::Child(Child &&other) noexcept : child_(std::exchange(other.child_, {})) {}

Child &Child::operator=(Child &&other) noexcept {
    std::swap(child_, other.child_);
    return *this;
}

Child Child::start(role_play *play, const std::vector<std::string> &words, unsigned flags) {
    std::vector<const char *> arguments;
    for (const std::string &word : words) arguments.push_back(word.c_str());
    arguments.push_back(nullptr);
    Child child;
    const int error = start_role(&child.child_, play, flags, arguments.data());
    if (error == ENOENT)
        report_failure("main() lists no such role");
    else if (error != 0)
        report_failure("no process to be had (errno %d)", error);
    return child;
}

Child Child::fork(const std::function<void()> &work) {
    Child child;
    const auto run = [](void *body) { (*static_cast<const std::function<void()> *>(body))(); };
    const int error = start_forked(&child.child_, run, const_cast<std::function<void()> *>(&work));
    if (error != 0) report_failure("no process to be had (errno %d)", error);
    return child;
}

std::optional<std::string> Child::hear() const {
    char line[256];
    if (hear_child(&child_, line, sizeof line, CHILD_LIMIT_MS) != HEARD_LINE) return std::nullopt;
    return line;
}

bool Child::stop() {
    if (stop_child(&child_)) return true;
    reap();
    return false;
}

void Child::reap() {
    const pid_t process = pid();
    const bool killed = child_.was_killed != 0;
    const int end = end_of_child(&child_, 0);
    if (end == 0 || (killed && end == CHILD_KILLED)) return;
    if (end >= CHILD_SIGNALLED)
        report_failure("process %d died by signal %d", process, end - CHILD_SIGNALLED);
    else
        report_failure("process %d ended with %d", process, end);
}

void Child::kill_and_reap() {
    kill();
    reap();
}

}  // namespace latzero::test
