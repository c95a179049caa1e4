// Structured damage of each kind: what a check says of it, and what a repair leaves. Undamaged keys stay with their
// values; the pool is sound afterwards and works on: it grows to its cap, takes and gives keys, and can be cleared.
#include <cstring>
#include <functional>

#include "fsck_pool.hpp"
#include "platform/clock.hpp"
#include "pool/stats.hpp"

using namespace latzero;
using namespace latzero::test;

namespace {

enum class Fate { stays, gone, either };

struct Damage {
    const char *name;
    std::function<void(Victim &)> apply;
    Part part;             // what a check must speak of
    const char *sentence;  // and a part of what it must say
    Fate fate = Fate::stays;
    const char *key = "key-1";  // whose fate that is
};

// A key whose record is small, one that is an extent, and one that ends.
constexpr const char *kSmall = "key-1", *kLarge = "key-857", *kOther = "key-2", *kEnding = "key-9";

HalfWord &some_list(Victim &victim, Ref &head) {
    for (std::uint32_t number = 0; number < kStripes; number++)
        for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
            HalfWord &list = victim.segment().stripe(number).free_head[size_class];
            head = static_cast<Ref>(list.load());
            const Word *word = head != Ref::none ? victim.segment().at<Word>(head, 32) : nullptr;
            if (word != nullptr && static_cast<std::uint32_t>(*word) != 0) return list;
        }
    assert_true(false);
    return victim.segment().stripe(0).free_head[0];
}

Word &first_word(Victim &victim, Ref ref) { return *victim.segment().at<Word>(ref, 32); }

// A free list is not that of the block's page.
void cross_lists(Victim &victim) {
    Ref head;
    HalfWord &list = some_list(victim, head);
    HalfWord &other = *(&list + (&list == &victim.segment().stripe(0).free_head[20] ? -1 : 1));
    other.store(static_cast<std::uint32_t>(head));
}

void flip_value(Victim &victim, const char *key) {
    RecordView view = victim.record_of(key);
    view.value[4].fetch_xor(1);
}

