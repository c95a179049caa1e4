// One exploration: at every new state of the shared memory between an operation's first instruction and its last one,
// a replica is repaired by somebody else, and judged.
#pragma once

#include <cstdint>
#include <string>

#include "stage.hpp"
#include "table.hpp"

namespace latzero::crash {

struct Exploration {
    Table &table;
    std::string again;    // how to explore this one state again
    std::uint64_t every;  // of which states the repair is explored too; 0: none
};

void explore(Stage &stage, const Scenario &scenario, const Exploration &exploration);

}  // namespace latzero::crash
