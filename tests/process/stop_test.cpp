// A living writer that stands still. It is stopped while it holds a lock: readers go on as if nothing had happened;
// another writer is told TIMEOUT at its deadline, and nothing is taken from the stopped one; once that has gone on, or
// is dead, writing works again.
#include "../support/process/stop.hpp"
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/value.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "pool/stats.hpp"
#include "store/stripe.hpp"

namespace latzero::test {
namespace {

constexpr std::uint64_t kStops = 40;
constexpr std::uint64_t kReadsAStop = 100;
constexpr std::uint64_t kMostReadNs = 1'000'000 * kSlowness;
constexpr std::int64_t kDeadlineMs = 200;

constexpr const char *kKey = "key of the stopped writer";
constexpr const char *kOther = "another key";

// Which lock the victim is caught with, and by which values.
struct Scene {
    const char *name;
    std::uint32_t size;
    bool extents;
    bool killed;
};
constexpr Scene kScenes[] = {
    {"small value, goes on", 64, false, false},       {"small value, is killed", 64, false, true},
    {"large value, goes on", 1u << 20, false, false}, {"large value, is killed", 1u << 20, false, true},
    {"extent lock, goes on", 1u << 20, true, false},  {"extent lock, is killed", 1u << 20, true, true},
};

struct Figures {
    std::uint64_t stops = 0, tries = 0, reads = 0, longest_read = 0, timeouts = 0, longest_timeout = 0;
};

class Play {
public:
    Play(const Scene &scene, std::uint64_t number, Figures &figures)
        : scene_(scene), figures_(figures), random_(number) {
        expect_ok(create_pool(pool_), "create");
    }

    // The victim is born before this process has a connection.
    void perform() {
        Child victim = Child::start<set_without_end>(pool_, kKey, scene_.size);
        Client writer(pool_, with_deadline()), reader(pool_), read_only(pool_, as_read_only());
        for (const Client *client : {&writer, &reader, &read_only})
            if (!expect_ok(client->status(), "connect")) return;
        write_again(writer);
        if (!stop_with_lock(victim)) return;
        figures_.stops++;
        read_on(reader);
        read_on(read_only);
        if (random_.one_in(3)) time_out(writer);
        const bool still_held = holds_lock(Inspector(pool_, Inspector::Access::read_only));
        LATZERO_EXPECT(still_held, "%s: the holder lost its lock", scene_.name);
        release(victim);
        write_again(writer);
        victim.kill_and_reap();
        write_again(writer);
        Inspector inspector(pool_, Inspector::Access::read_write);
        if (inspector.attached()) (void)inspector.recover_and_check();
    }

private:
    static ClientOptions with_deadline() {
        ClientOptions options;
        options.timeout_ms = kDeadlineMs;
        return options;
    }
    static ClientOptions as_read_only() {
        ClientOptions options;
        options.read_only = true;
        return options;
    }

    bool holds_lock(const Inspector &inspector) const {
        return (scene_.extents ? inspector.holder_of_extents() : inspector.holder_of_stripe(kKey)) != 0;
    }

