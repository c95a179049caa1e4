#include "end_signals.hpp"

#include <ctime>

namespace latzero::cli {

static bool is_ignored(int signal) {
    struct sigaction action = {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

EndSignals::EndSignals() {
    sigemptyset(&taken_);
    sigaddset(&taken_, SIGINT);
    sigaddset(&taken_, SIGTERM);
    if (!is_ignored(SIGHUP)) {
        sigaddset(&taken_, SIGHUP);
    }
    sigset_t blocked = taken_;
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

bool EndSignals::arrived_within(std::chrono::milliseconds time) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const std::chrono::nanoseconds rest = time - seconds;
    const timespec limit = {static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
    return sigtimedwait(&taken_, nullptr, &limit) > 0;
}

}  // namespace latzero::cli
