// The contract of platform/liveness.hpp.
#include "platform/liveness.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "platform/capabilities.hpp"
#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static constexpr std::uint64_t kByte = 1030, kShared = 70'000;

static std::uint64_t in_ms(std::uint64_t ms) { return boot_ns() + ms * kMillisecond; }

static bool is_found(const MemoryObject &asker, std::uint64_t byte, HeldBy whom) {
    const bool is_there = is_held(asker, byte, 1, whom);
    const HeldByte answer = held_byte(asker, byte, 1, whom);
    assert_ok(answer.status);
    assert_int_equal(answer.held, is_there);
    if (answer.held) assert_int_equal(answer.byte, byte);
    return is_there;
}

static void alone_is_alone(void **) {
    const NamedObject named;
    const MemoryObject one = named.open(), two = named.open();
    assert_ok(hold_byte(one, kByte, Hold::alone));
    assert_status(hold_byte(two, kByte, Hold::alone), busy);
    assert_ok(hold_byte(two, kByte + 1, Hold::alone));
    release_byte(one, kByte);
    assert_ok(hold_byte(two, kByte, Hold::alone));
    assert_status(hold_byte(one, kByte, Hold::alone), busy);
}

static void together_are_many(void **) {
    const NamedObject named;
    const MemoryObject one = named.open(), two = named.open(), reader = named.open(Access::read_only);
    for (const MemoryObject *object : {&one, &two, &reader}) {
        assert_ok(hold_byte(*object, kShared, Hold::together));
        assert_true(is_found(named.object, kShared, HeldBy::sharers));
    }
    for (const MemoryObject *object : {&reader, &one}) {
        release_byte(*object, kShared);
        assert_true(is_found(named.object, kShared, HeldBy::sharers));
        assert_true(is_found(*object, kShared, HeldBy::sharers));
    }
    assert_false(is_found(two, kShared, HeldBy::sharers));
    release_byte(two, kShared);
    assert_false(is_found(named.object, kShared, HeldBy::sharers));
}

static void a_question_leaves_out_the_asker(void **) {
    const NamedObject named;
    const MemoryObject one = named.open(), two = named.open();
    assert_ok(hold_byte(one, kByte, Hold::alone));
    assert_false(is_found(one, kByte, HeldBy::anyone));
    assert_false(is_found(one, kByte, HeldBy::writers));
    assert_true(is_found(two, kByte, HeldBy::anyone));
    assert_true(is_found(two, kByte, HeldBy::writers));
}

static void writers_are_told_apart(void **) {
    const NamedObject named;
    const MemoryObject reader = named.open(Access::read_only);
    assert_ok(hold_byte(reader, kByte, Hold::alone));
    assert_true(is_found(named.object, kByte, HeldBy::anyone));
    assert_false(is_found(named.object, kByte, HeldBy::writers));
    assert_status(hold_byte(named.object, kByte, Hold::alone), busy);
}

