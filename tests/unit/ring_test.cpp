// The ring of changes: what a watcher is told, and that nothing else is.
#include "store/ring_switch.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "fsck_pool.hpp"
#include "platform/clock.hpp"
#include "platform/sync.hpp"
#include "pool/expiry.hpp"
#include "pool/numbers.hpp"
#include "store/bell.hpp"
#include "store/commit.hpp"
#include "store/in_place.hpp"
#include "store/ring_cursor.hpp"
#include "store/watching.hpp"

using namespace latzero;
using namespace latzero::store;
using namespace latzero::test;

namespace {

using Found = RingCursor::Found;

// A pool that is watched, and a cursor for each stripe.
class Watched {
public:
    explicit Watched(std::uint32_t bits = 6, bool sealed = false) : victim(sealed, "-ring") {
        must(begin_watching(victim.pool().actor(), bits, start));
        for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
            cursors.emplace_back(victim.segment(), stripe, start[stripe]);
    }
    ~Watched() { end_watching(victim.pool().actor()); }

    // What there is to tell of the stripe of a key, as text: "created a", "lost 3".
    std::vector<std::string> told(const std::string &key) { return told_of(cursors[victim.stripe_of(key)]); }
    static std::vector<std::string> told_of(RingCursor &cursor) {
        static constexpr const char *kNames[] = {"none", "set", "created", "changed", "ttl", "erased", "expired"};
        std::vector<std::string> told;
        RingEvent event;
        for (Found found; (found = cursor.next(event)) != Found::nothing;)
            told.push_back(found == Found::lost
                               ? "lost " + std::to_string(cursor.number() - event.number)
                               : kNames[static_cast<int>(event.head.kind)] + std::string(" ") + event.key);
        return told;
    }
    void expect(const std::string &key, const std::vector<std::string> &wanted) {
        const std::vector<std::string> got = told(key);
        for (const std::string &line : got) print_message("told: %s\n", line.substr(0, 60).c_str());
        assert_true(got == wanted);
    }
    // Of a key that nobody else's stripe has.
    std::string key_beside(const std::string &other, const std::string &name) {
        for (int i = 0;; i++)
            if (const std::string key = name + std::to_string(i); victim.stripe_of(key) == victim.stripe_of(other))
                return key;
    }
    Status add(const std::string &key, std::int64_t by) {
        std::uint64_t sum = 0;
        const pool::Delta delta{pool::Delta::Kind::add, 2, static_cast<std::uint64_t>(by), 0};
        return pool::add(victim.pool(), victim.pool().key(key), delta, sum);
    }

    Victim victim;
    RingStart start = {};
    std::vector<RingCursor> cursors;
};

}  // namespace

static void each_change_is_told_once(void **) {
    Watched pool;
    const std::string key = "a key";
    must(pool.victim.put(key, "one"));
    must(pool.victim.put(key, "two"));
    must(pool.victim.erase(key));
    pool.expect(key, {"created " + key, "set " + key, "erased " + key});
    pool.expect(key, {});
    must(pool.add(key, 1));
    must(pool.add(key, 1));
    pool.expect(key, {"created " + key, "changed " + key});
}

static void an_end_is_told(void **) {
    Watched pool;
    const std::string key = "a key";
    must(pool.victim.put(key, "one", platform::boot_ms() + 1'000'000));
    must(*pool::set_expiry(pool.victim.pool(), pool.victim.pool().key(key), platform::boot_ms() + 1));
    while (!expired(expiry_of(pool.victim.record_of(key)))) platform::pause_for(1'000'000);
    must(pool.victim.put(key, "two"));
    pool.expect(key, {"created " + key, "ttl " + key, "expired " + key, "created " + key});
}

static void a_long_key_has_more_slots(void **) {
    Watched pool;
    for (const std::size_t size : {32, 33, 40, 88, 89, 800}) {
        const std::string key(size, static_cast<char>('a' + size % 26));
        must(pool.victim.put(key, "one"));
        must(pool.victim.put(key, "two"));
        pool.expect(key, {"created " + key, "set " + key});
    }
    const std::string key(5000, 'z');
    must(pool.victim.put(key, "one"));
    pool.expect(key, {"created " + key.substr(0, 32)});
}

