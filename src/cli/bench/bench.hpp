// How fast the verbs are here, each measured in several short turns that alternate with the turns of the others, so
// that whatever else the machine does hits all alike.
#pragma once

#include "bench/figures.hpp"

namespace latzero::cli::bench {

// Makes two pools for it, which are gone afterwards. Throws if that fails, if a value read is not the one that was
// stored, or if a signal asks the process to end.
Results measure(const Load &load);

}  // namespace latzero::cli::bench
