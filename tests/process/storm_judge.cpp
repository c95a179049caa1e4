#include "storm_judge.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstring>
#include <set>
#include <utility>

#include "../support/process/clock.hpp"
#include "../support/process/value.hpp"

namespace latzero::test {

using namespace store;

StormJudge::StormJudge(Oracle &oracle, std::string pool, StormFigures &figures)
    : oracle_(oracle), pool_(std::move(pool)), figures_(figures), random_(7), buffer_(kLargestValue) {}

// From the death on, or from when somebody came and met the lock; until the first look that finds it free.
void StormJudge::watch_locks_of(pid_t dead, const Inspector &inspector, std::uint64_t ns) {
    constexpr std::uint64_t kBetweenLooks = 50'000;
    const std::uint64_t died = now_ns();
    std::uint64_t since = died, now = died;
    bool waited_for = false;
    do {
        const bool was_waited_for = waited_for;
        waited_for = inspector.is_waited_for(dead);
        now = now_ns();
        if (was_waited_for && !waited_for) figures_.for_the_dead.add(now - since);
        if (!waited_for) since = now;
        sleep_ns(kBetweenLooks);
    } while ((waited_for || now - died < ns) && now - died < kHangNs);
    LATZERO_EXPECT(!waited_for, "a lock of the dead is waited for since %.1f ms", in_ms(now - since));
}

void StormJudge::after_death(unsigned writer) {
    // Read-only: it repairs nothing, so it sees what every reader sees until a writer comes by.
    Inspector inspector(pool_, Inspector::Access::read_only);
    if (!inspector.attached()) return;
    note_what_is_held(inspector);
    settle(inspector, writer);
    constexpr std::uint32_t kSample = 256;
    const std::uint32_t keys = oracle_.episode.own_keys;
    const std::uint32_t first = keys > kSample ? static_cast<std::uint32_t>(random_.below(keys - kSample)) : 0;
    verify_own_keys(inspector, writer, first, std::min(keys, kSample));
    verify_own_counters(inspector, writer);
}

void StormJudge::at_rest() {
    std::array<Seen, kSharedKeys> before;
    {
        Inspector inspector(pool_, Inspector::Access::read_only);
        if (!inspector.attached()) return;
        before = read_shared_keys(inspector);
    }
    Inspector inspector(pool_, Inspector::Access::read_write);
    if (!inspector.attached()) return;
    const CheckReport report = inspector.recover_and_check();
    figures_.checks++;
    figures_.most_keys = std::max(figures_.most_keys, report.keys);
    figures_.most_pages = std::max(figures_.most_pages, report.pages_in_use);
    for (unsigned writer = 0; writer < kWriters; writer++) {
        verify_own_keys(inspector, writer, 0, oracle_.episode.own_keys);
        verify_own_counters(inspector, writer);
    }
    const std::array<Seen, kSharedKeys> after = read_shared_keys(inspector);
    LATZERO_EXPECT(before == after, "the repair changed a shared key");
    for (std::uint32_t index = 0; index < kSharedKeys; index++) verify_shared_key(index, after[index]);
    for (std::uint32_t index = 0; index < kSharedCounters; index++) verify_shared_counter(inspector, index);
    start_anew_from(after);
}

void StormJudge::note_what_is_held(const Inspector &inspector) {
    const Segment &segment = inspector.segment();
    for (std::uint32_t number = 0; number < kStripes; number++) {
        const Owner owner = segment.stripe(number).lock.owner;
        if (owner == 0 || inspector.lives(owner)) continue;
        figures_.stripes++;
        figures_.changes += segment.stripe(number).intent.classes != 0 || segment.stripe(number).changing != 0;
        figures_.transfers += segment.client(slot_of(owner)).transfer != 0;
    }
    const Owner extents = inspector.holder_of_extents();
    figures_.extents += extents != 0 && !inspector.lives(extents);
}

// What the journal says of the write in flight, if there was one.
void StormJudge::settle(Inspector &inspector, unsigned number) {
    Writer &writer = oracle_.writers[number];
    Journal &journal = writer.journal;
    // Then it may have been half written.
    if (journal.step == Step::idle) return;
    Track &track = writer.track(journal.place, journal.index);
    if (journal.step == Step::acknowledged) {
        track.begin_ns = journal.begin_ns;
        track.end_ns = journal.end_ns;
        track.acknowledged = journal.after;
    } else if (journal.place == Place::own_key || journal.place == Place::own_counter) {
        settle_own(inspector, number);
    } else {
        maybes_.push_back({journal.place, journal.index, number, journal.after, journal.begin_ns, now_ns(),
                           journal.after - track.acknowledged});
    }
    track.begun.store(track.acknowledged);
    journal.step = Step::idle;
}

void StormJudge::settle_own(Inspector &inspector, unsigned number) {
    Writer &writer = oracle_.writers[number];
    const Journal &journal = writer.journal;
    Track &track = writer.track(journal.place, journal.index);
    const bool counter = journal.place == Place::own_counter;
    const State seen = counter ? read_counter(inspector, journal.place, number, journal.index)
                               : read_key(inspector, journal.place, number, journal.index).state;
    // A delete shows as absence; if the key was absent before too, either will do.
    const State after = counter || is_present(journal.after) ? journal.after : 0;
    const State before = counter || is_present(track.acknowledged) ? track.acknowledged.load() : 0;
    LATZERO_EXPECT(seen == before || seen == after,
                   "writer %u, %s: killed between %" PRIu64 " and %" PRIu64 ", found %" PRIu64, number,
                   key_name(journal.place, number, journal.index).c_str(), before, after, seen);
    (seen == after ? figures_.happened : figures_.not_happened)++;
    if (seen == after) track.acknowledged = journal.after;
}

void StormJudge::verify_own_keys(Inspector &inspector, unsigned writer, std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t index = first; index < first + count; index++) {
        const State told = oracle_.writers[writer].own_keys[index].acknowledged;
        const State seen = read_key(inspector, Place::own_key, writer, index).state;
        LATZERO_EXPECT(seen == (is_present(told) ? told : 0), "%s: acknowledged %s %" PRIu64 ", found %" PRIu64,
                       key_name(Place::own_key, writer, index).c_str(), is_present(told) ? "set" : "delete", told,
                       seen);
    }
}