const Damage kDamages[] = {
    // --- header
    {"capacity", [](Victim &v) { v.segment().header().capacity = std::uint64_t{1} << 63; }, Part::header,
     "the header says that the pool has"},
    {"capacity too small", [](Victim &v) { v.segment().header().capacity = kFirstCapacity; }, Part::header,
     "the header says that the pool has"},
    {"data length", [](Victim &v) { v.segment().header().data_length = ~std::uint64_t{0}; }, Part::header,
     "were ever used"},
    {"data length short", [](Victim &v) { v.segment().header().data_length = v.segment().geometry().data_at(); },
     Part::counter, "data_length is short"},
    {"key area", [](Victim &v) { v.segment().header().keys.current = 2; }, Part::header, "wrapped key"},
    {"used pages", [](Victim &v) { v.segment().header().used_pages++; }, Part::counter, "used_pages"},
    {"limbo pages", [](Victim &v) { v.segment().header().limbo_pages = 3; }, Part::counter, "limbo_pages"},
    {"first free", [](Victim &v) { v.segment().header().first_free = v.segment().geometry().max_pages(); },
     Part::counter, "first_free"},
    // --- locks and operations in flight
    {"stripe lock of nobody", [](Victim &v) { v.segment().stripe(5).lock.owner = 0xfff; }, Part::lock, "named nobody"},
    {"stripe lock of a free slot", [](Victim &v) { v.segment().stripe(5).lock.owner = make_owner(700, 0); }, Part::lock,
     "named nobody"},
    {"extent lock of nobody", [](Victim &v) { v.segment().header().extent_lock.owner = 0xfff; }, Part::lock,
     "named nobody"},
    {"intent",
     [](Victim &v) {
         Intent &intent = v.stripe(kSmall).intent;
         intent.target = v.segment().offset_of_word(v.slot_of(kSmall));
         intent.after = v.slot_of(kSmall).load();
         intent.taken = pair(raw(v.ref_of(kSmall)), raw(v.ref_of(kSmall)));
         intent.classes = kIntentArmed | 3 | 4 << 8;
     },
     Part::lock, "armed intent"},
    {"changing", [](Victim &v) { v.segment().stripe(9).changing = 0x12345; }, Part::lock, "in change"},
    // --- clients
    {"transfer of nobody",
     [](Victim &v) { v.segment().client(9).transfer = raw(v.ref_of(kSmall)) | std::uint64_t{3} << 32; }, Part::client,
     "on its way"},
    {"client generation", [](Victim &v) { v.segment().client(9).generation = 0xffffffff; }, Part::client, "generation"},
    // --- tables
    {"table word", [](Victim &v) { v.stripe(kSmall).table = 0x1234567812345678; }, Part::table, "no sound table"},
    {"table gone", [](Victim &v) { v.stripe(kSmall).table = 0; }, Part::counter, "keys"},
    {"table of another stripe",
     [](Victim &v) {
         Stripe &stripe = v.stripe(kSmall);
         stripe.table = v.segment().stripe(stripe.keys == 0 ? 0 : (v.stripe_of(kSmall) + 1) % kStripes).table.load();
     },
     Part::block, "is a table, and somebody else's already"},
    {"table too small", [](Victim &v) { v.stripe(kSmall).table -= std::uint64_t{2} << 32; }, Part::table,
     "no sound table"},
    {"table too large", [](Victim &v) { v.stripe(kSmall).table += std::uint64_t{1} << 32; }, Part::table,
     "page table has no block"},
    {"slot gone", [](Victim &v) { v.slot_of(kSmall) = kTombstone; }, Part::block, "is lost"},
    {"slot emptied", [](Victim &v) { v.slot_of(kSmall) = kEmptySlot; }, Part::block, "is lost"},
    {"slot of an extent gone", [](Victim &v) { v.slot_of(kLarge) = kTombstone; }, Part::block, "belongs to nobody",
     Fate::stays, kLarge},
    {"slot outside", [](Victim &v) { v.slot_of(kSmall) |= 0xffffffff; }, Part::record, "no record fits"},
    {"slot within a record", [](Victim &v) { v.slot_of(kSmall)++; }, Part::record, "record at"},
    {"slot of another hash", [](Victim &v) { v.slot_of(kSmall) ^= std::uint64_t{1} << 50; }, Part::record,
     "another slot"},
    {"slot twice",
     [](Victim &v) {
         Table table;
         assert_true(open_table(v.segment(), v.stripe(kSmall), table));
         for (std::uint64_t at = 0;; at++)
             if (table.slots[at] == kEmptySlot) return table.slots[at].store(v.slot_of(kSmall).load());
     },
     Part::block, "is a record, and somebody else's already"},
    {"two slots of one block", [](Victim &v) { v.slot_of(kOther) = v.slot_of(kSmall).load(); }, Part::block, "is lost"},
    // --- records
    {"version gone", [](Victim &v) { v.record_of(kSmall).record->version = 0; }, Part::record, "version", Fate::gone},
    {"version of a free block", [](Victim &v) { v.record_of(kSmall).record->version |= kFreeMark; }, Part::record,
     "version", Fate::gone},
    {"version of another stripe", [](Victim &v) { v.record_of(kSmall).record->version ^= 1; }, Part::record, "version",
     Fate::gone},
    {"value size", [](Victim &v) { v.record_of(kSmall).record->shape += 700; }, Part::record, "page table has no block",
     Fate::gone},
    {"value size of an extent", [](Victim &v) { v.record_of(kLarge).record->shape += 70000; }, Part::record,
     "page table has no block", Fate::gone, kLarge},
    {"value size huge", [](Victim &v) { v.record_of(kSmall).record->shape |= 0xffffffff; }, Part::record,
     "no record fits", Fate::gone},
    {"key size", [](Victim &v) { v.record_of(kSmall).record->shape ^= std::uint64_t{1} << 32; }, Part::record, "",
     Fate::gone},
    {"no key", [](Victim &v) { v.record_of(kSmall).record->shape &= ~(std::uint64_t{0xffff} << 32); }, Part::record,
     "make no sense", Fate::gone},
    {"type", [](Victim &v) { v.record_of(kSmall).record->shape |= std::uint64_t{0xf0} << 48; }, Part::record,
     "make no sense", Fate::gone},
    {"flags", [](Victim &v) { v.record_of(kSmall).record->shape ^= std::uint64_t{kSealed} << 56; }, Part::record,
     "make no sense", Fate::gone},
    {"key", [](Victim &v) { v.change_key(kSmall); }, Part::record, "key of", Fate::gone},
    {"an older record of the key",
     [](Victim &v) {
         // As a leak would leave it: its block is on no list, and no slot leads there.
         must(v.put(kSmall, std::string(v.values().at(kSmall).size(), 'o')));
         const Ref old = v.ref_of(kSmall);
         const std::string bytes(reinterpret_cast<const char *>(v.record_of(kSmall).record),
                                 v.record_of(kSmall).shape.total());
         must(v.put(kSmall, v.values().at(kSmall)));
         Stripe &stripe = v.stripe(kSmall);
         for (HalfWord &head : stripe.free_head)
             if (static_cast<Ref>(head.load()) == old) head = static_cast<std::uint32_t>(first_word(v, old));
         std::memcpy(static_cast<void *>(&first_word(v, old)), bytes.data(), bytes.size());
     },
     Part::block, "is lost"},
    // --- free lists
    {"free list cycle",
     [](Victim &v) {
         Ref head;
         some_list(v, head);
         first_word(v, head) = kFreeMark | raw(head);
     },
     Part::block, "is a free block, and somebody else's already"},
    {"free list cut",
     [](Victim &v) {
         Ref head;
         some_list(v, head);
         first_word(v, head) = kFreeMark;
     },
     Part::block, "is lost"},
    {"free list gone",
     [](Victim &v) {
         Ref head;
         some_list(v, head) = 0;
     },
     Part::block, "is lost"},
    {"free list without a mark",
     [](Victim &v) {
         Ref head;
         some_list(v, head);
         first_word(v, head) = 12345 << kStripeBits;
     },
     Part::free_list, "breaks"},
    {"free list outside",
     [](Victim &v) {
         Ref head;
         some_list(v, head) = 0xffffffff;
     },
     Part::free_list, "page table has no block"},
    {"free list of another class", cross_lists, Part::free_list, "page table has no block"},
    {"free list with a record",
     [](Victim &v) {
         Ref head;
         some_list(v, head);
         first_word(v, head) = kFreeMark | raw(v.ref_of(kSmall));
     },
     Part::block, "is lost"},
    {"list heads all one",
     [](Victim &v) {
         for (std::uint32_t number = 0; number < kStripes; number++)
             for (HalfWord &head : v.segment().stripe(number).free_head) head = raw(v.ref_of(kSmall));
     },
     Part::block, "is lost"},
    // --- counters
    {"keys", [](Victim &v) { v.stripe(kSmall).keys = 0; }, Part::counter, "keys"},
    {"used slots", [](Victim &v) { v.stripe(kSmall).used_slots = 1; }, Part::counter, "used slots"},
    {"bytes", [](Victim &v) { v.stripe(kSmall).bytes += 16; }, Part::counter, "bytes"},
    {"commit number", [](Victim &v) { v.stripe(kSmall).version = 0; }, Part::counter, "newer than its commit number"},
    {"commit number huge", [](Victim &v) { v.stripe(kSmall).version = ~std::uint64_t{0}; }, Part::counter,
     "commit number that makes no sense"},
    {"sweep due", [](Victim &v) { v.stripe(kEnding).sweep_due = 0; }, Part::counter, "before a sweep is due"},
    // --- pages
    {"page free", [](Victim &v) { v.page_of_key(kSmall) = 0; }, Part::record, "page table has no block"},
    {"page of another class", [](Victim &v) { v.page_of_key(kSmall) ^= 0x10; }, Part::record,
     "page table has no block"},
    {"page of no class", [](Victim &v) { v.page_of_key(kSmall) |= 0xff0; }, Part::page, "makes no sense"},
    {"page of no stripe", [](Victim &v) { v.page_of_key(kSmall) |= 0xff000; }, Part::page, "makes no sense"},
    {"page of no kind", [](Victim &v) { v.page_of_key(kSmall) |= 0xf; }, Part::page, "makes no sense"},
    {"page in limbo", [](Victim &v) { v.page_of_key(kSmall) = (v.page_of_key(kSmall) & ~std::uint64_t{0xf}) | 5; },
     Part::record, "page table has no block"},
    {"page pending",
     [](Victim &v) {
         v.page_of_key(kSmall) = (v.page_of_key(kSmall) & ~std::uint64_t{0xf}) | 1 | std::uint64_t{900} << 20;
     },
     Part::page, "pending"},
    {"small page that runs on", [](Victim &v) { v.page_of_key(kSmall) += std::uint64_t{2} << 32; }, Part::page,
     "makes no sense"},
    {"extent free", [](Victim &v) { v.page_of_key(kLarge) = 0; }, Part::record, "page table has no block", Fate::stays,
     kLarge},
    {"extent short", [](Victim &v) { v.page_of_key(kLarge) -= std::uint64_t{1} << 32; }, Part::record, "", Fate::stays,
     kLarge},
    {"extent long", [](Victim &v) { v.page_of_key(kLarge) += std::uint64_t{3} << 32; }, Part::record,
     "page table has no block", Fate::stays, kLarge},
    {"extent beyond the end", [](Victim &v) { v.page_of_key(kLarge) |= std::uint64_t{0xffffffff} << 32; }, Part::page,
     "makes no sense", Fate::stays, kLarge},
    {"entry within an extent",
     [](Victim &v) {
         (&v.page_of_key(kLarge))[1] = PageEntry{PageKind::small, 3, 0, 0, 1}.pack();
     },
     Part::page, "within a run", Fate::stays, kLarge},
    {"entry beyond the capacity",
     [](Victim &v) {
         v.segment().page_entry(v.segment().geometry().max_pages() - 1) =
             PageEntry{PageKind::extent, 0, 0, 0, 1}.pack();
     },
     Part::page, "makes no sense"},
    {"extent of nobody",
     [](Victim &v) {
         std::uint64_t page = 0;
         must(allocate_run({v.pool().session(), v.pool().session().owner}, {PageKind::extent, 0, 0, 0, 7}, page));
     },
     Part::block, "belongs to nobody"},
    {"page map full",
     [](Victim &v) { v.segment().page_map(v.segment().geometry().max_pages() / 64 - 1) = ~std::uint64_t{0}; },
     Part::page, "marked wrongly"},
    {"page map empty",
     [](Victim &v) {
         for (std::uint64_t word = 0; word < v.segment().geometry().max_pages() / 64; word++)
             v.segment().page_map(word) = 0;
     },
     Part::page, "marked wrongly"},
    {"page table empty",
     [](Victim &v) {
         for (std::uint64_t page = 0; page < v.segment().geometry().max_pages(); page++)
             v.segment().page_entry(page) = 0;
     },
     Part::record, "page table has no block"},
};

