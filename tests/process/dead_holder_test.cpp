// What a dead writer costs another one. The victim is stopped while it holds a lock that the survivor needs, the
// survivor runs into it, the victim is killed: how long, from its death, until the survivor has gone on?
//
// The machine may be busy, so two things are left out of the figure: the time that the victim needed to die (the clock
// starts when its parent has seen it dead), and the time in which the survivor was ready to run but had no processor
// (Stopwatch).
//
// The system lets go of a victim's byte when it has torn down its memory. Behind victims with much of it the survivor
// goes on earlier, since nothing runs in them any more.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/process/stop.hpp"
#include "../support/process/value.hpp"

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <utility>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kKills = 300, kLargeKills = 8;
constexpr std::size_t kLarge = 300u << 20;
constexpr std::uint64_t kLongestNs = 100'000'000 * kSlowness;
constexpr std::uint64_t kNinetyNinthNs = 20'000'000 * kSlowness;

// The parent asks for a set by raising `asked`; the survivor answers with `done`.
struct Desk {
    std::atomic<std::uint32_t> asked, begun, done, ready;
    std::atomic<std::uint64_t> end_ns, without_processor_ns;
    std::atomic<std::uint32_t> size;
};

constexpr const char *kKey = "contended";

void survive(Desk &desk, const std::string &pool) {
    Client client(pool);
    if (!expect_ok(client.status(), "the survivor's connect")) return;
    Stopwatch watch;
    std::vector<char> value;
    desk.ready = 1;
    for (std::uint32_t round = 1;; round++) {
        while (desk.asked != round) sleep_ns(50'000);
        make_value(value, desk.size, 1, round);
        watch.start();
        const std::uint64_t began = now_ns();
        desk.begun = round;
        expect_ok(client.set(kKey, value), "the survivor's set");
        const std::uint64_t fair = watch.stop(), ended = now_ns();
        desk.without_processor_ns = ended - began - std::min(fair, ended - began);
        desk.end_ns = ended;
        desk.done = round;
    }
}

void hold(const std::string &pool, std::uint32_t size, std::size_t memory) {
    const std::vector<char> own(memory, 'm');
    set_without_end(pool, kKey, size);
}

// A victim that is stopped while it holds the stripe of the key, with so much memory of its own.
Child stop_a_holder(const Inspector &inspector, const std::string &pool, std::uint32_t size, std::size_t memory,
                    Random &random) {
    Child victim = Child::start<hold>(pool, size, memory);
    const auto holds = [&] { return inspector.holder_of_stripe(kKey) != 0; };
    return stop_when(victim, random, 100'000, holds) == 0 ? Child() : std::move(victim);
}

struct Figures {
    std::vector<std::uint64_t> waits, since_kill;
    std::uint64_t amid_change = 0, with_extents = 0, before_death = 0;
};

// One kill; the wait of the survivor from the death on.
void kill_once(Desk &desk, const std::string &pool, std::uint32_t round, std::size_t memory, Random &random,
               Figures &figures) {
    const auto size = static_cast<std::uint32_t>(random.one_in(2) ? 64 : random.between(kLeastValue, 256u << 10));
    const Inspector inspector(pool, Inspector::Access::read_only);
    if (!inspector.attached()) return;
    Child victim = stop_a_holder(inspector, pool, size, memory, random);
    if (!victim.running()) return;
    figures.amid_change += inspector.is_amid_change(victim.pid());
    figures.with_extents += inspector.holder_of_extents() != 0;
    desk.size = size;
    desk.asked = round;
    while (desk.begun != round) sleep_ns(20'000);
    // Into the spinning, the first sleep, or a later and longer one.
    sleep_ns(random.waiting_time(5'000'000));
    LATZERO_EXPECT(desk.done != round, "a living holder was robbed of its lock");
    const std::uint64_t killed = now_ns();
    victim.kill();
    victim.await_death();
    const std::uint64_t died = now_ns();
    victim.reap();
    while (desk.done != round && failure_count() == 0) sleep_ns(50'000);
    const std::uint64_t took = desk.end_ns > died ? desk.end_ns - died : 0;
    const std::uint64_t wait = took - std::min(took, desk.without_processor_ns.load());
    LATZERO_EXPECT(wait <= kLongestNs, "a survivor waited %.2f ms", in_ms(wait));
    figures.before_death += desk.end_ns < died;
    figures.since_kill.push_back(desk.end_ns - killed);
    figures.waits.push_back(wait);
}

void print(Figures &figures) {
    std::sort(figures.waits.begin(), figures.waits.end());
    const auto at = [&](double share) {
        return figures.waits[static_cast<std::size_t>(share * static_cast<double>(figures.waits.size() - 1))];
    };
    const std::uint64_t half = at(0.5), most = at(0.99), longest = at(1);
    std::printf("%zu holders of a stripe killed, %" PRIu64 " of them amid a change, %" PRIu64 " with the extent lock\n",
                figures.waits.size(), figures.amid_change, figures.with_extents);
    std::printf("the survivor waited: 50 %% under %.2f ms, 99 %% under %.2f ms, longest %.2f ms\n", in_ms(half),
                in_ms(most), in_ms(longest));
    LATZERO_EXPECT(most <= kNinetyNinthNs, "1 %% of the waits are over %.2f ms", in_ms(most));
}

void print_large(Figures &figures) {
    std::sort(figures.since_kill.begin(), figures.since_kill.end());
    const std::size_t count = figures.waits.size();
    std::printf("%zu holders with %zu MiB of their own killed, %" PRIu64
                " times the survivor went on before the system had torn them down; since the kill 50 %% waited under "
                "%.2f ms, longest %.2f ms\n",
                count, kLarge >> 20, figures.before_death, in_ms(figures.since_kill[count / 2]),
                in_ms(figures.since_kill.back()));
    LATZERO_EXPECT(2 * figures.before_death >= count, "survivors waited for what dies slowly");
}

// The rounds go on from `round`.
Figures kill_often(Desk &desk, const std::string &pool, std::uint64_t kills, std::size_t memory, std::uint32_t &round) {
    Random random(round);
    Figures figures;
    for (std::uint64_t kill = 0; kill < scaled(kills) && failure_count() == 0; kill++)
        kill_once(desk, pool, round++, memory, random, figures);
    return figures;
}

void play() {
    const Shared<Desk> desk;
    const std::string pool = fresh_name();
    std::uint32_t round = 1;
    if (!expect_ok(create_pool(pool), "create")) return;
    Child survivor = Child::start<survive>(desk, pool);
    while (desk->ready == 0 && failure_count() == 0) sleep_ns(100'000);
    hand_over(pool);
    Figures figures = kill_often(*desk, pool, kKills, 0, round);
    Figures large = kill_often(*desk, pool, kLargeKills, kLarge, round);
    if (failure_count() == 0) {
        Inspector inspector(pool, Inspector::Access::read_write);
        if (inspector.attached()) (void)inspector.recover_and_check();
    }
    survivor.kill_and_reap();
    if (!figures.waits.empty()) print(figures);
    if (!large.waits.empty()) print_large(large);
    std::size_t removed = 0;
    expect_ok(latzero_pool_cleanup(&removed), "cleanup");
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(survive), LATZERO_ROLE(hold)});
    return run_stage<play>(120);
}