    bool stop_with_lock(Child &victim) {
        const Inspector inspector(pool_, Inspector::Access::read_only);
        const std::uint64_t tries = stop_when(victim, random_, 300'000, [&] { return holds_lock(inspector); });
        figures_.tries += tries;
        return tries > 0;
    }

    // The first read makes the buffer large enough and touches the pages; the others must not even go to sleep.
    void read_on(Client &client) {
        (void)timed_read(client);
        rusage before, after;
        getrusage(RUSAGE_THREAD, &before);
        for (std::uint64_t i = 0; i < kReadsAStop; i++) {
            // What delays one read may be the machine; what delays it three times over is the library.
            std::uint64_t took = timed_read(client);
            for (int again = 0; again < 2 && took > kMostReadNs; again++) took = std::min(took, timed_read(client));
            figures_.longest_read = std::max(figures_.longest_read, took);
            LATZERO_EXPECT(took <= kMostReadNs, "%s: a read took %.2f ms", scene_.name, in_ms(took));
        }
        getrusage(RUSAGE_THREAD, &after);
        LATZERO_EXPECT(before.ru_nvcsw == after.ru_nvcsw, "%s: reads slept %ld times", scene_.name,
                       after.ru_nvcsw - before.ru_nvcsw);
    }

    std::uint64_t timed_read(Client &client) {
        watch_.start();
        const latzero_status got = client.get(kKey);
        const std::uint64_t took = watch_.stop();
        figures_.reads++;
        std::uint64_t number = 0;
        LATZERO_EXPECT(got == LATZERO_OK && read_value(client.bytes(), client.size(), 1, &number),
                       "%s: read %s, %" PRIu64 " bytes", scene_.name, name_of(got), client.size());
        return took;
    }

    // With the stripe's lock taken any write of the key waits for it; with the extent lock any that needs pages.
    void time_out(Client &writer) {
        make_value(value_, scene_.extents ? 64u << 10 : 64, scene_.extents ? 2 : 1, 1);
        const std::uint64_t took =
            expect_timeout("a write", kDeadlineMs, [&] { return writer.set(scene_.extents ? kOther : kKey, value_); });
        figures_.timeouts++;
        figures_.longest_timeout = std::max(figures_.longest_timeout, took);
    }

    void release(Child &victim) const {
        if (!scene_.killed) return victim.resume();
        victim.kill();
        victim.await_death();
    }

    void write_again(Client &writer) {
        make_value(value_, scene_.size, 1, 1);
        expect_ok(writer.set(kKey, value_), scene_.name);
        make_value(value_, scene_.size, 2, 1);
        expect_ok(writer.set(kOther, value_), scene_.name);
    }

    const Scene scene_;
    Figures &figures_;
    Random random_;
    Stopwatch watch_;
    std::vector<char> value_;
    const std::string pool_ = fresh_name();
};

ClientOptions creating() {
    ClientOptions options;
    options.create = true;
    options.timeout_ms = kDeadlineMs;
    return options;
}

void visit(const std::string &pool) {
    Client visitor(pool, creating());
    std::vector<char> value;
    make_value(value, 64u << 10, 1, 1);
    const latzero_status status = visitor.set(kKey, value);
    LATZERO_EXPECT(status == LATZERO_TIMEOUT, "a large write past two living holders: %s", name_of(status));
    expect_ok(visitor.disconnect(), "disconnect");
}

// A living holder of a stripe, and when a large write waits for that, of the extent lock too: the write cannot even
// give its pages back. They are not lost when its client leaves.
void leave_with_pages_in_hand() {
    const std::string pool = fresh_name();
    Client writer(pool, creating());
    Inspector holder(pool, Inspector::Access::read_write);
    if (!expect_ok(writer.status(), "connect") || !holder.attached()) return;
    const store::Actor actor{holder.pool().session(), holder.pool().session().owner};
    {
        const store::StripeLock stripe(actor, holder.stripe_of(kKey));
        Child child = Child::start<visit>(pool);
        while (pool::stats(holder.pool()).claimed_bytes == 0 && failure_count() == 0) sleep_ns(1'000'000);
        const store::ExtentLock extents(actor, true);
        LATZERO_EXPECT(extents.status() == Status::ok, "the extent lock is taken");
        child.reap();
    }
    (void)holder.recover_and_check();
}

void play() {
    Figures figures;
    for (std::uint64_t stop = 0; stop < scaled(kStops) && failure_count() == 0; stop++)
        Play(kScenes[stop % std::size(kScenes)], stop, figures).perform();
    leave_with_pages_in_hand();
    std::printf("%" PRIu64 " stops with a lock held (of %" PRIu64 "); %" PRIu64 " reads meanwhile, longest %.3f ms\n",
                figures.stops, figures.tries, figures.reads, in_ms(figures.longest_read));
    std::printf("%" PRIu64 " writes told TIMEOUT at %" PRId64 " ms, the last after %.1f ms\n", figures.timeouts,
                kDeadlineMs, in_ms(figures.longest_timeout));
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(set_without_end), LATZERO_ROLE(visit)});
    return run_stage<play>(120);
}
