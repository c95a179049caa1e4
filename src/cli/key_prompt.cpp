#include "key_prompt.hpp"

#include "failure.hpp"
#include "text.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace latzero::cli {

namespace {

// While this lives, the signals with which users and systems end or stop a process wait. When it goes they do what they
// would have done, by then with the terminal in order. Those that were blocked before stay out of it.
class HeldSignals {
public:
    HeldSignals() {
        sigset_t held;
        sigemptyset(&held);
        sigprocmask(SIG_BLOCK, nullptr, &before_);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) {
            if (sigismember(&before_, signal) == 0) {
                sigaddset(&held, signal);
            }
        }
        arrivals_ = signalfd(-1, &held, SFD_CLOEXEC);
        if (arrivals_ == -1) {
            throw system_failure("wait for signals");
        }
        sigprocmask(SIG_BLOCK, &held, nullptr);
    }
    ~HeldSignals() {
        close(arrivals_);
        sigprocmask(SIG_SETMASK, &before_, nullptr);
    }
    HeldSignals(const HeldSignals &) = delete;
    HeldSignals &operator=(const HeldSignals &) = delete;

    // Waits for something to read on standard input; false if a signal arrives instead.
    bool let_read() const {
        pollfd sources[] = {{arrivals_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        while (poll(sources, 2, -1) == -1 && errno == EINTR) {
        }
        return sources[0].revents == 0;
    }

private:
    sigset_t before_;
    int arrivals_;
};

// While this lives, the terminal shows nothing of what is typed but the end of the line. What was typed before does not
// count: it was seen.
class Silence {
public:
    Silence() {
        if (tcgetattr(STDIN_FILENO, &before_) == 0) {
            termios silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            silent.c_lflag |= ECHONL;
            if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0) {
                return;
            }
        }
        throw system_failure("keep the terminal from showing what is typed");
    }
    ~Silence() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;

private:
    termios before_;
};

// What a terminal passes on of a line; it drops the rest.
constexpr size_t longest_line = 4095;

// Up to the end of the line or of the input; false if a signal arrives first.
bool read_line(const HeldSignals &signals, AuthKey &line) {
    size_t size = 0;
    while (size < longest_line) {
        if (!signals.let_read()) {
            return false;
        }
        const ssize_t got = read(STDIN_FILENO, line.data() + size, longest_line - size);
        if (got <= 0) {
            break;
        }
        size += static_cast<size_t>(got);
        if (line.data()[size - 1] == '\n') {
            line.truncate(size - 1);
            return true;
        }
    }
    line.truncate(size);
    return true;
}

AuthKey ask(const std::string &prompt) {
    for (;;) {
        const HeldSignals signals;
        const Silence silence;
        std::fprintf(stderr, "%s: ", prompt.c_str());
        AuthKey key(longest_line);
        if (!read_line(signals, key)) {
            continue;  // lets the signal arrive; who was only stopped is asked again
        }
        if (key.bytes().size() == longest_line) {
            throw Failure(ExitCode::WrongUsage, "terminals cut so long a line: put the auth key into a file");
        }
        return key;
    }
}

}  // namespace

bool can_ask() { return isatty(STDIN_FILENO) == 1; }

AuthKey ask_key(const std::string &pool) { return ask("Auth key of pool '" + printable(pool, 80) + "'"); }

AuthKey ask_new_key(const std::string &pool) {
    AuthKey key = ask("New auth key of pool '" + printable(pool, 80) + "'");
    if (key.given() && ask("Once more").bytes() != key.bytes()) {
        throw Failure(ExitCode::Other, "the two auth keys differ, nothing was changed");
    }
    return key;
}

}  // namespace latzero::cli
