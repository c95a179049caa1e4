// Lists that are appended to, where they lie.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"

namespace latzero::pool {

// Appends an element to a list of that type. nullopt if there is no such list, or none that has room behind it: the
// caller stores it anew, with more.
Tried append(Pool &pool, const Key &key, std::uint8_t type, const void *element, std::uint32_t size,
             std::uint64_t &length);

// How many bytes more than `wanted` a growing list of that size gets: as many as its block has over.
std::uint32_t room_for(const Key &key, const NewValue &value, std::uint64_t wanted);

}  // namespace latzero::pool
