#include "stage.hpp"

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

#include "../layout/table.h"
#include "clock.hpp"
#include "store/layout.hpp"

namespace latzero::test {
namespace {

constexpr int kSkipped = 77;
constexpr const char *kBoardVariable = "LATZERO_TEST_BOARD";

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

// Of a stage that was not to end so.
void judge_end(int end) {
    if (end >= CHILD_SIGNALLED)
        report_failure("the stage died by signal %d", end - CHILD_SIGNALLED);
    else if (end != 0 && end != kSkipped)
        report_failure("the stage ended with %d", end);
}

void kill_all(pid_t group) {
    int status = 0;
    kill(-group, SIGKILL);
    while (waitpid(-1, &status, 0) > 0) {
    }
}

// The supervisor is the heir of every orphan, so what is left of the stage is its child by now.
void sweep_processes(pid_t group) {
    siginfo_t living = {};
    int status = 0;
    while (waitpid(-1, &status, WNOHANG) > 0) {
    }
    if (waitid(P_ALL, 0, &living, WEXITED | WNOHANG | WNOWAIT) == 0) report_failure("the test left processes behind");
    kill_all(group);
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

int run_stage(unsigned limit_s, role_play *play, const std::vector<std::string> &words) {
    static Shared<Board> shared;
    board = &*shared;
    board->supervisor = getpid();
    board->seed = number_of_environment("LATZERO_TEST_SEED", now_ns());
    setenv(kBoardVariable, shared.handle().c_str(), 1);
    std::printf("seed: %" PRIu64 "\n", board->seed);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Child stage = Child::start(play, words, CHILD_SHARES_STREAMS | CHILD_LEADS_GROUP);
    if (!stage.running()) return 1;
    const pid_t group = stage.pid();
    const std::uint64_t limit = scaled(limit_s) * (kSlowness > 1 ? 4 : 1);
    const int end = stage.end(static_cast<int>(limit * 1000));
    if (end == CHILD_HUNG) {
        report_failure("out of time: not done after %" PRIu64 " s", limit);
        kill_all(group);
    } else {
        judge_end(end);
        sweep_processes(group);
    }
    sweep_files();
    if (board->failures != 0) std::printf("%u failures\n", board->failures.load());
    if (board->failures != 0) return 1;
    return end == kSkipped ? kSkipped : 0;
}

void join_stage() {
    const char *handle = std::getenv(kBoardVariable);
    if (handle == nullptr) return;
    static Shared<Board> shared(handle);
    board = &*shared;
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
