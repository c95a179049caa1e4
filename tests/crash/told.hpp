// What watchers are told of an operation, beside what it has done: each change once, in the order of the commits, and
// nothing that did not happen, in whatever state it was left. In an encrypted pool, of each end by the name that was
// sealed for it.
#pragma once

#include <bitset>
#include <map>
#include <string>
#include <vector>

#include "model.hpp"
#include "pool_under_test.hpp"
#include "store/ring_cursor.hpp"
#include "store/ring_switch.hpp"

namespace latzero::crash {

class Told {
public:
    // Of all that comes from now on. Of the keys of dead clients, whose changes are told when they are repaired, it
    // judges only that what is told last is so.
    Told(const PoolUnderTest &pool, const Scenario &scenario);

    // "", or what is wrong in a replica that was repaired and holds `after`.
    std::string judge(const store::Segment &replica, const Model &after) const;

private:
    struct Stripes {
        std::map<std::string, std::vector<store::EventKind>> events;
        std::bitset<store::kStripes> lost;
    };

    std::string read(const store::Segment &replica, std::uint32_t stripe, Stripes &told) const;
    std::string name_key(const store::RingEvent &event, std::uint32_t stripe, std::string &key) const;
    std::string judge_key(const std::string &key, const std::vector<store::EventKind> &events,
                          const Model &after) const;

    const PoolUnderTest &pool_;
    const Model before_;
    Keys of_the_dead_;
    std::map<std::string, std::string> names_;  // by the key that events have
    store::RingStart start_;
};

}  // namespace latzero::crash
