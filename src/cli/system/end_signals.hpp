// The signals that ask a process to end, taken one at a time instead of being killed by them, so that a command that
// keeps a pool alive can leave it in order.
#pragma once

#include <chrono>

namespace latzero::cli {

class EndSignals {
public:
    // From here on SIGINT, SIGTERM and SIGHUP (unless ignored, as under nohup) wait to be taken by arrived_within(),
    // and a write to a closed pipe fails instead of killing. For single-threaded commands; lasts until the process
    // ends.
    EndSignals();

    // Sleeps for up to that long; true as soon as one of the signals is there.
    bool arrived_within(std::chrono::milliseconds time) const;

private:
    bool takes_hangup_;
};

}  // namespace latzero::cli
