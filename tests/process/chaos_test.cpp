// Chaos: processes of all kinds in and about three pools, killed, stopped, forking, at full pools and full of threads,
// for a set time. Whatever happens, nothing that they hold grows, every pool stays sound, and all of it vanishes.
//
//   chaos_test [SECONDS]   by default 18, times LATZERO_TEST_SCALE: half an hour in a full run
//   chaos_test LEAK        a negative control, see chaos.hpp: must fail
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "chaos_guest.hpp"
#include "chaos_meter.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kSeconds = 18;
constexpr std::uint64_t kControlSeconds = 6;
constexpr std::uint64_t kRests = 24;
constexpr std::uint64_t kLeastLeaks = 8;                  // of a control: some of them behind the warm-up
constexpr std::uint64_t kMeanNs = 6'000'000 * kSlowness;  // between two blows of fate
constexpr std::uint64_t kStopNs = 8'000'000;

struct Spec {
    std::uint64_t max_bytes;
    bool encrypted;
};
constexpr std::array<Spec, 3> kPools = {{{8u << 20, false}, {6u << 20, true}, {2u << 20, false}}};

class Chaos {
public:
    Chaos(std::uint64_t seconds, Leak leak) : seconds_(seconds), leak_(leak) {}

    void run() {
        if (!open()) return;
        for (std::uint32_t number = 0; number < kResidents; number++)
            residents_[number] = start(static_cast<Role>(number), number);
        begin_mayflies();
        const std::uint64_t began = now_ns(), interval = seconds_ * 1'000'000'000 / kRests;
        for (std::uint64_t rest = 1; (rest <= kRests || !has_leaked()) && failure_count() == 0; rest++) {
            // Since the last rest, however long that was: rests in haste after a slow one would show no slope.
            const std::uint64_t worked_from = now_ns();
            while (now_ns() < worked_from + interval && failure_count() == 0) strike();
            pause(began);
        }
        close();
        print(samples_);
        std::printf("%" PRIu64 " calls (%" PRIu64 " refused by a full pool), %" PRIu64 " kills, %" PRIu64 " stops\n",
                    ground_->operations.load(), ground_->refused.load(), kills_, stops_);
        for (std::uint32_t role = 0; role < kRoles; role++)
            std::printf("%s %" PRIu64 "%s", kRoleNames[role], ground_->by_role[role].load(),
                        role + 1 < kRoles ? ", " : "\n");
        std::uint64_t most_kib = 0;
        for (const Spec &spec : kPools) most_kib += spec.max_bytes >> 10;
        if (failure_count() == 0) judge(samples_, most_kib);
    }

private:
    // A control goes on until there is something to see, however slow the machine is.
    bool has_leaked() const { return leak_ == Leak::none || ground_->leaks >= kLeastLeaks; }

    std::array<std::string, 3> names() const { return {pools_.plain, pools_.encrypted, pools_.full}; }

    bool open() {
        for (std::size_t i = 0; i < kPools.size(); i++) {
            const std::string name = names()[i];
            const bool made =
                expect_ok(create_chaos_pool(name, kPools[i].encrypted, kPools[i].max_bytes, 0), "create") &&
                expect_ok(connect_to(name, kPools[i].encrypted, 0, &keepers_[i]), "connect");
            if (!made) return false;
        }
        return true;
    }

    Child start(Role role, std::uint32_t resident) {
        return Child::start<live>(ground_, stem_, role, resident, leak_, random_.next());
    }

    void begin_mayflies() {
        for (Child &mayfly : mayflies_) mayfly = start(static_cast<Role>(random_.below(kRoles)), kMayfly);
    }

    void strike() {
        sleep_ns(random_.waiting_time(kMeanNs));
        const std::uint64_t dice = random_.below(kResidents + 2 * kMayflies);
        Child &victim = dice < kResidents ? residents_[dice] : mayflies_[(dice - kResidents) % kMayflies];
        if (dice < kResidents + kMayflies) {
            stops_++;
            if (!LATZERO_EXPECT(victim.stop(), "a process has ended")) return;
            sleep_ns(random_.below(kStopNs));
            victim.resume();
            return;
        }
        victim.kill_and_reap();
        kills_++;
        victim = start(static_cast<Role>(random_.below(kRoles)), kMayfly);
    }

