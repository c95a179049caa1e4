// One exploration: at every new state of the shared memory between an operation's first instruction and its last one,
// another process repairs a replica of it, which is judged.
#pragma once

#include <cstdint>
#include <string>

#include "pool_under_test.hpp"
#include "table.hpp"

namespace latzero::crash {

struct Exploration {
    Table &table;
    std::string again;    // how to explore this one state again
    std::uint64_t every;  // of which states the repair is explored too; 0: none
};

void explore(PoolUnderTest &pool, const Scenario &scenario, const Exploration &exploration);

}  // namespace latzero::crash
