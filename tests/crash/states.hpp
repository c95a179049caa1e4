// Start states: how many keys of what sizes, how full the pool, who has borrowed, who has died.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "pool_under_test.hpp"

namespace latzero::crash {

// Number of start states that differ in kind; a number beyond it varies the same kinds.
inline constexpr std::uint32_t kStates = 40;

PoolKind kind_of_state(std::uint32_t number, bool encrypted);

// Words for a random value, and keys that meet in one stripe, so that a handful of them makes rehashes, long free lists
// and full pages.
std::string text(std::mt19937 &random, std::size_t size);
std::vector<std::string> keys_of_stripe(const PoolUnderTest &pool, std::size_t count, std::uint32_t stripe);

struct State {
    std::vector<std::string> keys;  // of stripe 0: those it is made of come first
    std::vector<Command> commands;
    std::vector<DeadClient> dead_clients;
    bool full;  // at its cap
};

State make_state(const PoolUnderTest &pool, std::uint32_t number);

}  // namespace latzero::crash
