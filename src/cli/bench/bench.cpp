// The parent of the measuring processes; worker.cpp is what those do.
#include "bench/bench.hpp"

#include "bench/crew.hpp"
#include "bench/pools.hpp"
#include "bench/stage.hpp"
#include "bench/worker.hpp"
#include "system/end_signals.hpp"
#include "system/this_process.hpp"

#include <algorithm>
#include <functional>

namespace latzero::cli::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMs = 1'000'000;              // in ns
constexpr std::uint64_t kLeastTurn = 4 * kMs;         // however few seconds there are
constexpr std::uint64_t kLeastMeasurement = 1 * kMs;  // within a turn
constexpr std::uint64_t kToStartTogether = 1 * kMs;   // from the order to the start, so that all have read it by then
constexpr std::uint64_t kPatience = 60'000 * kMs;     // with a process that does not do what it should

double measure_clock() {
    constexpr std::size_t kReadings = 1000;
    std::vector<double> costs;
    for (int repetition = 0; repetition < 11; ++repetition) {
        const std::uint64_t before = now_ns();
        for (std::size_t i = 1; i < kReadings; ++i) {
            (void)now_ns();
        }
        costs.push_back(static_cast<double>(now_ns() - before) / kReadings);
    }
    return median(costs);
}

// More seconds mean more rounds, not longer turns.
std::size_t rounds_within(std::uint64_t seconds) { return std::max<std::uint64_t>(5, seconds / 2 | 1); }

class Bench {
public:
    explicit Bench(const Load &load)
        : load_(load),
          pools_(load, end_),
          results_{load, rounds_within(load.seconds), 0, usable_cores(), pools_.cipher(), measure_clock(), {}} {
        for (const Case &what : all_cases()) {
            results_.figures.push_back({&what, {}});
        }
    }

    Results run() {
        const std::vector<Task> tasks = all_tasks();
        const std::uint64_t begun = now_ns();
        const std::uint64_t deadline = begun + load_.seconds * 1000 * kMs;
        std::size_t left = results_.rounds * tasks.size();
        for (std::size_t round = 0; round < results_.rounds; ++round) {
            for (std::size_t i = 0; i < tasks.size(); ++i) {
                const std::uint64_t now = now_ns();
                const std::uint64_t share = now < deadline ? (deadline - now) / left : 0;
                // Each round begins with another task.
                measure(tasks[(i + round) % tasks.size()], round, std::max(share, kLeastTurn));
                --left;
            }
        }
        results_.seconds = static_cast<double>(now_ns() - begun) / 1e9;
        if (pools_.counted() != increments_) {
            throw Failure(ExitCode::other, "the counter does not show what it was incremented by");
        }
        return std::move(results_);
    }

private:
    struct Task {
        Figures *figures;
        bool each_call;
    };

    std::vector<Task> all_tasks() {
        std::vector<Task> tasks;
        for (Figures &figures : results_.figures) {
            tasks.push_back({&figures, false});
            if (figures.what->has_latency) {
                tasks.push_back({&figures, true});
            }
        }
        return tasks;
    }

    void measure(const Task &task, std::size_t round, std::uint64_t time) {
        const Case &what = *task.figures->what;
        const std::size_t processes = what.together ? load_.processes : 1;
        const std::uint64_t turn_begun = now_ns();
        Stage stage(processes);
        Crew crew(stage);
        crew.start(processes, [&](Seat &seat, std::size_t number) {
            take_part({&what, task.each_call, round * load_.processes + number + 1}, load_, pools_, stage, seat);
        });
        wait_until(now_ns(), [&] { return crew.has_ended() || stage.ready() == processes; });
        const std::uint64_t begin = std::max(now_ns() + kToStartTogether, turn_begun + time / 3);
        const std::uint64_t end = std::max(begin + kLeastMeasurement, turn_begun + time - kToStartTogether);
        stage.end() = end;
        stage.begin() = begin;
        wait_until(end, [&] { return crew.has_ended(); });
        take_note(task, stage, processes);
    }

    void take_note(const Task &task, Stage &stage, std::size_t processes) {
        std::uint64_t begun = UINT64_MAX, ended = 0, operations = 0;
        for (std::size_t number = 0; number < processes; ++number) {
            const Seat &seat = stage.seat(number);
            begun = std::min(begun, seat.begun);
            ended = std::max(ended, seat.ended);
            operations += seat.operations;
            increments_ += task.figures->what->verb == Verb::increment ? static_cast<std::int64_t>(seat.calls) : 0;
            task.figures->latencies.add(seat.latencies);
        }
        if (!task.each_call) {
            task.figures->rounds.push_back(static_cast<double>(ended - begun) / static_cast<double>(operations));
        }
    }

    // Sleeps until that moment, then looks every millisecond whether it is done.
    void wait_until(std::uint64_t moment, const std::function<bool()> &done) {
        const std::uint64_t now = now_ns();
        stop_if_asked(end_, std::chrono::milliseconds(moment > now ? (moment - now) / kMs : 0));
        while (!done()) {
            if (now_ns() > moment + kPatience) {
                throw Failure(ExitCode::other, "a measuring process hangs: nothing was heard of it for a minute");
            }
            stop_if_asked(end_, 1ms);
        }
    }

    Load load_;
    EndSignals end_;
    Pools pools_;
    Results results_;
    std::int64_t increments_ = 0;
};

}  // namespace

Results measure(const Load &load) {
    // The cost of compression depends on the values, and these are made up.
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.compress_threshold = -1;
    check(latzero_configure_serializer(&options));
    try {
        return Bench(load).run();
    } catch (const Failure &failure) {
        if (failure.code() == ExitCode::full) {
            throw Failure(ExitCode::full, std::string("there is no room to measure in: ") + failure.what() +
                                              ". Two pools hold --keys times --value-bytes each, one 16 MiB besides");
        }
        throw;
    }
}

}  // namespace latzero::cli::bench
