// Runs a model: a few processes, played by fibers of one thread, whose every load of a shared word may give any value
// that C++'s memory model lets it give. Schedules are chosen at random, from their number; so a failure can be
// repeated.
#pragma once

#include <cstddef>
#include <cstdint>

namespace latzero::model {

inline constexpr int kProcesses = 3;

// What a model is made of.
struct Model {
    virtual ~Model() = default;
    // Before each schedule; `abandoned`: the one before ended within its calls, so nothing of it can be used again.
    virtual void begin(bool abandoned) = 0;
    virtual void process(int number) = 0;
    // Behind the last process.
    virtual void end() {}
};

// Simulates what lies at `base` from now on. Mappings of the same memory get the same `object`.
void simulate_memory(int object, const void *base, std::size_t size);
void forget_memory();

// Judges. Ends the schedule if that is false.
void require(bool condition, const char *what);

// Whether shared words are simulated at the moment: between begin() and end().
bool simulating();
void yield();
std::uint32_t roll(std::uint32_t sides);

// main() of a model:  NAME [--fault NAME] [--schedules N] [--history]
//
// Without a fault: 0 if N schedules pass. With one: 0 if one of them fails. Says which.
int run(Model &model, int argc, char **argv, std::uint64_t schedules);

}  // namespace latzero::model