static void what_was_overwritten_is_lost_and_counted(void **) {
    Watched pool(kLeastRingBits);
    const std::string key = "a key";
    for (int i = 0; i < 100; i++) must(pool.victim.put(key, std::to_string(i)));
    const std::vector<std::string> got = pool.told(key);
    assert_true(got.size() > 1 && got.size() <= 16);
    assert_string_equal(got.front().c_str(), ("lost " + std::to_string(100 - (got.size() - 1))).c_str());
    for (std::size_t i = 1; i < got.size(); i++) assert_string_equal(got[i].c_str(), ("set " + key).c_str());
}

// Between keys of several slots, the ring is overwritten anywhere.
static void bytes_of_a_key_are_no_event(void **) {
    Watched pool(kLeastRingBits);
    const std::string short_key = "a key";
    const std::string long_key = pool.key_beside(short_key, std::string(120, 'k'));
    must(pool.victim.put(short_key, "one"));
    RingCursor &cursor = pool.cursors[pool.victim.stripe_of(short_key)];
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < round % 23; i++) must(pool.victim.put(i % 3 == 0 ? short_key : long_key, "x"));
        for (const std::string &line : Watched::told_of(cursor))
            assert_true(line.starts_with("lost ") || line.ends_with(" " + short_key) || line.ends_with(" " + long_key));
    }
}

// The rest of a key whose change was never made stays where the next event will be.
static void what_never_was_keeps_nobody_awake(void **) {
    Watched pool;
    const std::string key = "a key";
    must(pool.victim.put(key, "one"));
    pool.expect(key, {"created " + key});
    const std::uint32_t number = pool.victim.stripe_of(key);
    RingCursor &cursor = pool.cursors[number];
    const Ring ring(pool.victim.segment(), pool.victim.segment().stripe(number).events.load());
    ring.slot(cursor.number()).number.store(cursor.number() | kMoreOfKey);
    assert_false(cursor.is_due());
    pool.expect(key, {});
    must(pool.victim.put(key, "two"));
    assert_true(cursor.is_due());
    pool.expect(key, {"set " + key});
}

// What another program writes there leads a watcher astray until its next closer look.
static void a_watcher_comes_back_from_a_number_that_makes_no_sense(void **) {
    Watched pool;
    const std::string key = "a key";
    must(pool.victim.put(key, "one"));
    pool.expect(key, {"created " + key});
    const std::uint32_t number = pool.victim.stripe_of(key);
    RingCursor &cursor = pool.cursors[number];
    const Ring ring(pool.victim.segment(), pool.victim.segment().stripe(number).events.load());
    RingEvent event;
    for (const std::uint64_t nonsense : {std::uint64_t{1} << 40, kMostCommits, ~std::uint64_t{0}}) {
        ring.slot(cursor.number()).number.store(nonsense);
        while (cursor.next(event) != Found::nothing) continue;
        assert_false(cursor.is_due());
        must(pool.victim.put(key, "two"));
        while (cursor.next(event) == Found::event || cursor.catch_up(event) == Found::lost) continue;
        must(pool.victim.put(key, "three"));
        pool.expect(key, {"set " + key});
    }
}

static void a_number_without_an_event_is_passed(void **) {
    Watched pool;
    const std::string key = "a key";
    must(pool.victim.put(key, "one"));
    std::uint64_t version = 0;
    must(pool::reserve_version(pool.victim.pool(), pool.victim.stripe_of(key), version));
    must(pool.victim.put(key, "two"));
    pool.expect(key, {"created " + key, "set " + key});
    // As who dies behind the number and before its slot leaves it.
    pool.victim.stripe(key).version.fetch_add(1);
    must(pool.victim.put(key, "three"));
    pool.expect(key, {"set " + key});
    pool.victim.stripe(key).version.fetch_add(1);
    RingEvent event;
    RingCursor &cursor = pool.cursors[pool.victim.stripe_of(key)];
    assert_true(cursor.next(event) == Found::nothing);
    assert_true(cursor.catch_up(event) == Found::lost);
    assert_true(cursor.catch_up(event) == Found::nothing);
}

