// Linearizable, in the small: episodes in which some processes fall upon a fresh key with every verb at once, some of
// them killed amid their calls. For each episode a complete search tells whether one order explains it.
//
// An episode is one of a batch's keys, or two. The processes meet before each one at a barrier, and spin a little
// between their calls, so that on two processors, too, they come upon each other in every way.
#include "../support/history/complete_checker.hpp"
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/sealed.h"
#include "history_caller.hpp"
#include "history_log.hpp"

#include <sched.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kEpisodes = 10'000 / kSlowness;
constexpr std::uint64_t kEpisodesSealed = 5'000 / kSlowness;
constexpr std::uint32_t kEpisodesABatch = 500;
constexpr std::uint8_t kCallers = 4;
// Of each process: with two keys, at most that many of all are on one; each may need a get for a compare_and_set.
constexpr std::uint32_t kMostCalls = 4;
static_assert(kCallers * kMostCalls * 2 <= kMostToSearch);

// What the calls of an episode are about.
enum class Theme : std::uint32_t { bytes, numbers, lists, everything, short_lives };
constexpr std::uint64_t kThemes = 5;

struct Place {
    std::atomic<std::uint32_t> arrived;  // the episodes at whose barrier it has been
};

struct Hall {
    std::array<Log, kCallers> logs;
    std::array<Place, kCallers> places;
    std::atomic<std::uint32_t> end;  // episodes of this batch and those before
    std::uint64_t seed;
};

struct Figures {
    std::uint64_t episodes = 0, histories = 0, operations = 0, maybes = 0, kills = 0, overlapping = 0, weak = 0;
};

class Worker {
public:
    Worker(Hall &hall, std::uint8_t number, const std::string &pool, std::uint64_t salt)
        : hall_(hall), number_(number), random_(salt), caller_(pool, hall.logs[number], number, random_) {}

    void run() {
        if (!LATZERO_EXPECT(caller_.connected(), "connect")) return;
        std::atomic<std::uint32_t> &arrived = hall_.places[number_].arrived;
        for (std::uint32_t episode = arrived; episode < hall_.end && failure_count() == 0; episode++) {
            arrived = episode + 1;
            for (const Place &place : hall_.places) await(place.arrived, episode + 1);
            play(episode);
        }
    }

private:
    static void await(const std::atomic<std::uint32_t> &arrived, std::uint32_t episode) {
        for (int spins = 0; arrived.load(std::memory_order_acquire) < episode && failure_count() == 0; spins++)
            if (spins > 200) sched_yield();
    }

    void play(std::uint32_t episode) {
        // All processes draw the same here.
        Random common(hall_.seed + episode);
        const auto theme = static_cast<Theme>(common.one_in(40) ? kThemes - 1 : common.below(kThemes - 1));
        const bool two_keys = common.one_in(3);
        const auto calls = static_cast<std::uint32_t>(common.between(2, kMostCalls));
        for (std::uint32_t call = 0; call < calls; call++) {
            for (std::uint64_t spins = random_.below(300); spins > 0; spins--) asm volatile("");
            const auto id = number_ * kMostCalls + call + 1;
            const std::uint32_t key = episode % kEpisodesABatch * 2 + (two_keys && random_.one_in(2));
            caller_.perform(plan(theme, key, id));
            if (theme == Theme::short_lives && random_.one_in(3)) sleep_ns(random_.below(2'000'000));
        }
    }

    Operation plan(Theme theme, std::uint32_t key, std::uint64_t id) {
        static constexpr Verb kVerbs[] = {Verb::get,
                                          Verb::get,
                                          Verb::exists,
                                          Verb::set,
                                          Verb::set,
                                          Verb::add,
                                          Verb::take,
                                          Verb::swap,
                                          Verb::remove,
                                          Verb::replace,
                                          Verb::ttl,
                                          Verb::get,
                                          Verb::expire,
                                          Verb::persist,
                                          Verb::compare_and_set,
                                          Verb::compare_and_set,
                                          Verb::compare_and_delete,
                                          Verb::increment,
                                          Verb::increment,
                                          Verb::append,
                                          Verb::append,
                                          Verb::pop_front,
                                          Verb::pop_back};
        static constexpr Verb kOfLists[] = {Verb::append, Verb::append, Verb::append, Verb::pop_front, Verb::pop_back};
        Operation operation{.key = key, .verb = kVerbs[random_.below(std::size(kVerbs))]};
        const auto chosen = theme < Theme::everything ? theme : static_cast<Theme>(random_.below(3));
        // Half of a theme's calls are those that it is about.
        if (theme == Theme::numbers && random_.one_in(2)) operation.verb = Verb::increment;
        if (theme == Theme::lists && random_.one_in(2)) operation.verb = kOfLists[random_.below(std::size(kOfLists))];
        if (theme == Theme::short_lives && random_.one_in(3)) operation.verb = Verb::expire;
        operation.argument = operation.verb == Verb::increment ? id * 1000 : id;
        switch (operation.verb) {
        case Verb::set:
        case Verb::add:
        case Verb::replace:
        case Verb::compare_and_set:
        case Verb::swap:
            operation.given = content(chosen, id);
            if (theme == Theme::short_lives) operation.ttl_ns = random_.below(3) * 1'000'000;
            break;
        case Verb::expire:
            operation.ttl_ns = theme == Theme::short_lives ? random_.between(1, 3) * 1'000'000 : 3'600'000'000'000;
            break;
        default: break;
        }
        return operation;
    }