static void a_range_has_its_holders(void **) {
    const NamedObject named;
    const MemoryObject other = named.open();
    for (const std::uint64_t byte : {kByte, kByte + 700}) assert_ok(hold_byte(other, byte, Hold::alone));
    assert_false(held_byte(named.object, 0, kByte, HeldBy::anyone).held);
    assert_false(held_byte(named.object, kByte + 1, 699, HeldBy::anyone).held);
    assert_false(held_byte(named.object, kByte + 701, 1'000'000, HeldBy::anyone).held);
    assert_int_equal(held_byte(named.object, 0, kByte + 1, HeldBy::anyone).byte, kByte);
    assert_int_equal(held_byte(named.object, kByte + 1, 10'000, HeldBy::anyone).byte, kByte + 700);
    const HeldByte any = held_byte(named.object, 0, 10'000, HeldBy::anyone);
    assert_true(any.held && (any.byte == kByte || any.byte == kByte + 700));
}

static void a_closed_handle_holds_by_its_mapping(void **) {
    const NamedObject named;
    MemoryObject other = named.open();
    Mapping mapping = map(other);
    assert_ok(hold_byte(other, kByte, Hold::alone));
    other = MemoryObject();
    assert_true(is_found(named.object, kByte, HeldBy::writers));
    mapping = Mapping();
    assert_false(is_found(named.object, kByte, HeldBy::writers));
    other = named.open();
    assert_ok(hold_byte(other, kByte, Hold::alone));
    assert_ok(lock_life(other, in_ms(0)));
    other = MemoryObject();
    assert_false(is_found(named.object, kByte, HeldBy::writers));
    assert_ok(lock_life(named.object, in_ms(0)));
}

static void hold_all(char **arguments) {
    MemoryObject object;
    Mapping mapping;
    must(open_object(arguments[0], Access::read_write, object) == Status::ok);
    must(object.map(kReserve, Access::read_write, mapping) == Status::ok);
    must(hold_byte(object, kByte, Hold::alone) == Status::ok);
    must(hold_byte(object, kShared, Hold::together) == Status::ok);
    must(lock_life(object, boot_ns() + kSoonNs) == Status::ok);
    say("held");
    await_parent();
}

// However it dies, and however long the system takes to notice.
static void a_killed_process_holds_nothing(void **) {
    const NamedObject named;
    RoleChild child(hold_all, named.name);
    assert_string_equal(child.hear().c_str(), "held");
    assert_true(is_found(named.object, kByte, HeldBy::writers));
    assert_true(is_found(named.object, kShared, HeldBy::sharers));
    assert_status(hold_byte(named.object, kByte, Hold::alone), busy);
    assert_status(lock_life(named.object, in_ms(5)), timeout);
    assert_false(is_held_by_dying(named.object, kByte, child.process()));
    child.kill();
    assert_true(becomes([&] { return !is_found(named.object, kByte, HeldBy::writers); }));
    assert_true(becomes([&] { return !is_found(named.object, kShared, HeldBy::sharers); }));
    assert_ok(hold_byte(named.object, kByte, Hold::alone));
    assert_ok(lock_life(named.object, boot_ns() + kSoonNs));
    assert_false(is_held_by_dying(named.object, kByte, child.process()));
}

static void one_handle_has_the_life_lock(void **) {
    const NamedObject named;
    const MemoryObject one = named.open(), reader = named.open(Access::read_only);
    for (const auto &[holder, other] : {std::pair(&one, &reader), std::pair(&reader, &one)}) {
        assert_ok(lock_life(*holder, in_ms(0)));
        const std::uint64_t began = boot_ns();
        assert_status(lock_life(*other, began + 30 * kMillisecond), timeout);
        assert_true(boot_ns() - began >= 30 * kMillisecond && boot_ns() - began < kSoonNs);
        assert_status(lock_life(*other, in_ms(0)), timeout);
        unlock_life(*holder);
        assert_ok(lock_life(*other, in_ms(0)));
        unlock_life(*other);
    }
}

static void the_life_lock_is_waited_for(void **) {
    const NamedObject named;
    const MemoryObject other = named.open();
    assert_ok(lock_life(other, in_ms(0)));
    Status locked = Status::io;
    std::thread waiter([&] {
        locked = lock_life(named.object, boot_ns() + kSoonNs);
        if (locked == Status::ok) unlock_life(named.object);
    });
    pause_for(20 * kMillisecond);
    unlock_life(other);
    waiter.join();
    assert_ok(locked);
}

// Each in turn, within the time that a caller has.
static void nobody_starves(void **) {
    constexpr int kThreads = 4, kRounds = 100;
    const NamedObject named;
    int inside = 0, rounds = 0;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++)
        threads.emplace_back([&, own = named.open()] {
            for (int round = 0; round < kRounds; round++) {
                if (lock_life(own, boot_ns() + kSoonNs) != Status::ok) {
                    failures++;
                    continue;
                }
                if (inside++ != 0) failures++;
                rounds++;
                inside--;
                unlock_life(own);
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(failures, 0);
    assert_int_equal(rounds, kThreads * kRounds);
}

// Whoever else asks or takes at the same time.
static void what_is_held_is_told_amid_questions(void **) {
    constexpr int kThreads = 3, kRounds = 2000;
    const NamedObject named;
    assert_ok(hold_byte(named.object, kByte, Hold::alone));
    assert_ok(hold_byte(named.object, kShared, Hold::together));
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++)
        threads.emplace_back([&, i, own = named.open(i == 0 ? Access::read_only : Access::read_write)] {
            const std::uint64_t mine = kByte + 1 + static_cast<std::uint64_t>(i);
            for (int round = 0; round < kRounds; round++) {
                failures += !held_byte(own, 0, 10'000, HeldBy::anyone).held;
                failures += !is_held(own, kShared, 1, HeldBy::sharers);
                failures += hold_byte(own, mine, Hold::alone) != Status::ok;
                failures += hold_byte(own, kByte, Hold::alone) != Status::busy;
                release_byte(own, mine);
            }
        });
    for (std::thread &thread : threads) thread.join();
    assert_int_equal(failures, 0);
    assert_false(held_byte(named.object, 0, 10'000, HeldBy::anyone).held);
}

static void holders_are_told(void **) {
    const NamedObject named;
    RoleChild child(hold_all, named.name);
    assert_string_equal(child.hear().c_str(), "held");
    const MemoryObject mine = named.open();
    assert_ok(hold_byte(mine, kByte + 1, Hold::alone));
    std::vector<LockHolder> holders;
    const auto holder_of = [&](std::uint64_t byte) {
        return std::find_if(holders.begin(), holders.end(),
                            [byte](const LockHolder &holder) { return holder.holds(byte, byte); });
    };
    const auto are_found = [&] {
        holders.clear();
        find_holders(named.object, holders);
        return holder_of(kByte) != holders.end() && holder_of(kByte + 1) != holders.end();
    };
    if (!kCapabilities.tells_holders) {
        assert_false(are_found() || !holders.empty());
        return;
    }
    // It gives up after a moment, and where there is much else to do that is over before all processes were looked at.
    assert_true(becomes(are_found));
    const auto theirs = holder_of(kByte), own = holder_of(kByte + 1);
    assert_int_equal(theirs->process, child.process());
    assert_true(theirs->life_lock && theirs->holds(kShared, UINT64_MAX) && !theirs->holds(0, kByte - 1));
    assert_int_equal(own->process, process_number());
    assert_false(own->life_lock || own->holds(kByte, kByte));
}

static void errno_stays(void **) {
    const NamedObject named;
    const MemoryObject other = named.open();
    std::vector<LockHolder> holders;
    errno = 77;
    (void)hold_byte(other, kByte, Hold::alone);
    (void)hold_byte(named.object, kByte, Hold::alone);
    (void)held_byte(named.object, 0, 10'000, HeldBy::anyone);
    (void)is_held_by_dying(named.object, kByte, process_number());
    release_byte(other, kByte);
    (void)lock_life(other, in_ms(0));
    (void)lock_life(named.object, in_ms(1));
    unlock_life(other);
    find_holders(named.object, holders);
    assert_int_equal(errno, 77);
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(hold_all)});
    const CMUnitTest tests[] = {
        cmocka_unit_test(alone_is_alone),
        cmocka_unit_test(together_are_many),
        cmocka_unit_test(a_question_leaves_out_the_asker),
        cmocka_unit_test(writers_are_told_apart),
        cmocka_unit_test(a_range_has_its_holders),
        cmocka_unit_test(a_closed_handle_holds_by_its_mapping),
        cmocka_unit_test(a_killed_process_holds_nothing),
        cmocka_unit_test(one_handle_has_the_life_lock),
        cmocka_unit_test(the_life_lock_is_waited_for),
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(what_is_held_is_told_amid_questions),
        cmocka_unit_test(holders_are_told),
        cmocka_unit_test(errno_stays),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
