// Who holds a byte of an object, and that a dying process of another number is not taken for its holder.
#include "platform/posix/lock_holders.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "platform/pool_names.hpp"
#include "unit_test.hpp"

using namespace latzero;
using namespace latzero::platform;

static constexpr std::uint64_t kByte = 7;

static void only_proof_makes_a_holder(void **) {
    const std::string name = "unit-holders-" + std::to_string(getpid());
    MemoryObject made, object;
    assert_true(create_unseen(4096, made) == Status::ok && publish(made, name) == Status::ok);
    assert_true(open_object(name, Access::read_write, object) == Status::ok);
    assert_true(hold_byte(object, kByte, Hold::alone) == Status::ok);
    std::vector<LockHolder> holders;
    find_holders(object, holders);
    const auto holds = [](const LockHolder &holder) {
        return holder.process == static_cast<std::uint32_t>(getpid()) && holder.holds(kByte, kByte);
    };
    assert_true(std::any_of(holders.begin(), holders.end(), holds));
    // Nothing runs in it, and it has never held anything.
    const pid_t ended = fork();
    if (ended == 0) _exit(0);
    siginfo_t about;
    assert_int_equal(waitid(P_PID, static_cast<id_t>(ended), &about, WEXITED | WNOWAIT), 0);
    assert_false(is_held_by_dying(object, kByte, static_cast<std::uint32_t>(ended)));
    assert_int_equal(waitpid(ended, nullptr, 0), ended);
    assert_false(is_held_by_dying(object, kByte, static_cast<std::uint32_t>(ended)));
    assert_false(is_held_by_dying(object, kByte, static_cast<std::uint32_t>(getpid())));
    assert_true(remove_name(object) == Status::ok);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(only_proof_makes_a_holder)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
