// The processes of a run. None outlives the driver, whatever ends that.
#pragma once

#include <sys/types.h>

#include <functional>

namespace bench {

inline constexpr int kAnyCore = -1;

// From now on an interrupt ends the driver by an exception of throw_if_interrupted(), so that it leaves nothing behind.
void catch_interrupts();
bool interrupted();
void throw_if_interrupted();

// Runs work in a child on the n-th of the cores that the driver may use; beyond the last, from the first on again. What
// work throws is printed after the name.
pid_t in_child(const char *name, int core, const std::function<void()> &work);
// Waits for it.
bool ended_well(pid_t child);
// Whether one that nobody has waited for yet has ended.
bool any_ended();
// Kills it and waits for it.
void end(pid_t child);

}  // namespace bench
