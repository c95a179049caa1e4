// Runs a process instruction by instruction: every instruction at which it could be killed is met.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

namespace latzero::crash {

// Given to the victim's body: what lies between begin() and end() is stepped.
struct Markers {
    static void begin();
    static void end();
};

// Forks a victim that runs body() and calls both markers; calls at_point() after every instruction between them, while
// the victim stands still. at_point() returns false to stop early. True if the victim got through (or was stopped
// early), false if it died on its own. Then it is killed.
bool step_through(const std::function<void()> &body, const std::function<bool()> &at_point, std::uint64_t &points);

}  // namespace latzero::crash
