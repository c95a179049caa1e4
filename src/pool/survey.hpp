// Looking into a pool without being its client.
#pragma once

#include <cstdint>

#include "store/segment.hpp"

namespace latzero::pool {

// The keys of a stripe that are not past their TTL.
std::uint64_t count_live(const store::Segment &segment, std::uint32_t stripe);

}  // namespace latzero::pool
