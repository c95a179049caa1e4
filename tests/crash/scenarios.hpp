// All operations from one start state, by groups of verbs.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "states.hpp"

namespace latzero::crash {

struct Scenarios {
    const PoolUnderTest &pool;
    State state;
    std::mt19937 random;
    std::vector<Scenario> made = {};

    // A key that is there; of an empty state, the counter's.
    std::string present() const;

    // That none of the state's keys lies in.
    std::uint32_t empty_stripe() const;

    void add(const char *name, Command operation) { add(name, {}, std::move(operation)); }
    // With more commands before it.
    void add(const char *name, const std::vector<Command> &more, Command operation);
};

// Values and conditions, numbers, lists, lifetimes, batches; rekey in an encrypted pool.
void add_values(Scenarios &scenarios);
// What happens within a write: tables, pages, extents, growth, limbo; loans.
void add_memory(Scenarios &scenarios);
// Coming and going, as far as it changes bytes; the repair of several dead.
void add_clients(Scenarios &scenarios);

inline constexpr char kWhereOthersMove[] = "set where others move";

std::vector<Scenario> make_scenarios(const PoolUnderTest &pool, std::uint32_t state);

// Rows and parts that each run hits, whatever its start states.
std::vector<std::string> scenario_rows(bool sealed);

}  // namespace latzero::crash
