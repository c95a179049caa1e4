// SIGKILL where names and locks change: a victim that makes or unmakes a pool, comes or goes, is really killed, and the
// living judge what is left in the directory.
//
// The system's state changes in system calls alone, so each is met: killed before it, and behind it. Between them the
// victim is killed wherever the bytes of the pool under that name have changed, and at some other instructions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "table.hpp"

namespace latzero::crash {

// One operation that is killed at each of its points, in order, everything being set up anew each time. What the
// functions share lies in an object of the one that makes this.
struct Life {
    std::string name;
    std::string pool;                        // whose bytes are looked at
    std::function<void()> set_up;            // by the test's own process: who else is there
    std::function<void()> before;            // by the victim
    std::function<void()> operation;         // by the victim, and stepped
    std::function<std::string()> meet = {};  // while the victim stands still, before it is killed
    // What is wrong with what is left. `done` becomes whether the operation counts as done: never at one point and not
    // at a later one, and always behind the last one.
    std::function<std::string(bool &done)> judge;
    std::function<void()> tear_down;
};

void explore_life(const Life &life, std::uint32_t samples, const std::string &again, Row &row);

// All of them. `only`: the one of this name.
void explore_lives(bool encrypted, std::uint32_t samples, const std::string &only, Table &table);

std::vector<std::string> life_rows();

}  // namespace latzero::crash
