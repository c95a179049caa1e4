// A writer of the kill storm: sets, deletes and counts, as fast as it can, until it is killed.
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/value.hpp"
#include "storm_oracle.hpp"

#include <cinttypes>

namespace latzero::test {
namespace {

// A call that took longer has waited for somebody.
constexpr std::uint64_t kWaited = 500'000;

class StormWriter {
public:
    StormWriter(Oracle &oracle, unsigned number, const std::string &pool, std::uint64_t salt)
        : oracle_(oracle), me_(oracle.writers[number]), number_(number), random_(salt), client_(pool) {}

    void run() {
        if (!expect_ok(client_.status(), "a writer's connect")) return;
        while (oracle_.stop == 0 && failure_count() == 0) step();
    }

private:
    void step() {
        const bool shared = random_.one_in(5);
        const std::uint64_t dice = random_.below(100);
        if (dice < 12)
            count(shared ? Place::shared_counter : Place::own_counter);
        else if (dice < 35)
            change(shared ? Place::shared_key : Place::own_key, false);
        else
            change(shared ? Place::shared_key : Place::own_key, true);
    }

    std::uint32_t choose(Place place) {
        switch (place) {
        case Place::own_key: return static_cast<std::uint32_t>(random_.below(oracle_.episode.own_keys));
        case Place::shared_key: return static_cast<std::uint32_t>(random_.below(kSharedKeys));
        case Place::own_counter: return static_cast<std::uint32_t>(random_.below(kOwnCounters));
        case Place::shared_counter: break;
        }
        return static_cast<std::uint32_t>(random_.below(kSharedCounters));
    }

    std::uint32_t choose_size() {
        const std::uint64_t dice = random_.below(10);
        std::uint64_t most = oracle_.episode.largest_value;
        if (dice < 6)
            most = 200;
        else if (dice < 9)
            most = 2048;
        return static_cast<std::uint32_t>(random_.between(kLeastValue, most));
    }

    void begin(Place place, std::uint32_t index, Track &track, State after) {
        Journal &journal = me_.journal;
        journal.place = place;
        journal.index = index;
        journal.after = after;
        journal.begin_ns = now_ns();
        journal.step.store(Step::begun, std::memory_order_release);
        track.begun.store(after);
        watch_.start();
    }

    // A write that was refused has changed nothing.
    void end(Track &track, bool done) {
        const std::uint64_t took = watch_.stop();
        if (took > kWaited) oracle_.waits.add(took);
        me_.calls.fetch_add(1, std::memory_order_relaxed);
        Journal &journal = me_.journal;
        if (!done) {
            journal.step.store(Step::idle, std::memory_order_release);
            track.begun.store(track.acknowledged);
            return;
        }
        journal.end_ns = now_ns();
        journal.step.store(Step::acknowledged, std::memory_order_release);
        track.begin_ns.store(journal.begin_ns, std::memory_order_relaxed);
        track.end_ns.store(journal.end_ns, std::memory_order_relaxed);
        track.acknowledged.store(journal.after, std::memory_order_release);
        journal.step.store(Step::idle, std::memory_order_release);
    }

    bool judge(latzero_status status, latzero_status expected, const std::string &key) {
        if (status == LATZERO_MEMORY_FULL) {
            me_.refused.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        LATZERO_EXPECT(status == expected, "%s: %s instead of %s (%s)", key.c_str(), name_of(status), name_of(expected),
                       latzero_last_error());
        return true;
    }

    void change(Place place, bool present) {
        const std::uint32_t index = choose(place);
        const std::string key = key_name(place, number_, index);
        Track &track = me_.track(place, index);
        const State after = make_state(++me_.last_number, present);
        const bool was_there = is_present(track.acknowledged);
        const std::uint64_t identity = key_identity(place, number_, index);
        if (present) make_value(value_, choose_size(), identity, value_number(after, number_));
        begin(place, index, track, after);
        const latzero_status status = present ? client_.set(key, value_) : client_.remove(key);
        const bool absence_told = !present && status == LATZERO_NOT_FOUND;
        const bool may_be_absent = place == Place::shared_key || !was_there;
        const latzero_status expected = absence_told && may_be_absent ? LATZERO_NOT_FOUND : LATZERO_OK;
        if (place == Place::own_key && !present && !was_there)
            LATZERO_EXPECT(absence_told, "%s: deleted a key that was not there", key.c_str());
        end(track, judge(status, expected, key));
    }

    void count(Place place) {
        const std::uint32_t index = choose(place);
        const std::string key = key_name(place, number_, index);
        Track &track = me_.track(place, index);
        const State delta = random_.between(1, 9), after = track.acknowledged + delta;
        std::int64_t sum = 0;
        begin(place, index, track, after);
        const latzero_status status = client_.add(key, static_cast<std::int64_t>(delta), &sum);
        const bool done = judge(status, LATZERO_OK, key);
        if (done && place == Place::own_counter)
            LATZERO_EXPECT(static_cast<State>(sum) == after, "%s: sum %" PRId64 ", not %" PRIu64, key.c_str(), sum,
                           after);
        end(track, done);
    }

    Oracle &oracle_;
    Writer &me_;
    const unsigned number_;
    Random random_;
    Client client_;
    Stopwatch watch_;
    std::vector<char> value_;
};

}  // namespace

void write_storm(Oracle &oracle, unsigned writer, const std::string &pool, std::uint64_t salt) {
    StormWriter(oracle, writer, pool, salt).run();
}

}  // namespace latzero::test
