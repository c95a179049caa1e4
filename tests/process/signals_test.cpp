// A storm of signals, each of which interrupts a system call and asks for no restart, and the file size limit: no call
// fails for it, none hangs, none ends the process.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kRounds = 6;
constexpr unsigned kWorkers = 3;
constexpr long kIntervalUs = 200;
constexpr std::uint64_t kCap = 100u << 20;

struct Board {
    std::atomic<std::uint64_t> signals, calls;
    std::atomic<std::uint32_t> grown;
};
Board *board_of_handler = nullptr;

void on_alarm(int) { board_of_handler->signals.fetch_add(1, std::memory_order_relaxed); }

void start_storm(Board &board) {
    board_of_handler = &board;
    struct sigaction action = {};
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, nullptr);
    const itimerval interval = {{0, kIntervalUs}, {0, kIntervalUs}};
    setitimer(ITIMER_REAL, &interval, nullptr);
}

class Worker {
public:
    Worker(Board &board, unsigned number, const std::string &pool)
        : board_(board), number_(number), pool_(pool), random_(number) {
        start_storm(board);
        client_.emplace(pool, creating());
    }

    // Fills the pool to its cap, then goes on in the full pool.
    void run() {
        if (!expect_ok(client_->status(), "connect")) return;
        for (std::uint64_t number = 0; failure_count() == 0 && full_ < 20; number++) {
            set(number);
            if (number % 16 == 0) use_all_verbs(number);
        }
        board_.grown++;
    }

private:
    static ClientOptions creating() {
        ClientOptions options;
        options.create = true;
        options.max_bytes = kCap;
        return options;
    }

    std::string key_of(std::uint64_t number) const { return std::to_string(number_) + "." + std::to_string(number); }

    void judge(latzero_status status, const char *what) {
        board_.calls.fetch_add(1, std::memory_order_relaxed);
        LATZERO_EXPECT(status == LATZERO_OK, "%s under signals: %s (%s)", what, name_of(status), latzero_last_error());
    }

    void set(std::uint64_t number) {
        const std::uint64_t most = random_.one_in(4) ? 1u << 20 : 64u << 10;
        make_value(value_, static_cast<std::uint32_t>(random_.between(kLeastValue, most)), number, number_);
        const latzero_status status = client_->set(key_of(number), value_);
        full_ += status == LATZERO_MEMORY_FULL;
        if (status == LATZERO_MEMORY_FULL) return;
        judge(status, "set");
        std::uint64_t seen = 0;
        judge(client_->get(key_of(number)), "get");
        LATZERO_EXPECT(read_value(client_->bytes(), client_->size(), number, &seen) && seen == number_, "a torn value");
    }

    void use_all_verbs(std::uint64_t number) {
        std::int32_t there = 0;
        std::int64_t sum = 0;
        std::uint64_t keys = 0;
        latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
        const latzero_status counted = client_->add("counter", 1, &sum);
        if (counted != LATZERO_MEMORY_FULL) judge(counted, "increment");
        judge(latzero_exists(client_->handle(), "counter", 7, &there), "exists");
        judge(latzero_size(client_->handle(), &keys), "size");
        judge(latzero_stats(client_->handle(), &stats), "stats");
        if (number % 64 == 0) walk();
        latzero_pool_info *pools = nullptr;
        std::size_t count = 0;
        judge(latzero_pool_exists(pool_.c_str(), &there), "pool_exists");
        judge(latzero_pool_list(sizeof *pools, &pools, &count), "list");
        latzero_free(pools);
        judge(latzero_pool_cleanup(nullptr), "cleanup");
        Client visitor(pool_);
        judge(visitor.status(), "connect");
        judge(visitor.disconnect(), "disconnect");
        const std::string other = fresh_name();
        judge(latzero_pool_create(other.c_str(), nullptr), "create");
        judge(latzero_pool_destroy(other.c_str()), "destroy");
        const latzero_status removed = client_->remove(key_of(number));
        if (removed != LATZERO_NOT_FOUND) judge(removed, "delete");
    }

