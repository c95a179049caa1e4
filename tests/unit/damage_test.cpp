// Bytes that another program has damaged: what goes through them ends, in time and within the pool. Each case is one
// that a storm or a fuzzer has found.
#include <memory>
#include <string>

#include "platform/clock.hpp"
#include "platform/pool_names.hpp"
#include "platform/process.hpp"
#include "pool/keys.hpp"
#include "pool/life/attach.hpp"
#include "pool/life/create.hpp"
#include "pool/remove.hpp"
#include "pool/stats.hpp"
#include "pool/write.hpp"
#include "store/recovery.hpp"
#include "store/room.hpp"
#include "store/stripe.hpp"
#include "store/vacate.hpp"
#include "unit_test.hpp"

using namespace latzero;
using namespace latzero::store;

namespace {

constexpr std::uint64_t kTimeoutNs = 50'000'000;
constexpr std::uint64_t kLongest = 10 * kTimeoutNs;

std::string key_number(std::uint64_t number) { return "key-" + std::to_string(number); }

// A pool with two clients, of which one only holds what it is made to hold.
class Victim {
public:
    Victim() {
        const std::string name = "unit-damage-" + std::to_string(platform::process_number());
        assert_true(pool::create(name, {.max_bytes = 4 << 20}) == Status::ok);
        assert_true(pool::attach(name, {.timeout_ns = kTimeoutNs}, holder_) == Status::ok);
        assert_true(pool::attach(name, {.timeout_ns = kTimeoutNs}, pool_) == Status::ok);
        assert_true(platform::remove_name(segment().object()) == Status::ok);
    }

    pool::Pool &pool() { return pool_; }
    Session &session() { return pool_.session(); }
    const Segment &segment() { return session().segment; }
    Actor actor() { return {session(), session().owner}; }
    // A client that lives, and gives nothing back.
    Owner holder() { return holder_.session().owner; }
    void lock_all_stripes() {
        for (std::uint32_t number = 0; number < kStripes; number++) segment().stripe(number).lock.owner = holder();
    }

    Status set(std::uint64_t number, std::size_t size, std::uint64_t expiry_ms = 0) {
        const std::string key = key_number(number), value(size, 'v');
        std::uint64_t version = 0;
        return pool::put(
            pool_, pool_.key(key),
            {.type = 5, .bytes = value.data(), .size = static_cast<std::uint32_t>(size), .expiry_ms = expiry_ms}, {},
            version);
    }
    void fill(std::uint64_t keys, std::size_t size, std::uint64_t expiry_ms = 0) {
        for (std::uint64_t number = 0; number < keys; number++) assert_true(set(number, size, expiry_ms) == Status::ok);
    }

    // A table of the stripe that is as large as the pool allows, all of whose slots lead to one record.
    void alias_table(std::uint32_t stripe) {
        Table table;
        assert_true(open_table(segment(), segment().stripe(stripe), table) && table.slots != nullptr);
        std::uint64_t slot = 0;
        for (std::uint64_t at = 0; at < table.size() && !is_live(slot); at++) slot = table.slots[at];
        assert_true(is_live(slot));
        const std::uint64_t from = 1 << 20;
        const TableWord word{ref_at(from), 18, 0};
        auto *slots = segment().at<Word>(word.ref, sizeof(Word) << word.bits);
        assert_non_null(slots);
        for (std::uint64_t at = 0; at < std::uint64_t{1} << word.bits; at++) slots[at] = slot;
        segment().stripe(stripe).table = word.pack();
    }

private:
    pool::Pool holder_, pool_;
};

template <typename Work>
void ends_in_time(Work work) {
    const std::uint64_t began = platform::boot_ns();
    work();
    assert_true(platform::boot_ns() - began < kLongest);
}

}  // namespace

// The run's length was compared with what is left behind its first page, which wraps there.
static void a_run_past_the_capacity_is_not_freed(void **) {
    Victim victim;
    const Segment &segment = victim.segment();
    const std::uint64_t page = segment.geometry().max_pages() - 1;
    assert_true(page >= segment.usable() / kPageSize);
    segment.page_entry(page) = PageEntry{PageKind::extent, 0, 0, 0, 0xffffffff}.pack();
    const ExtentLock extents(victim.actor(), true);
    assert_true(extents.held());
    free_run_locked(victim.actor(), page);
    retire_run_locked(victim.actor(), page);
    assert_int_equal(PageEntry::unpack(segment.page_entry(page)).pages, 0xffffffff);
}

