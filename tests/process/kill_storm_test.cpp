// SIGKILL at random moments. Writers with keys of their own and shared ones are killed and replaced, one by one or all
// at once, while readers read on; pools small and large, empty and full to the cap. Nothing acknowledged is lost,
// nothing is torn, nothing leaks, and nobody waits long for the dead.
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "storm_judge.hpp"

#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kKills = kSlowness > 1 ? 600 : 1000;  // a sanitizer sees each kind of episode
constexpr std::uint64_t kKillsAnEpisode = 100;
constexpr std::uint64_t kKillsARest = 25;
constexpr std::uint64_t kMeanLifeNs = 2'000'000;
// What others waited for a lock of the dead. Without a processor for those who could recover, too.
constexpr std::uint64_t kLongestForTheDeadNs = 100'000'000 * kSlowness;

// The first three are full most of the time; all begin empty, so growth and rehash are hit too.
constexpr Episode kEpisodes[] = {
    {1u << 20, 64, 16u << 10},   {1u << 20, 1024, 4096},           {2u << 20, 512, kLargestValue},
    {4u << 20, 4096, 16u << 10}, {16u << 20, 1024, kLargestValue}, {64u << 20, 4096, kLargestValue},
};

class Storm {
public:
    Storm(const Shared<Oracle> &oracle, std::uint64_t number, StormFigures &figures)
        : oracle_(oracle),
          figures_(figures),
          random_(number + 100),
          pool_(fresh_name()),
          judge_(*oracle, pool_, figures) {
        oracle->begin(kEpisodes[number % std::size(kEpisodes)]);
    }

