// Whole pages and small blocks, in a segment of its own that is under no name.
#include "store/pages.hpp"

#include <memory>
#include <numeric>
#include <vector>

#include "platform/pool_names.hpp"
#include "store/blocks.hpp"
#include "store/fsck/check.hpp"
#include "store/room.hpp"
#include "store/stripe.hpp"
#include "store/transfer.hpp"
#include "unit_test.hpp"

using namespace latzero;
using namespace latzero::store;

namespace {

std::unique_ptr<Session> make_session(std::uint64_t max_bytes) {
    platform::MemoryObject object;
    PoolConstants constants = {};
    constants.max_bytes = max_bytes;
    assert_true(platform::create_unseen(max_bytes, object) == Status::ok);
    assert_true(Segment::format(object, constants) == Status::ok);
    auto session = std::make_unique<Session>();
    assert_true(session->segment.attach(std::move(object), platform::Access::read_write, constants) == Status::ok);
    // A client of the pool: from whoever is none, others take what it locks.
    session->owner = make_owner(0, 0);
    session->segment.client(0).in_use.store(1);
    session->timeout_ns = 60'000'000'000;
    return session;
}

PageEntry extent(std::uint32_t pages) { return {PageKind::extent, 0, 0, 0, pages}; }

void free_run(Actor actor, std::uint64_t page) { assert_true(free_pending_run(actor, page) == Status::ok); }

}  // namespace

static void runs_do_not_overlap_and_come_back(void **) {
    const auto session = make_session(std::uint64_t{8} << 20);
    const Actor actor{*session, session->owner};
    const std::uint64_t used_before = session->segment.header().used_pages.load();
    std::vector<bool> taken(session->segment.geometry().max_pages());
    std::vector<std::uint64_t> runs;
    for (std::uint32_t pages = 1;; pages = pages % 37 + 1) {
        std::uint64_t page = 0;
        const Status status = allocate_run(actor, extent(pages), page);
        if (status != Status::ok) {
            assert_true(status == Status::memory_full);
            break;
        }
        assert_true(page >= session->segment.geometry().first_page());
        for (std::uint64_t inner = page; inner < page + pages; inner++) {
            assert_false(taken[inner]);
            taken[inner] = true;
        }
        runs.push_back(page);
    }
    assert_int_equal(session->segment.usable(), 8 << 20);
    for (const std::uint64_t page : runs) free_run(actor, page);
    assert_int_equal(session->segment.header().used_pages.load(), used_before);
    // All of it is one run again.
    std::uint64_t page = 0;
    const auto all = static_cast<std::uint32_t>(taken.size() - session->segment.geometry().first_page());
    assert_true(allocate_run(actor, extent(all), page) == Status::ok);
    assert_true(allocate_run(actor, extent(1), page) == Status::memory_full);
}

static void a_gap_is_used_first(void **) {
    const auto session = make_session(std::uint64_t{4} << 20);
    const Actor actor{*session, session->owner};
    std::uint64_t first = 0, second = 0, third = 0, again = 0;
    assert_true(allocate_run(actor, extent(3), first) == Status::ok);
    assert_true(allocate_run(actor, extent(5), second) == Status::ok);
    assert_true(allocate_run(actor, extent(1), third) == Status::ok);
    free_run(actor, second);
    free_run(actor, second);  // as after a crash: nothing happens
    assert_true(allocate_run(actor, extent(6), again) == Status::ok);
    assert_true(again > third);
    assert_true(allocate_run(actor, extent(5), again) == Status::ok);
    assert_int_equal(again, second);
}

// And not the first one: a run that is larger than needed stays whole.
static void the_tightest_gap_is_used(void **) {
    const auto session = make_session(std::uint64_t{4} << 20);
    const Actor actor{*session, session->owner};
    std::uint64_t wide = 0, tight = 0, between = 0, again = 0;
    assert_true(allocate_run(actor, extent(5), wide) == Status::ok);
    assert_true(allocate_run(actor, extent(1), between) == Status::ok);
    assert_true(allocate_run(actor, extent(3), tight) == Status::ok);
    assert_true(allocate_run(actor, extent(1), between) == Status::ok);
    free_run(actor, wide);
    free_run(actor, tight);
    assert_true(allocate_run(actor, extent(3), again) == Status::ok);
    assert_int_equal(again, tight);
    assert_true(allocate_run(actor, extent(2), again) == Status::ok);
    assert_int_equal(again, wide);
}

