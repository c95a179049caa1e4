// Linearizable, in the large: some processes write, read, take, swap and count on few keys at once, each value written
// once in all time, and are stopped and killed at random. From what each of them was told and when, and nothing else,
// the checker of unique values tells for every key whether one order explains it.
#include "../support/history/unique_checker.hpp"
#include "../support/process/child.hpp"
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/inspector.hpp"
#include "../support/process/stage.hpp"
#include "../support/sealed.h"
#include "history_caller.hpp"
#include "history_log.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <vector>

namespace latzero::test {
namespace {

constexpr std::uint64_t kOperations = 1'500'000 / kSlowness;
constexpr std::uint64_t kOperationsSealed = 500'000 / kSlowness;
constexpr std::uint32_t kOperationsARound = 100'000;
constexpr std::uint8_t kCallers = 4;
constexpr std::uint64_t kMeanLifeNs = 1'500'000 * (kSlowness > 1 ? 5 : 1);

// Keys of a round: some on which everybody is all the time, many whose coming grows the index, and counters.
constexpr std::uint32_t kHotKeys = 10;
constexpr std::uint64_t kHourNs = 50'000;  // so long most are on the same one
constexpr std::uint32_t kKeys = 4000;
constexpr std::uint32_t kCounters = 3;

struct Hall {
    std::array<Log, kCallers> logs;
    std::array<std::atomic<std::uint64_t>, kCallers> last_write;  // each value's number is new, whoever is killed
    std::atomic<std::uint32_t> round, most;

    std::uint32_t made() const {
        std::uint32_t sum = 0;
        for (const Log &log : logs) sum += log.count();
        return sum;
    }
};

struct Figures {
    std::uint64_t operations = 0, maybes = 0, kills = 0, keys = 0, longest = 0, overlaps = 0;
};

class Worker {
public:
    Worker(Hall &hall, std::uint8_t number, const std::string &pool, std::uint64_t salt)
        : hall_(hall), number_(number), random_(salt), caller_(pool, hall.logs[number], number, random_) {}

    void run() {
        if (!LATZERO_EXPECT(caller_.connected(), "connect")) return;
        while (hall_.logs[number_].has_room(16) && hall_.made() < hall_.most && failure_count() == 0) step();
    }

private:
    Operation plan(Verb verb) { return {.key = choose_key(), .verb = verb}; }

    std::uint32_t choose_key() {
        if (random_.one_in(6)) return static_cast<std::uint32_t>(random_.below(kKeys));
        const std::uint64_t hour = now_ns() / kHourNs;
        return static_cast<std::uint32_t>((random_.one_in(8) ? random_.next() : hour) % kHotKeys);
    }

    Content fresh() {
        const std::uint64_t write = ++hall_.last_write[number_];
        return Content::bytes(std::uint64_t{number_} << 48 | write);
    }

    void step() {
        if (random_.one_in(12)) return count();
        if (random_.one_in(25)) return together();
        static constexpr Verb kVerbs[] = {Verb::get,
                                          Verb::get,
                                          Verb::get,
                                          Verb::get,
                                          Verb::get,
                                          Verb::set,
                                          Verb::set,
                                          Verb::set,
                                          Verb::remove,
                                          Verb::add,
                                          Verb::replace,
                                          Verb::compare_and_set,
                                          Verb::compare_and_set,
                                          Verb::compare_and_delete,
                                          Verb::swap,
                                          Verb::take,
                                          Verb::exists,
                                          Verb::expire,
                                          Verb::persist};
        Operation operation = plan(kVerbs[random_.below(std::size(kVerbs))]);
        switch (operation.verb) {
        case Verb::set:
        case Verb::add:
        case Verb::replace:
        case Verb::compare_and_set:
        case Verb::swap: operation.given = fresh(); break;
        // Of a length that is never over.
        case Verb::expire: operation.ttl_ns = 3'600'000'000'000; break;
        default: break;
        }
        caller_.perform(operation);
    }

    void count() {
        Operation operation = plan(random_.one_in(2) ? Verb::increment : Verb::get);
        operation.key = kKeys + static_cast<std::uint32_t>(random_.below(kCounters));
        caller_.perform(operation);
    }

    void together() {
        static constexpr Verb kVerbs[] = {Verb::get, Verb::set, Verb::remove};
        const Verb verb = kVerbs[random_.below(std::size(kVerbs))];
        const std::uint32_t first = choose_key();
        std::array<Operation, 3> several;
        for (std::uint32_t i = 0; i < several.size(); i++) {
            several[i] = {.key = (first + i) % kKeys, .verb = verb};
            if (verb == Verb::set) several[i].given = fresh();
        }
        caller_.perform_together(several);
    }

