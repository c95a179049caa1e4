#include "system/this_process.hpp"

#include "failure.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace latzero::cli {

int process_id() { return getpid(); }

void die_with(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {  // it ended before the line above
        throw Failure(ExitCode::other, "the process that started it is gone");
    }
}

unsigned usable_cores() {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? static_cast<unsigned>(CPU_COUNT(&cores))
                                                           : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace latzero::cli