void StormJudge::verify_own_counters(Inspector &inspector, unsigned writer) {
    for (std::uint32_t index = 0; index < kOwnCounters; index++) {
        const State told = oracle_.writers[writer].own_counters[index].acknowledged;
        const State seen = read_counter(inspector, Place::own_counter, writer, index);
        LATZERO_EXPECT(seen == told, "%s: acknowledged %" PRIu64 ", found %" PRIu64,
                       key_name(Place::own_counter, writer, index).c_str(), told, seen);
    }
}

// What is there must be the work of a write that no acknowledged one began after. Of each writer the last acknowledged
// write is enough to know: it began after all its earlier ones.
void StormJudge::verify_shared_key(std::uint32_t index, const Seen &seen) {
    std::vector<Write> writes = {{base_keys_[index], 0, 0}};
    std::uint64_t last_begin = 0;
    for (unsigned number = 0; number < kWriters; number++) {
        const Track &track = oracle_.writers[number].shared_keys[index];
        if (track.acknowledged == 0) continue;
        writes.push_back({{track.acknowledged, number}, track.begin_ns, track.end_ns});
        last_begin = std::max(last_begin, track.begin_ns.load());
    }
    for (const Maybe &maybe : maybes_)
        if (maybe.place == Place::shared_key && maybe.index == index)
            writes.push_back({{maybe.after, maybe.writer}, maybe.begin_ns, maybe.end_ns});
    const bool explained = std::any_of(writes.begin(), writes.end(), [&](const Write &write) {
        const bool same = is_present(write.made.state) ? write.made == seen : seen.state == 0;
        return same && last_begin <= write.end_ns;
    });
    LATZERO_EXPECT(explained, "%s: found %" PRIu64 " of writer %u, which no write in question explains",
                   key_name(Place::shared_key, 0, index).c_str(), seen.state, seen.writer);
}

// The sum of what was acknowledged, and of some of the maybes.
void StormJudge::verify_shared_counter(Inspector &inspector, std::uint32_t index) {
    State sum = base_sums_[index];
    for (const Writer &writer : oracle_.writers) sum += writer.shared_counters[index].acknowledged;
    std::set<State> possible = {sum};
    for (const Maybe &maybe : maybes_) {
        if (maybe.place != Place::shared_counter || maybe.index != index) continue;
        const std::set<State> without = possible;
        for (const State each : without) possible.insert(each + maybe.share);
    }
    const State seen = read_counter(inspector, Place::shared_counter, 0, index);
    LATZERO_EXPECT(possible.contains(seen),
                   "%s: found %" PRIu64 ", acknowledged %" PRIu64 ", with maybes at most %" PRIu64,
                   key_name(Place::shared_counter, 0, index).c_str(), seen, sum, *possible.rbegin());
    base_sums_[index] = seen;
}

void StormJudge::start_anew_from(const std::array<Seen, kSharedKeys> &seen) {
    base_keys_ = seen;
    maybes_.clear();
    for (Writer &writer : oracle_.writers) {
        for (Track &track : writer.shared_keys) track.begun = track.acknowledged = 0;
        for (Track &track : writer.shared_counters) track.begun = track.acknowledged = 0;
    }
}

StormJudge::Seen StormJudge::read_key(Inspector &inspector, Place place, unsigned writer, std::uint32_t index) {
    const std::string key = key_name(place, writer, index);
    pool::ValueInfo info;
    const Status got = inspector.read(key, buffer_.data(), buffer_.size(), info);
    if (got == Status::not_found) return {0, 0};
    std::uint64_t number = 0;
    const std::uint64_t identity = key_identity(place, writer, index);
    const bool whole = got == Status::ok && read_value(buffer_.data(), info.size, identity, &number);
    LATZERO_EXPECT(whole, "%s: %s, %" PRIu64 " bytes, no whole value", key.c_str(), status_name(got), info.size);
    return {state_of(number), writer_of(number)};
}

State StormJudge::read_counter(Inspector &inspector, Place place, unsigned writer, std::uint32_t index) {
    const std::string key = key_name(place, writer, index);
    pool::ValueInfo info;
    std::int64_t sum = 0;
    const Status got = inspector.read(key, &sum, sizeof sum, info);
    LATZERO_EXPECT(got == Status::not_found || (got == Status::ok && info.size == sizeof sum),
                   "%s: %s, %" PRIu64 " bytes", key.c_str(), status_name(got), info.size);
    return got == Status::ok ? static_cast<State>(sum) : 0;
}

std::array<StormJudge::Seen, kSharedKeys> StormJudge::read_shared_keys(Inspector &inspector) {
    std::array<Seen, kSharedKeys> seen;
    for (std::uint32_t index = 0; index < kSharedKeys; index++)
        seen[index] = read_key(inspector, Place::shared_key, 0, index);
    return seen;
}

}  // namespace latzero::test
