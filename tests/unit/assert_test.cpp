// Assertions: one that fails ends the process with a sentence; where they are off, conditions are not even evaluated.
#include "base/assert.hpp"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

extern "C" {
#include <cmocka.h>
}

namespace {

#if defined(NDEBUG)
constexpr bool kAreOn = false;
#else
constexpr bool kAreOn = true;
#endif

// What a child says on standard error while it does that, and the signal that ends it; 0: none.
template <typename Work>
std::string said(Work work, int &signal) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        work();
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char piece[512];
    for (ssize_t got; (got = read(ends[0], piece, sizeof piece)) > 0;) text.append(piece, static_cast<size_t>(got));
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return text;
}

}  // namespace

static void one_that_fails_says_where_and_ends_the_process(void **) {
    int signal = 0;
    const std::string text = said([] { latzero::assertion_failed("store/lock.hpp", 12, "owner != 0"); }, signal);
    assert_int_equal(signal, SIGABRT);
    assert_string_equal(text.c_str(), "latzero: store/lock.hpp:12: assertion failed: owner != 0\n");
}

static void they_are_on_unless_ndebug_is_defined(void **) {
    int signal = 0;
    const std::string text = said([] { LATZERO_ASSERT(1 + 1 == 3); }, signal);
    assert_int_equal(signal, kAreOn ? SIGABRT : 0);
    assert_int_equal(text.find("1 + 1 == 3") != std::string::npos, kAreOn);
}

static void conditions_are_evaluated_where_they_are_on_alone(void **) {
    int evaluations = 0;
    LATZERO_ASSERT(++evaluations == 1);
    LATZERO_ASSERT(++evaluations == 2);
    assert_int_equal(evaluations, kAreOn ? 2 : 0);
}

static void what_only_assertions_read_takes_no_room_without_them(void **) {
    struct Steps {
        int number = 0;
        [[no_unique_address]] latzero::Tracked<long> step;
    };
    const Steps steps;
    steps.step.set(5);
    assert_int_equal(sizeof(Steps) == sizeof(int), !kAreOn);
    LATZERO_ASSERT(steps.step.get() == 5);
}

int main() {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_fails_says_where_and_ends_the_process),
        cmocka_unit_test(they_are_on_unless_ndebug_is_defined),
        cmocka_unit_test(conditions_are_evaluated_where_they_are_on_alone),
        cmocka_unit_test(what_only_assertions_read_takes_no_room_without_them),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
