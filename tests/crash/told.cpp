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
    for (const std::string &key : pool.keys()) names_[pool.stored_key(key)] = key;
    for (std::uint32_t stripe = 0; stripe < kStripes; stripe++)
        start_[stripe] = pool.view().segment().stripe(stripe).version.load() + 1;
}

// Which key it is of. An encrypted pool's ends have to say so themselves: no record does.
std::string Told::name_key(const RingEvent &event, std::uint32_t stripe, std::string &key) const {
    const auto found = names_.find(event.key.substr(0, pool_.encrypted() ? sizeof(value::Hash128) : std::string::npos));
    if (found == names_.end()) return "an event is of no key";
    key = found->second;
    if (!pool_.encrypted() || !event.is_end()) return "";
    value::Bytes name;
    const Status opened = pool_.open_name(event, stripe, name);
    if (opened != Status::ok) return "the end of " + key + " is told without its name: " + status_name(opened);
    return std::string_view(name) == key ? "" : "the end of " + key + " is told as that of another key";
}

// Where the ring is too short for it, some of it may be lost.
std::string Told::read(const Segment &replica, std::uint32_t stripe, Stripes &told) const {
    RingCursor cursor(replica, stripe, start_[stripe]);
    RingEvent event;
    for (;;) {
        const RingCursor::Found found = cursor.next(event);
        if (found == RingCursor::Found::nothing) break;
        if (found == RingCursor::Found::lost) {
            told.lost.set(stripe);
            continue;
        }
        std::string key;
        const std::string wrong = name_key(event, stripe, key);
        if (!wrong.empty()) return wrong;
        told.events[key].push_back(event.head.kind);
    }
    const Ring ring(replica, replica.stripe(stripe).events.load());
    const std::uint64_t next = replica.stripe(stripe).version.load() + 1, untold = next - cursor.number();
    // A number that was reserved for a seal is no change. Where its writer died first, the next change tells that.
    if (untold <= (pool_.encrypted() ? 1 : 0)) return "";
    // Where a change that was never made has begun to overwrite what came a round before it, a watch's tick finds out.
    if (cursor.number() < next && untold > ring.mask() / 4 * 3) return told.lost.set(stripe), "";
    return "of stripe " + std::to_string(stripe) + " the commit numbers from " + std::to_string(cursor.number()) +
           " to " + std::to_string(next - 1) + " are not told";
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
