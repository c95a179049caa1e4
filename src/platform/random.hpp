// Randomness that is fit for keys.
//
// Contract, for every system: random_bytes() fills all of `out`, or fails with io and a sentence; what was filled by
// then is not to be used. No two processes, parent and child included, get the same bytes. It may wait while the system
// starts.
// Threads: any, at once. It is no cancellation point.
#pragma once

#include <cstddef>

#include "base/status.hpp"

namespace latzero::platform {

Status random_bytes(void *out, std::size_t size);

}  // namespace latzero::platform
