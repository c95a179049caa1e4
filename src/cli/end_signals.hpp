// The signals that ask a process to end, taken one at a time instead of dying of them: so that a command that keeps a
// pool alive can leave it in order.
#pragma once

#include <chrono>
#include <csignal>

namespace latzero::cli {

class EndSignals {
public:
    // From here on SIGINT, SIGTERM and SIGHUP (unless ignored, as under nohup) wait to be taken by arrived(), and a
    // write to a closed pipe fails instead of killing. For single-threaded commands; lasts until the process ends.
    EndSignals();

    // Sleeps for up to that long; true as soon as one of the signals is there.
    bool arrived_within(std::chrono::milliseconds time) const;

private:
    sigset_t taken_;
};

}  // namespace latzero::cli
