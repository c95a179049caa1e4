#include "system/child_process.hpp"

#include "failure.hpp"
#include "system/this_process.hpp"

#include <cerrno>
#include <csignal>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::cli {

namespace {

// Waits for the end of a child, or with WNOHANG only looks; true if it has ended.
bool reap(pid_t child, int &status, int options) {
    pid_t ended = 0;
    do {
        ended = waitpid(child, &status, options);
    } while (ended == -1 && errno == EINTR);
    return ended == child;
}

[[noreturn]] void live(int parent, const std::function<int()> &work) {
    int status = static_cast<int>(ExitCode::other);
    try {
        die_with(parent);
        status = work();
    } catch (...) {
    }
    _exit(status);
}

}  // namespace

ChildProcess &ChildProcess::operator=(ChildProcess &&other) noexcept {
    std::swap(process_, other.process_);
    return *this;
}

ChildProcess ChildProcess::run_again(std::vector<std::string> command_line) {
    std::vector<char *> arguments;
    arguments.reserve(command_line.size() + 1);
    for (std::string &word : command_line) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t process = 0;
    const int error = posix_spawn(&process, "/proc/self/exe", nullptr, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        errno = error;
        throw system_failure("start a worker process");
    }
    return ChildProcess(process);
}

ChildProcess ChildProcess::fork(const std::function<int()> &work) {
    const int parent = process_id();
    const pid_t process = ::fork();
    if (process == -1) {
        throw system_failure("start a measuring process");
    }
    if (process == 0) {
        live(parent, work);
    }
    return ChildProcess(process);
}

std::optional<std::string> ChildProcess::look() {
    int status = 0;
    if (!running() || !reap(static_cast<pid_t>(process_), status, WNOHANG)) {
        return std::nullopt;
    }
    process_ = 0;
    if (WIFSIGNALED(status)) {
        return "was killed by signal " + std::to_string(WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        return "ended with status " + std::to_string(WEXITSTATUS(status));
    }
    return std::nullopt;
}

void ChildProcess::kill() {
    if (!running()) {
        return;
    }
    const auto process = static_cast<pid_t>(process_);
    ::kill(process, SIGKILL);
    int status = 0;
    reap(process, status, 0);
    process_ = 0;
}

}  // namespace latzero::cli
