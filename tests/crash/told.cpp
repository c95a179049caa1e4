#include "told.hpp"

#include <algorithm>

#include "store/ring.hpp"

namespace latzero::crash {

using namespace store;

namespace {

const Value *value_in(const Model &model, const std::string &key) {
    const auto found = model.values.find(key);
    return found == model.values.end() ? nullptr : &found->second;
}

bool ends(EventKind kind) { return kind == EventKind::erased || kind == EventKind::expired; }

}  // namespace

Told::Told(const PoolUnderTest &pool, const Scenario &scenario) : pool_(pool), before_(pool.content()) {
    for (const DeadClient &dead_client : scenario.dead_clients)
        for (const Entry &entry : dead_client.command.entries) of_the_dead_.insert(entry.key);
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
        start_[stripe] = pool.view().segment().stripe(stripe).version.load() + 1;
}

// Where the ring is too short for it, some of it may be lost.
std::string Told::read(const Segment &replica, std::uint32_t stripe, Stripes &told) const {
    RingCursor cursor(replica, stripe, start_[stripe]);
    RingEvent event;
    for (;;) {
        const RingCursor::Found found = cursor.next(event);
        if (found == RingCursor::Found::nothing) break;
        if (found == RingCursor::Found::lost)
            told.lost.set(stripe);
        else
            told.events[event.key].push_back(event.head.kind);
    }
    return cursor.number() == replica.stripe(stripe).version.load() + 1 ? "" : "a commit number is not told";
}

std::string Told::judge_key(const std::string &key, const std::vector<EventKind> &events, const Model &after) const {
    const Value *was = value_in(before_, key), *is = value_in(after, key);
    const bool is_same = was == nullptr || is == nullptr ? was == is : *was == *is;
    if (!events.empty() && ends(events.back()) != (is == nullptr)) return "what is told last of " + key + " is not so";
    if (of_the_dead_.contains(key)) return "";
    if (events.empty() && !is_same) return "it is not told that " + key + " has changed";
    const bool has_ended = std::find(events.begin(), events.end(), EventKind::expired) != events.end();
    if (!events.empty() && is_same && !has_ended) return "it is told that " + key + " has changed, which it has not";
    return "";
}

std::string Told::judge(const Segment &replica, const Model &after) const {
    Stripes told;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++) {
        const std::string wrong = read(replica, stripe, told);
        if (!wrong.empty()) return wrong;
    }
    for (const Model *model : {&before_, &after})
        for (const auto &[key, value] : model->values) (void)told.events[key];
    for (const auto &[key, events] : told.events) {
        if (told.lost[pool_.stripe_of(key)]) continue;
        const std::string wrong = judge_key(key, events, after);
        if (!wrong.empty()) return wrong;
    }
    return "";
}

}  // namespace latzero::crash