    void blow(std::uint64_t kills) {
        if (!expect_ok(create_pool(pool_, oracle_->episode.max_bytes), "create")) return;
        start_readers();
        for (unsigned writer = 0; writer < kWriters; writer++) start_writer(writer);
        for (std::uint64_t kill = 1; kill <= kills && failure_count() == 0; kill++) {
            sleep_ns(random_.waiting_time(kMeanLifeNs));
            kill_one();
            if (kill % kKillsARest == 0) rest();
        }
        end();
    }

private:
    void start_readers() {
        for (unsigned reader = 0; reader < kReaders; reader++) {
            oracle_->readers[reader].reads = 0;
            readers_[reader] = Child::start<read_storm>(oracle_, reader, pool_, random_.next());
        }
        // From here on they keep the pool alive.
        for (Reader &reader : oracle_->readers)
            while (reader.reads == 0 && failure_count() == 0) sleep_ns(100'000);
        hand_over(pool_);
    }

    void start_writer(unsigned writer) {
        writers_[writer] = Child::start<write_storm>(oracle_, writer, pool_, random_.next());
    }

    // A quarter of the kills wait for a victim that is amid a change: it is stopped, looked at, and let go again.
    void aim(Child &victim, const Inspector &inspector) {
        constexpr int kTries = 10;
        for (int i = 0; i < kTries && victim.stop(); i++) {
            if (inspector.is_amid_change(victim.pid())) return;
            victim.resume();
            sleep_ns(random_.waiting_time(kMeanLifeNs / 100));
        }
    }

    // A part of the dead stay zombies for a while: they must not count as alive.
    void kill_one() {
        const auto victim = static_cast<unsigned>(random_.below(kWriters));
        const Inspector inspector(pool_, Inspector::Access::read_only);
        if (!inspector.attached()) return;
        if (random_.one_in(4)) aim(writers_[victim], inspector);
        if (!writers_[victim].running()) return;
        const pid_t process = writers_[victim].pid();
        writers_[victim].kill();
        writers_[victim].await_death();
        figures_.kills++;
        if (random_.one_in(4))
            zombies_.push_back(std::move(writers_[victim]));
        else
            writers_[victim].reap();
        if (zombies_.size() > 8) zombies_.clear();
        // Sometimes the survivors meet what the dead one holds before its successor does.
        if (random_.one_in(2)) judge_.watch_locks_of(process, inspector, random_.waiting_time(kMeanLifeNs / 2));
        judge_.after_death(victim);
        start_writer(victim);
    }

    // Half of the time everybody is killed at once, else they end by themselves.
    void rest() {
        const bool by_kill = random_.one_in(2);
        if (by_kill)
            for (Child &writer : writers_) writer.kill();
        else
            oracle_->stop = 1;
        for (Child &writer : writers_) writer.await_death();
        for (Child &writer : writers_) writer.reap();
        figures_.kills += by_kill ? kWriters : 0;
        pause_readers();
        for (unsigned writer = 0; writer < kWriters; writer++) judge_.after_death(writer);
        judge_.at_rest();
        oracle_->stop = 0;
        oracle_->pause++;
        for (unsigned writer = 0; writer < kWriters; writer++) start_writer(writer);
    }

    void pause_readers() {
        const std::uint32_t round = ++oracle_->pause;
        for (Reader &reader : oracle_->readers)
            while (reader.paused != round && failure_count() == 0) sleep_ns(50'000);
    }

    void end() {
        for (Child &writer : writers_) writer.kill_and_reap();
        for (Child &reader : readers_) reader.kill_and_reap();
        zombies_.clear();
        std::int32_t exists = 1;
        expect_ok(latzero_pool_exists(pool_.c_str(), &exists), "exists");
        LATZERO_EXPECT(exists == 0 && !file_exists(pool_), "a pool outlives its last client");
    }

    const Shared<Oracle> &oracle_;
    StormFigures &figures_;
    Random random_;
    const std::string pool_;
    StormJudge judge_;
    std::array<Child, kWriters> writers_;
    std::array<Child, kReaders> readers_;
    std::vector<Child> zombies_;
};

void print(const char *what, const Waits &waits) {
    std::printf("%" PRIu64 " %s: 50 %% under %.1f ms, 99 %% under %.1f ms, longest %.1f ms\n", waits.total(), what,
                in_ms(waits.percentile(0.5)), in_ms(waits.percentile(0.99)), in_ms(waits.longest_ns));
}

void print(const StormFigures &figures, const Oracle &oracle, std::uint64_t reads, std::uint64_t took_ns) {
    std::uint64_t calls = 0, refused = 0;
    for (const Writer &writer : oracle.writers) {
        calls += writer.calls;
        refused += writer.refused;
    }
    std::printf("%" PRIu64 " kills in %.1f s; found on the dead: %" PRIu64 " stripe locks, %" PRIu64
                " changes begun, %" PRIu64 " extent locks, %" PRIu64 " transfers\n",
                figures.kills, in_s(took_ns), figures.stripes, figures.changes, figures.extents, figures.transfers);
    std::printf("own writes in flight: %" PRIu64 " had happened, %" PRIu64 " had not\n", figures.happened,
                figures.not_happened);
    std::printf("%" PRIu64 " writes (%" PRIu64 " refused by a full pool), %" PRIu64 " reads, %" PRIu64
                " checks of the whole pool (up to %" PRIu64 " keys, %" PRIu64 " pages)\n",
                calls, refused, reads, figures.checks, figures.most_keys, figures.most_pages);
    print("locks of the dead that others waited for", figures.for_the_dead);
    print("calls that took over half a millisecond", oracle.waits);
}

void play() {
    const Shared<Oracle> oracle;
    StormFigures figures;
    std::uint64_t reads = 0;
    const std::uint64_t began = now_ns();
    for (std::uint64_t episode = 0; figures.kills < scaled(kKills) && failure_count() == 0; episode++) {
        Storm(oracle, episode, figures).blow(kKillsAnEpisode);
        for (const Reader &reader : oracle->readers) reads += reader.reads;
    }
    print(figures, *oracle, reads, now_ns() - began);
    const std::uint64_t for_the_dead = figures.for_the_dead.longest_ns, longest = oracle->waits.longest_ns;
    LATZERO_EXPECT(for_the_dead <= kLongestForTheDeadNs, "a lock of the dead was waited for %.1f ms",
                   in_ms(for_the_dead));
    LATZERO_EXPECT(longest <= kHangNs, "a writer waited %.1f ms", in_ms(longest));
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(read_storm), LATZERO_ROLE(write_storm)});
    return run_stage<play>(400);
}