    void walk() {
        latzero_iter *iter = nullptr;
        judge(latzero_iter_open(client_->handle(), nullptr, 0, &iter), "iter_open");
        const char *key = nullptr;
        std::size_t size = 0;
        latzero_status status = LATZERO_OK;
        while (status == LATZERO_OK) status = latzero_iter_next(iter, &key, &size, nullptr, nullptr);
        LATZERO_EXPECT(status == LATZERO_NOT_FOUND, "iter_next under signals: %s", name_of(status));
        latzero_iter_close(iter);
    }

    Board &board_;
    const unsigned number_;
    const std::string pool_;
    Random random_;
    std::optional<Client> client_;
    std::vector<char> value_;
    std::uint32_t full_ = 0;
};

void work(Board &board, unsigned number, const std::string &pool) { Worker(board, number, pool).run(); }

// Workers that get into each other's way, so that their waits are interrupted too.
void storm(const Shared<Board> &board) {
    const std::string pool = fresh_name();
    Client resident(pool, [] {
        ClientOptions options;
        options.create = true;
        options.max_bytes = kCap;
        return options;
    }());
    if (!expect_ok(resident.status(), "connect")) return;
    std::array<Child, kWorkers> workers;
    for (unsigned number = 0; number < kWorkers; number++) workers[number] = Child::start<work>(board, number, pool);
    for (Child &worker : workers) worker.reap();
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    expect_ok(latzero_stats(resident.handle(), &stats), "stats");
    LATZERO_EXPECT(stats.capacity_bytes == kCap, "the pool has grown to %" PRIu64 " bytes only", stats.capacity_bytes);
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
}

// Past the limit the system would end the process with SIGXFSZ.
void grow_against_the_limit(std::uint64_t limit) {
    const std::string pool = fresh_name();
    const rlimit size = {limit, limit};
    setrlimit(RLIMIT_FSIZE, &size);
    ClientOptions options;
    options.create = true;
    Client client(pool, options);
    if (limit < 1u << 20) {
        LATZERO_EXPECT(client.status() == LATZERO_NO_SPACE, "create past the limit: %s", name_of(client.status()));
        LATZERO_EXPECT(!file_exists(pool), "a refused create left its file");
        return;
    }
    if (!expect_ok(client.status(), "connect")) return;
    std::vector<char> value;
    latzero_status status = LATZERO_OK;
    std::uint64_t keys = 0, number = 0;
    for (; status == LATZERO_OK; keys++) {
        make_value(value, 10'000, keys, 1);
        status = client.set(std::to_string(keys), value);
    }
    LATZERO_EXPECT(status == LATZERO_NO_SPACE, "growth past the limit: %s", name_of(status));
    for (std::uint64_t key = 0; key + 1 < keys; key++) {
        expect_ok(client.get(std::to_string(key)), "get after a refused growth");
        LATZERO_EXPECT(read_value(client.bytes(), client.size(), key, &number), "key %" PRIu64 " is torn", key);
    }
}

void play() {
    const Shared<Board> board;
    const std::uint64_t began = now_ns();
    for (std::uint64_t round = 0; round < scaled(kRounds) && failure_count() == 0; round++) storm(board);
    std::printf("%" PRIu64 " calls under %" PRIu64 " signals, pools grown to 100 MiB, %.1f s\n", board->calls.load(),
                board->signals.load(), in_s(now_ns() - began));
    for (const std::uint64_t limit : {std::uint64_t{100'000}, (std::uint64_t{1} << 20) - 1, std::uint64_t{1} << 20,
                                      std::uint64_t{3} << 19, std::uint64_t{5} << 20})
        Child::start<grow_against_the_limit>(limit).reap();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(work), LATZERO_ROLE(grow_against_the_limit)});
    return run_stage<play>(120);
}
