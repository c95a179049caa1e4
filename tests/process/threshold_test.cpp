// Coming and going beside a process that stands still. Connects and disconnects take turns under the pool's life lock;
// whoever is stopped on the threshold, or holds what a newcomer needs, delays others to their deadline and no longer,
// and never those who are in.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/stop.hpp"
#include "../support/process/value.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kStops = 12;
constexpr std::int64_t kDeadlineMs = 200;
constexpr const char *kKey = "key";

struct Figures {
    std::uint64_t stops = 0, tries = 0, longest_connect = 0;
};

ClientOptions with_deadline() {
    ClientOptions options;
    options.create = true;
    options.timeout_ms = kDeadlineMs;
    return options;
}

// Who comes and goes without end.
void be_guest(const std::string &pool) {
    while (failure_count() == 0) {
        Client client(pool);
        if (!expect_ok(client.status(), "a guest's connect")) return;
    }
}

std::uint64_t stop_on_the_threshold(Child &guest, const std::string &pool, Random &random) {
    const int file = open(file_of(pool).c_str(), O_RDONLY | O_CLOEXEC);
    const std::uint64_t tries = stop_when(guest, random, 200'000, [file] {
        if (flock(file, LOCK_EX | LOCK_NB) != 0) return true;
        flock(file, LOCK_UN);
        return false;
    });
    close(file);
    return tries;
}

void stop_a_guest(bool kill, Random &random, Figures &figures) {
    const std::string pool = fresh_name();
    Client resident(pool, with_deadline()), leaver(pool, with_deadline());
    if (!expect_ok(resident.status(), "connect") || !expect_ok(leaver.status(), "connect")) return;
    Child guest = Child::start<be_guest>(pool);
    const std::uint64_t tries = stop_on_the_threshold(guest, pool, random);
    if (tries == 0) return;
    figures.stops++;
    figures.tries += tries;
    std::vector<char> value;
    make_value(value, 64, 1, 1);
    expect_ok(resident.set(kKey, value), "set beside a guest on the threshold");
    expect_ok(resident.get(kKey), "get beside a guest on the threshold");
    expect_timeout("a connect", kDeadlineMs, [&] { return Client(pool, with_deadline()).status(); });
    expect_timeout("a disconnect", kDeadlineMs, [&] { return leaver.disconnect(); });
    if (kill)
        guest.kill_and_reap();
    else
        guest.resume();
    expect_ok(Client(pool, with_deadline()).status(), "connect after the guest has moved");
    if (!kill) guest.kill_and_reap();
    expect_ok(resident.disconnect(), "disconnect");
    LATZERO_EXPECT(!file_exists(pool), "the pool outlives its last client");
}

void be_client(const std::string &pool, std::atomic<std::uint32_t> &arrived) {
    const Client client(pool);
    expect_ok(client.status(), "connect");
    arrived++;
    for (;;) sleep_ns(1'000'000'000);
}

void set_large_values(const std::string &pool) {
    Client client(pool);
    std::vector<char> value;
    make_value(value, 1u << 20, 1, 1);
    while (expect_ok(client.set(kKey, value), "the victim's set")) {
    }
}

// A newcomer cleans up behind dead clients, for which it needs the extent lock. While a living process holds that, the
// newcomer waits no longer than its deadline, however many the dead are.
void come_among_the_dead(Random &random, Figures &figures) {
    const std::string pool = fresh_name();
    const Shared<std::atomic<std::uint32_t>> arrived;
    Client resident(pool, with_deadline());
    if (!expect_ok(resident.status(), "connect")) return;
    std::vector<Child> clients(5);
    for (Child &client : clients) client = Child::start<be_client>(pool, arrived);
    while (*arrived < clients.size() && failure_count() == 0) sleep_ns(100'000);
    Child victim = Child::start<set_large_values>(pool);
    {
        const Inspector inspector(pool, Inspector::Access::read_only);
        const std::uint64_t tries =
            stop_when(victim, random, 300'000, [&] { return inspector.holder_of_extents() != 0; });
        if (tries == 0) return;
        figures.tries += tries;
    }
    figures.stops++;
    clients.clear();
    Stopwatch watch;
    watch.start();
    const latzero_status status = Client(pool, with_deadline()).status();
    const std::uint64_t took = watch.stop();
    figures.longest_connect = std::max(figures.longest_connect, took);
    LATZERO_EXPECT((status == LATZERO_OK || status == LATZERO_TIMEOUT) && took <= kDeadlineMs * 1'000'000 + kLateNs,
                   "connect among the dead: %s after %.1f ms", name_of(status), in_ms(took));
    victim.resume();
    expect_ok(Client(pool, with_deadline()).status(), "connect after the holder has moved");
    victim.kill_and_reap();
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
}

void play() {
    Random random(1);
    Figures figures;
    for (std::uint64_t stop = 0; stop < scaled(kStops) && failure_count() == 0; stop++) {
        if (stop % 3 == 2)
            come_among_the_dead(random, figures);
        else
            stop_a_guest(stop % 3 == 1, random, figures);
    }
    std::printf("%" PRIu64 " stops on the threshold or beside it (of %" PRIu64
                "); the longest connect among the dead took %.1f ms\n",
                figures.stops, figures.tries, in_ms(figures.longest_connect));
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments,
              {LATZERO_ROLE(play), LATZERO_ROLE(be_guest), LATZERO_ROLE(be_client), LATZERO_ROLE(set_large_values)});
    return run_stage<play>(60);
}
