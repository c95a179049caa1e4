// SIGKILL where names and locks change: a victim that creates or destroys a pool, connects or disconnects, is really
// killed, and other processes judge what is left in the directory.
//
// The system's state changes in system calls alone, so the victim is killed before and after each. Between them it is
// killed where the bytes of the pool under that name have changed, of many changes at a sample, and at a sample of
// other instructions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "table.hpp"

namespace latzero::crash {

// One operation that is killed at each of its points, in order, with a new set-up each time. The functions share state
// by what they capture.
struct LifecycleCase {
    std::string name;
    std::string pool;                        // whose bytes are looked at
    std::function<void()> set_up;            // by the test's own process: starts other clients
    std::function<void()> before;            // by the victim
    std::function<void()> operation;         // by the victim, and stepped
    std::function<std::string()> meet = {};  // while the victim stands still, before it is killed
    // Returns what is wrong with what is left. Sets `done` to whether the operation counts as done: if it is at one
    // point, it must be at each later one, and it must be after the last one.
    std::function<std::string(bool &done)> judge;
    std::function<void()> tear_down;
};

void explore_case(const LifecycleCase &test_case, std::uint32_t samples, const std::string &again, Row &row);

// Explores all cases, or the one named `only`.
void explore_lifecycle(bool encrypted, std::uint32_t samples, const std::string &only, Table &table);

std::vector<std::string> lifecycle_rows(bool encrypted);

}  // namespace latzero::crash
