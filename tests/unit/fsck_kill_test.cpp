// SIGKILL of a repair at any moment: what it leaves is a pool on which clients work, and which the next repair makes
// sound; no undamaged key is lost, and none comes back in an older version.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <set>

#include "fsck_pool.hpp"
#include "platform/clock.hpp"
#include "store/fsck/soundness.hpp"

using namespace latzero;
using namespace latzero::test;

namespace {

unsigned scale() {
    const char *text = std::getenv("LATZERO_TEST_SCALE");
    return text != nullptr ? static_cast<unsigned>(std::max(1, std::atoi(text))) : 1;
}

// The entries of the pages in which no record of the lower half of the stripes lies. Whose a page is does not tell: a
// stripe takes blocks in the pages of others.
std::set<Word *> pages_of_the_upper_half(Victim &victim) {
    std::set<Word *> pages;
    for (const bool upper : {true, false})
        for (const auto &[key, value] : victim.values()) {
            if ((victim.stripe_of(key) >= kStripes / 2) != upper) continue;
            const std::uint8_t size_class = class_for(victim.record_of(key).shape.total());
            if (size_class == kExtentClass) continue;
            Word *page = &victim.segment().page_entry(entry_page_of(victim.ref_of(key), size_class));
            if (upper) pages.insert(page);
            if (!upper) pages.erase(page);
        }
    return pages;
}

// Much at once, so that each step of a repair has something to do: tables, slots, lists and counters of half the
// stripes; and pages of the other half, since a record that neither its slot nor its page tells of is lost.
void damage(Victim &victim, std::mt19937 &random, bool pages_too) {
    const std::set<Word *> pages = pages_of_the_upper_half(victim);
    const Segment &segment = victim.segment();
    const auto some = [&]() -> Stripe & { return segment.stripe(random() % (kStripes / 2)); };
    for (int i = 0; i < 6; i++) {
        some().free_head[random() % kClasses] = static_cast<std::uint32_t>(random());
        some().keys = static_cast<std::uint32_t>(random() % 3);
        some().table = random() % 2 * 0x1234567812345678;
    }
    for (int i = 0; i < 16; i++) {
        Table table;
        if (!open_table(segment, some(), table) || table.slots == nullptr) continue;
        table.slots[random() % table.size()] = random() % 2 ? kTombstone : kEmptySlot;
    }
    for (Word *page : pages)
        if (pages_too && random() % 2 == 0) *page = random() % 2 * 0xffff;
}

// Starts a repair in a child and kills it so much later; false if it was through.
bool kill_repair(Victim &victim, std::uint64_t after_ns) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(30);
        pool::FsckReport report;
        const value::AuthKey auth{kFsckKey, value::AuthKey::Kind::raw};
        (void)pool::fsck(victim.name(), {true, victim.sealed() ? &auth : nullptr, 5'000'000'000}, report);
        _exit(0);
    }
    assert_true(child > 0);
    const std::uint64_t end = platform::boot_ns() + after_ns;
    while (platform::boot_ns() < end) usleep(20);
    kill(child, SIGKILL);
    int status = 0;
    assert_true(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status);
}

void expect_all(Victim &victim, const std::string &set_between) {
    std::string value;
    for (const auto &[key, expected] : victim.values()) {
        const Status got = victim.get(key, value);
        const bool right = got == Status::ok && value == (key == set_between ? "newer" : expected);
        if (!right) print_error("%s: %s\n", key.c_str(), status_name(got));
        assert_true(right);
    }
}

void round(bool sealed, std::mt19937 &random, unsigned &killed) {
    Victim victim(sealed, "-kill");
    const bool pages_too = random() % 2 == 0;
    damage(victim, random, pages_too);
    for (int kills = 0; kills < 3; kills++) killed += kill_repair(victim, random() % 25'000'000);
    // A client that writes between the repairs: what it is told is done stays so. Where pages look free that are not,
    // it would do harm, as before any repair.
    const std::string key = "key-" + std::to_string(random() % 900 / 11 * 11 + 4);
    const bool wrote = !pages_too && victim.values().contains(key) && victim.put(key, "newer") == Status::ok;
    const pool::FsckReport report = victim.fsck(true);
    for (const std::string &violation : report.last().violations) print_error("left: %s\n", violation.c_str());
    assert_true(report.last().sound());
    assert_int_equal(report.repair.dropped_keys, 0);
    victim.leave();
    victim.join();
    expect_all(victim, wrote ? key : "");
    must(victim.put("after", "works"));
    assert_true(victim.fsck(false).found.sound());
}

void repairs_are_killed(bool sealed, unsigned rounds) {
    std::random_device device;
    const char *given = std::getenv("LATZERO_TEST_SEED");
    const auto seed = given != nullptr ? static_cast<unsigned>(std::atoi(given)) : device();
    print_message("seed %u\n", seed);
    std::mt19937 random(seed);
    unsigned killed = 0;
    for (unsigned i = 0; i < rounds; i++) round(sealed, random, killed);
    print_message("%u repairs killed\n", killed);
    assert_true(killed > 0);
}

}  // namespace

static void a_killed_repair_is_finished_by_the_next(void **) { repairs_are_killed(false, 25 * scale()); }
static void likewise_in_encrypted_pools(void **) { repairs_are_killed(true, 10 * scale()); }

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_repair_is_finished_by_the_next),
        cmocka_unit_test(likewise_in_encrypted_pools),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
