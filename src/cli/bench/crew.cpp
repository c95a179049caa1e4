#include "bench/crew.hpp"

#include "child_process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

namespace latzero::cli::bench {

// What a child does. It leaves without destroying what it has of its parent, such as buffers of standard streams.
[[noreturn]] static void live(pid_t parent, Seat &seat, size_t number,
                              const std::function<void(Seat &, size_t)> &work) {
    const auto failed = [&seat](ExitCode code, const char *sentence) {
        seat.exit_code = code;
        std::snprintf(seat.failure, sizeof seat.failure, "%s", sentence);
    };
    try {
        die_with(parent);
        work(seat, number);
    } catch (const Failure &failure) {
        failed(failure.code(), failure.what());
    } catch (const std::exception &error) {
        failed(ExitCode::Other, error.what());
    }
    _exit(static_cast<int>(seat.exit_code));
}

Crew::~Crew() {
    for (const pid_t member : members_) {
        if (member != 0) {
            kill(member, SIGKILL);
            int status = 0;
            bury(member, status, 0);
        }
    }
}

void Crew::start(size_t processes, const std::function<void(Seat &, size_t)> &work) {
    members_.reserve(processes);
    const pid_t parent = getpid();
    for (size_t number = 0; number < processes; ++number) {
        const pid_t child = fork();
        if (child == -1) {
            throw system_failure("start a measuring process");
        }
        if (child == 0) {
            live(parent, stage_.seat(number), number, work);
        }
        members_.push_back(child);
    }
}

bool Crew::has_ended() {
    for (size_t number = 0; number < members_.size(); ++number) {
        int status = 0;
        if (members_[number] == 0 || !bury(members_[number], status, WNOHANG)) {
            continue;
        }
        members_[number] = 0;
        const Seat &seat = stage_.seat(number);
        if (seat.failure[0] != '\0') {
            throw Failure(seat.exit_code, seat.failure);
        }
        if (WIFSIGNALED(status)) {
            throw Failure(ExitCode::Other,
                          "a measuring process was killed by signal " + std::to_string(WTERMSIG(status)));
        }
        if (WEXITSTATUS(status) != 0) {
            throw Failure(ExitCode::Other,
                          "a measuring process ended with status " + std::to_string(WEXITSTATUS(status)));
        }
    }
    return std::all_of(members_.begin(), members_.end(), [](pid_t member) { return member == 0; });
}

}  // namespace latzero::cli::bench