    void pause(std::uint64_t began) {
        const std::uint32_t round = ++ground_->rest;
        for (Child &mayfly : mayflies_) mayfly.kill_and_reap();
        kills_ += kMayflies;
        for (Resident &resident : ground_->residents)
            while (resident.rested != round && failure_count() == 0) sleep_ns(200'000);
        take_sample(began);
        ground_->rest++;
        begin_mayflies();
    }

    // What a mayfly made to stay goes, and what it held is recovered; then nothing but the residents' is left.
    void take_sample(std::uint64_t began) {
        for (const std::string &name : pools_.brief) (void)latzero_pool_destroy(name.c_str());
        expect_ok(latzero_pool_cleanup(nullptr), "cleanup");
        Sample sample;
        sample.at_ns = now_ns() - began;
        sample.operations = ground_->operations;
        for (std::size_t i = 0; i < kPools.size(); i++) look_into(i, sample.pools[i]);
        for (std::size_t i = 0; i < kResidents; i++) {
            sample.residents[i] = holding_of(residents_[i].pid());
            sample.residents[i].heap_bytes = ground_->residents[i].heap_bytes;
        }
        count_files(pools_, sample);
        samples_.push_back(sample);
    }

    void look_into(std::size_t number, PoolHolding &holding) {
        {
            Inspector inspector(names()[number], Inspector::Access::read_write, kPools[number].encrypted);
            if (inspector.attached()) (void)inspector.recover_and_check();
        }
        latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
        expect_ok(latzero_stats(keepers_[number], &stats), "stats");
        holding = {
            stats.used_bytes, stats.used_bytes + stats.free_bytes, stats.borrowed_bytes, stats.capacity_bytes, 0, 0, 0};
        expect_ok(latzero_clear(keepers_[number]), "clear");
        // What dead borrowers kept comes back with the next need of pages.
        const std::vector<char> large(64 << 10);
        expect_ok(latzero_set_bytes(keepers_[number], "large", 5, large.data(), large.size(), nullptr),
                  "a large value");
        expect_ok(latzero_clear(keepers_[number]), "clear");
        expect_ok(latzero_stats(keepers_[number], &stats), "stats");
        holding.empty_used = stats.used_bytes;
        holding.empty_claimed = stats.used_bytes + stats.free_bytes;
        holding.empty_kept = stats.borrowed_bytes;
        LATZERO_EXPECT(stats.integrity_failures == 0, "%" PRIu64 " records did not verify", stats.integrity_failures);
    }

    void close() {
        for (Child &mayfly : mayflies_) mayfly.kill_and_reap();
        ground_->end = 1;
        for (Child &resident : residents_) resident.reap();
        for (const std::string &name : pools_.brief) (void)latzero_pool_destroy(name.c_str());
        for (std::size_t i = 0; i < kPools.size(); i++) {
            expect_ok(latzero_disconnect(keepers_[i]), "disconnect");
            LATZERO_EXPECT(!file_exists(names()[i]), "a pool outlives its last client");
        }
    }

    const std::uint64_t seconds_;
    const Leak leak_;
    const Shared<Ground> ground_;
    const std::string stem_ = fresh_name();
    const Pools pools_{stem_};
    Random random_{1};
    std::array<latzero_client *, 3> keepers_ = {};
    std::array<Child, kResidents> residents_;
    std::array<Child, kMayflies> mayflies_;
    std::vector<Sample> samples_;
    std::uint64_t kills_ = 0, stops_ = 0;
};

void play(std::uint64_t seconds, Leak leak) { Chaos(seconds, leak).run(); }

}  // namespace
}  // namespace latzero::test

int main(int argc, char **argv) {
    using namespace latzero::test;
    play_role(argc, argv, {LATZERO_ROLE(play), LATZERO_ROLE(live)});
    static constexpr const char *kLeaks[] = {"", "descriptor", "heap", "mapping", "borrow", "reservation"};
    std::uint64_t seconds = scaled(kSeconds);
    Leak leak = Leak::none;
    for (std::uint32_t i = 0; argc > 1 && i < std::size(kLeaks); i++)
        if (std::strcmp(argv[1], kLeaks[i]) == 0) leak = static_cast<Leak>(i);
    if (leak != Leak::none)
        seconds = kControlSeconds;
    else if (argc > 1)
        seconds = std::strtoull(argv[1], nullptr, 10);
    return run_stage<play>(static_cast<unsigned>(seconds) + 90, seconds, leak);
}
