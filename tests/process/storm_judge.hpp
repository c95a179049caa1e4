// Judges what the storm leaves of a pool, by the oracle.
//
// - After each death, before anybody need have repaired anything: the dead writer's own keys and counters hold what it
//   was told, and its write in flight happened wholly or not at all.
// - At rest: the same of all writers and of the shared keys; then recovery, every invariant of the layout, and all keys
//   once more, unchanged by the repair.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "../support/process/inspector.hpp"
#include "storm_oracle.hpp"

namespace latzero::test {

struct StormFigures {
    std::uint64_t kills = 0, checks = 0;
    // What the dead were found to hold; a survivor may have been faster than the look.
    std::uint64_t stripes = 0, changes = 0, extents = 0, transfers = 0;
    // Writes in flight, as they turned out.
    std::uint64_t happened = 0, not_happened = 0;
    std::uint64_t most_keys = 0, most_pages = 0;
    Waits for_the_dead = {};
};

class StormJudge {
public:
    StormJudge(Oracle &oracle, std::string pool, StormFigures &figures);

    // Looks on for this long, and for as long as others wait for a lock of the dead process.
    void watch_locks_of(pid_t dead, const Inspector &inspector, std::uint64_t ns);
    void after_death(unsigned writer);
    // All writers are dead or gone, and settled; the readers are paused.
    void at_rest();

private:
    // A write of a shared key whose writer was killed: it happened before end_ns or never.
    struct Maybe {
        Place place;
        std::uint32_t index;
        unsigned writer;
        State after;
        std::uint64_t begin_ns, end_ns;
        State share;  // of a counter: what it adds
    };
    // A shared key as it stands: the state, and whose it is.
    struct Seen {
        State state;
        unsigned writer;
        bool operator==(const Seen &) const = default;
    };
    struct Write {
        Seen made;
        std::uint64_t begin_ns, end_ns;
    };

    void note_what_is_held(const Inspector &inspector);
    void settle(Inspector &inspector, unsigned writer);
    void settle_own(Inspector &inspector, unsigned writer);
    void verify_own_keys(Inspector &inspector, unsigned writer, std::uint32_t first, std::uint32_t count);
    void verify_own_counters(Inspector &inspector, unsigned writer);
    void verify_shared_key(std::uint32_t index, const Seen &seen);
    void verify_shared_counter(Inspector &inspector, std::uint32_t index);
    void start_anew_from(const std::array<Seen, kSharedKeys> &seen);

    Seen read_key(Inspector &inspector, Place place, unsigned writer, std::uint32_t index);
    State read_counter(Inspector &inspector, Place place, unsigned writer, std::uint32_t index);
    std::array<Seen, kSharedKeys> read_shared_keys(Inspector &inspector);

    Oracle &oracle_;
    const std::string pool_;
    StormFigures &figures_;
    Random random_;
    std::vector<char> buffer_;
    std::vector<Maybe> maybes_;
    // As the last rest found them.
    std::array<Seen, kSharedKeys> base_keys_ = {};
    std::array<State, kSharedCounters> base_sums_ = {};
};

}  // namespace latzero::test
