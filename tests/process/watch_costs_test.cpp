// What watches cost others: no futex call and no write as long as nobody sleeps. In a pool in which nothing happens a
// watcher is woken once a second, one that has to poll a hundred times, and one that watches no more not at all. A
// watcher that is stopped holds up no writer, and neither the pool nor the watcher grows.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kSets = 200'000;
constexpr std::uint64_t kStoppedNs = 2'000'000'000;
constexpr std::uint64_t kLongestCallNs = 1'000'000'000 * kSlowness;
constexpr std::uint64_t kKeys = 1000;
constexpr std::int64_t kIdleMs = 3000;

// --- system calls ----------------------------------------------------------------------------------------------------

struct Figures {
    std::atomic<std::uint64_t> futex_calls, writes, wakeups, events;
    std::atomic<bool> is_refused;
};

Figures *counted = nullptr;

void count_call(int, siginfo_t *info, void *) {
    (info->si_syscall == SYS_futex ? counted->futex_calls : counted->writes)++;
}

// From here on this process's futex calls and writes are counted, and do nothing. Not everywhere is a process allowed
// that.
bool count_calls(Figures &figures) {
    counted = &figures;
    struct sigaction action = {};
    action.sa_sigaction = count_call;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSYS, &action, nullptr);
    constexpr std::uint32_t kCalls[] = {SYS_futex,   SYS_write,  SYS_pwrite64, SYS_writev,
                                        SYS_pwritev, SYS_sendto, SYS_sendmsg};
    std::vector<sock_filter> steps = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const std::uint32_t call : kCalls) {
        steps.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        steps.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
    }
    steps.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program = {static_cast<unsigned short>(steps.size()), steps.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::string key_of(std::uint64_t number) { return "key-" + std::to_string(number % kKeys); }

void set_some(Client &client, std::uint64_t sets) {
    for (std::uint64_t set = 0; set < sets && failure_count() == 0; set++) {
        const std::string key = key_of(set);
        const auto value = static_cast<std::int64_t>(set);
        expect_ok(latzero_set_i64(client.handle(), key.data(), key.size(), value, nullptr), "set");
    }
}

void write_counted(const std::string &pool, std::uint64_t sets, Figures &figures) {
    Client client(pool);
    if (!expect_ok(client.status(), "a writer's connect")) return;
    set_some(client, kKeys);
    say("ready");
    char order[16];
    if (hear_parent(order, sizeof order) == 0) return;
    figures.is_refused = !count_calls(figures);
    if (!figures.is_refused) set_some(client, sets);
}

// How often this process went to sleep so far, all threads together: so often it has been or will be woken.
std::uint64_t sleeps() {
    rusage used = {};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_nvcsw);
}

// Waits for the next event, or that long.
void watch_once(const std::string &pool, std::int64_t wait_ms, bool is_read_only, Figures &figures) {
    Client client(pool, {.read_only = is_read_only});
    latzero_watch *watch = nullptr;
    latzero_event event = LATZERO_EVENT_INIT;
    if (!expect_ok(client.status(), "a watcher's connect")) return;
    if (!expect_ok(latzero_watch_open(client.handle(), nullptr, &watch), "watch_open")) return;
    while (latzero_watch_next(watch, 50, &event) == LATZERO_OK) continue;
    say("watching");
    const std::uint64_t before = sleeps();
    const latzero_status status = latzero_watch_next(watch, wait_ms, &event);
    figures.wakeups = sleeps() - before;
    LATZERO_EXPECT(status == LATZERO_OK || status == LATZERO_TIMEOUT, "watch_next: %s", name_of(status));
    figures.events += status == LATZERO_OK;
    latzero_watch_close(watch);
}

