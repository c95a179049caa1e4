// A repair gives memory that the pool no longer needs back to the system, if nobody is there.
#include "fsck_pool.hpp"
#include "platform/pool_names.hpp"

using namespace latzero;
using namespace latzero::test;

static void what_is_not_needed_goes_back(void **) {
    constexpr int kMore = 600;
    Victim victim;
    const auto name_of = [](int number) { return "more-" + std::to_string(number); };
    const auto length = [&victim] {
        platform::MemoryObject object;
        must(platform::open_object(victim.name(), platform::Access::read_only, object));
        std::uint64_t bytes = 0;
        must(object.size(bytes));
        return bytes;
    };
    for (int i = 0; i < kMore; i++) must(victim.put(name_of(i), std::string(9000, 'm')));
    for (int i = 0; i < kMore; i++) must(victim.erase(name_of(i)));
    const auto damage = [&victim] { victim.stripe("key-5").keys = 12345; };
    const std::uint64_t before = length();
    damage();
    assert_true(victim.fsck(true).left.sound());
    assert_int_equal(length(), before);
    damage();
    victim.leave();
    assert_true(victim.fsck(true).left.sound());
    assert_true(length() <= before / 2);
    victim.join();
    for (const auto &[key, value] : victim.values()) {
        std::string got;
        must(victim.get(key, got));
        assert_true(got == value);
    }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(what_is_not_needed_goes_back)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
