#include "process_harness.hpp"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "layout_table.h"
#include "process_clock.hpp"
#include "store/layout.hpp"

namespace latzero::test {
namespace {

constexpr int kSkipped = 77;

struct Board {
    std::atomic<std::uint32_t> failures;
    std::atomic<std::uint32_t> names;
    pid_t supervisor;
    std::uint64_t seed;
};
Board *board = nullptr;

std::uint64_t number_of_environment(const char *variable, std::uint64_t otherwise) {
    const char *text = std::getenv(variable);
    return text != nullptr && *text != 0 ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string prefix_of_names() { return "test." + std::to_string(board->supervisor) + "."; }

// The end of a process that was not to end so.
void judge_end(int status) {
    if (WIFSIGNALED(status)) report_failure("the stage died by signal %d", WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != kSkipped)
        report_failure("the stage ended with %d", WEXITSTATUS(status));
}

// Waits for the stage; false if its time is over.
bool await_stage(pid_t stage, std::uint64_t limit_ns, int &status) {
    const std::uint64_t deadline = now_ns() + limit_ns;
    while (waitpid(stage, &status, WNOHANG) == 0) {
        if (now_ns() > deadline) return false;
        sleep_ns(5'000'000);
    }
    return true;
}

// The supervisor is the heir of every orphan, so what is left of the stage is its child by now.
void sweep_processes(pid_t stage) {
    siginfo_t living = {};
    int status = 0;
    while (waitpid(-1, &status, WNOHANG) > 0) {
    }
    if (waitid(P_ALL, 0, &living, WEXITED | WNOHANG | WNOWAIT) == 0) report_failure("the test left processes behind");
    kill(-stage, SIGKILL);
    while (waitpid(-1, &status, 0) > 0) {
    }
}

// "lz.1000." : what this user's objects begin with.
std::string object_prefix() {
    return std::string(layout_of(store::kLayoutVersion)->prefix) + "." + std::to_string(geteuid()) + ".";
}

void sweep_files() {
    DIR *directory = opendir("/dev/shm");
    if (directory == nullptr) return;
    const std::string begin = object_prefix() + prefix_of_names();
    std::vector<std::string> left;
    while (const dirent *entry = readdir(directory))
        if (std::strncmp(entry->d_name, begin.c_str(), begin.size()) == 0) left.emplace_back(entry->d_name);
    closedir(directory);
    for (const std::string &file : left) {
        report_failure("the test left /dev/shm/%s behind", file.c_str());
        unlink(("/dev/shm/" + file).c_str());
    }
}

}  // namespace

std::uint64_t scaled(std::uint64_t count) {
    const std::uint64_t scale = number_of_environment("LATZERO_TEST_SCALE", 1);
    return count * (scale > 0 ? scale : 1);
}

int run_stage(unsigned limit_s, const std::function<void()> &play) {
    static Shared<Board> shared;
    board = &*shared;
    board->supervisor = getpid();
    board->seed = number_of_environment("LATZERO_TEST_SEED", now_ns());
    std::printf("seed: %" PRIu64 "\n", board->seed);
    std::fflush(nullptr);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t stage = fork();
    if (stage == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        play();
        std::fflush(nullptr);
        _exit(0);
    }
    setpgid(stage, stage);
    int status = 0;
    const std::uint64_t limit = scaled(limit_s) * (kSlowness > 1 ? 4 : 1);
    const bool ended = await_stage(stage, limit * 1'000'000'000, status);
    if (ended) {
        judge_end(status);
        sweep_processes(stage);
    } else {
        report_failure("out of time: not done after %" PRIu64 " s", limit);
        kill(-stage, SIGKILL);
        while (waitpid(-1, &status, 0) > 0) {
        }
    }
    sweep_files();
    if (board->failures != 0) std::printf("%u failures\n", board->failures.load());
    if (board->failures != 0) return 1;
    return ended && WEXITSTATUS(status) == kSkipped ? kSkipped : 0;
}

bool report_failure(const char *format, ...) {
    constexpr std::uint32_t kMostShown = 40;
    if (board->failures.fetch_add(1) >= kMostShown) return false;
    char text[512];
    int size = std::snprintf(text, sizeof text, "FAILED (process %d): ", getpid());
    va_list arguments;
    va_start(arguments, format);
    size += std::vsnprintf(text + size, sizeof text - static_cast<std::size_t>(size) - 1, format, arguments);
    va_end(arguments);
    const std::size_t end = std::min(static_cast<std::size_t>(size), sizeof text - 2);
    text[end] = '\n';
    // In one piece, so that lines of several processes do not mix.
    return write(STDERR_FILENO, text, end + 1) < 0 && false;
}

std::uint32_t failure_count() { return board->failures; }

void skip_test(const char *why) {
    std::printf("skipped: %s\n", why);
    std::fflush(nullptr);
    _exit(kSkipped);
}

std::string fresh_name() { return prefix_of_names() + std::to_string(board->names.fetch_add(1)); }

std::string file_of(const std::string &pool) { return "/dev/shm/" + object_prefix() + pool; }

bool file_exists(const std::string &pool) { return access(file_of(pool).c_str(), F_OK) == 0; }

Random::Random(std::uint64_t salt) : state_(board->seed + salt * 0x9e3779b97f4a7c15) {}

std::uint64_t Random::next() {
    std::uint64_t word = state_ += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

std::uint64_t Random::waiting_time(std::uint64_t mean) {
    const double uniform = static_cast<double>((next() >> 11) + 1) / 9007199254740993.0;
    return static_cast<std::uint64_t>(-std::log(uniform) * static_cast<double>(mean));
}

}  // namespace latzero::test
