// The contract of platform/sync.hpp.
#include "platform/sync.hpp"

#include <atomic>
#include <cerrno>
#include <new>
#include <thread>

#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

using Word = std::atomic<std::uint32_t>;
static constexpr WaitChannel kChannel = {12345, 3};

static Word &word_in(const Mapping &mapping, int number = 0) {
    return reinterpret_cast<Word *>(mapping.data())[number];
}

static void another_word_is_not_waited_for(void **) {
    const NamedObject named;
    const Mapping mapping = map(named.object);
    const std::uint64_t began = boot_ns();
    wait_on(kChannel, word_in(mapping), 1, 2 * kSoonNs);
    assert_true(boot_ns() - began < kSoonNs);
}

// It may return before: then the caller looks, and waits again.
static void a_wait_has_an_end(void **) {
    const NamedObject named;
    const Mapping mapping = map(named.object);
    const std::uint64_t began = boot_ns(), until = began + 20 * kMillisecond;
    for (std::uint64_t now = began; now < until; now = boot_ns()) wait_on(kChannel, word_in(mapping), 0, until - now);
    assert_true(boot_ns() - began < kSoonNs);
}

static void await_change(Word &word, std::uint32_t from) {
    while (word.load() == from) wait_on(kChannel, word, from, 2 * kSoonNs);
}

static void a_waiter_is_woken(void **) {
    const NamedObject named;
    const Mapping mapping = map(named.object);
    Word &word = word_in(mapping);
    const std::uint64_t began = boot_ns();
    std::thread waiter([&] { await_change(word, 0); });
    pause_for(50 * kMillisecond);
    word = 1;
    wake_all(kChannel, word);
    waiter.join();
    assert_true(boot_ns() - began < kSoonNs);
}

static void answer(char **arguments) {
    MemoryObject object;
    Mapping mapping;
    must(open_object(arguments[0], Access::read_write, object) == Status::ok);
    must(object.map(kReserve, Access::read_write, mapping) == Status::ok);
    say("mapped");
    for (std::uint32_t round = 0; round < 100; round++) {
        await_change(word_in(mapping, 0), round);
        word_in(mapping, 1) = round + 1;
        wake_all(kChannel, word_in(mapping, 1));
    }
}

// By the same word in another mapping, in another process; each side sleeps until the other wakes it.
static void processes_wake_each_other(void **) {
    const NamedObject named;
    const Mapping mapping = map(named.object);
    RoleChild child(answer, named.name);
    assert_string_equal(child.hear().c_str(), "mapped");
    const std::uint64_t began = boot_ns();
    for (std::uint32_t round = 0; round < 100; round++) {
        word_in(mapping, 0) = round + 1;
        wake_all(kChannel, word_in(mapping, 0));
        await_change(word_in(mapping, 1), round);
        assert_true(boot_ns() - began < kSoonNs);
    }
    assert_int_equal(child.end(), 0);
}

static void a_waiter_of_a_group_is_woken(void **) {
    constexpr std::uint32_t kGroups = 6, kOneOfThem = 4;
    const NamedObject named;
    const Mapping mapping = map(named.object);
    Word &word = word_in(mapping);
    std::uint64_t began = boot_ns();
    std::thread waiter([&] {
        while (word.load() == 0) wait_on_groups(kChannel, word, 0, kGroups, 2 * kSoonNs);
    });
    pause_for(50 * kMillisecond);
    word = 1;
    wake_groups(kChannel, word, kOneOfThem);
    waiter.join();
    assert_true(boot_ns() - began < kSoonNs);
    began = boot_ns();
    const std::uint64_t until = began + 20 * kMillisecond;
    for (std::uint64_t now = began; now < until; now = boot_ns())
        wait_on_groups(kChannel, word, 1, kGroups, until - now);
    assert_true(boot_ns() - began < kSoonNs);
}

static void a_pause_lasts(void **) {
    const std::uint64_t began = boot_ns();
    pause_for(20 * kMillisecond);
    const std::uint64_t took = boot_ns() - began;
    assert_true(took >= 19 * kMillisecond && took < kSoonNs);
}

static void errno_stays(void **) {
    const NamedObject named;
    const Mapping mapping = map(named.object);
    errno = 77;
    wait_on(kChannel, word_in(mapping), 1, kMillisecond);
    wait_on(kChannel, word_in(mapping), 0, kMillisecond);
    wake_all(kChannel, word_in(mapping));
    pause_for(kMillisecond);
    spin_hint();
    assert_int_equal(errno, 77);
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(answer)});
    const CMUnitTest tests[] = {
        cmocka_unit_test(another_word_is_not_waited_for),
        cmocka_unit_test(a_wait_has_an_end),
        cmocka_unit_test(a_waiter_is_woken),
        cmocka_unit_test(a_waiter_of_a_group_is_woken),
        cmocka_unit_test(processes_wake_each_other),
        cmocka_unit_test(a_pause_lasts),
        cmocka_unit_test(errno_stays),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
