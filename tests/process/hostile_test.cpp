// A pool whose bytes another program damages, between opens and while clients are connected: no call crashes or hangs,
// each ends within a second, with a status that has a name. Pools are plain or encrypted, of several caps; clients
// are read-write and read-only, and run every call there is.
//
//     hostile_test           all rounds
//     hostile_test ROUND     that one, for the seed of LATZERO_TEST_SEED
#include "../support/hostile/mutator.hpp"
#include "../support/hostile/pool_file.hpp"
#include "../support/process/child.hpp"
#include "../support/system/own_shm.hpp"
#include "hostile_verbs.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kRounds = 100;
constexpr std::uint64_t kRoundNs = 120'000'000;
constexpr std::uint64_t kHangNs = 10'000'000'000 * kSlowness;
constexpr unsigned kClients = 3;
constexpr std::int64_t kAllRounds = -1;

struct Round {
    std::uint64_t number;
    HostilePool pool;
    bool live;
    std::int64_t timeout_ms;

    Round(std::uint64_t n, const std::string &name)
        : number(n),
          pool{name, n % 2 != 0, kCaps[n / 4 % 4]},
          live(n / 2 % 2 != 0),
          timeout_ms(kTimeouts[n / 16 % 4]) {}

    static constexpr std::uint64_t kCaps[] = {1 << 20, 4 << 20, 16 << 20, 100 << 20};
    static constexpr std::int64_t kTimeouts[] = {20, 300, 1, 50};
};

struct Board {
    HostileFigures figures;
    Watched watched[kClients + 1];
    EditLog log;
    std::atomic<bool> over;
};

// What other tests do with their pools is none of this one's business, nor the other way round.
void take_own_directory() {
    if (!mount_own_shm("size=1g,mode=1777")) skip_test("a /dev/shm of its own needs a privilege");
}

// --- between opens ---------------------------------------------------------------------------------------------------

