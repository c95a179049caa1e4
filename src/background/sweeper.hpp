// What latzero_auto_cleanup() asks for: that expired keys go from the pools that this process is connected to, and that
// pools which are over go altogether.
//
// Invariants:
// - Connected pools come first, and on time: however many pools are over, and however long it takes the system to
//   remove one, the next sweep waits for one of them at most.
// - Nobody is waited for: what a stopped or busy process holds is left for the next round.
#pragma once

#include <cstdint>

#include "base/status.hpp"

namespace latzero::background {

// interval_ms > 0 starts the thread or changes its interval; 0 stops it and waits for its end.
Status set_auto_cleanup(std::int64_t interval_ms);

}  // namespace latzero::background
