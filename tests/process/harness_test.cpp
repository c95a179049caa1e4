// What the other tests stand on notices what it promises to notice: each fault fails a stage, and is told; and a child
// ends, speaks and is spoken with as child.h says.
#include "../support/process/clock.hpp"
#include "../support/process/stage.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace latzero::test {
namespace {

void fail() { report_failure("on purpose"); }
// A sanitizer has a handler of its own.
void die_of_a_signal() {
    std::signal(SIGBUS, SIG_DFL);
    raise(SIGBUS);
}
void end_with_a_status() { _exit(3); }
void linger() {
    for (;;) sleep_ns(1'000'000'000);
}
void play_an_unlisted_role() {}

// One that outlives its parent: nobody is told of its parent's death, and it is nobody's Child.
void leave_a_process() {
    if (fork() == 0) linger();
}

void leave_a_file() { close(open(file_of(fresh_name()).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }

void stop_the_dead() {
    Child child = Child::start<end_with_a_status>();
    child.await_death();
    LATZERO_EXPECT(!child.stop(), "the dead was stopped");
}

// ---- a stage and its faults

struct Fault {
    const char *name;
    void (*commit)();
    const char *told;
};
constexpr Fault kFaults[] = {
    {"failure in a child", [] { Child::start<fail>().reap(); }, "on purpose"},
    {"signal", [] { Child::start<die_of_a_signal>().reap(); }, "died by signal 7"},
    {"status", [] { Child::start<end_with_a_status>().reap(); }, "ended with 3"},
    {"end before a stop", stop_the_dead, "ended with 3"},
    {"unlisted role", [] { Child::start<play_an_unlisted_role>().reap(); }, "main() lists no such role"},
    {"signal of the stage", die_of_a_signal, "the stage died by signal 7"},
    {"status of the stage", end_with_a_status, "the stage ended with 3"},
    {"process left", leave_a_process, "the test left processes behind"},
    {"file left", leave_a_file, "the test left /dev/shm/"},
    {"hang", linger, "out of time: not done after "},
    {"hang of a child", [] { Child::start<linger>().reap(); }, "out of time: not done after "},
};

void commit(unsigned fault) { kFaults[fault].commit(); }

// A stage of its own, whose result is the exit status of this child. A hang is to be noticed soon, whatever the scale.
void run_faulty_stage(unsigned fault) {
    const bool hangs = std::strncmp(kFaults[fault].name, "hang", 4) == 0;
    unsetenv("LATZERO_TEST_SCALE");
    _exit(run_stage<commit>(hangs ? 1 : 30, fault));
}

bool is_seen(unsigned fault) {
    const std::string number = std::to_string(fault);
    const char *const arguments[] = {number.c_str(), nullptr};
    child_process stage;
    if (start_role(&stage, &play_with<run_faulty_stage>, 0, arguments) != 0) return false;
    const int end = end_of_child(&stage, CHILD_LIMIT_MS);
    const bool told = std::strstr(stage.words, kFaults[fault].told) != nullptr;
    if (end == 1 && told) return true;
    std::fprintf(stderr, "%s: the stage ended with %d, and told: %s\n", kFaults[fault].name, end, stage.words);
    return false;
}

// ---- children

void work_well(const std::string &text, std::int64_t number, bool yes, std::atomic<int> &seen) {
    std::string line(64, 0);
    seen = text == "two words" && number == -7 && yes ? 1 : 2;
    while (hear_parent(line.data(), line.size()) != 0) say(("you said: " + line).c_str());
}

void check_a_good_child() {
    const Shared<std::atomic<int>> seen;
    Child child = Child::start<work_well>("two words", -7, true, seen);
    for (const char *word : {"something", "more"}) {
        LATZERO_EXPECT(child.tell(word), "the child does not listen");
        const std::string said = child.hear().value_or("nothing");
        LATZERO_EXPECT(said.c_str() == std::string("you said: ") + word, "the child said: %s", said.c_str());
    }
    LATZERO_EXPECT(*seen == 1, "a role's arguments came through as something else");
    LATZERO_EXPECT(child.stop(), "a child cannot be stopped");
    LATZERO_EXPECT(child.tell("again"), "a stopped child is gone");
    child.resume();
    LATZERO_EXPECT(child.hear().has_value(), "a child does not go on after a stop");
    child.kill();
    child.await_death();
    LATZERO_EXPECT(!child.tell("still there?") && !child.hear(), "the dead hear and speak");
    child.reap();
    Child::start<linger>().kill_and_reap();
}

// A signal handler may look at what is shared until the process is gone.
std::atomic<int> *seen_by_handler = nullptr;

void be_interrupted(std::atomic<int> &seen) {
    const itimerval often = {{0, 20}, {0, 20}};
    seen_by_handler = &seen;
    std::signal(SIGALRM, [](int) { seen_by_handler->fetch_add(1); });
    setitimer(ITIMER_REAL, &often, nullptr);
    while (seen == 0) pause();
}

void check_an_interrupted_end() {
    const Shared<std::atomic<int>> seen;
    for (int child = 0; child < 20; child++) Child::start<be_interrupted>(seen).reap();
    LATZERO_EXPECT(*seen > 0, "no signal came");
}

int end_of(role_play *play, int limit_ms) {
    const char *const none[] = {nullptr};
    child_process child;
    const int error = start_role(&child, play, 0, none);
    return error == 0 ? end_of_child(&child, limit_ms) : -error;
}

void check_ends() {
    const int status = end_of(&play_with<end_with_a_status>, CHILD_LIMIT_MS);
    const int signal = end_of(&play_with<die_of_a_signal>, CHILD_LIMIT_MS);
    const int hang = end_of(&play_with<linger>, 50);
    LATZERO_EXPECT(status == 3 && signal == CHILD_SIGNALLED + SIGBUS && hang == CHILD_HUNG,
                   "ends were taken for others: %d, %d, %d", status, signal, hang);
    const char *const unknown[] = {nullptr};
    child_process child;
    LATZERO_EXPECT(start_role(&child, &play_with<play_an_unlisted_role>, 0, unknown) != 0, "an unlisted role starts");
}

void play() {
    check_a_good_child();
    check_an_interrupted_end();
    check_ends();
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments,
              {LATZERO_ROLE(play), LATZERO_ROLE(run_faulty_stage), LATZERO_ROLE(commit), LATZERO_ROLE(fail),
               LATZERO_ROLE(die_of_a_signal), LATZERO_ROLE(end_with_a_status), LATZERO_ROLE(linger),
               LATZERO_ROLE(work_well), LATZERO_ROLE(be_interrupted)});
    int unseen = 0;
    for (unsigned fault = 0; fault < std::size(kFaults); fault++) unseen += !is_seen(fault);
    return unseen + run_stage<play>(30);
}
