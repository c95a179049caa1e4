// Part of a test in a forked child.
#pragma once

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::test {

// Whether `work` gives true in a child, which ends then, whatever else the process would do at its end.
template <typename Work>
bool in_child(Work work) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        // Not _exit(), where a sanitizer looks for the threads that stayed with the parent.
        syscall(SYS_exit_group, work() ? 0 : 1);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace latzero::test