static void a_change_that_was_not_made_is_not_told(void **) {
    Watched pool;
    const std::string key = "a counter";
    must(pool.add(key, 1));
    pool.expect(key, {"created " + key});
    const Actor actor = pool.victim.pool().actor();
    const std::uint32_t stripe = pool.victim.stripe_of(key);
    for (const bool is_made : {false, true}) {
        const RecordView view = pool.victim.record_of(key);
        const Ref ref = pool.victim.ref_of(key);
        const std::uint64_t after = view.value->load() + 1;
        {
            const StripeLock lock(actor, stripe);
            must(lock.status());
            Telling telling(actor, stripe);
            telling.write(EventKind::changed, view, after);
            pool.victim.stripe(key).changing = pack_change(ref, ChangedWord::value);
            if (is_made) *view.value = after;
            resolve_intent(actor, stripe);
        }
        if (is_made)
            pool.expect(key, {"changed " + key});
        else
            pool.expect(key, {});
    }
    must(pool.add(key, 1));
    pool.expect(key, {"changed " + key});
}

// What a put has written that was never made may have the number, and by chance the value, of a change in place.
static void what_a_put_has_left_is_no_event_of_a_change(void **) {
    Watched pool;
    const std::string key = "a counter";
    must(pool.add(key, 1));
    pool.expect(key, {"created " + key});
    const RecordView view = pool.victim.record_of(key);
    const Ref ref = pool.victim.ref_of(key);
    {
        const StripeLock lock(pool.victim.pool().actor(), pool.victim.stripe_of(key));
        must(lock.status());
        Telling telling(pool.victim.pool().actor(), pool.victim.stripe_of(key));
        telling.write(EventKind::created, view, *view.value);
        pool.victim.stripe(key).changing = pack_change(ref, ChangedWord::value);
        resolve_intent(pool.victim.pool().actor(), pool.victim.stripe_of(key));
    }
    pool.expect(key, {});
}

static void who_sleeps_is_woken_by_a_change_of_his_stripe(void **) {
    constexpr std::uint64_t kLong = 20'000'000'000;
    Watched pool;
    const std::string key = "a key";
    const Segment &segment = pool.victim.segment();
    const std::uint64_t mine = std::uint64_t{1} << pool.victim.stripe_of(key), began = platform::boot_ns();
    std::thread sleeper([&] {
        while (!pool.cursors[pool.victim.stripe_of(key)].is_due()) {
            const std::uint32_t bell = read_bell(segment);
            announce_sleep(segment, mine);
            if (pool.cursors[pool.victim.stripe_of(key)].is_due()) return;
            sleep_until_bell(segment, bell, mine, kLong);
        }
    });
    while ((segment.header().sleepers & mine) == 0) platform::pause_for(1'000'000);
    must(pool.victim.put(key, "one"));
    sleeper.join();
    assert_true(platform::boot_ns() - began < kLong / 2);
    assert_int_equal(segment.header().sleepers, 0);
}

static void a_ring_is_turned_off_and_freed(void **) {
    Victim victim(false, "-ring");
    const std::uint64_t before = victim.segment().header().used_pages;
    RingStart start;
    for (int i = 0; i < 3; i++) {
        must(turn_ring_on(victim.pool().actor(), 6, start));
        assert_int_equal(victim.segment().header().used_pages, before + kStripes);
        assert_true(victim.fsck(false).found.sound());
        must(turn_ring_on(victim.pool().actor(), 8, start));
        assert_int_equal(victim.segment().header().used_pages, before + kStripes);
        turn_ring_off(victim.pool().actor());
        assert_int_equal(victim.segment().header().used_pages, before);
        for (std::uint32_t number = 0; number < kStripes; number++)
            assert_false(is_watched(victim.segment().stripe(number)));
    }
    assert_true(victim.fsck(false).found.sound());
}

