// The contract of platform/thread.hpp. That no signal reaches the thread, and that the library may be unloaded, is
// tested on the library as a whole: tests/trust/host_threads_test.c, tests/bindings/plugin_host.c.
#include "platform/thread.hpp"

#include <atomic>
#include <thread>

#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

struct Errand {
    std::atomic<bool> go{false};
    int done = 0;
    std::thread::id by;
};

static void do_it(void *argument) {
    auto &errand = *static_cast<Errand *>(argument);
    while (!errand.go) pause_for(kMillisecond);
    errand.by = std::this_thread::get_id();
    errand.done++;
}

static void a_thread_runs_until_it_is_joined(void **) {
    Errand errand;
    Thread thread;
    assert_ok(thread.start(do_it, &errand));
    errand.go = true;
    thread.join();
    assert_int_equal(errand.done, 1);
    assert_true(errand.by != std::this_thread::get_id());
}

static void a_thread_may_be_started_again(void **) {
    Errand errands[2];
    Thread threads[2];
    for (int round = 1; round <= 50; round++) {
        for (int i = 0; i < 2; i++) {
            errands[i].go = false;
            assert_ok(threads[i].start(do_it, &errands[i]));
        }
        for (Errand &errand : errands) errand.go = true;
        for (Thread &thread : threads) thread.join();
        for (const Errand &errand : errands) assert_int_equal(errand.done, round);
    }
}

static void threads_are_not_over_before_the_end(void **) { assert_false(threads_are_over()); }

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(a_thread_runs_until_it_is_joined),
                                cmocka_unit_test(a_thread_may_be_started_again),
                                cmocka_unit_test(threads_are_not_over_before_the_end)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
