// The contracts of platform/process.hpp and platform/errno_keeper.hpp.
#include "platform/process.hpp"

#include <cerrno>
#include <thread>

#include "platform/errno_keeper.hpp"
#include "platform_test.hpp"

using namespace latzero;
using namespace latzero::platform;
using namespace latzero::test;

static void tell_the_number(char **) { say(std::to_string(process_number()).c_str()); }

static void a_process_has_one_number(void **) {
    std::uint32_t elsewhere = 0;
    std::thread([&] { elsewhere = process_number(); }).join();
    assert_int_equal(elsewhere, process_number());
    RoleChild child(tell_the_number);
    assert_int_equal(std::stoul(child.hear()), child.process());
    assert_int_not_equal(child.process(), process_number());
    assert_int_equal(child.end(), 0);
}

static void errno_is_kept(void **) {
    errno = 77;
    {
        const ErrnoKeeper keeper;
        errno = 5;
    }
    assert_int_equal(errno, 77);
}

int main(int count, char **arguments) {
    play(count, arguments, {ROLE(tell_the_number)});
    const CMUnitTest tests[] = {cmocka_unit_test(a_process_has_one_number), cmocka_unit_test(errno_is_kept)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
