// A pool whose ring of changes another program damages, while clients write, watch, wait and are called back: no call
// crashes or hangs, and each ends within a second. Once the damage is over, and repaired, the pool is sound, and a
// watch that was open all the time is told of changes of every stripe again.
#include "../support/hostile/mutator.hpp"
#include "../support/hostile/pool_file.hpp"
#include "../support/process/child.hpp"
#include "../support/sealed.h"
#include "hostile_verbs.hpp"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kRounds = 12;
constexpr std::uint64_t kRoundNs = 400'000'000;
constexpr std::uint64_t kMaxBytes = 16u << 20;
constexpr std::int64_t kTimeoutMs = 50;
constexpr unsigned kClients = 3;
constexpr unsigned kHangS = 60;

struct Board {
    HostileFigures figures;
    Watched watched[kClients + 2];
    EditLog log;
    std::atomic<bool> over;
};

HostilePool pool_of(std::uint64_t round, const std::string &name) { return {name, round % 2 != 0, kMaxBytes}; }

void fill(std::uint64_t round, const std::string &name, Board &board) {
    const HostilePool pool = pool_of(round, name);
    HostileClient client(pool, false, 5000, round * 16, board.figures, board.watched[0]);
    if (LATZERO_EXPECT(client.connect(), "a sound pool cannot be connected to")) client.fill(300);
}

// Once a while, often, or without a pause.
void mutate(std::uint64_t round, const std::string &name, Board &board) {
    const PoolFile file(name, kMaxBytes);
    if (!LATZERO_EXPECT(file.is_open(), "the pool cannot be mapped")) return;
    PoolFile::survive_cuts();
    Random random(round * 16 + 1);
    Mutator mutator(
        file.bytes(), file.size(), kMaxBytes, [&] { return random.next(); }, board.log);
    for (std::uint64_t pace = round / 2 % 3; !board.over;) {
        mutator.set_size(file.size());
        mutator.edit_ring();
        if (pace < 2) sleep_ns(pace == 0 ? 2'000'000 : 50'000);
    }
}

void use(std::uint64_t round, const std::string &name, Board &board, unsigned number) {
    const HostilePool pool = pool_of(round, name);
    HostileClient client(pool, number == 2, kTimeoutMs, round * 16 + 2 + number, board.figures, board.watched[number]);
    alarm(kHangS);
    client.connect();
    while (!board.over && !client.is_over()) client.run_watching();
}

// Damaged bytes are repaired, and then nothing is left.
void mend(const HostilePool &pool) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    options.flags = LATZERO_CHECK_REPAIR;
    const latzero_status status = latzero_pool_check(pool.name.c_str(), &options, &report);
    LATZERO_EXPECT(status == LATZERO_OK && report.sound == 1,
                   "the repair: %s, %" PRIu64 " of %" PRIu64 " findings left", latzero_status_name(status),
                   report.findings_left, report.findings);
}

latzero_client *connect(const HostilePool &pool) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = nullptr;
    if (pool.sealed) {
        options.flags = LATZERO_CONNECT_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
    const latzero_status status = latzero_connect(pool.name.c_str(), &options, &client);
    LATZERO_EXPECT(status == LATZERO_OK, "connect: %s", latzero_status_name(status));
    return client;
}

// The stripes of which the watch is told something.
std::uint64_t hear(latzero_watch *watch) {
    std::uint64_t heard = 0;
    latzero_event event = LATZERO_EVENT_INIT;
    while (latzero_watch_next(watch, 100, &event) == LATZERO_OK)
        if (event.stripe < LATZERO_STRIPES) heard |= std::uint64_t{1} << event.stripe;
    return heard;
}

// Changes keys, so many that each stripe has some, until all stripes were heard of.
void expect_all_stripes(latzero_client *client, latzero_watch *watch) {
    (void)latzero_clear(client);
    (void)hear(watch);
    std::uint64_t heard = 0;
    const std::uint64_t end = now_ns() + 5'000'000'000 * kSlowness;
    while (~heard != 0 && now_ns() < end && failure_count() == 0) {
        for (int key = 0; key < 1000; key++) {
            const std::string name = "after-" + std::to_string(key);
            const latzero_status set = latzero_set_i64(client, name.data(), name.size(), key, nullptr);
            LATZERO_EXPECT(set == LATZERO_OK, "a set of the mended pool: %s", latzero_status_name(set));
        }
        heard |= hear(watch);
    }
    LATZERO_EXPECT(~heard == 0, "stripes of which a watch hears nothing any more: %" PRIx64, ~heard);
}

void perform(std::uint64_t round, const Shared<Board> &board) {
    const HostilePool pool = pool_of(round, fresh_name());
    if (!LATZERO_EXPECT(create_hostile_pool(pool) == LATZERO_OK, "the pool cannot be created")) return;
    Child::start<fill>(round, pool.name, board).reap();
    latzero_client *client = connect(pool);
    latzero_watch *watch = nullptr;
    const latzero_status opened = latzero_watch_open(client, nullptr, &watch);
    LATZERO_EXPECT(opened == LATZERO_OK, "watch_open: %s", latzero_status_name(opened));
    board->over = false;
    Child mutator = Child::start<mutate>(round, pool.name, board);
    std::vector<Child> clients;
    for (unsigned number = 0; number < kClients; number++)
        clients.push_back(Child::start<use>(round, pool.name, board, number));
    sleep_ns(kRoundNs / 2);
    latzero_event event = LATZERO_EVENT_INIT;
    const std::uint64_t end = now_ns() + kRoundNs / 2;
    while (now_ns() < end) (void)latzero_watch_next(watch, 5, &event);
    board->over = true;
    mutator.reap();
    for (Child &child : clients) child.reap();
    mend(pool);
    if (failure_count() == 0) expect_all_stripes(client, watch);
    latzero_watch_close(watch);
    (void)latzero_disconnect(client);
    (void)latzero_pool_destroy(pool.name.c_str());
}

void play() {
    const Shared<Board> board;
    for (std::uint64_t round = 0; round < scaled(kRounds) && failure_count() == 0; round++) {
        perform(round, board);
        if (failure_count() == 0) continue;
        std::printf("round %" PRIu64 ", after\n", round);
        board->log.print(stdout);
    }
    const HostileFigures &figures = board->figures;
    std::printf("%" PRIu64 " edits, %" PRIu64 " calls, the longest took %.0f ms (%s)\n", board->log.edits(),
                figures.calls.load(), in_ms(figures.longest_ns), figures.longest.text().c_str());
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(fill), LATZERO_ROLE(mutate), LATZERO_ROLE(use)});
    return run_stage<play>(150);
}
