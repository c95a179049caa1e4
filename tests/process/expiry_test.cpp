// Values with a TTL, set and overwritten by some processes and looked for by others in every way there is: none is
// found once it is over, and none is missed before. Meanwhile the wall clock is stepped back and forth, and the boot
// clock leaps ahead as it does when a machine was suspended.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <dlfcn.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <optional>

namespace latzero::test {
namespace {

constexpr std::uint64_t kSets = 20'000;
constexpr unsigned kWriters = 2, kReaders = 2;
constexpr unsigned kKeys = 128;  // of each writer
constexpr std::uint64_t kLongestTtlMs = 30;
constexpr std::uint64_t kPauseNs = 20'000;  // between two sets of a writer: most keys are at rest then

// What is known of a key's value: told by its writer around each set.
struct Life {
    std::atomic<std::uint64_t> begun, done;     // number of the set
    std::atomic<std::uint64_t> from_ms, to_ms;  // between these the value of set `done` ends
};

struct Board {
    std::atomic<std::int64_t> wall_step_ns, boot_step_ns;
    std::atomic<std::uint64_t> sets, found, over, steps;
    std::atomic<std::uint32_t> stop;
    Life lives[kWriters * kKeys];
};

// Each process has it; clock_gettime() below asks it.
Board *board = nullptr;

std::uint64_t boot_ms() {
    timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

std::string key_name(unsigned key) { return "key." + std::to_string(key); }

// --- writers ---------------------------------------------------------------------------------------------------------

void set_one(Client &client, unsigned key, std::uint64_t number, Random &random) {
    Life &life = board->lives[key];
    const std::string name = key_name(key);
    std::vector<char> value;
    make_value(value, static_cast<std::uint32_t>(random.between(kLeastValue, 200)), key, number);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = static_cast<std::int64_t>(random.between(1, kLongestTtlMs));
    life.begun.store(number, std::memory_order_seq_cst);
    const std::uint64_t from = boot_ms() + static_cast<std::uint64_t>(options.ttl_ms);
    if (!expect_ok(latzero_set_bytes(client.handle(), name.data(), name.size(), value.data(), value.size(), &options),
                   "set"))
        return;
    life.from_ms = from;
    life.to_ms = boot_ms() + static_cast<std::uint64_t>(options.ttl_ms);
    life.done.store(number, std::memory_order_seq_cst);
}

void write(unsigned writer, const std::string &pool) {
    Client client(pool);
    Random random(writer);
    if (!expect_ok(client.status(), "a writer's connect")) return;
    for (std::uint64_t number = 1; board->stop == 0 && failure_count() == 0; number++) {
        set_one(client, writer * kKeys + static_cast<unsigned>(random.below(kKeys)), number, random);
        board->sets++;
        sleep_ns(random.waiting_time(kPauseNs));
    }
}

// --- readers ---------------------------------------------------------------------------------------------------------

struct Sight {
    bool found = false;
    std::optional<std::uint64_t> number = {};  // of the value, where the look gave it
};

// One look at a key, judged by what was known before and is still so behind it.
class Look {
public:
    explicit Look(unsigned key) : life_(board->lives[key]), key_(key) {
        done_ = life_.done.load(std::memory_order_seq_cst);
        from_ms_ = life_.from_ms;
        to_ms_ = life_.to_ms;
        begun_ = life_.begun.load(std::memory_order_seq_cst);
        before_ms_ = boot_ms();
    }

    void judge(const Sight &seen, const char *how) const {
        const std::uint64_t behind_ms = boot_ms();
        const bool at_rest = begun_ == done_ && life_.begun.load(std::memory_order_seq_cst) == begun_;
        const bool is_known = at_rest || (seen.number && *seen.number == done_);
        if (done_ == 0 || !is_known) return;
        if (seen.found) {
            board->found++;
            LATZERO_EXPECT(before_ms_ < to_ms_, "key %u was found by %s %" PRIu64 " ms after its end", key_, how,
                           before_ms_ - to_ms_);
            LATZERO_EXPECT(!at_rest || !seen.number || *seen.number == done_, "key %u: %s gave another value", key_,
                           how);
        } else {
            board->over++;
            LATZERO_EXPECT(behind_ms >= from_ms_, "key %u was not found by %s %" PRIu64 " ms before its end", key_, how,
                           from_ms_ - behind_ms);
        }
    }

private:
    const Life &life_;
    unsigned key_;
    std::uint64_t done_, begun_, from_ms_, to_ms_, before_ms_;
};

Sight sight_of(latzero_status status, unsigned key, const void *bytes, std::uint64_t size) {
    std::uint64_t number = 0;
    if (status == LATZERO_NOT_FOUND || !expect_ok(status, "a look")) return {};
    LATZERO_EXPECT(read_value(static_cast<const char *>(bytes), size, key, &number), "key %u: no whole value", key);
    return {true, number};
}

Sight get(Client &client, unsigned key) {
    const latzero_status status = client.get(key_name(key));
    return sight_of(status, key, client.bytes(), client.size());
}

Sight get_many(Client &client, unsigned key) {
    const std::string name = key_name(key);
    char buffer[256];
    latzero_entry entry = {};
    entry.key = name.data();
    entry.key_len = name.size();
    entry.value = buffer;
    entry.capacity = sizeof buffer;
    const latzero_status status = latzero_mget(client.handle(), sizeof entry, &entry, 1, nullptr);
    return sight_of(status == LATZERO_OK ? entry.status : status, key, buffer, entry.size);
}

Sight borrow(Client &client, unsigned key) {
    const std::string name = key_name(key);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = nullptr;
    const void *bytes = nullptr;
    const latzero_status status = latzero_borrow(client.handle(), name.data(), name.size(), &bytes, &info, &borrowed);
    const Sight seen = sight_of(status, key, bytes, info.size);
    if (status == LATZERO_OK) expect_ok(latzero_return(borrowed), "return");
    return seen;
}

Sight exists(Client &client, unsigned key) {
    const std::string name = key_name(key);
    std::int32_t found = 0;
    expect_ok(latzero_exists(client.handle(), name.data(), name.size(), &found), "exists");
    return {found != 0};
}

Sight ask_ttl(Client &client, unsigned key) {
    const std::string name = key_name(key);
    std::int64_t left = 0;
    const latzero_status status = latzero_ttl(client.handle(), name.data(), name.size(), &left);
    if (status == LATZERO_NOT_FOUND || !expect_ok(status, "ttl")) return {};
    LATZERO_EXPECT(left > 0 && left <= static_cast<std::int64_t>(kLongestTtlMs), "%" PRId64 " ms are left", left);
    return {true};
}

Sight walk_to(Client &client, unsigned key) {
    const std::string wanted = key_name(key);
    latzero_iter *iter = nullptr;
    const char *name = nullptr;
    const void *bytes = nullptr;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    Sight seen;
    if (!expect_ok(latzero_iter_open(client.handle(), wanted.data(), wanted.size(), &iter), "open a walk")) return {};
    while (latzero_iter_next(iter, &name, nullptr, &bytes, &info) == LATZERO_OK)
        seen = sight_of(LATZERO_OK, key, bytes, info.size);
    latzero_iter_close(iter);
    return seen;
}

Sight scan_for(Client &client, unsigned key) {
    const std::string wanted = key_name(key);
    latzero_key *keys = nullptr;
    std::uint64_t cursor = 0;
    Sight seen;
    do {
        std::size_t found = 0;
        if (!expect_ok(latzero_scan(client.handle(), &cursor, 100'000, wanted.data(), wanted.size(), &keys, &found),
                       "scan"))
            return {};
        seen.found |= found > 0;
        latzero_free(keys);
    } while (cursor != 0);
    return seen;
}

struct Way {
    const char *name;
    Sight (*look)(Client &client, unsigned key);
    unsigned share;  // of all looks, in a hundred
};
constexpr Way kWays[] = {{"get", get, 40},     {"mget", get_many, 15}, {"borrow", borrow, 13}, {"exists", exists, 15},
                         {"ttl", ask_ttl, 15}, {"a walk", walk_to, 1}, {"scan", scan_for, 1}};

const Way &choose_way(Random &random) {
    std::uint64_t dice = random.below(100);
    for (const Way &way : kWays) {
        if (dice < way.share) return way;
        dice -= way.share;
    }
    return kWays[0];
}

void read(unsigned reader, const std::string &pool) {
    ClientOptions options;
    options.read_only = reader % 2 != 0;
    Client client(pool, options);
    Random random(100 + reader);
    if (!expect_ok(client.status(), "a reader's connect")) return;
    while (board->stop == 0 && failure_count() == 0) {
        const auto key = static_cast<unsigned>(random.below(kWriters * kKeys));
        const Way &way = choose_way(random);
        const Look look(key);
        look.judge(way.look(client, key), way.name);
    }
}

void work(unsigned worker, const std::string &pool, Board &shared) {
    board = &shared;
    worker < kWriters ? write(worker, pool) : read(worker - kWriters, pool);
}

// --- clocks ----------------------------------------------------------------------------------------------------------

void step_clocks(Random &random) {
    constexpr std::uint64_t kYearNs = std::uint64_t{365} * 24 * 3600 * 1'000'000'000;
    board->wall_step_ns =
        static_cast<std::int64_t>(random.below(10 * kYearNs)) - static_cast<std::int64_t>(5 * kYearNs);
    if (random.one_in(4)) board->boot_step_ns += static_cast<std::int64_t>(random.below(kLongestTtlMs * 1'000'000));
    board->steps++;
}

void play() {
    const Shared<Board> shared;
    board = &*shared;
    const std::string pool = fresh_name();
    ClientOptions options;
    options.create = true;
    Client client(pool, options);
    if (!expect_ok(client.status(), "create")) return;
    std::array<Child, kWriters + kReaders> workers;
    for (unsigned i = 0; i < workers.size(); i++) workers[i] = Child::start<work>(i, pool, shared);
    Random random(7);
    while (board->sets < scaled(kSets) && failure_count() == 0) {
        step_clocks(random);
        sleep_ns(random.waiting_time(5'000'000));
    }
    board->stop = 1;
    for (Child &worker : workers) worker.reap();
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
    LATZERO_EXPECT(board->found > 0 && board->over > 0 && board->steps > 10, "too little happened");
    std::printf("%" PRIu64 " values with a TTL; found %" PRIu64 " times in time, not found %" PRIu64
                " times behind their end; clocks stepped %" PRIu64 " times\n",
                board->sets.load(), board->found.load(), board->over.load(), board->steps.load());
}

}  // namespace
}  // namespace latzero::test

// In place of the C library's, also for the library: the clocks with their steps.
extern "C" int clock_gettime(clockid_t clock, timespec *now) noexcept {
    using latzero::test::board;
    static const auto real = reinterpret_cast<int (*)(clockid_t, timespec *)>(dlsym(RTLD_NEXT, "clock_gettime"));
    const int result = real(clock, now);
    const bool is_stepped = clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME;
    if (result != 0 || board == nullptr || !is_stepped) return result;
    const std::int64_t step = clock == CLOCK_REALTIME ? board->wall_step_ns : board->boot_step_ns;
    const std::int64_t ns = now->tv_sec * 1'000'000'000 + now->tv_nsec + step;
    now->tv_sec = ns / 1'000'000'000;
    now->tv_nsec = ns % 1'000'000'000;
    return 0;
}

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(work)});
    return run_stage<play>(120);
}
