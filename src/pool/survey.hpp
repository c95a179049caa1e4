// Looking into a pool without being its client.
#pragma once

#include <cstdint>

#include "store/segment.hpp"

namespace latzero::pool {

// The keys of a pool that are not past their TTL.
std::uint64_t count_live(const store::Segment &segment);

}  // namespace latzero::pool
