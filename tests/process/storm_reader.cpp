// A reader of the kill storm: whoever is killed around it, each value is whole, and as new as what was acknowledged.
#include "../support/process/client.hpp"
#include "../support/process/clock.hpp"
#include "../support/process/value.hpp"
#include "storm_oracle.hpp"

#include <cinttypes>

namespace latzero::test {
namespace {

class StormReader {
public:
    StormReader(Oracle &oracle, unsigned number, const std::string &pool, std::uint64_t salt)
        : oracle_(oracle), me_(oracle.readers[number]), random_(salt), client_(pool, options(number)) {}

    void run() {
        if (!expect_ok(client_.status(), "a reader's connect")) return;
        while (failure_count() == 0) {
            const std::uint32_t pause = oracle_.pause;
            me_.paused = pause;
            if (pause % 2 == 1) {
                sleep_ns(100'000);
                continue;
            }
            for (int i = 0; i < 16; i++) read_once();
            me_.reads.fetch_add(16, std::memory_order_relaxed);
        }
    }

private:
    // Every other one read-only.
    static ClientOptions options(unsigned number) {
        ClientOptions options;
        options.read_only = number % 2 == 1;
        return options;
    }

    void read_once() {
        const auto writer = static_cast<unsigned>(random_.below(kWriters));
        if (random_.one_in(10))
            read_counter(writer, static_cast<std::uint32_t>(random_.below(kOwnCounters)));
        else if (random_.one_in(6))
            read_shared(static_cast<std::uint32_t>(random_.below(kSharedKeys)));
        else
            read_own(writer, static_cast<std::uint32_t>(random_.below(oracle_.episode.own_keys)));
    }

    // The state that is read; present or not, always whole.
    State read_state(Place place, unsigned writer, std::uint32_t index) {
        const std::string key = key_name(place, writer, index);
        const latzero_status got = client_.get(key);
        if (got == LATZERO_NOT_FOUND) return 0;
        LATZERO_EXPECT(got == LATZERO_OK, "get of %s: %s (%s)", key.c_str(), name_of(got), latzero_last_error());
        std::uint64_t number = 0;
        const bool whole = read_value(client_.bytes(), client_.size(), key_identity(place, writer, index), &number);
        LATZERO_EXPECT(got != LATZERO_OK || whole, "%s: %" PRIu64 " bytes, torn", key.c_str(), client_.size());
        return state_of(number);
    }

    void read_shared(std::uint32_t index) { (void)read_state(Place::shared_key, 0, index); }

    // What was acknowledged before the call is the oldest that may be seen, what was begun after it the newest. An
    // absence has no number: if anything was in flight it may be that.
    void read_own(unsigned writer, std::uint32_t index) {
        Track &track = oracle_.writers[writer].own_keys[index];
        const State oldest = track.acknowledged;
        const State seen = read_state(Place::own_key, writer, index);
        const State newest = track.begun;
        const bool sound = seen != 0 ? seen >= oldest && seen <= newest : !is_present(oldest) || newest != oldest;
        LATZERO_EXPECT(sound, "own key %u of %u: read %" PRIu64 ", acknowledged %" PRIu64 ", begun %" PRIu64, index,
                       writer, seen, oldest, newest);
    }

    void read_counter(unsigned writer, std::uint32_t index) {
        const std::string key = key_name(Place::own_counter, writer, index);
        Track &track = oracle_.writers[writer].own_counters[index];
        std::int64_t sum = 0;
        const State oldest = track.acknowledged;
        const latzero_status got = latzero_get_i64(client_.handle(), key.data(), key.size(), &sum);
        const State newest = track.begun;
        LATZERO_EXPECT(got == LATZERO_OK || got == LATZERO_NOT_FOUND, "get of %s: %s (%s)", key.c_str(), name_of(got),
                       latzero_last_error());
        const auto seen = static_cast<State>(sum);
        LATZERO_EXPECT(seen >= oldest && seen <= newest,
                       "%s: read %" PRIu64 ", acknowledged %" PRIu64 ", begun %" PRIu64, key.c_str(), seen, oldest,
                       newest);
    }

    Oracle &oracle_;
    Reader &me_;
    Random random_;
    Client client_;
};

}  // namespace

void read_storm(Oracle &oracle, unsigned reader, const std::string &pool, std::uint64_t salt) {
    StormReader(oracle, reader, pool, salt).run();
}

}  // namespace latzero::test