// Has watched, by each way there is, and does not any more.
void watch_no_more(const std::string &pool, Figures &figures) {
    Client client(pool);
    latzero_watch *watch = nullptr;
    std::uint64_t registration = 0;
    std::intptr_t descriptor = -1;
    const auto ignore = [](const latzero_event *, void *) {};
    if (!expect_ok(client.status(), "a client's connect")) return;
    expect_ok(latzero_watch_open(client.handle(), nullptr, &watch), "watch_open");
    expect_ok(latzero_event_fd(watch, &descriptor), "event_fd");
    expect_ok(latzero_on(client.handle(), nullptr, ignore, nullptr, &registration), "on");
    set_some(client, kKeys);
    expect_ok(latzero_off(client.handle(), registration), "off");
    latzero_watch_close(watch);
    sleep_ns(50'000'000);
    const std::uint64_t before = sleeps();
    sleep_ns(kIdleMs * 1'000'000);
    figures.wakeups = sleeps() - before;
}

enum class Watching { nobody, somebody_awake, somebody_asleep };

struct Calls {
    std::uint64_t futex, writes;
};

Calls calls_while(Watching watching) {
    const Shared<Figures> figures;
    const std::string pool = fresh_name();
    Client client(pool, {.create = true});
    latzero_watch *watch = nullptr;
    if (!expect_ok(client.status(), "create")) return {};
    Child writer = Child::start<write_counted>(pool, scaled(kSets), figures), sleeper;
    LATZERO_EXPECT(writer.hear() == "ready", "the writer does not connect");
    if (watching == Watching::somebody_awake)
        expect_ok(latzero_watch_open(client.handle(), nullptr, &watch), "watch_open");
    if (watching == Watching::somebody_asleep) {
        sleeper = Child::start<watch_once>(pool, std::int64_t{5000}, false, figures);
        LATZERO_EXPECT(sleeper.hear() == "watching", "nobody watches");
        sleep_ns(50'000'000);
    }
    LATZERO_EXPECT(writer.tell("go"), "the writer has gone");
    writer.reap();
    if (sleeper.running()) sleeper.reap();
    latzero_watch_close(watch);
    if (figures->is_refused) skip_test("a process may not filter its own system calls here");
    return {figures->futex_calls, figures->writes};
}

void no_call_without_a_sleeper() {
    const Calls nobody = calls_while(Watching::nobody), awake = calls_while(Watching::somebody_awake);
    const Calls asleep = calls_while(Watching::somebody_asleep);
    std::printf("%" PRIu64 " sets: %" PRIu64 " futex calls and %" PRIu64 " writes unwatched, %" PRIu64 " and %" PRIu64
                " watched by somebody awake, %" PRIu64 " and %" PRIu64 " by somebody asleep\n",
                scaled(kSets), nobody.futex, nobody.writes, awake.futex, awake.writes, asleep.futex, asleep.writes);
    LATZERO_EXPECT(nobody.futex == 0 && awake.futex == 0, "a writer calls the system although nobody sleeps");
    LATZERO_EXPECT(nobody.writes == 0 && awake.writes == 0 && asleep.writes == 0, "a writer writes by the system");
    LATZERO_EXPECT(asleep.futex > 0, "nobody is woken, or calls are not counted");
}

// `wait`: starts the child that does, in a pool in which nothing happens. Its wake-ups are `most` at most.
template <typename Wait>
void expect_rest(const char *who, std::uint64_t most, Wait wait) {
    const Shared<Figures> figures;
    const std::string pool = fresh_name();
    Client client(pool, {.create = true});
    if (!expect_ok(client.status(), "create")) return;
    Child child = wait(pool, figures);
    child.reap();
    std::printf("%s: %" PRIu64 " wake-ups in %" PRId64 " s\n", who, figures->wakeups.load(), kIdleMs / 1000);
    LATZERO_EXPECT(figures->wakeups <= most, "%s does not rest", who);
    LATZERO_EXPECT(figures->wakeups > 0, "wake-ups of %s are not counted", who);
}

