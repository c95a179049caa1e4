// `latzero bench`: how fast the verbs are here, each measured in several short turns that alternate with those of the
// others, so that what the machine does besides hits all alike. This is the parent; worker.cpp has the others.
#include "bench/crew.hpp"
#include "bench/figures.hpp"
#include "bench/pools.hpp"
#include "bench/report.hpp"
#include "bench/stage.hpp"
#include "bench/worker.hpp"
#include "commands.hpp"
#include "end_signals.hpp"

#include <algorithm>
#include <functional>
#include <thread>

#include <sched.h>

namespace latzero::cli {

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t ms = 1'000'000;              // in ns
constexpr uint64_t least_turn = 4 * ms;         // however few seconds there are
constexpr uint64_t least_measurement = 1 * ms;  // of it
constexpr uint64_t to_start_together = 1 * ms;  // from the order to the start, so that all have read it by then
constexpr uint64_t patience = 60'000 * ms;      // with a process that does not do what is waited for

// Those that this process may run on.
unsigned count_cores() {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? static_cast<unsigned>(CPU_COUNT(&cores))
                                                           : std::max(1U, std::thread::hardware_concurrency());
}

double measure_clock() {
    constexpr size_t readings = 1000;
    std::vector<double> costs;
    for (int repetition = 0; repetition < 11; ++repetition) {
        const uint64_t before = now_ns();
        for (size_t i = 1; i < readings; ++i) {
            (void)now_ns();
        }
        costs.push_back(static_cast<double>(now_ns() - before) / readings);
    }
    return median(costs);
}

// More seconds mean more rounds, and not longer turns.
size_t rounds_within(uint64_t seconds) { return std::max<uint64_t>(5, seconds / 2 | 1); }

class Bench {
public:
    explicit Bench(const Load &load)
        : load_(load),
          pools_(load, end_),
          results_{load, rounds_within(load.seconds), 0, count_cores(), pools_.cipher(), measure_clock(), {}} {
        for (const Case &what : all_cases()) {
            results_.figures.push_back({&what, {}});
        }
    }

    Results run() {
        const std::vector<Task> tasks = all_tasks();
        const uint64_t begun = now_ns();
        const uint64_t deadline = begun + load_.seconds * 1000 * ms;
        size_t left = results_.rounds * tasks.size();
        for (size_t round = 0; round < results_.rounds; ++round) {
            for (size_t i = 0; i < tasks.size(); ++i) {
                const uint64_t now = now_ns();
                const uint64_t share = now < deadline ? (deadline - now) / left : 0;
                // Each round begins with another one.
                measure(tasks[(i + round) % tasks.size()], round, std::max(share, least_turn));
                --left;
            }
        }
        results_.seconds = static_cast<double>(now_ns() - begun) / 1e9;
        if (pools_.counted() != increments_) {
            throw Failure(ExitCode::Other, "the counter does not show what it was incremented by");
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

    void measure(const Task &task, size_t round, uint64_t time) {
        const Case &what = *task.figures->what;
        const size_t processes = what.together ? load_.processes : 1;
        const uint64_t turn_begun = now_ns();
        Stage stage(processes);
        Crew crew(stage);
        crew.start(processes, [&](Seat &seat, size_t number) {
            take_part({&what, task.each_call, round * load_.processes + number + 1}, load_, pools_, stage, seat);
        });
        wait_until(now_ns(), [&] { return crew.has_ended() || stage.ready() == processes; });
        const uint64_t begin = std::max(now_ns() + to_start_together, turn_begun + time / 3);
        const uint64_t end = std::max(begin + least_measurement, turn_begun + time - to_start_together);
        stage.end() = end;
        stage.begin() = begin;
        wait_until(end, [&] { return crew.has_ended(); });
        take_note(task, stage, processes);
    }

    void take_note(const Task &task, Stage &stage, size_t processes) {
        uint64_t begun = UINT64_MAX, ended = 0, operations = 0;
        for (size_t number = 0; number < processes; ++number) {
            const Seat &seat = stage.seat(number);
            begun = std::min(begun, seat.begun);
            ended = std::max(ended, seat.ended);
            operations += seat.operations;
            increments_ += task.figures->what->verb == Verb::Increment ? static_cast<int64_t>(seat.calls) : 0;
            task.figures->latencies.add(seat.latencies);
        }
        if (!task.each_call) {
            task.figures->rounds.push_back(static_cast<double>(ended - begun) / static_cast<double>(operations));
        }
    }

    // Sleeps to that moment, then looks every millisecond whether it is done.
    void wait_until(uint64_t moment, const std::function<bool()> &done) {
        const uint64_t now = now_ns();
        stop_if_asked(end_, std::chrono::milliseconds(moment > now ? (moment - now) / ms : 0));
        while (!done()) {
            if (now_ns() > moment + patience) {
                throw Failure(ExitCode::Other, "a measuring process hangs: nothing was heard of it for a minute");
            }
            stop_if_asked(end_, 1ms);
        }
    }

    Load load_;
    EndSignals end_;
    Pools pools_;
    Results results_;
    int64_t increments_ = 0;
};

Results measure_all(const Load &load) {
    try {
        return Bench(load).run();
    } catch (const Failure &failure) {
        if (failure.code() == ExitCode::Full) {
            throw Failure(ExitCode::Full, std::string("there is no room to measure in: ") + failure.what() +
                                              ". Two pools hold --keys times --value-bytes each, one 16 MiB besides");
        }
        throw;
    }
}

}  // namespace
}  // namespace bench

void run_bench(Arguments &arguments) {
    const Arguments::Bench &wanted = arguments.bench;
    // What compressing costs depends on the values, which are made up here.
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.compress_threshold = -1;
    check(latzero_configure_serializer(&options));
    const uint64_t processes =
        wanted.processes != 0 ? wanted.processes : std::clamp<uint64_t>(bench::count_cores(), 2, 256);
    const bench::Results results =
        bench::measure_all({wanted.seconds, processes, static_cast<uint32_t>(wanted.keys), wanted.value_bytes});
    arguments.json ? bench::print_json(results) : bench::print_tables(results);
}

}  // namespace latzero::cli
