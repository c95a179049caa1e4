// Growth from 1 to 96 MiB while two processes write: what the steps take beside posix_fallocate() of the same bytes,
// and what a third writer and a reader notice of them. The same is done in a pool that has grown before, where there is
// nothing to notice.
#include <fcntl.h>

#include <array>
#include <atomic>
#include <numeric>

#include "calls.hpp"
#include "client.hpp"
#include "crew.hpp"
#include "settings.hpp"

namespace latzero::bench {
namespace {

constexpr std::uint64_t kFirst = 1 << 20;
constexpr std::uint64_t kLast = 96 << 20;
constexpr std::size_t kSteps = 7;  // to 2, 4, 8, 16, 32, 64 and 96 MiB
constexpr int kWriters = 2;
constexpr unsigned kSets = 2800;         // of each writer: 87 MiB in all
constexpr std::size_t kValue = 16'000;   // whole pages each time, so that both writers meet each step
constexpr std::size_t kThird = 4096;     // the third writer's values, too
constexpr unsigned kSetsAlone = 17'500;  // of one who fills a pool alone, as large: 83 MiB
constexpr unsigned kKeys = 1000;         // the reader's

// ns of a stretch of work, by the clock and of the processor.
struct Cost {
    std::uint64_t wall, cpu;
};

template <typename Work>
Cost cost_of(Work work) {
    const std::uint64_t cpu = cpu_ns(), wall = read_clock(CLOCK_MONOTONIC);
    work();
    return {read_clock(CLOCK_MONOTONIC) - wall, cpu_ns() - cpu};
}

// The longest call in which each step happened.
using Longest = std::array<std::atomic<std::uint64_t>, kSteps>;

// What the processes of one fill tell.
struct Told {
    Start start;
    std::atomic<int> writers{kWriters};
    Longest step_wall{}, step_cpu{};
    std::uint64_t third_longest = 0;
    std::uint64_t read_p999 = 0, read_longest = 0, reads_that_waited = 0;
};

std::string key_of(const std::string &whose, unsigned number) { return whose + ": " + std::to_string(number); }
std::string writer_name(int number) { return "writer " + std::to_string(number); }

void raise_to(std::atomic<std::uint64_t> &most, std::uint64_t value) {
    std::uint64_t seen = most;
    while (seen < value && !most.compare_exchange_weak(seen, value)) continue;
}

void note_steps(Told &told, std::uint64_t before, std::uint64_t after, Cost cost) {
    std::uint64_t capacity = kFirst;
    for (std::size_t step = 0; step < kSteps; step++, capacity *= 2) {
        if (capacity < before || capacity >= after) continue;
        raise_to(told.step_wall[step], cost.wall);
        raise_to(told.step_cpu[step], cost.cpu);
    }
}

void write(const std::string &pool, int number, Told &told) {
    compress_nothing();
    const Client client(pool);
    const std::string value(kValue, 'w');
    told.start.wait();
    for (unsigned i = 0; i < kSets; i++) {
        const std::string key = key_of(writer_name(number), i);
        const std::uint64_t before = client.stats().capacity_bytes;
        const Cost cost = cost_of([&] { client.set(key, value); });
        note_steps(told, before, client.stats().capacity_bytes, cost);
    }
    told.writers--;
}

// In short bursts: who is there rarely is not kept from a core by the writers.
template <typename Burst>
void pace(Told &told, Calls &calls, Burst burst) {
    told.start.wait();
    while (told.writers > 0) {
        calls.resume();
        burst();
        usleep(100);
    }
}

void write_third(const std::string &pool, Told &told) {
    compress_nothing();
    const Client client(pool);
    const std::string value(kThird, 't');
    Calls calls(1 << 16);
    unsigned number = 0;
    pace(told, calls, [&] {
        const std::string key = key_of("third", number++ % 64);
        calls.time([&] { client.set(key, value); });
    });
    told.third_longest = calls.longest();
}

void read(const std::string &pool, Told &told) {
    const Client client(pool);
    char value[64];
    Calls calls(1 << 20);
    unsigned number = 0;
    const auto get = [&] {
        const std::string key = key_of("read", number++ % kKeys);
        check(latzero_get(client, key.data(), key.size(), value, sizeof value, nullptr));
    };
    for (unsigned i = 0; i < kKeys; i++) get();
    // The first ones bring back into the caches what the writers have driven out.
    pace(told, calls, [&] {
        for (int i = 0; i < 10; i++) get();
        for (int i = 0; i < 50; i++) calls.time(get);
    });
    told.read_p999 = calls.percentile(0.999);
    told.read_longest = calls.longest();
    told.reads_that_waited = calls.waited();
}

void fill(const std::string &pool, Told &told) {
    Crew crew;
    for (int number = 0; number < kWriters; number++) crew.add([&] { write(pool, number, told); });
    crew.add([&] { write_third(pool, told); });
    crew.add([&] { read(pool, told); });
    crew.begin(told.start);
    crew.join();
}

// A pool of 1 MiB, or one that has grown but is as empty.
void fill_new(bool has_grown, Told &told) {
    const std::string pool = unique_name("growth");
    const Keeper keeper(pool);
    for (unsigned number = 0; number < kKeys; number++) keeper.set(key_of("read", number), std::string(64, 'r'));
    if (has_grown) grow_for(keeper, kLast);
    const std::uint64_t capacity = keeper.stats().capacity_bytes;
    if (has_grown ? capacity < kLast : capacity != kFirst)
        throw std::runtime_error("the pool has not the capacity to begin with");
    fill(pool, told);
    if (keeper.stats().capacity_bytes < kLast) throw std::runtime_error("the pool has not grown");
}

// The same steps in a file of its own.
Cost allocate_alone() {
    const int file = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0 || posix_fallocate(file, 0, kFirst) != 0) throw std::runtime_error("no file in shared memory");
    int failed = 0;
    const Cost cost = cost_of([&] {
        for (std::uint64_t at = kFirst; at < kLast && failed == 0; at *= 2)
            failed = posix_fallocate(file, static_cast<off_t>(at), static_cast<off_t>(std::min(at, kLast - at)));
    });
    close(file);
    if (failed != 0) throw std::runtime_error("no room in shared memory");
    return cost;
}

// The longest set of one who fills a new pool alone, where the next step is made ahead or not. Whatever made it long.
Cost longest_alone(std::uint32_t flags) {
    const std::string pool = unique_name("growth-alone");
    const Keeper keeper(pool);
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.flags = flags;
    const Client client(pool, &options);
    const std::string value(kThird, 'a');
    Cost longest = {0, 0};
    for (unsigned number = 0; number < kSetsAlone; number++) {
        const std::string key = key_of("alone", number);
        const Cost cost = cost_of([&] { client.set(key, value); });
        longest = {std::max(longest.wall, cost.wall), std::max(longest.cpu, cost.cpu)};
    }
    return longest;
}

// By round.
struct Figures {
    std::vector<double> steps, steps_cpu, alone, alone_cpu;
    std::vector<double> longest_step, third, third_grown;
    std::vector<double> ahead, ahead_cpu, as_needed, as_needed_cpu;
    std::vector<double> p999, p999_grown, read, read_grown, waited;
};

void add(std::vector<double> &figures, std::uint64_t ns, double unit) {
    figures.push_back(static_cast<double>(ns) / unit);
}

void add_alone(Figures &figures) {
    const Cost cost = allocate_alone();
    add(figures.alone, cost.wall, 1e6);
    add(figures.alone_cpu, cost.cpu, 1e6);
}

void run_round(int round, Figures &figures) {
    const Shared<Told> growing, grown;
    if (round % 2 == 0) add_alone(figures), fill_new(true, *grown);
    fill_new(false, *growing);
    if (round % 2 != 0) add_alone(figures), fill_new(true, *grown);

    const auto sum = [](const Longest &steps) { return std::accumulate(steps.begin(), steps.end(), std::uint64_t{0}); };
    add(figures.steps, sum(growing->step_wall), 1e6);
    add(figures.steps_cpu, sum(growing->step_cpu), 1e6);
    add(figures.longest_step, *std::max_element(growing->step_wall.begin(), growing->step_wall.end()), 1e6);
    add(figures.third, growing->third_longest, 1e6);
    add(figures.third_grown, grown->third_longest, 1e6);
    const Cost ahead = longest_alone(0), as_needed = longest_alone(LATZERO_CONNECT_SMALL_PAGES);
    add(figures.ahead, ahead.wall, 1e6);
    add(figures.ahead_cpu, ahead.cpu, 1e6);
    add(figures.as_needed, as_needed.wall, 1e6);
    add(figures.as_needed_cpu, as_needed.cpu, 1e6);
    add(figures.p999, growing->read_p999, 1);
    add(figures.p999_grown, grown->read_p999, 1);
    add(figures.read, growing->read_longest, 1e3);
    add(figures.read_grown, grown->read_longest, 1e3);
    add(figures.waited, growing->reads_that_waited, 1);
}

}  // namespace

void measure_growth(const Settings &settings, Report &report) {
    Figures all;
    for (int round = 0; round < settings.rounds; round++) run_round(round, all);
    report.add({"growth: all steps, beside posix_fallocate", "ms", all.steps, all.alone, 1.3});
    report.add({"growth: all steps, CPU time, beside posix_fallocate", "ms", all.steps_cpu, all.alone_cpu, 1.3});
    report.add({"growth: a third writer's longest set, beside one step", "ms", all.third, all.longest_step, 1.1});
    report.add({"growth: that set where nothing grows", "ms", all.third_grown});
    report.add({"growth: longest set of one who fills, beside SMALL_PAGES", "ms", all.ahead, all.as_needed, 1.3});
    report.add({"growth: that set, CPU time, beside SMALL_PAGES", "ms", all.ahead_cpu, all.as_needed_cpu, 1.3});
    report.add({"growth: reads that waited", "count", all.waited, {}, 0});
    report.add({"growth: p99.9 of a read, beside where nothing grows", "ns", all.p999, all.p999_grown});
    report.add({"growth: longest read, beside where nothing grows", "us", all.read, all.read_grown});
}

}  // namespace latzero::bench
