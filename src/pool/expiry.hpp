// When keys end.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"

namespace latzero::pool {

// Changes when a key ends: a time of the boot clock, or 0 for never. nullopt if its record has no place for that: the
// caller stores it anew.
Tried set_expiry(Pool &pool, const Key &key, std::uint64_t expiry_ms);

}  // namespace latzero::pool
