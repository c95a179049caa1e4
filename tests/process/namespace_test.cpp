// Clients in pid namespaces of their own, where process numbers mean something else and each is process 1. They keep a
// pool alive like any other; their death, with a lock in hand too, is noticed as soon as any other's.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <unistd.h>

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kRounds = 20;
constexpr const char *kKey = "key";

struct Signs {
    std::atomic<std::uint32_t> connected;
    std::atomic<std::uint32_t> as_process_1;
};

// Writes one key for ever.
void be_client(const std::string &pool, bool read_only, Signs &signs) {
    ClientOptions options;
    options.read_only = read_only;
    Client client(pool, options);
    if (!expect_ok(client.status(), "connect from another namespace")) return;
    signs.as_process_1 += getpid() == 1;
    signs.connected++;
    std::vector<char> value;
    for (std::uint64_t number = 1;; number++) {
        make_value(value, 64, 1, number);
        if (read_only)
            sleep_ns(10'000'000);
        else
            expect_ok(client.set(kKey, value), "set");
    }
}

bool exists(const std::string &pool) {
    std::int32_t found = -1;
    expect_ok(latzero_pool_exists(pool.c_str(), &found), "exists");
    return found == 1;
}

// Two strangers, each alone with its process number 1; the pool lives until the second is dead.
void keep_alive(Random &random) {
    const std::string pool = fresh_name();
    const Shared<Signs> signs;
    ClientOptions options;
    options.create = true;
    Client native(pool, options);
    if (!expect_ok(native.status(), "connect")) return;
    Child strangers[2];
    for (Child &stranger : strangers) {
        const bool read_only = random.one_in(2);
        stranger = Child::start_in_pid_namespace<be_client>(pool, read_only, signs);
        if (!stranger.running()) return;
    }
    while (signs->connected < 2 && failure_count() == 0) sleep_ns(100'000);
    LATZERO_EXPECT(signs->as_process_1 == 2, "the clients are not in namespaces of their own");
    expect_ok(native.disconnect(), "disconnect");
    LATZERO_EXPECT(exists(pool), "a pool with two clients in other namespaces is taken for dead");
    strangers[0].kill_and_reap();
    LATZERO_EXPECT(exists(pool), "a pool with a client in another namespace is taken for dead");
    strangers[1].kill();
    strangers[1].await_death();
    LATZERO_EXPECT(!exists(pool) && !file_exists(pool), "the death in another namespace goes unnoticed");
}

// Killed with the lock in hand; the survivor, in yet another namespace or in none, goes on.
void take_over(Random &random, std::uint64_t &longest) {
    const std::string pool = fresh_name();
    const Shared<Signs> signs;
    Stopwatch watch;
    expect_ok(create_pool(pool), "create");
    Child victim = Child::start_in_pid_namespace<be_client>(pool, false, signs);
    Client survivor(pool);
    if (!expect_ok(survivor.status(), "connect") || !victim.running()) return;
    while (signs->connected == 0 && failure_count() == 0) sleep_ns(100'000);
    {
        const Inspector inspector(pool, Inspector::Access::read_only);
        while (failure_count() == 0 && victim.stop() && inspector.holder_of_stripe(kKey) == 0) {
            victim.resume();
            sleep_ns(random.waiting_time(100'000));
        }
    }
    victim.kill();
    victim.await_death();
    std::vector<char> value;
    make_value(value, 64, 1, 0);
    watch.start();
    expect_ok(survivor.set(kKey, value), "a set after a death in another namespace");
    longest = std::max(longest, watch.stop());
}

void do_nothing() {}

void play() {
    Child probe = Child::start_in_pid_namespace<do_nothing>();
    if (!probe.running()) skip_test("pid namespaces need a privilege");
    probe.reap();
    Random random(1);
    std::uint64_t longest = 0;
    const std::uint64_t rounds = scaled(kRounds);
    for (std::uint64_t round = 0; round < rounds && failure_count() == 0; round++) {
        keep_alive(random);
        take_over(random, longest);
    }
    LATZERO_EXPECT(longest <= 100'000'000 * kSlowness, "a survivor waited %.1f ms", in_ms(longest));
    std::printf("%" PRIu64 " pools kept alive from two pid namespaces; %" PRIu64
                " holders of a lock killed in one, longest wait %.1f ms\n",
                rounds, rounds, in_ms(longest));
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(be_client), LATZERO_ROLE(do_nothing)});
    return run_stage<play>(60);
}
