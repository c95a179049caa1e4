// Start states and operations whose product is explored.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model.hpp"
#include "subject.hpp"

namespace latzero::crash {

// One exploration: what the victim does unobserved, then the one command whose every instruction is a crash point.
struct Scenario {
    std::string name;
    std::uint64_t max_bytes;
    std::vector<Command> before;
    Command operation;
};

// Number of start states that differ in kind; a seed beyond it varies the same kinds.
inline constexpr std::uint32_t kStates = 40;

// All operations from one start state. Keys are chosen by the subject's hash to meet in few stripes, so that a handful
// of them makes rehashes, long free lists and full pages. Needs a pool created with state_max_bytes(seed).
std::vector<Scenario> scenarios(const Subject &subject, std::uint32_t seed);

std::uint64_t state_max_bytes(std::uint32_t seed);

}  // namespace latzero::crash
