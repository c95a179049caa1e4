// What this process asks the system about itself, and for itself.
#pragma once

namespace latzero::cli {

// The number by which the system knows this process.
int process_id();

// However the parent ends, this process does not outlive it. Throws if the parent is gone already.
void die_with(int parent);

// The processors that this process may run on.
unsigned usable_cores();

}  // namespace latzero::cli
