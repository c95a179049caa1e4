#include "child_process.hpp"

#include "failure.hpp"

#include <cerrno>
#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::cli {

void die_with(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {  // it was gone before the line above
        throw Failure(ExitCode::Other, "the process that started it is gone");
    }
}

bool bury(pid_t child, int &status, int options) {
    pid_t dead = 0;
    do {
        dead = waitpid(child, &status, options);
    } while (dead == -1 && errno == EINTR);
    return dead == child;
}

}  // namespace latzero::cli
