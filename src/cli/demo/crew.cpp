#include "demo/crew.hpp"

#include "child_process.hpp"
#include "failure.hpp"

#include <cerrno>
#include <csignal>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace latzero::cli::demo {

// Starts this program again, with all signals as in a fresh process: the caller holds some back.
static pid_t spawn_self(std::vector<std::string> words) {
    std::vector<char *> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string &word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);

    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        errno = error;
        throw system_failure("start a worker process");
    }
    return pid;
}

Crew::Crew(std::string pool, std::string path, uint64_t checksum)
    : pool_(std::move(pool)), path_(std::move(path)), checksum_(checksum) {}

Crew::~Crew() {
    for (size_t worker = 0; worker < members_.size(); ++worker) {
        kill(worker);
    }
}

size_t Crew::start(const std::string &role, size_t number) {
    members_.push_back({role + " " + std::to_string(number), 0});
    members_.back().pid = spawn_self({"latzero", "demo-worker", "--", role, std::to_string(number), pool_,
                                      std::to_string(getpid()), std::to_string(checksum_), path_});
    return members_.size() - 1;
}

void Crew::kill(size_t worker) {
    Member &member = members_[worker];
    if (member.pid == 0) {
        return;
    }
    ::kill(member.pid, SIGKILL);
    int status = 0;
    bury(member.pid, status, 0);
    member.pid = 0;
}

void Crew::check() {
    for (Member &member : members_) {
        int status = 0;
        if (member.pid == 0 || !bury(member.pid, status, WNOHANG)) {
            continue;
        }
        member.pid = 0;
        if (WIFSIGNALED(status)) {
            throw Failure(ExitCode::Other, member.name + " was killed by signal " + std::to_string(WTERMSIG(status)));
        }
        if (WEXITSTATUS(status) != 0) {
            throw Failure(ExitCode::Other, member.name + " ended with status " + std::to_string(WEXITSTATUS(status)));
        }
    }
}

}  // namespace latzero::cli::demo
