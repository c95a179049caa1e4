#include "measure.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "children.hpp"

namespace bench {
namespace {

// Between the driver and its children.
struct Stage {
    std::atomic<int> ready{0};
    std::atomic<std::uint64_t> begin_ns{0};  // 0: not yet
    std::atomic<bool> over{false};           // for who runs beside the one that counts
    std::atomic<bool> failed{false};
    Timing timings[kMostProcesses];
    Histogram times;
};

class SharedStage {
public:
    SharedStage() {
        void *memory = mmap(nullptr, sizeof(Stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::runtime_error("no memory for the stage");
        stage_ = new (memory) Stage;
    }
    ~SharedStage() { munmap(stage_, sizeof(Stage)); }
    SharedStage(const SharedStage &) = delete;
    SharedStage &operator=(const SharedStage &) = delete;

    Stage &operator*() const { return *stage_; }

private:
    Stage *stage_;
};

using Accesses = std::vector<Access>;
// Gives what a process did until ns later.
using Work = std::function<Timing(const Accesses &, int process, std::uint64_t ns)>;

// What each child does: another may still be attaching, so they meet before the clock starts. It is one clock for all:
// who gets a core late has as much less time.
void take_part(AnyStore &store, const Trial &trial, int process, Stage &stage, const Work &work) {
    const std::uint64_t seed = trial.seed * kMostProcesses + static_cast<unsigned>(process) + 1;
    const Accesses accesses = make_accesses(trial.what, trial.data, process, seed);
    store.attach(trial.place);
    (void)store.run(accesses, trial.data.value_size, trial.ns / 3);
    stage.ready++;
    while (stage.begin_ns == 0 && !stage.failed) sched_yield();
    const std::uint64_t late = now_ns() - stage.begin_ns;
    Timing timing = work(accesses, process, late < trial.ns ? trial.ns - late : 1);
    timing.nanoseconds += late;
    stage.timings[process] = timing;
    store.detach();
}

// Runs work in each of the case's processes.
void on_stage(AnyStore &store, const Trial &trial, Stage &stage, const Work &work) {
    pid_t children[kMostProcesses] = {};
    const int processes = trial.what.processes;
    for (int i = 0; i < processes; i++)
        children[i] = in_child(store.name(), i, [&] {
            try {
                take_part(store, trial, i, stage, work);
            } catch (...) {
                stage.failed = true;
                throw;
            }
        });
    while (stage.ready < processes && !stage.failed) {
        // A server that ends is a failure too.
        if (interrupted() || any_ended()) stage.failed = true;
        usleep(1000);
    }
    stage.begin_ns = now_ns();
    bool ok = true;
    for (int i = 0; i < processes; i++) {
        ok &= ended_well(children[i]) && stage.timings[i].failures == 0;
        if (!ok) stage.failed = true;
    }
    throw_if_interrupted();
    if (!ok) throw std::runtime_error(std::string("an operation of ") + trial.what.name + " failed on " + store.name());
}

}  // namespace

double measure(AnyStore &store, const Trial &trial) {
    const SharedStage shared;
    Stage &stage = *shared;
    const std::size_t value_size = trial.data.value_size;
    on_stage(store, trial, stage, [&](const Accesses &accesses, int process, std::uint64_t ns) {
        if (!trial.what.beside_writer) return store.run(accesses, value_size, ns);
        Timing timing;
        if (process == 0) {
            timing = store.run(accesses, value_size, ns);
            stage.over = true;
        }
        // The writer does not count, but it must not fail, and must go on for as long as the reader.
        while (!stage.over && !stage.failed) timing.failures += store.run(accesses, value_size, ns / 8).failures;
        return timing;
    });
    double throughput = 0;
    for (const Timing &timing : stage.timings)
        if (timing.operations != 0)
            throughput += static_cast<double>(timing.operations) / static_cast<double>(timing.nanoseconds);
    return 1 / throughput;
}

void measure_each(AnyStore &store, const Trial &trial, const Ticks &ticks, Histogram &times) {
    const SharedStage shared;
    Stage &stage = *shared;
    on_stage(store, trial, stage, [&](const Accesses &accesses, int, std::uint64_t ns) {
        return store.run_timed(accesses, trial.data.value_size, ns, ticks, stage.times);
    });
    times.merge(stage.times);
}

}  // namespace bench