void who_is_idle_rests() {
    using Shown = const Shared<Figures> &;
    constexpr std::uint64_t kSeconds = kIdleMs / 1000;
    // Its own sleep, and the end of the thread's last tick.
    expect_rest("one that watches no more", 2,
                [](const std::string &pool, Shown figures) { return Child::start<watch_no_more>(pool, figures); });
    // The first sleep ends with the tick that is under way.
    expect_rest("an idle watcher", kSeconds + 2, [](const std::string &pool, Shown figures) {
        return Child::start<watch_once>(pool, kIdleMs, false, figures);
    });
    // One that is read-only and alone, for whom nobody turns the ring on as long as nothing happens.
    expect_rest("a watcher that polls", 100 * kSeconds + 2, [](const std::string &pool, Shown figures) {
        return Child::start<watch_once>(pool, kIdleMs, true, figures);
    });
}

// --- stopped ---------------------------------------------------------------------------------------------------------

std::uint64_t resident_pages(const Child &child) {
    std::uint64_t size = 0, resident = 0;
    std::FILE *file = std::fopen(("/proc/" + std::to_string(child.pid()) + "/statm").c_str(), "re");
    if (file == nullptr) return 0;
    if (std::fscanf(file, "%" SCNu64 " %" SCNu64, &size, &resident) != 2) resident = 0;
    std::fclose(file);
    return resident;
}

struct Sizes {
    std::uint64_t used, file, resident;
    bool operator==(const Sizes &) const = default;
};

Sizes sizes_of(Client &client, const std::string &pool, const Child &watcher) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    struct stat file = {};
    expect_ok(latzero_stats(client.handle(), &stats), "stats");
    LATZERO_EXPECT(stat(file_of(pool).c_str(), &file) == 0, "the pool has no file");
    return {stats.used_bytes, static_cast<std::uint64_t>(file.st_size), resident_pages(watcher)};
}

// The longest call.
std::uint64_t write_for(Client &client, std::uint64_t ns, std::uint64_t &calls) {
    Stopwatch watch;
    std::uint64_t longest = 0;
    for (const std::uint64_t end = now_ns() + ns; now_ns() < end && failure_count() == 0; calls++) {
        watch.start();
        set_some(client, 1);
        const std::string key = key_of(calls);
        std::int64_t sum = 0;
        expect_ok(client.add(key, 1, &sum), "increment");
        longest = std::max(longest, watch.stop());
    }
    return longest;
}

void a_stopped_watcher_holds_nobody_up() {
    const Shared<Figures> figures;
    const std::string pool = fresh_name();
    Client client(pool, {.create = true});
    if (!expect_ok(client.status(), "create")) return;
    set_some(client, 2 * kKeys);
    Child watcher = Child::start<watch_once>(pool, std::int64_t{60'000}, false, figures);
    if (!LATZERO_EXPECT(watcher.hear() == "watching" && watcher.stop(), "there is no watcher to be stopped")) return;
    set_some(client, 2 * kKeys);
    const Sizes before = sizes_of(client, pool, watcher);
    std::uint64_t calls = 0;
    const std::uint64_t longest = write_for(client, scaled(kStoppedNs), calls);
    const Sizes after = sizes_of(client, pool, watcher);
    watcher.resume();
    set_some(client, kKeys);
    watcher.reap();
    std::printf("beside a stopped watcher: %" PRIu64 " pairs of writes, the longest %.1f ms\n", calls, in_ms(longest));
    LATZERO_EXPECT(longest < kLongestCallNs, "a stopped watcher held a writer up for %.0f ms", in_ms(longest));
    LATZERO_EXPECT(before == after,
                   "used: %" PRIu64 ", then %" PRIu64 " bytes; file: %" PRIu64 ", %" PRIu64 "; watcher: %" PRIu64
                   ", %" PRIu64 " pages",
                   before.used, after.used, before.file, after.file, before.resident, after.resident);
    LATZERO_EXPECT(before.resident > 0 && figures->events == 1, "the watcher was told nothing behind the stop");
}

void play() {
    who_is_idle_rests();
    a_stopped_watcher_holds_nobody_up();
    no_call_without_a_sleeper();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments,
              {LATZERO_ROLE(play), LATZERO_ROLE(write_counted), LATZERO_ROLE(watch_once), LATZERO_ROLE(watch_no_more)});
    return run_stage<play>(120);
}
