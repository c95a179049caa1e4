// Which pages are mapped ahead of their use, and that the system has less to do then.
#include "store/prefault.hpp"

#include <sys/resource.h>

#include "platform/pool_names.hpp"
#include "store/pages.hpp"
#include "unit_test.hpp"

using namespace latzero;
using namespace latzero::store;

namespace {

constexpr std::uint64_t kFirst = 68, kLimit = 100'000;

// Takes pages one by one, as size classes do; what was mapped behind them lies side by side. Returns its end.
std::uint64_t take(Prefault &prefault, std::uint64_t from, std::uint64_t to, std::uint64_t mapped) {
    for (std::uint64_t page = from; page < to; page++) {
        const Prefault::Run run = prefault.behind(page, 1, kLimit);
        if (run.pages == 0) continue;
        assert_true(run.first_page == mapped || (mapped == 0 && run.first_page == page + 1));
        mapped = run.first_page + run.pages;
        assert_true(mapped <= page + 1 + (page + 1 - kFirst) / 64 && mapped <= kLimit);
    }
    return mapped;
}

std::uint64_t faults() {
    rusage usage;
    assert_int_equal(getrusage(RUSAGE_THREAD, &usage), 0);
    return static_cast<std::uint64_t>(usage.ru_minflt);
}

}  // namespace

static void nothing_is_mapped_ahead_of_few(void **) {
    Prefault prefault;
    assert_int_equal(take(prefault, kFirst, kFirst + 1023, 0), 0);
    const Prefault::Run first = prefault.behind(kFirst + 1023, 1, kLimit);
    assert_int_equal(first.first_page, kFirst + 1024);
    assert_int_equal(first.pages, 16);
}

static void what_is_mapped_ahead_keeps_its_distance(void **) {
    Prefault prefault;
    const std::uint64_t mapped = take(prefault, kFirst, kFirst + 20'000, 0);
    assert_in_range(mapped - kFirst - 20'000, 20'000 / 64 - 16, 20'000 / 64);
    assert_in_range(take(prefault, kFirst + 20'000, kLimit, mapped), kLimit - 15, kLimit);
}

static void a_large_run_is_mapped_but_for_what_was_ahead(void **) {
    Prefault prefault;
    constexpr std::uint64_t kEnd = kFirst + 20'000;
    const std::uint64_t mapped = take(prefault, kFirst, kEnd, 0);
    assert_int_equal(prefault.behind(kEnd, 64, kLimit).pages, 0);
    assert_int_equal(prefault.rest_of(kEnd, 64).pages, 0);
    // A few pages on, and it is caught up with.
    assert_in_range(take(prefault, kEnd + 64, kEnd + 64 + 8, mapped) - kEnd - 72, 256, 20'000 / 64 + 1);
    assert_int_equal(prefault.behind(kEnd + 72, 1'000, kLimit).pages, 0);
    const Prefault::Run rest = prefault.rest_of(kEnd + 72, 1'000);
    assert_in_range(rest.first_page, kEnd + 72 + 256, kEnd + 72 + 313);
    assert_int_equal(rest.first_page + rest.pages, kEnd + 1'072);
    assert_int_equal(prefault.rest_of(kEnd + 72, 1'000).pages, 0);
    // What lies before others is left to where it is written.
    assert_int_equal(prefault.rest_of(kFirst, 64).pages, 0);
}

static void pages_taken_in_order_cost_fewer_faults(void **) {
    constexpr std::uint64_t kMostBytes = std::uint64_t{32} << 20;
    platform::MemoryObject object;
    PoolConstants constants = {};
    constants.max_bytes = kMostBytes;
    assert_true(platform::create_unseen(kMostBytes, object) == Status::ok);
    assert_true(Segment::format(object, constants) == Status::ok);
    Session session;
    assert_true(session.segment.attach(std::move(object), platform::Access::read_write, constants) == Status::ok);
    session.owner = make_owner(0, 0);
    session.segment.client(0).in_use.store(1);
    session.timeout_ns = 60'000'000'000;
    const auto write = [&](std::uint64_t page) { session.segment.at<Word>(ref_of_page(page), 8)->store(1); };
    std::uint64_t page = 0;
    for (int taken = 0; taken < 4'096; taken++) {
        assert_true(allocate_run({session, session.owner}, {PageKind::extent, 0, 0, 0, 1}, page) == Status::ok);
        write(page);
    }
    const std::uint64_t before = faults();
    for (std::uint64_t next = page + 1; next <= page + 32; next++) write(next);
    const std::uint64_t ahead = faults() - before;
    session.segment.populate(page + 200, 1);
    const std::uint64_t populated = faults();
    write(page + 200);
    if (faults() != populated) skip();  // a system that maps nothing at once
    assert_in_range(ahead, 0, 8);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(nothing_is_mapped_ahead_of_few),
                                cmocka_unit_test(what_is_mapped_ahead_keeps_its_distance),
                                cmocka_unit_test(a_large_run_is_mapped_but_for_what_was_ahead),
                                cmocka_unit_test(pages_taken_in_order_cost_fewer_faults)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