    // Each that there can be, by whatever way, is a state of its own: so a version stands for one.
    static Content content(Theme theme, std::uint64_t id) {
        if (theme == Theme::numbers) return Content::number(id * 1000 + 500);
        if (theme == Theme::lists) return Content::list(id);
        return Content::bytes(id);
    }

    Hall &hall_;
    const std::uint8_t number_;
    Random random_;
    Caller caller_;
};

class Batch {
public:
    Batch(const Shared<Hall> &hall, Client &keeper, const std::string &pool, Random &random, Figures &figures)
        : hall_(hall), keeper_(keeper), pool_(pool), random_(random), figures_(figures) {}

    void perform() {
        hall_->end += kEpisodesABatch;
        hall_->seed = random_.next();
        for (Log &log : hall_->logs) log.clear();
        for (std::uint8_t number = 0; number < kCallers; number++) start(number);
        // Every other batch goes undisturbed.
        if (random_.one_in(2)) kill_some();
        for (Child &caller : callers_) caller.reap();
        judge();
        expect_ok(latzero_clear(keeper_.handle()), "clear");
    }

private:
    void start(std::uint8_t number) {
        const std::uint64_t salt = random_.next();
        callers_[number] = Child::fork([&, number, salt] { Worker(*hall_, number, pool_, salt).run(); });
    }

    bool over() const {
        for (const Place &place : hall_->places)
            if (place.arrived < hall_->end) return false;
        return true;
    }

    // The successor of a dead one begins with the episode behind that in which it died.
    void kill_some() {
        while (!over() && failure_count() == 0) {
            sleep_ns(random_.waiting_time(700'000));
            const auto number = static_cast<std::uint8_t>(random_.below(kCallers));
            callers_[number].kill_and_reap();
            figures_.kills++;
            start(number);
        }
    }

    void judge() {
        std::vector<Operation> all;
        for (const Log &log : hall_->logs) log.append_to(all);
        figures_.episodes += kEpisodesABatch;
        figures_.operations += all.size();
        for_each_key(all, [&](std::span<Operation> history) {
            figures_.histories++;
            bool overlaps = false;
            for (std::size_t i = 0; i < history.size(); i++) {
                figures_.maybes += history[i].is_maybe();
                overlaps = overlaps || (i > 0 && history[i].began < history[i - 1].latest());
            }
            figures_.overlapping += overlaps;
            if (is_linearizable(history)) return;
            // In encrypted pools nothing changes in place.
            mark_weak(history, !tests_are_sealed());
            if (is_linearizable(history))
                figures_.weak++;
            else
                tell(history);
        });
    }

    static void tell(std::span<const Operation> history) {
        report_failure("no order explains this:");
        for (const Operation &operation : history)
            report_failure("  %s", describe(operation, history[0].began).c_str());
    }

    const Shared<Hall> &hall_;
    Client &keeper_;
    const std::string &pool_;
    Random &random_;
    Figures &figures_;
    std::array<Child, kCallers> callers_;
};

void play() {
    const Shared<Hall> hall;
    const std::string pool = fresh_name();
    ClientOptions options;
    options.create = true;
    Client keeper(pool, options);
    if (!expect_ok(keeper.status(), "create")) return;
    Random random(1);
    Figures figures;
    const std::uint64_t began = now_ns(), episodes = scaled(tests_are_sealed() ? kEpisodesSealed : kEpisodes);
    while (figures.episodes < episodes && failure_count() == 0) Batch(hall, keeper, pool, random, figures).perform();
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
    LATZERO_EXPECT(figures.overlapping > figures.histories / 1000, "only %" PRIu64 " of %" PRIu64 " histories overlap",
                   figures.overlapping, figures.histories);
    std::printf("%" PRIu64 " episodes, %" PRIu64 " histories of one key (%" PRIu64 " with calls that overlap), %" PRIu64
                " operations, %" PRIu64 " kills, %" PRIu64 " maybes, %.1f s: %s (%" PRIu64
                " with a version read amid a change)\n",
                figures.episodes, figures.histories, figures.overlapping, figures.operations, figures.kills,
                figures.maybes, in_s(now_ns() - began), failure_count() == 0 ? "all explained" : "not all explained",
                figures.weak);
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play)});
    return run_stage<play>(300);
}
