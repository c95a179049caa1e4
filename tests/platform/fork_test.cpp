// The contract of platform/fork.hpp, as far as a system without fork() has it. What children see is tested where they
// are forked: tests/unit/secret_test.cpp, tests/abi/fork_test.c, tests/trust/raw_children_test.c.
#include "platform/fork.hpp"

#include <thread>
#include <vector>

#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static void a_watch_knows_its_process(void **) {
    ForkWatch watch, never;
    assert_true(watch.forked());
    assert_ok(ForkWatch::start(watch));
    assert_false(watch.forked());
    const ForkWatch moved = std::move(watch);
    assert_false(moved.forked());
    assert_true(watch.forked() && never.forked());
    bool elsewhere = true;
    std::thread([&] { elsewhere = moved.forked(); }).join();
    assert_false(elsewhere);
}

static void one_thread_has_the_lock(void **) {
    constexpr int kThreads = 4, kRounds = 20'000;
    int rounds = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++)
        threads.emplace_back([&] {
            for (int round = 0; round < kRounds; round++) {
                const ForkLock lock;
                rounds++;
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(rounds, kThreads * kRounds);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(a_watch_knows_its_process), cmocka_unit_test(one_thread_has_the_lock)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