    Hall &hall_;
    const std::uint8_t number_;
    Random random_;
    Caller caller_;
};

void work(Hall &hall, std::uint8_t number, const std::string &pool, std::uint64_t salt) {
    Worker(hall, number, pool, salt).run();
}

class Round {
public:
    Round(const Shared<Hall> &hall, Client &keeper, const std::string &pool, Random &random, Figures &figures)
        : hall_(hall), keeper_(keeper), pool_(pool), random_(random), figures_(figures) {}

    void perform() {
        for (Log &log : hall_->logs) log.clear();
        hall_->most = kOperationsARound;
        for (std::uint8_t number = 0; number < kCallers; number++) start(number);
        while (hall_->made() < hall_->most && failure_count() == 0) {
            sleep_ns(random_.waiting_time(kMeanLifeNs));
            kill_one();
        }
        for (Child &caller : callers_) caller.reap();
        look_at_rest();
        judge();
        expect_ok(latzero_clear(keeper_.handle()), "clear");
    }

private:
    void start(std::uint8_t number) {
        const std::uint64_t salt = random_.next();
        callers_[number] = Child::start<work>(hall_, number, pool_, salt);
    }

    // Some are stopped amid their call for a while, so that others overtake them; then killed, or not.
    void kill_one() {
        const auto number = static_cast<std::uint8_t>(random_.below(kCallers));
        Child &victim = callers_[number];
        if (random_.one_in(2)) {
            if (!victim.stop()) return start(number);
            sleep_ns(random_.waiting_time(500'000));
            victim.resume();
            if (random_.one_in(2)) return;
        }
        victim.kill_and_reap();
        figures_.kills++;
        start(number);
    }

    // What all the writes have come to is a read like any other.
    void look_at_rest() {
        Random random(0);
        Log &log = hall_->logs[0];
        Caller caller(pool_, log, kCallers, random);
        if (!LATZERO_EXPECT(caller.connected(), "connect at rest")) return;
        for (std::uint32_t key = 0; key < kKeys + kCounters && log.has_room(1); key++)
            if (key < kHotKeys || key >= kKeys || key % 4 == 0) caller.perform({.key = key, .verb = Verb::get});
    }

    void judge() {
        std::vector<Operation> all;
        for (const Log &log : hall_->logs) log.append_to(all);
        figures_.operations += all.size();
        for (const Operation &operation : all) figures_.maybes += operation.is_maybe();
        for_each_key(all, [&](std::span<Operation> history) {
            figures_.keys++;
            figures_.longest = std::max<std::uint64_t>(figures_.longest, history.size());
            for (std::size_t i = 1; i < history.size(); i++)
                figures_.overlaps += history[i].began < history[i - 1].latest();
            if (history[0].key >= kKeys) return complain(check_counter(history), history[0].key);
            complain(check_register(history), history[0].key);
            complain(check_versions(history, tests_are_sealed()), history[0].key);
        });
    }

    static void complain(const Complaints &complaints, std::uint32_t key) {
        for (const std::string &complaint : complaints) report_failure("key %u: %s", key, complaint.c_str());
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
    const std::uint64_t began = now_ns(), operations = scaled(tests_are_sealed() ? kOperationsSealed : kOperations);
    while (figures.operations < operations && failure_count() == 0)
        Round(hall, keeper, pool, random, figures).perform();
    Inspector inspector(pool, Inspector::Access::read_write);
    if (inspector.attached()) (void)inspector.recover_and_check();
    LATZERO_EXPECT(figures.overlaps > figures.operations / 10000, "only %" PRIu64 " calls overlapped",
                   figures.overlaps);
    std::printf("%" PRIu64 " operations on %" PRIu64 " keys (up to %" PRIu64 " on one), %" PRIu64
                " overlapping the one before, %" PRIu64 " kills, %" PRIu64 " maybes, %.1f s: %s\n",
                figures.operations, figures.keys, figures.longest, figures.overlaps, figures.kills, figures.maybes,
                in_s(now_ns() - began), failure_count() == 0 ? "all explained" : "not all explained");
}

}  // namespace
}  // namespace latzero::test

int main(int count, char **arguments) {
    using namespace latzero::test;
    play_role(count, arguments, {LATZERO_ROLE(play), LATZERO_ROLE(work)});
    return run_stage<play>(150);
}