bool speaks_of(const CheckReport &report, Part part, const char *sentence) {
    for (std::size_t i = 0; i < report.findings.size(); i++)
        if ((report.findings[i].part == part && report.violations[i].find(sentence) != std::string::npos) ||
            report.findings[i].part == Part::seal)
            return true;
    for (std::size_t i = 0; i < std::min<std::size_t>(report.violations.size(), 5); i++)
        print_error("found: %s\n", report.violations[i].c_str());
    return false;
}

void expect_sound(const CheckReport &report, const char *when) {
    for (std::size_t i = 0; i < std::min<std::size_t>(report.violations.size(), 8); i++)
        print_error("%s: %s\n", when, report.violations[i].c_str());
    assert_true(report.sound());
}

void expect_values(Victim &victim, const Damage &damage) {
    std::string value;
    for (const auto &[key, expected] : victim.values()) {
        const Status got = victim.get(key, value);
        const bool damaged = key == damage.key;
        const bool gone = damaged && damage.fate != Fate::stays && got == Status::not_found;
        const bool stays = (!damaged || damage.fate != Fate::gone) && got == Status::ok && value == expected;
        if (!gone && !stays) print_error("%s: %s: %s\n", damage.name, key.c_str(), status_name(got));
        assert_true(gone || stays);
    }
}

