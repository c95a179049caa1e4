// The library's own descriptors: which are still its own, and that each is closed.
#include "platform/posix/fork_table.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "platform/posix/open_file.hpp"
#include "unit_test.hpp"

using namespace latzero::platform;

static int open_root() { return open_file("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

static void what_the_host_has_put_there_stays(void **) {
    ForkEntry entry;
    const int fd = open_listed(entry, open_root);
    assert_true(fd > STDERR_FILENO && is_still_open(entry));
    assert_int_equal(close(fd), 0);
    assert_false(is_still_open(entry));
    const int host_s = open_file("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(host_s, fd);
    assert_false(is_still_open(entry));
    unlist_and_close(entry);
    assert_int_equal(close(host_s), 0);
}

// A directory of a process that has ended can be looked at no more.
static void a_dead_process_s_directory_is_closed(void **) {
    const pid_t child = fork();
    if (child == 0) pause();
    char path[32];
    std::snprintf(path, sizeof path, "/proc/%d/fd", static_cast<int>(child));
    ForkEntry entry;
    const int fd = open_listed(entry, [&] { return open_file(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    assert_true(fd > STDERR_FILENO);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, nullptr, 0), child);
    struct stat status;
    assert_int_equal(fstat(fd, &status), -1);
    assert_true(is_still_open(entry));
    unlist_and_close(entry);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(what_the_host_has_put_there_stays),
                                cmocka_unit_test(a_dead_process_s_directory_is_closed)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