// With it went what lies in the pages that its entry claimed.
static void an_extent_whose_entry_has_others_pages_is_left_to_a_repair(void **) {
    Victim victim;
    victim.fill(4, 60'000);
    const Segment &segment = victim.segment();
    std::uint64_t page = segment.geometry().first_page();
    const auto entry = [&] { return PageEntry::unpack(segment.page_entry(page)); };
    while (entry().kind != PageKind::extent) page++;
    PageEntry claim = entry();
    const std::uint32_t own_pages = claim.pages;
    claim.pages *= 3;
    segment.page_entry(page) = claim.pack();
    const std::uint64_t used = segment.header().used_pages;
    victim.fill(4, 60'010);
    assert_int_equal(entry().pages, claim.pages);
    assert_int_equal(segment.header().used_pages, used + own_pages);
    victim.fill(4, 60'020);
    assert_int_equal(segment.header().used_pages, used + own_pages);
}

static void a_full_table_ends_an_insertion(void **) {
    Word slots[64];
    std::uint64_t steps = 1000;
    for (Word &slot : slots) slot = kTombstone;
    assert_false(insert_slot(slots, 63, make_slot(ref_at(4096), 5), steps));
    assert_int_equal(steps, 0);
    slots[4] = kEmptySlot;
    steps = 64;
    assert_true(insert_slot(slots, 63, make_slot(ref_at(4096), 5), steps));
    assert_true(is_live(slots[4]));
    assert_int_equal(steps, 2);
}

// Each copy of the one slot was put behind all others.
static void a_table_of_one_key_ends_a_rehash(void **) {
    Victim victim;
    victim.fill(6000, 300);
    for (std::uint32_t number = 0; number < kStripes; number++) {
        victim.alias_table(number);
        victim.segment().stripe(number).used_slots = 0xffffffff;
        victim.segment().stripe(number).keys = 1 << 13;
    }
    Table table;
    assert_true(open_table(victim.segment(), victim.segment().stripe(5), table));
    std::uint64_t wanted = 0;
    const StripeLock lock(victim.actor(), 5);
    assert_true(lock.status() == Status::ok);
    ends_in_time([&] { assert_true(ensure_slot(victim.actor(), 5, table, wanted) == Status::corrupt); });
    assert_int_equal(victim.segment().stripe(5).intent.classes, 0);
}

// Its bits were taken modulo 32 in one place, and as they stood in another.
static void a_table_word_of_too_many_bits_is_of_one_size_everywhere(void **) {
    Victim victim;
    victim.fill(64, 10);
    for (std::uint32_t number = 0; number < kStripes; number++) {
        TableWord word = TableWord::unpack(victim.segment().stripe(number).table);
        if (word.ref == Ref::none) continue;
        word.bits = static_cast<std::uint8_t>(word.bits + 160);
        victim.segment().stripe(number).table = word.pack();
    }
    for (std::uint64_t number = 0; number < 6400; number++) assert_true(victim.set(number, 10) == Status::ok);
}

// It made a pool grow to its cap for a table that nobody needs.
static void a_count_of_keys_that_cannot_be_asks_for_no_table(void **) {
    Victim victim;
    victim.fill(64, 10);
    const std::uint64_t before = victim.segment().usable();
    for (std::uint32_t number = 0; number < kStripes; number++) {
        victim.segment().stripe(number).keys = 0xffffffff;
        victim.segment().stripe(number).used_slots = 0xffffffff;
    }
    for (std::uint64_t number = 100; number < 200; number++) (void)victim.set(number, 10);
    assert_int_equal(victim.segment().usable(), before);
}

static void a_write_waits_for_no_sweep(void **) {
    Victim victim;
    // Twice: then each stripe has the free block that overwriting needs, and no run is claimed.
    for (std::uint64_t number = 2000; number < 2400; number++)
        assert_true(victim.set(1000 + number % 200, 10) == Status::ok);
    const std::uint64_t end = platform::boot_ms() + 1000;
    victim.fill(50, 15'000, end);
    while (platform::boot_ms() <= end) platform::pause_for(10'000'000);
    victim.segment().header().extent_lock.owner = victim.holder();
    ends_in_time([&] {
        for (std::uint64_t number = 1000; number < 1200; number++) assert_true(victim.set(number, 10) == Status::ok);
    });
}

static void all_stripes_together_are_waited_for_once(void **) {
    Victim victim;
    victim.fill(200, 10, 1);
    victim.lock_all_stripes();
    ends_in_time([&] { sweep_all(victim.pool().actor()); });
    ends_in_time([&] { assert_true(pool::clear(victim.pool()) == Status::timeout); });
    ends_in_time([&] { assert_true(victim.set(1, 10) == Status::timeout); });
}

static void the_dead_together_are_waited_for_once(void **) {
    Victim victim;
    for (std::uint32_t slot = 2; slot < kClientLimit; slot++) victim.segment().client(slot).in_use = 1;
    victim.segment().header().extent_lock.owner = victim.holder();
    ends_in_time([&] { assert_true(recover_all_dead(victim.session()) == Status::timeout); });
}

static void a_lock_of_an_unused_slot_is_nobodys(void **) {
    Victim victim;
    victim.fill(64, 10);
    for (std::uint32_t number = 0; number < kStripes; number++)
        victim.segment().stripe(number).lock.owner = make_owner(500, victim.segment().client(500).generation);
    for (std::uint64_t number = 0; number < 64; number++) assert_true(victim.set(number, 10) == Status::ok);
}

static void circles_in_all_free_lists_end_a_search(void **) {
    Victim victim;
    victim.fill(3000, 100);
    for (std::uint32_t number = 0; number < kStripes; number++)
        for (std::uint32_t size_class = 0; size_class < kClasses; size_class++) {
            const Ref block = ref_at(victim.segment().geometry().data_at() + 2048 * size_class);
            *victim.segment().at<Word>(block, sizeof(Word)) = kFreeMark | raw(block);
            victim.segment().stripe(number).free_head[size_class] = raw(block);
        }
    ends_in_time([&] { assert_true(give_back_free_runs(victim.actor()) == Status::corrupt); });
    ends_in_time([&] {
        assert_true(vacate(
                        victim.actor(), [](std::string_view) { return Key{}; }, 1) != Status::ok);
    });
    // Pending pages of all classes and stripes, for which a recovery looks through all lists.
    const std::uint64_t first = victim.segment().geometry().first_page();
    for (std::uint64_t page = first; page < victim.segment().usable() / kPageSize; page++)
        victim.segment().page_entry(page) =
            PageEntry{PageKind::small_pending, static_cast<std::uint8_t>(page % kClasses), kEveryStripe, 9, 1}.pack();
    victim.segment().client(9).in_use = 1;
    ends_in_time([&] { (void)recover_all_dead(victim.session()); });
}

static void a_table_of_one_key_gives_no_more_keys_than_there_can_be(void **) {
    Victim victim;
    victim.fill(6000, 300);
    for (std::uint32_t number = 0; number < kStripes; number++) {
        victim.alias_table(number);
        victim.segment().stripe(number).sweep_due = 1;
    }
    value::Names keys;
    const std::uint64_t most = victim.segment().usable() / kClassSizes[0];
    Budget walk = Budget::for_walk(victim.pool().session().segment);
    pool::KeysPart part{5};
    ends_in_time([&] { assert_true(pool::keys_of_part(victim.pool(), part, keys, walk) == Status::corrupt); });
    ends_in_time([&] { (void)pool::size(victim.pool()); });
    std::uint64_t cursor = 0;
    keys.clear();
    ends_in_time([&] { (void)pool::scan(victim.pool(), cursor, ~std::size_t{0}, keys); });
    assert_true(keys.size() <= most);
    ends_in_time([&] { sweep_all(victim.pool().actor()); });
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(a_run_past_the_capacity_is_not_freed),
                                cmocka_unit_test(an_extent_whose_entry_has_others_pages_is_left_to_a_repair),
                                cmocka_unit_test(a_full_table_ends_an_insertion),
                                cmocka_unit_test(a_table_of_one_key_ends_a_rehash),
                                cmocka_unit_test(a_table_word_of_too_many_bits_is_of_one_size_everywhere),
                                cmocka_unit_test(a_count_of_keys_that_cannot_be_asks_for_no_table),
                                cmocka_unit_test(a_write_waits_for_no_sweep),
                                cmocka_unit_test(all_stripes_together_are_waited_for_once),
                                cmocka_unit_test(the_dead_together_are_waited_for_once),
                                cmocka_unit_test(a_lock_of_an_unused_slot_is_nobodys),
                                cmocka_unit_test(circles_in_all_free_lists_end_a_search),
                                cmocka_unit_test(a_table_of_one_key_gives_no_more_keys_than_there_can_be)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
