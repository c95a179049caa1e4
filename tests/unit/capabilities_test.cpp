// On a system that can do less, what needs more is refused.
#include "platform/capabilities.hpp"

#include <cstring>
#include <string>

#include "base/last_error.hpp"
#include "platform/process.hpp"
#include "pool/life/create.hpp"
#include "pool/life/destroy.hpp"
#include "pool/life/survey.hpp"
#include "unit_test.hpp"

// In place of this system's.
const latzero::platform::Capabilities latzero::platform::kCapabilities = {
    .objects_outlive_processes = false,
    .objects_have_holes = false,
    .tells_huge_pages = false,
    .tells_holders = false,
};

using namespace latzero;

static void a_pool_that_cannot_persist_is_refused(void **) {
    const std::string name = "unit-capabilities-" + std::to_string(platform::process_number());
    assert_true(pool::create(name, {.persistent = true}) == Status::unsupported);
    keep_last_error();
    assert_non_null(strstr(last_error(), "PERSISTENT"));
    bool found = true;
    assert_true(pool::exists(name, found) == Status::ok);
    assert_false(found);
    assert_true(pool::create(name, {}) == Status::ok);
    assert_true(pool::destroy(name) == Status::ok);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(a_pool_that_cannot_persist_is_refused)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