std::vector<char> read_file(const std::string &path) {
    std::vector<char> bytes;
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (file < 0 || fstat(file, &status) != 0) return bytes;
    bytes.resize(static_cast<std::size_t>(status.st_size));
    if (read(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) bytes.clear();
    close(file);
    return bytes;
}

void write_file(const std::string &path, const std::vector<char> &bytes) {
    unlink(path.c_str());
    const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    const ssize_t written = write(file, bytes.data(), bytes.size());
    LATZERO_EXPECT(written == static_cast<ssize_t>(bytes.size()), "the pool cannot be put back");
    close(file);
}

// Some edits, then all calls, again and again from the same sound pool.
void damage_between_opens(std::uint64_t number, const std::string &name, Board &board) {
    const Round round(number, name);
    const std::vector<char> sound = read_file(file_of(round.pool.name));
    Random random(round.number * 16 + 1);
    const std::uint64_t end = now_ns() + kRoundNs;
    for (std::uint64_t n = 0; now_ns() < end && failure_count() == 0; n++) {
        write_file(file_of(round.pool.name), sound);
        const PoolFile file(round.pool.name, round.pool.max_bytes);
        Mutator mutator(
            file.bytes(), file.size(), round.pool.max_bytes, [&] { return random.next(); }, board.log);
        for (std::uint64_t edits = random.one_in(2) ? 1 + random.below(4) : random.below(200); edits > 0; edits--)
            mutator.edit();
        if (random.one_in(4)) mutator.scribble(1 << 16);
        HostileClient writer(round.pool, false, round.timeout_ms, round.number * 16 + 2 + n, board.figures,
                             board.watched[0]);
        HostileClient reader(round.pool, true, round.timeout_ms, round.number * 16 + 3 + n, board.figures,
                             board.watched[0]);
        writer.look_at_pools();
        reader.connect();
        writer.connect();
        const std::uint64_t pause = std::min(end, now_ns() + kRoundNs / 8);
        while (now_ns() < pause && !(writer.is_over() && reader.is_over())) {
            if (!writer.is_over()) writer.run_any();
            if (!reader.is_over()) reader.run_any();
        }
    }
}

// --- live ------------------------------------------------------------------------------------------------------------

// In each round as often as its number says: once a while, often, or without a pause.
void mutate(std::uint64_t number, const std::string &name, Board &board) {
    const Round round(number, name);
    const PoolFile file(name, round.pool.max_bytes);
    if (!LATZERO_EXPECT(file.is_open(), "the pool cannot be mapped")) return;
    PoolFile::survive_cuts();
    say("mapped");
    Random random(round.number * 16 + 5);
    Mutator mutator(
        file.bytes(), file.size(), round.pool.max_bytes, [&] { return random.next(); }, board.log);
    const std::uint64_t pace = round.number / 4 % 3;
    while (!board.over) {
        mutator.set_size(file.size());
        mutator.edit();
        if (pace == 2 && random.one_in(500)) mutator.scribble(1 << 20);
        if (pace < 2) sleep_ns(pace == 0 ? 2'000'000 : 50'000);
    }
}

void use(std::uint64_t number, const std::string &name, Board &board, unsigned client_number) {
    const Round round(number, name);
    const bool read_only = client_number == 2;
    HostileClient client(round.pool, read_only, round.timeout_ms, number * 16 + 6 + client_number, board.figures,
                         board.watched[client_number]);
    const std::uint64_t end = now_ns() + kRoundNs;
    client.connect();
    while (now_ns() < end && !client.is_over()) client.run_any();
}

// --- rounds ----------------------------------------------------------------------------------------------------------

void fill(std::uint64_t number, const std::string &name, Board &board) {
    const Round round(number, name);
    const latzero_status created = create_hostile_pool(round.pool);
    LATZERO_EXPECT(created == LATZERO_OK, "create: %s", latzero_status_name(created));
    HostileClient client(round.pool, false, 5000, round.number * 16, board.figures, board.watched[0]);
    if (LATZERO_EXPECT(client.connect(), "a sound pool cannot be connected to")) client.fill(300);
}

// Whatever is left of the pool hides no other, and can be removed, if not by the library then as the file that it is.
void bury(std::uint64_t number, const std::string &name, Board &board) {
    const Round round(number, name);
    HostileClient client(round.pool, true, 300, round.number * 16 + 15, board.figures, board.watched[0]);
    client.look_at_pools();
    const latzero_status destroyed = latzero_pool_destroy(round.pool.name.c_str());
    const bool left = destroyed == LATZERO_CORRUPT || destroyed == LATZERO_VERSION;
    LATZERO_EXPECT(left || destroyed == LATZERO_OK || destroyed == LATZERO_POOL_NOT_FOUND, "destroy: %s",
                   latzero_status_name(destroyed));
    LATZERO_EXPECT(file_exists(round.pool.name) == left, "destroy: %s, but the file is %s",
                   latzero_status_name(destroyed), left ? "gone" : "there");
    if (left) unlink(file_of(round.pool.name).c_str());
    client.look_at_pools();
}

// How long a process was ready to run, and no processor free for it (as Stopwatch says).
std::uint64_t delay_of(const Child &child) {
    std::uint64_t ran = 0, delayed = 0;
    std::FILE *account = std::fopen(("/proc/" + std::to_string(child.pid()) + "/schedstat").c_str(), "re");
    if (account == nullptr || std::fscanf(account, "%" SCNu64 " %" SCNu64, &ran, &delayed) != 2) delayed = 0;
    if (account != nullptr) std::fclose(account);
    return delayed;
}

bool has_ended(const Child &child) {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

// What a client was seen at first.
struct Sight {
    std::uint64_t began_ns = 0, delay_ns = 0;
};

bool hangs(const Child &client, const Watched &watched, Sight &sight) {
    const std::uint64_t began = watched.began_ns, now = now_ns();
    if (began == 0 || now < began + kHangNs) return false;
    if (sight.began_ns != began) sight = {began, delay_of(client)};
    const std::uint64_t delay = delay_of(client) - sight.delay_ns;
    return now - began > 2 * kHangNs + delay && !has_ended(client);
}

// Waits for clients to end; one that stays in a call for too long is a failure, and ended.
void await(std::vector<Child> &clients, const Shared<Board> &board) {
    std::vector<Sight> sights(clients.size());
    for (std::size_t left = clients.size(); left > 0;) {
        sleep_ns(1'000'000);
        left = clients.size();
        for (std::size_t n = 0; n < clients.size(); n++) {
            left -= has_ended(clients[n]);
            if (!hangs(clients[n], board->watched[n], sights[n])) continue;
            report_failure("%s hangs", board->watched[n].call.text().c_str());
            kill(clients[n].pid(), SIGABRT);
            board->watched[n].began_ns = 0;
        }
    }
    for (Child &client : clients) client.reap();
    clients.clear();
}

void perform(const Round &round, const Shared<Board> &board) {
    const std::string &name = round.pool.name;
    std::vector<Child> clients;
    clients.push_back(Child::start<fill>(round.number, name, board));
    await(clients, board);
    Child mutator;
    if (round.live) {
        board->over = false;
        mutator = Child::start<mutate>(round.number, name, board);
        // Before a client can destroy it.
        if (!LATZERO_EXPECT(mutator.hear() == "mapped", "the mutator has no pool")) return;
        for (unsigned number = 0; number < kClients; number++)
            clients.push_back(Child::start<use>(round.number, name, board, number));
    } else {
        clients.push_back(Child::start<damage_between_opens>(round.number, name, board));
    }
    await(clients, board);
    board->over = true;
    if (mutator.running()) mutator.reap();
    clients.push_back(Child::start<bury>(round.number, name, board));
    await(clients, board);
}

void print_figures(const Board &board, std::uint64_t rounds) {
    const HostileFigures &figures = board.figures;
    std::printf("%" PRIu64 " rounds, %" PRIu64 " edits of %" PRIu64 " bytes, %" PRIu64
                " calls, the longest took %.0f ms (%s)\n",
                rounds, board.log.edits(), board.log.bytes(), figures.calls.load(), in_ms(figures.longest_ns),
                figures.longest.text().c_str());
    for (std::size_t n = 0; n < kStatuses; n++)
        if (figures.statuses[n] != 0)
            std::printf("%12" PRIu64 " %s\n", figures.statuses[n].load(), latzero_status_name(-static_cast<int>(n)));
}

// A storm in which nothing was damaged shows nothing.
void expect_damage(const HostileFigures &figures) {
    for (const latzero_status status : {LATZERO_OK, LATZERO_CORRUPT, LATZERO_INTEGRITY, LATZERO_TIMEOUT})
        LATZERO_EXPECT(figures.statuses[-status] > 0, "no call gave %s", latzero_status_name(status));
}

void play(std::int64_t only_round) {
    const bool alone = only_round != kAllRounds;
    take_own_directory();
    const Shared<Board> board;
    std::uint64_t done = 0;
    for (auto n = static_cast<std::uint64_t>(alone ? only_round : 0); n < scaled(kRounds) && failure_count() == 0;
         n++) {
        const Round round(n, fresh_name());
        perform(round, board);
        if (failure_count() != 0) {
            std::printf("round %" PRIu64 ", %s, %s, cap %" PRIu64 ", after\n", n, round.live ? "live" : "between opens",
                        round.pool.sealed ? "encrypted" : "plain", round.pool.max_bytes);
            board->log.print(stdout);
        }
        done++;
        if (alone) break;
    }
    print_figures(*board, done);
    if (!alone && failure_count() == 0) expect_damage(board->figures);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments,
              {LATZERO_ROLE(play), LATZERO_ROLE(fill), LATZERO_ROLE(mutate), LATZERO_ROLE(use),
               LATZERO_ROLE(damage_between_opens), LATZERO_ROLE(bury)});
    return run_stage<play>(300, count > 1 ? std::atoll(arguments[1]) : kAllRounds);
}
