#include "system/terminal.hpp"

#include "failure.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <optional>

#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace latzero::cli {

namespace {

// Holds back the signals with which users and systems end or stop a process, for as long as it lives. Then they do what
// they would have done, with the terminal in order again. Signals that were blocked before are left alone.
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
    bool wait_for_input() const {
        pollfd sources[] = {{arrivals_, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        while (poll(sources, 2, -1) == -1 && errno == EINTR) {
        }
        return sources[0].revents == 0;
    }

private:
    sigset_t before_;
    int arrivals_;
};

// Keeps the terminal from showing what is typed, except for the end of the line, for as long as it lives. What was
// typed before is dropped, since it was seen.
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

// Up to the end of the line or of the input. None if a signal arrives first.
std::optional<std::size_t> read_line(const HeldSignals &signals, char *buffer, std::size_t capacity) {
    std::size_t size = 0;
    while (size < capacity) {
        if (!signals.wait_for_input()) {
            return std::nullopt;
        }
        const ssize_t got = read(STDIN_FILENO, buffer + size, capacity - size);
        if (got <= 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
        if (buffer[size - 1] == '\n') {
            return size - 1;
        }
    }
    return size;
}

}  // namespace

bool is_terminal(Stream stream) { return isatty(stream == Stream::input ? STDIN_FILENO : STDERR_FILENO) == 1; }

std::size_t ask_unseen(const std::string &prompt, char *buffer, std::size_t capacity) {
    for (;;) {
        const HeldSignals signals;
        const Silence silence;
        std::fprintf(stderr, "%s: ", prompt.c_str());
        if (const std::optional<std::size_t> size = read_line(signals, buffer, capacity)) {
            return *size;
        }
        // Both go out of scope here, and the signal arrives.
    }
}

}  // namespace latzero::cli
