// The negative control of the harness: each fault must make the test fail.
#include "../support/process_child.hpp"
#include "../support/process_clock.hpp"
#include "../support/process_harness.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace latzero::test {
namespace {

[[noreturn]] void linger() {
    for (;;) sleep_ns(1'000'000'000);
}

// What a process that outlives its parent does: nobody is told of its parent's death, and it is nobody's Child.
void leave_a_process() {
    if (fork() == 0) linger();
}

void leave_a_file() { close(open(file_of(fresh_name()).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }

void commit(std::string_view fault) {
    if (fault == "failure-in-child") Child::spawn([] { report_failure("on purpose"); }).reap();
    if (fault == "signal") Child::spawn([] { raise(SIGBUS); }).reap();
    if (fault == "process-left") leave_a_process();
    if (fault == "file-left") leave_a_file();
    if (fault == "hang") linger();
}

}  // namespace
}  // namespace latzero::test

int main(int, char **arguments) {
    using namespace latzero::test;
    const std::string_view fault = arguments[1];
    // A hang is to be noticed soon, whatever the scale.
    if (fault == "hang") unsetenv("LATZERO_TEST_SCALE");
    return run_stage(fault == "hang" ? 1 : 30, [fault] { commit(fault); });
}