// Set, get and delete on, up to the cap and back.
void expect_to_work(Victim &victim, const char *damaged) {
    std::string value;
    must(victim.put(damaged, "anew"));
    assert_true(victim.get(damaged, value) == Status::ok && value == "anew");
    must(victim.erase(damaged));
    unsigned filled = 0;
    for (Status put = Status::ok; put == Status::ok; filled++) {
        put =
            victim.put("more-" + std::to_string(filled), std::string(filled % 5 == 0 ? 9000 : filled * 31 % 2100, 'm'));
        assert_true(put == Status::ok || put == Status::memory_full);
    }
    assert_true(victim.segment().usable() == victim.segment().geometry().max_bytes);
    expect_sound(victim.fsck(false).found, "when full");
    for (unsigned i = 0; i + 1 < filled; i += 2) must(victim.erase("more-" + std::to_string(i)));
    expect_sound(victim.fsck(false).found, "after deletes");
    must(pool::clear(victim.pool()));
    assert_true(pool::stats(victim.pool()).used_bytes == 0);
    expect_sound(victim.fsck(false).found, "after a clear");
}

void damage_and_repair(const Damage &damage, bool sealed) {
    Victim victim(sealed);
    expect_sound(victim.fsck(false).found, "before");
    damage.apply(victim);
    // The lock word is taken over by whoever meets it; so that is seen once.
    const bool is_lock = damage.part == Part::lock;
    if (!is_lock) {
        const pool::FsckReport looked = victim.fsck(false);
        assert_false(looked.repaired);
        if (!speaks_of(looked.found, damage.part, damage.sentence)) print_error("%s: not found\n", damage.name);
    }
    const pool::FsckReport report = victim.fsck(true);
    const bool found = speaks_of(report.found, damage.part, damage.sentence);
    if (!found) print_error("%s%s: not found\n", damage.name, sealed ? ", sealed" : "");
    assert_true(found && report.repaired);
    if (!report.left.sound()) print_error("%s:\n", damage.name);
    expect_sound(report.left, "after the repair");
    expect_sound(victim.fsck(false).found, "looked at anew");
    // A client that has seen the damage may hold on to the size that it believed; others come anew.
    victim.leave();
    victim.join();
    expect_values(victim, damage);
    for (std::size_t i = 0; i < report.repair.told.size() && i < 5; i++)
        if (std::getenv("FSCK_TALK"))
            print_error("%s: %s %s\n", damage.name, report.repair.told[i].sentence.c_str(),
                        report.repair.told[i].about.key.c_str());
    if (damage.fate == Fate::gone) assert_int_equal(report.repair.dropped_keys, 1);
    if (damage.fate == Fate::stays) assert_int_equal(report.repair.dropped_keys, 0);
    expect_to_work(victim, damage.key);
}

}  // namespace

