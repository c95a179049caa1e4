// What watches cost, and how soon they hear: bench-watch [--rounds N] [--ms N] [--json FILE]
//
// A set in a watched pool beside one in a pool that nobody watches; and the way from a set to a watcher that sleeps in
// another process beside that of a bare futex. In turns, as turns.hpp tells.
#include <latzero/latzero.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <new>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "turns.hpp"

namespace {

using namespace latzero::bench;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeys = 1000, kBatch = 100;

void check(latzero_status status) {
    if (status != LATZERO_OK) throw std::runtime_error(latzero_last_error());
}

std::uint64_t now_ns() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// What the processes share beside the pools.
struct Page {
    std::atomic<std::uint32_t> ready{0};     // children that have begun
    std::atomic<std::uint32_t> futex{0};     // the bare one's word
    std::atomic<std::uint64_t> heard_ns{0};  // when the child woke up last
};
Page &shared_page() {
    static Page &page =
        *new (mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Page;
    return page;
}

// A pool with keys, and sets of them in a random order.
class Workbench {
public:
    explicit Workbench(const std::string &name)
        : name_("latzero-watch-" + name + "-" + std::to_string(getpid())), value_(64, 'x') {
        latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
        options.flags = LATZERO_CONNECT_CREATE;
        check(latzero_connect(name_.c_str(), &options, &client_));
        for (std::size_t number = 0; number < kKeys; number++) {
            char key[16];
            std::snprintf(key, sizeof key, "key:%08u", static_cast<unsigned>(number));
            keys_.emplace_back(key);
        }
        std::shuffle(keys_.begin(), keys_.end(), std::mt19937(1));
        for (std::size_t i = 0; i < kKeys; i += kBatch) set();
    }
    ~Workbench() { (void)latzero_disconnect(client_); }
    Workbench(const Workbench &) = delete;
    Workbench &operator=(const Workbench &) = delete;

    const std::string &name() const { return name_; }
    void set_one() {
        if (++at_ == keys_.size()) at_ = 0;
        check(latzero_set_bytes(client_, keys_[at_].data(), keys_[at_].size(), value_.data(), value_.size(), nullptr));
    }
    void set() {
        for (std::size_t i = 0; i < kBatch; i++) set_one();
    }

private:
    std::string name_;
    latzero_client *client_ = nullptr;
    std::vector<std::string> keys_;
    std::size_t at_ = 0;
    std::string value_;
};

// A process that runs `work` until it is killed.
class Child {
public:
    template <typename Work>
    explicit Child(Work work) {
        const std::uint32_t before = shared_page().ready;
        process_ = fork();
        if (process_ == 0) {
            work();
            _exit(1);
        }
        while (shared_page().ready == before) usleep(1000);
    }
    ~Child() {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    void stop() const { kill(process_, SIGSTOP); }

private:
    pid_t process_ = 0;
};

void watch(const std::string &name) {
    latzero_client *client = nullptr;
    latzero_watch *watch = nullptr;
    latzero_event event = LATZERO_EVENT_INIT;
    check(latzero_connect(name.c_str(), nullptr, &client));
    check(latzero_watch_open(client, nullptr, &watch));
    (void)latzero_watch_next(watch, 0, &event);
    shared_page().ready++;
    for (;;)
        if (latzero_watch_next(watch, -1, &event) == LATZERO_OK && event.kind != LATZERO_EVENT_LOST)
            shared_page().heard_ns = now_ns();
}

void wait_on_futex() {
    Page &page = shared_page();
    page.ready++;
    for (std::uint32_t seen = page.futex;; seen = page.futex) {
        while (page.futex == seen) syscall(SYS_futex, &page.futex, FUTEX_WAIT, seen, nullptr, nullptr, 0);
        page.heard_ns = now_ns();
    }
}

// The median of some ways from tell() to the child, which has time to fall asleep between them. ns.
template <typename Tell>
double time_ways(Tell tell) {
    constexpr int kWays = 40;
    std::vector<std::uint64_t> ways;
    Page &page = shared_page();
    for (int i = 0; i < kWays; i++) {
        usleep(4000);
        page.heard_ns = 0;
        const std::uint64_t told_ns = now_ns();
        tell();
        while (page.heard_ns == 0) usleep(100);
        ways.push_back(page.heard_ns - told_ns);
    }
    std::nth_element(ways.begin(), ways.begin() + kWays / 2, ways.end());
    return static_cast<double>(ways[kWays / 2]);
}

void compare_sets(const Turns &turns, const std::string &name, Workbench &plain, Workbench &watched) {
    compare(
        turns, name, [&] { return time_turn<Clock>(turns, [&] { plain.set(); }) / kBatch; },
        [&] { return time_turn<Clock>(turns, [&] { watched.set(); }) / kBatch; });
}

void compare_all(const Turns &turns) {
    print_head("second beside first", "first ns", "second ns");
    Workbench plain("plain");
    {
        Workbench watched("read");
        const Child watcher([&] { watch(watched.name()); });
        compare_sets(turns, "set: set with a watcher", plain, watched);
    }
    {
        Workbench watched("stopped");
        const Child watcher([&] { watch(watched.name()); });
        watcher.stop();
        compare_sets(turns, "set: set with a stopped watcher", plain, watched);
    }
    Workbench watched("told");
    const auto bare = [] {
        const Child sleeper(wait_on_futex);
        return time_ways([] {
            shared_page().futex++;
            syscall(SYS_futex, &shared_page().futex, FUTEX_WAKE, 1, nullptr, nullptr, 0);
        });
    };
    const auto told = [&] {
        const Child watcher([&] { watch(watched.name()); });
        return time_ways([&] { watched.set_one(); });
    };
    compare(turns, "a bare futex: set to event", bare, told);
}

}  // namespace

int main(int argc, char **argv) { return run(argc, argv, {.rounds = 15, .ms = 20, .bench = "watch"}, compare_all); }
