#include "bench/crew.hpp"

#include <algorithm>
#include <cstdio>

namespace latzero::cli::bench {

namespace {

// What a child does. Its failure is left on its seat, for the parent to tell.
int work_on(Seat &seat, std::size_t number, const std::function<void(Seat &, std::size_t)> &work) {
    const auto failed = [&seat](ExitCode code, const char *sentence) {
        seat.exit_code = code;
        std::snprintf(seat.failure, sizeof seat.failure, "%s", sentence);
    };
    try {
        work(seat, number);
    } catch (const Failure &failure) {
        failed(failure.code(), failure.what());
    } catch (const std::exception &error) {
        failed(ExitCode::other, error.what());
    }
    return static_cast<int>(seat.exit_code);
}

}  // namespace

void Crew::start(std::size_t processes, const std::function<void(Seat &, std::size_t)> &work) {
    members_.reserve(processes);
    for (std::size_t number = 0; number < processes; ++number) {
        Seat &seat = stage_.seat(number);
        members_.push_back(ChildProcess::fork([&] { return work_on(seat, number, work); }));
    }
}

bool Crew::has_ended() {
    for (std::size_t number = 0; number < members_.size(); ++number) {
        ChildProcess &member = members_[number];
        const std::optional<std::string> end = member.look();
        const Seat &seat = stage_.seat(number);
        if (!member.running() && seat.failure[0] != '\0') {
            throw Failure(seat.exit_code, seat.failure);
        }
        if (end) {
            throw Failure(ExitCode::other, "a measuring process " + *end);
        }
    }
    return std::none_of(members_.begin(), members_.end(), [](const ChildProcess &member) { return member.running(); });
}

}  // namespace latzero::cli::bench
