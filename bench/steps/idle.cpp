// How often a process wakes up that is connected and does nothing, without latzero_auto_cleanup() and with it. All of
// them are watched at once, so that this takes no longer with more rounds.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "client.hpp"
#include "crew.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr double kSeconds = 10, kLeastSeconds = 3;
constexpr std::int64_t kIntervalMs = 1000;

// By all threads of a process, since it began. Who is interrupted was awake.
double count_sleeps(pid_t process) {
    double sleeps = 0;
    const std::string mark = "voluntary_ctxt_switches:";
    for (const auto &thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
        std::ifstream status(thread.path() / "status");
        for (std::string line; std::getline(status, line);)
            if (line.rfind(mark, 0) == 0) sleeps += std::stod(line.substr(mark.size()));
    }
    return sleeps;
}

struct Sleeper {
    pid_t process;
    bool cleans_up;
    double before = 0, after = 0;
};

}  // namespace

void measure_idle(const Settings &settings, Report &report) {
    const std::string pool = unique_name("idle");
    const Keeper keeper(pool);
    const Shared<Start> start;
    Crew crew;
    std::vector<Sleeper> sleepers;
    for (int i = 0; i < 2 * settings.rounds; i++) {
        const bool cleans_up = i % 2 != 0;
        // At different times, lest they wait for each other.
        const auto at_us = static_cast<useconds_t>(kIntervalMs * 1000 / (2 * settings.rounds) * i);
        const pid_t child = crew.add([&] {
            const Client client(pool);
            client.set("key:" + std::to_string(i), "value");
            start->wait();
            usleep(at_us);
            if (cleans_up) check(latzero_auto_cleanup(kIntervalMs));
            for (;;) pause();
        });
        sleepers.push_back({child, cleans_up});
    }
    crew.begin(*start);
    const double seconds = std::max(kLeastSeconds, kSeconds * settings.share());
    usleep(2 * kIntervalMs * 1000);  // until all have gone to sleep
    for (Sleeper &sleeper : sleepers) sleeper.before = count_sleeps(sleeper.process);
    usleep(static_cast<useconds_t>(seconds * 1e6));
    for (Sleeper &sleeper : sleepers) sleeper.after = count_sleeps(sleeper.process);

    std::vector<double> plain, cleaning;
    for (const Sleeper &sleeper : sleepers)
        (sleeper.cleans_up ? cleaning : plain).push_back((sleeper.after - sleeper.before) / seconds);
    report.add({"idle: wake-ups a second of a connected process", "count", plain, {}, 0});
    report.add({"idle: the same with latzero_auto_cleanup() each second", "count", cleaning, {}, 1});
}

}  // namespace latzero::bench
