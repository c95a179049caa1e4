#include "base/last_error.hpp"

#include <string>

#include "base/status.hpp"
#include "unit_test.hpp"

using namespace latzero;

static bool speaks_of(const char *part) { return std::string(last_error()).find(part) != std::string::npos; }

static void sentences(void **) {
    assert_string_equal(last_error(), "");
    assert_true(fail(Status::io, "number %d", 7) == Status::io);
    assert_string_equal(last_error(), "number 7");
    assert_true(fail_on_key(Status::not_found, "pool", "key") == Status::not_found);
    assert_string_equal(last_error(), "pool 'pool' has no key 'key'");
    assert_string_equal(last_error(), "pool 'pool' has no key 'key'");
    (void)fail_on_key(Status::too_small, "pool", "key", 100, 7);
    assert_true(speaks_of("100 bytes") && speaks_of("has 7"));
    (void)fail_on_pool(Status::forked, "pool");
    assert_true(speaks_of("'pool'") && speaks_of("fork"));
}

// Keys and names are shown, never obeyed.
static void hostile_parts(void **) {
    (void)fail_on_key(Status::not_found, "p%K%s", std::string_view("a\0\n%n\x7f", 6));
    assert_string_equal(last_error(), "pool 'p%K%s' has no key 'a\\x00\\x0a%n\\x7f'");
    (void)fail_on_key(Status::too_large, std::string(5000, 'p'), std::string(65535, '\1'));
    assert_true(std::string(last_error()).size() < 1024);
    assert_true(speaks_of("..."));
}

// Every status has a sentence of its own name's length at least, for keys and pools alike.
static void every_status(void **) {
    for (int number = -1; number >= -26; number--) {
        const auto status = static_cast<Status>(number);
        drop_last_error();  // what the system refused is told by whoever met it
        assert_string_not_equal(status_name(status), "UNKNOWN");
        (void)fail_on_key(status, "the-pool", "the-key");
        const bool concerns_every_key = status == Status::forked || status == Status::destroyed;
        assert_true(speaks_of("the-pool") && (concerns_every_key || speaks_of("the-key")));
        drop_last_error();
        (void)fail_on_pool(status, "the-pool");
        assert_true(speaks_of("the-pool"));
    }
    assert_string_equal(status_name(static_cast<Status>(1)), "UNKNOWN");
    assert_string_equal(status_name(static_cast<Status>(-27)), "UNKNOWN");
    assert_string_equal(status_name(static_cast<Status>(INT32_MIN)), "UNKNOWN");
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(sentences), cmocka_unit_test(hostile_parts),
                                cmocka_unit_test(every_status)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
