// A run of `latzero get`, beside one of a program that does nothing and is linked with the same libraries: from the
// spawn to the end, and the time of the processor that the program took.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "calls.hpp"
#include "client.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr int kRuns = 15;  // of a turn

class Silence {
public:
    Silence() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    }
    ~Silence() { posix_spawn_file_actions_destroy(&actions_); }
    Silence(const Silence &) = delete;
    Silence &operator=(const Silence &) = delete;

    const posix_spawn_file_actions_t *actions() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

// ms of a run, or by round.
struct Cost {
    double wall, cpu;
};
struct Costs {
    std::vector<double> wall, cpu;
};

Cost run(const std::vector<std::string> &words) {
    const Silence silence;
    std::vector<char *> arguments;
    for (const std::string &word : words) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    const std::uint64_t begin = read_clock(CLOCK_MONOTONIC);
    if (posix_spawn(&child, arguments[0], silence.actions(), nullptr, arguments.data(), environ) != 0)
        throw std::runtime_error("cannot run " + words[0]);
    rusage used = {};
    wait4(child, &status, 0, &used);
    const std::uint64_t ns = read_clock(CLOCK_MONOTONIC) - begin;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error(words[0] + " failed");
    const auto ms = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return {static_cast<double>(ns) / 1e6, ms(used.ru_utime) + ms(used.ru_stime)};
}

double middle(std::vector<double> figures) {
    const auto at = figures.begin() + static_cast<std::ptrdiff_t>(figures.size() / 2);
    std::nth_element(figures.begin(), at, figures.end());
    return *at;
}

// The middle ones of a turn.
void add_runs(const std::vector<std::string> &words, Costs &costs) {
    Costs turn;
    for (int i = 0; i < kRuns; i++) {
        const Cost cost = run(words);
        turn.wall.push_back(cost.wall);
        turn.cpu.push_back(cost.cpu);
    }
    costs.wall.push_back(middle(turn.wall));
    costs.cpu.push_back(middle(turn.cpu));
}

}  // namespace

void measure_tool(const Settings &settings, Report &report) {
    for (const std::string &program : {settings.tool, settings.trivial})
        if (access(program.c_str(), X_OK) != 0) {
            std::fprintf(stderr, "tool: left out, since there is no %s: --tool FILE\n", program.c_str());
            return;
        }
    const std::string pool = unique_name("tool");
    const Keeper keeper(pool);
    check(latzero_set_string(keeper, "user:1", LATZERO_CSTR, "Alice", LATZERO_CSTR, nullptr));
    const std::vector<std::string> get{settings.tool, "get", pool, "user:1"}, nothing{settings.trivial};
    Costs gets, nothings;
    for (int round = 0; round < settings.rounds; round++) {
        if (round % 2 == 0) add_runs(nothing, nothings);
        add_runs(get, gets);
        if (round % 2 != 0) add_runs(nothing, nothings);
    }
    report.add({"a run of latzero get, beside a program that does nothing", "ms", gets.wall, nothings.wall, 1.5});
    report.add({"a run of latzero get, CPU time, beside that program", "ms", gets.cpu, nothings.cpu, 1.5});
}

}  // namespace latzero::bench