// What a stripe's ring has not told, since it was off, is lost to a cursor from before, and not passed over.
static void what_was_committed_while_it_was_off_is_lost(void **) {
    Victim victim(false, "-ring");
    RingStart start;
    RingEvent event;
    must(begin_watching(victim.pool().actor(), 6, start));
    const std::uint32_t stripe = victim.stripe_of("key");
    end_watching(victim.pool().actor());
    must(victim.put("key", "while it is off"));
    const std::uint64_t from = start[stripe];
    must(begin_watching(victim.pool().actor(), 6, start));
    must(victim.put("key", "while it is on"));
    RingCursor cursor(victim.segment(), stripe, from);
    assert_true(cursor.next(event) == RingCursor::Found::lost || cursor.catch_up(event) == RingCursor::Found::lost);
    assert_int_equal(event.number, from);
    RingCursor behind(victim.segment(), stripe, start[stripe]);
    assert_true(behind.next(event) == RingCursor::Found::event);
    end_watching(victim.pool().actor());
}

// As a watcher leaves it that was killed: a write turns it off for good.
static void a_ring_that_nobody_watches_is_turned_off(void **) {
    Victim victim(false, "-ring");
    RingStart start;
    must(turn_ring_on(victim.pool().actor(), 6, start));
    for (int i = 0; i < 1500; i++) must(victim.put("key", "value"));
    assert_false(has_ring(victim.segment()));
    assert_false(is_watched(victim.segment().stripe(victim.stripe_of("key"))));
    // One that is watched stays.
    must(begin_watching(victim.pool().actor(), 6, start));
    for (int i = 0; i < 1500; i++) must(victim.put("key", "value"));
    assert_true(has_ring(victim.segment()));
    end_watching(victim.pool().actor());
    assert_false(has_ring(victim.segment()));
}

static void a_ring_that_makes_no_sense_is_none(void **) {
    Watched pool;
    const std::string key = "a key";
    Stripe &stripe = pool.victim.stripe(key);
    const std::uint64_t word = stripe.events;
    for (const std::uint64_t bad :
         {std::uint64_t{1}, std::uint64_t{0xffffffff}, word | std::uint64_t{0xff} << 32, ~std::uint64_t{0}}) {
        stripe.events = bad;
        must(pool.victim.put(key, "one"));
        must(pool.victim.erase(key));
        RingCursor cursor(pool.victim.segment(), pool.victim.stripe_of(key), 1);
        RingEvent event;
        assert_true(cursor.next(event) == Found::nothing);
    }
    stripe.events = word;
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(each_change_is_told_once),
                                cmocka_unit_test(an_end_is_told),
                                cmocka_unit_test(a_long_key_has_more_slots),
                                cmocka_unit_test(what_was_overwritten_is_lost_and_counted),
                                cmocka_unit_test(bytes_of_a_key_are_no_event),
                                cmocka_unit_test(what_never_was_keeps_nobody_awake),
                                cmocka_unit_test(a_watcher_comes_back_from_a_number_that_makes_no_sense),
                                cmocka_unit_test(a_number_without_an_event_is_passed),
                                cmocka_unit_test(a_change_that_was_not_made_is_not_told),
                                cmocka_unit_test(what_a_put_has_left_is_no_event_of_a_change),
                                cmocka_unit_test(who_sleeps_is_woken_by_a_change_of_his_stripe),
                                cmocka_unit_test(a_ring_is_turned_off_and_freed),
                                cmocka_unit_test(what_was_committed_while_it_was_off_is_lost),
                                cmocka_unit_test(a_ring_that_nobody_watches_is_turned_off),
                                cmocka_unit_test(a_ring_that_makes_no_sense_is_none)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
