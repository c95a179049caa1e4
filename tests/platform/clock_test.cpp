// The contract of platform/clock.hpp.
#include "platform/clock.hpp"

#include <chrono>
#include <thread>

#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static void time_never_goes_back(void **) {
    std::atomic<std::uint64_t> last{0};
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([&] {
            for (int round = 0; round < 20'000; round++) {
                const std::uint64_t before = last.load(), now = boot_ns();
                failures += now < before;
                last = now;
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(failures, 0);
}

static void time_goes_on(void **) {
    const std::uint64_t began = boot_ns(), began_ms = boot_ms();
    assert_true(began > 0 && began_ms >= began / kMillisecond && began_ms - began / kMillisecond < 10'000);
    pause_for(20 * kMillisecond);
    assert_true(boot_ns() - began >= 19 * kMillisecond && boot_ns() - began < kSoonNs);
    assert_true(boot_ms() - began_ms >= 18);
}

static void a_thread_has_its_own_time(void **) {
    const std::uint64_t began = thread_ns();
    pause_for(50 * kMillisecond);
    std::thread([] {
        for (const std::uint64_t own = thread_ns(); thread_ns() - own < 20 * kMillisecond;) {
        }
    }).join();
    assert_true(thread_ns() - began < 20 * kMillisecond);
    while (thread_ns() - began < 20 * kMillisecond) {
    }
}

static void tell_the_time(char **) {
    must(find_boot_clock() == Status::ok);
    say(std::to_string(boot_ns()).c_str());
}

static void processes_have_one_clock(void **) {
    assert_ok(find_boot_clock());
    const std::uint64_t before = boot_ns();
    RoleChild child(tell_the_time);
    const std::uint64_t theirs = std::stoull(child.hear());
    assert_true(before <= theirs && theirs <= boot_ns());
    assert_int_equal(child.end(), 0);
}

static void the_wall_clock_is_everybody_s(void **) {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t expected = std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
    const std::int64_t away = wall_ns() - expected;
    assert_true(away > -static_cast<std::int64_t>(kSoonNs) && away < static_cast<std::int64_t>(kSoonNs));
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(tell_the_time)});
    const CMUnitTest tests[] = {
        cmocka_unit_test(time_never_goes_back),          cmocka_unit_test(time_goes_on),
        cmocka_unit_test(a_thread_has_its_own_time),     cmocka_unit_test(processes_have_one_clock),
        cmocka_unit_test(the_wall_clock_is_everybody_s),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