static void each_damage_is_found_and_mended(void **) {
    for (const Damage &damage : kDamages) {
        if (std::getenv("FSCK_ONLY") != nullptr && std::strcmp(std::getenv("FSCK_ONLY"), damage.name) != 0) continue;
        damage_and_repair(damage, false);
    }
}

static void likewise_in_encrypted_pools(void **) {
    for (std::size_t i = 0; i < std::size(kDamages); i += 3) damage_and_repair(kDamages[i], true);
    const Damage flipped{"value", [](Victim &v) { flip_value(v, kSmall); }, Part::seal, "not what was sealed",
                         Fate::gone};
    damage_and_repair(flipped, true);
}

// Whoever borrows the value of a record that is dropped goes on reading it; its pages come back behind the last one.
static void what_is_borrowed_stays(void **) {
    Victim victim;
    auto borrower = std::make_unique<pool::Pool>();
    pool::Borrowed borrowed;
    pool::ValueInfo info;
    pool::Gate none(nullptr);
    must(pool::attach(victim.name(), {.gate = &none}, *borrower));
    must(pool::borrow(*borrower, borrower->key(kLarge), borrowed, info).value());
    victim.change_key(kLarge);
    const pool::FsckReport report = victim.fsck(true);
    expect_sound(report.left, "with a borrower");
    assert_int_equal(report.repair.dropped_keys, 1);
    assert_true(report.left.limbo_pages >= info.size / kPageSize);
    for (unsigned i = 0; victim.put("more-" + std::to_string(i), std::string(9000, 'm')) == Status::ok;) i++;
    const std::string_view bytes(static_cast<const char *>(borrowed.bytes), info.size);
    assert_true(bytes == victim.values().at(kLarge));
    pool::give_back(*borrower, borrowed);
    must(pool::detach(victim.name(), *borrower));
    borrower.reset();
    const pool::FsckReport after = victim.fsck(true);
    assert_true(after.last().sound() && after.last().limbo_pages == 0);
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_damage_is_found_and_mended),
        cmocka_unit_test(likewise_in_encrypted_pools),
        cmocka_unit_test(what_is_borrowed_stays),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