static void the_map_follows_from_the_table(void **) {
    const auto session = make_session(std::uint64_t{4} << 20);
    const Actor actor{*session, session->owner};
    const Segment &segment = session->segment;
    std::uint64_t page = 0;
    for (std::uint32_t pages = 1; pages < 9; pages++)
        assert_true(allocate_run(actor, extent(pages), page) == Status::ok);
    free_run(actor, page);
    std::vector<std::uint64_t> before(segment.usable() / kPageSize / 64);
    for (std::size_t word = 0; word < before.size(); word++) before[word] = segment.page_map(word).exchange(0x1234567);
    const std::uint64_t used = segment.header().used_pages.exchange(1);
    segment.header().first_free.store(0);
    {
        const ExtentLock extents(actor, true);
        rebuild_page_map_locked(actor);
    }
    assert_int_equal(segment.header().used_pages.load(), used);
    // The pages in front of the data are marked once, when the pool is made; only the others are rebuilt.
    for (std::size_t word = segment.geometry().first_page() / 64 + 1; word < before.size(); word++)
        assert_int_equal(segment.page_map(word).load(), before[word]);
}

static void blocks_of_all_classes(void **) {
    const auto session = make_session(std::uint64_t{4} << 20);
    const Actor actor{*session, session->owner};
    const auto hash = [](std::string_view) { return Key{}; };
    for (std::uint8_t size_class = 0; size_class < kClasses; size_class++) {
        const StripeLock lock(actor, 3);
        Exchange exchange(session->segment, 3);
        assert_true(take_small(actor, exchange, size_class) == Status::ok);
        assert_int_equal(exchange.taken.size_class, size_class);
    }
    // Taken, and not committed: every block is still on its list.
    const CheckReport report = check(session->segment, hash);
    assert_int_equal(report.violation_count, 0);
    assert_int_equal(report.claimed_blocks, report.free_blocks);
    assert_int_equal(report.pages_in_use, std::accumulate(std::begin(kClassPages), std::end(kClassPages), 0u));
}

// Takes all pages that there are, for stripes first to end.
static void claim_all(Actor actor, std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t stripe = first;; stripe = stripe + 1 < end ? stripe + 1 : first) {
        const StripeLock lock(actor, stripe);
        const Status claimed = claim_run(actor, stripe, 0);
        if (claimed == Status::memory_full) return;
        assert_true(claimed == Status::ok);
    }
}

// Stripes are searched one after another. What the first of them gave back may be on the lists of the last by the time
// that the search gets there: then it meets more than there is, in a sound pool.
// Blocks of a run may be on the lists of several stripes.
static void free_runs_come_back(void **) {
    const auto session = make_session(std::uint64_t{2} << 20);
    const Actor actor{*session, session->owner};
    const Segment &segment = session->segment;
    const std::uint64_t used_before = segment.header().used_pages.load();
    claim_all(actor, 0, 32);
    for (std::uint32_t stripe = 32; stripe < kStripes; stripe++)
        assert_true(borrow_block(actor, stripe, 0) == Status::ok);
    const CheckReport report = check(segment, [](std::string_view) { return Key{}; });
    assert_int_equal(report.violation_count, 0);
    assert_true(give_back_free_runs(actor) == Status::ok);
    assert_int_equal(segment.header().used_pages.load(), used_before);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(runs_do_not_overlap_and_come_back),
                                cmocka_unit_test(a_gap_is_used_first),
                                cmocka_unit_test(the_tightest_gap_is_used),
                                cmocka_unit_test(the_map_follows_from_the_table),
                                cmocka_unit_test(blocks_of_all_classes),
                                cmocka_unit_test(free_runs_come_back)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
