#include "measure.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

namespace bench {
namespace {

constexpr int kMostProcesses = 2;

// Between the driver and its children.
struct Stage {
    std::atomic<int> ready{0};
    std::atomic<bool> begin{false};
    std::atomic<bool> failed{false};
    Timing timings[kMostProcesses];
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

void pin(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    // With fewer cores than processes they share.
    (void)sched_setaffinity(0, sizeof cores, &cores);
}

// Runs work in a child pinned to a core.
template <typename Work>
pid_t in_child(const char *name, int core, Work work) {
    std::fflush(nullptr);  // lest the child print it again
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(core);
    int code = 0;
    try {
        work();
    } catch (const std::exception &failure) {
        std::fprintf(stderr, "%s: %s\n", name, failure.what());
        code = 1;
    }
    _exit(code);
}

bool ended_well(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void read_back(AnyStore &store, const char *key, const std::vector<char> &expected) {
    std::vector<char> out(expected.size() + 64);
    out.resize(store.get(key, out.data(), out.size()));
    if (out != expected) throw std::runtime_error("does not show one process what another wrote");
}

// What each child does: the other one may still be attaching, so they meet before the clock starts.
void take_part(AnyStore &store, const Place &place, const DataSet &data, const Case &what, std::uint64_t seed,
               std::uint64_t ns, Stage &stage, Timing &timing) {
    const std::vector<Access> accesses = make_accesses(what, data, seed);
    store.attach(place);
    (void)store.run(what.verb, accesses, data.value_size, ns / 3);
    stage.ready++;
    while (!stage.begin && !stage.failed) sched_yield();
    timing = store.run(what.verb, accesses, data.value_size, ns);
    store.detach();
}

}  // namespace

bool prepare(AnyStore &store, const Place &place, const DataSet &data) {
    constexpr const char *kKey = "key:00000001";
    std::vector<char> value(data.value_size);
    for (std::size_t at = 0; at < value.size(); at++) value[at] = static_cast<char>('a' + at * 7 % 26);
    store.remove(place);
    const auto in_turn = [&](int core, auto work) { return ended_well(in_child(store.name(), core, work)); };
    return in_turn(0,
                   [&] {
                       store.create(place, data);
                       store.fill(data);
                       if (!store.set(kKey, value.data(), value.size())) throw std::runtime_error("cannot set a key");
                       store.detach();
                   }) &&
           in_turn(1, [&] {
               store.attach(place);
               read_back(store, kKey, value);
               store.detach();
           });
}

double measure(AnyStore &store, const Place &place, const DataSet &data, const Case &what, std::uint64_t seed,
               std::uint64_t milliseconds) {
    const SharedStage shared;
    Stage &stage = *shared;
    pid_t children[kMostProcesses] = {};
    for (int i = 0; i < what.processes; i++)
        children[i] = in_child(store.name(), i, [&] {
            try {
                take_part(store, place, data, what, seed * kMostProcesses + static_cast<unsigned>(i) + 1,
                          milliseconds * 1'000'000, stage, stage.timings[i]);
            } catch (...) {
                stage.failed = true;
                throw;
            }
        });
    while (stage.ready < what.processes && !stage.failed) usleep(1000);
    stage.begin = true;
    bool ok = true;
    for (int i = 0; i < what.processes; i++) ok &= ended_well(children[i]);
    double throughput = 0;
    for (int i = 0; i < what.processes; i++) {
        const Timing &timing = stage.timings[i];
        ok &= timing.failures == 0;
        throughput += static_cast<double>(timing.operations) / static_cast<double>(timing.nanoseconds);
    }
    if (!ok) throw std::runtime_error(std::string("an operation of ") + what.name + " failed on " + store.name());
    return 1 / throughput;
}

}  // namespace bench
