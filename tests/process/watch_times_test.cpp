// How soon watchers hear. Of a key's end: each once, never before, 99 in 100 within 100 ms, though of those that remove
// what has ended some are killed all the time. Of a set, when they sleep: none has to wait for the next tick; and how
// long it takes beside a bare futex.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kEnds = 5000, kMostEnds = 1 << 20;
constexpr std::uint64_t kWakes = 1000;
constexpr unsigned kWriters = 2, kSweepers = 2;
constexpr std::uint64_t kLongestTtlMs = 200;
constexpr std::uint64_t kLateMs = 100 * kSlowness;
constexpr std::uint64_t kLongestWakeNs = 500'000'000;  // a lost wake-up is made up for within a second

struct Board {
    std::atomic<std::uint64_t> set, told, stop, heard_ns;
    std::atomic<std::uint32_t> bare;
    // Of each key: when it may end and must have ended, by its writer; when that was told.
    std::atomic<std::uint64_t> from_ms[kMostEnds], to_ms[kMostEnds], told_ms[kMostEnds];
};

std::uint64_t boot_ms() {
    timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

latzero_watch *open_watch(Client &client, std::uint32_t what) {
    latzero_watch *watch = nullptr;
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    options.what = what;
    options.history = 1024;
    if (expect_ok(client.status(), "a watcher's connect"))
        expect_ok(latzero_watch_open(client.handle(), &options, &watch), "watch_open");
    return watch;
}

// --- ends ------------------------------------------------------------------------------------------------------------

void set_what_ends(unsigned writer, const std::string &pool, std::uint64_t count, Board &board) {
    constexpr std::uint64_t kPauseNs = 500'000;
    Client client(pool);
    Random random(writer);
    if (!expect_ok(client.status(), "a writer's connect")) return;
    for (std::uint64_t number = writer; number < count && failure_count() == 0; number += kWriters) {
        const std::string key = std::to_string(number);
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        options.ttl_ms = static_cast<std::int64_t>(random.between(1, kLongestTtlMs));
        board.from_ms[number] = boot_ms() + static_cast<std::uint64_t>(options.ttl_ms);
        expect_ok(latzero_set_i64(client.handle(), key.data(), key.size(), 1, &options), "set");
        board.to_ms[number] = boot_ms() + static_cast<std::uint64_t>(options.ttl_ms);
        board.set++;
        sleep_ns(random.waiting_time(kPauseNs));
    }
}

// Watches for ends as well, so that it removes what has ended, until it is killed.
void sweep(const std::string &pool) {
    Client client(pool);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_EXPIRIES);
    latzero_event event = LATZERO_EVENT_INIT;
    while (watch != nullptr && failure_count() == 0) (void)latzero_watch_next(watch, 100, &event);
}

void hear_ends(const std::string &pool, Board &board) {
    Client client(pool);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_EXPIRIES);
    latzero_event event = LATZERO_EVENT_INIT;
    say("watching");
    while (watch != nullptr && board.stop == 0 && failure_count() == 0) {
        const latzero_status status = latzero_watch_next(watch, 20, &event);
        if (status == LATZERO_TIMEOUT || !expect_ok(status, "watch_next")) continue;
        const std::uint64_t number = event.key != nullptr ? std::strtoull(event.key, nullptr, 10) : kMostEnds;
        if (!LATZERO_EXPECT(event.kind == LATZERO_EVENT_EXPIRED && number < kMostEnds, "event %u of key %s", event.kind,
                            event.key != nullptr ? event.key : "none"))
            return;
        LATZERO_EXPECT(board.told_ms[number].exchange(boot_ms()) == 0, "the end of key %" PRIu64 " is told twice",
                       number);
        board.told++;
    }
    latzero_watch_close(watch);
}

// Until all is set and told, or nothing comes any more.
std::uint64_t kill_sweepers(const std::string &pool, std::uint64_t count, const Board &board) {
    constexpr std::uint64_t kPauseNs = 20'000'000, kLongestNs = 5'000'000'000 * kSlowness;
    std::array<Child, kSweepers> sweepers;
    Random random(kSweepers);
    std::uint64_t kills = 0, moved_ns = now_ns();
    for (std::uint64_t seen = 0; board.told < count && failure_count() == 0; kills++) {
        const std::uint64_t done = board.set + board.told;
        if (done != seen) moved_ns = now_ns();
        seen = done;
        if (now_ns() - moved_ns > kLongestNs) break;
        Child &sweeper = sweepers[random.below(kSweepers)];
        if (sweeper.running()) sweeper.kill();
        sweeper = Child::start<sweep>(pool);
        sleep_ns(random.waiting_time(kPauseNs));
    }
    for (Child &sweeper : sweepers)
        if (sweeper.running()) sweeper.kill();
    return kills;
}

