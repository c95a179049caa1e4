// Watches amid random kills: writers that count, set and delete are killed and replaced, while a watcher is told. Each
// commit number is told or called lost, each acknowledged change of a key is told in the order in which it was made,
// and none that did not happen; also to a watcher that sleeps most of the time, of a ring that is soon overwritten.
#include "watch_storm.hpp"
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"

#include <cinttypes>
#include <cstdio>

namespace latzero::test {
namespace {

constexpr std::uint64_t kStormNs = 3'000'000'000;
constexpr std::uint64_t kMeanLifeNs = 4'000'000 * (kSlowness > 1 ? 10 : 1);
// So far behind, a quick watcher has still all in its ring, if all are of one stripe and take three numbers each.
constexpr std::uint64_t kMostBehind = 1200;
constexpr std::uint64_t kMaxBytes = 512u << 20;  // a sixteenth of it takes the longest history

void kill_writers(const Shared<WatchBoard> &board, const std::string &pool, std::uint64_t salt) {
    Random random(salt);
    std::array<Child, kStormWriters> writers;
    const auto start = [&](unsigned number) {
        writers[number] = Child::start<write_watched>(board, number, pool, random.next());
    };
    for (unsigned number = 0; number < kStormWriters; number++) start(number);
    const std::uint64_t end = now_ns() + scaled(kStormNs);
    while (now_ns() < end && failure_count() == 0) {
        sleep_ns(random.waiting_time(kMeanLifeNs));
        const auto number = static_cast<unsigned>(random.below(kStormWriters));
        board->kills++;
        writers[number].kill_and_reap();
        start(number);
    }
    board->stop = 1;
    for (Child &writer : writers) writer.reap();
}

void blow(std::uint32_t history, bool is_slow) {
    const Shared<WatchBoard> board;
    board->most_behind = is_slow ? 0 : kMostBehind;
    const std::string pool = fresh_name();
    Random random(history);
    if (!expect_ok(create_pool(pool, kMaxBytes), "create")) return;
    Child watcher = Child::start<watch_storm>(board, pool, history, is_slow, random.next());
    if (!LATZERO_EXPECT(watcher.hear() == "watching", "nobody watches")) return;
    hand_over(pool);
    kill_writers(board, pool, random.next());
    if (Inspector inspector(pool, Inspector::Access::read_write); inspector.attached())
        (void)inspector.recover_and_check();
    board->is_quiet = 1;
    watcher.reap();
    std::printf("a %s watcher, history %u: %" PRIu64 " events, %" PRIu64 " gaps of %" PRIu64 " commit numbers, %" PRIu64
                " numbers that are no change, %" PRIu64 " kills\n",
                is_slow ? "slow" : "quick", history, board->events.load(), board->gaps.load(), board->lost.load(),
                board->holes.load(), board->kills.load());
    LATZERO_EXPECT(board->events > 0 && board->kills > 0, "there was no storm");
    LATZERO_EXPECT(is_slow == (board->gaps > 0), "the %s watcher was told of %" PRIu64 " gaps",
                   is_slow ? "slow" : "quick", board->gaps.load());
}

void play() {
    blow(4096, false);
    if (failure_count() == 0) blow(16, true);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(write_watched), LATZERO_ROLE(watch_storm)});
    return run_stage<play>(150);
}
