#include "system/end_signals.hpp"

#include <csignal>
#include <ctime>

namespace latzero::cli {

namespace {

bool is_ignored(int signal) {
    struct sigaction action = {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t taken(bool with_hangup) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (with_hangup) {
        sigaddset(&signals, SIGHUP);
    }
    return signals;
}

}  // namespace

EndSignals::EndSignals() : takes_hangup_(!is_ignored(SIGHUP)) {
    sigset_t blocked = taken(takes_hangup_);
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

bool EndSignals::arrived_within(std::chrono::milliseconds time) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const std::chrono::nanoseconds rest = time - seconds;
    const timespec limit = {static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
    const sigset_t signals = taken(takes_hangup_);
    return sigtimedwait(&signals, nullptr, &limit) > 0;
}

}  // namespace latzero::cli