void judge_ends(const Board &board, std::uint64_t count, std::uint64_t kills) {
    std::vector<std::uint64_t> late;
    for (std::uint64_t number = 0; number < count; number++) {
        const std::uint64_t told = board.told_ms[number], to = board.to_ms[number];
        if (!LATZERO_EXPECT(told != 0, "the end of key %" PRIu64 " is not told", number)) return;
        LATZERO_EXPECT(told >= board.from_ms[number], "the end of key %" PRIu64 " is told before it comes", number);
        late.push_back(told - std::min(told, to));
    }
    std::sort(late.begin(), late.end());
    const std::uint64_t most = late[late.size() * 99 / 100];
    std::printf("%" PRIu64 " ends, each told once, amid %" PRIu64 " kills: late by %" PRIu64
                " ms at the median, %" PRIu64 " in 99 of 100, %" PRIu64 " at most\n",
                count, kills, late[late.size() / 2], most, late.back());
    LATZERO_EXPECT(most <= kLateMs, "ends are told late");
}

void ends_are_told_in_time() {
    const Shared<Board> board;
    const std::string pool = fresh_name();
    const std::uint64_t count = std::min(scaled(kEnds), kMostEnds);
    Client client(pool, {.create = true});
    if (!expect_ok(client.status(), "create")) return;
    Child watcher = Child::start<hear_ends>(pool, board);
    LATZERO_EXPECT(watcher.hear() == "watching", "nobody watches");
    std::vector<Child> writers;
    for (unsigned writer = 0; writer < kWriters; writer++)
        writers.push_back(Child::start<set_what_ends>(writer, pool, count, board));
    const std::uint64_t kills = kill_sweepers(pool, count, *board);
    for (Child &writer : writers) writer.reap();
    board->stop = 1;
    watcher.reap();
    if (failure_count() == 0) judge_ends(*board, count, kills);
}

// --- wake-ups --------------------------------------------------------------------------------------------------------

void wait_for_sets(const std::string &pool, Board &board) {
    Client client(pool);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    latzero_event event = LATZERO_EVENT_INIT;
    say("watching");
    while (watch != nullptr && board.stop == 0 && expect_ok(latzero_watch_next(watch, -1, &event), "watch_next"))
        board.heard_ns = now_ns();
    latzero_watch_close(watch);
}

void wait_for_bare(Board &board) {
    std::uint32_t seen = board.bare;
    say("watching");
    for (; board.stop == 0; seen = board.bare) {
        while (board.bare == seen) syscall(SYS_futex, &board.bare, FUTEX_WAIT, seen, nullptr, nullptr, 0);
        board.heard_ns = now_ns();
    }
}

// How long until the child has heard of it, which had time to fall asleep before.
template <typename Tell>
std::uint64_t time_of_wake(Board &board, Tell tell) {
    constexpr std::uint64_t kUntilAsleepNs = 2'000'000, kLongestNs = 5'000'000'000;
    sleep_ns(kUntilAsleepNs);
    board.heard_ns = 0;
    const std::uint64_t told_ns = now_ns();
    tell();
    while (board.heard_ns == 0 && now_ns() - told_ns < kLongestNs) sleep_ns(50'000);
    return board.heard_ns != 0 ? board.heard_ns - told_ns : kLongestNs;
}

std::uint64_t median_of(std::vector<std::uint64_t> &times) {
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

// In turns, each with a board of its own.
void who_sleeps_is_woken_in_time() {
    const Shared<Board> told, bare;
    const std::string pool = fresh_name();
    Client client(pool, {.create = true});
    if (!expect_ok(client.status(), "create")) return;
    Child watcher = Child::start<wait_for_sets>(pool, told), sleeper = Child::start<wait_for_bare>(bare);
    LATZERO_EXPECT(watcher.hear() == "watching" && sleeper.hear() == "watching", "nobody waits");
    const auto set = [&] { expect_ok(latzero_set_i64(client.handle(), "key", 3, 1, nullptr), "set"); };
    const auto wake = [&] {
        bare->bare++;
        syscall(SYS_futex, &bare->bare, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    };
    std::vector<std::uint64_t> by_set, by_futex;
    for (std::uint64_t count = 0; count < scaled(kWakes) && failure_count() == 0; count++) {
        by_set.push_back(time_of_wake(*told, set));
        LATZERO_EXPECT(by_set.back() < kLongestWakeNs, "a watcher that slept was woken after %.0f ms",
                       in_ms(by_set.back()));
        by_futex.push_back(time_of_wake(*bare, wake));
    }
    told->stop = bare->stop = 1;
    set();
    wake();
    watcher.reap();
    sleeper.reap();
    if (failure_count() != 0) return;
    const std::uint64_t longest = *std::max_element(by_set.begin(), by_set.end());
    const auto over_5_ms = std::count_if(by_set.begin(), by_set.end(), [](auto ns) { return ns > 5'000'000; });
    std::printf("%zu wake-ups: %.1f us at the median, a bare futex %.1f us; %td over 5 ms, the longest %.1f ms\n",
                by_set.size(), static_cast<double>(median_of(by_set)) / 1e3,
                static_cast<double>(median_of(by_futex)) / 1e3, over_5_ms, in_ms(longest));
}

void play() {
    ends_are_told_in_time();
    who_sleeps_is_woken_in_time();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments,
              {LATZERO_ROLE(play), LATZERO_ROLE(set_what_ends), LATZERO_ROLE(sweep), LATZERO_ROLE(hear_ends),
               LATZERO_ROLE(wait_for_sets), LATZERO_ROLE(wait_for_bare)});
    return run_stage<play>(90);
}
