// Filled lists (FilledRange): appended to, and taken from at the front, where they lie.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"
#include "pool/value_info.hpp"

namespace latzero::pool {

// Appends an element to a list of that type. nullopt if there is no such list, or none that has room behind it: the
// caller stores it anew, with more.
Tried append(Pool &pool, const Key &key, std::uint8_t type, const void *element, std::uint32_t size,
             std::uint64_t &length);

// The front of such a list, as it was at one moment: what a pop goes on from.
struct Front {
    std::uint64_t record = 0;  // the version of the record that it lies in
    store::Filled taken = {};  // from it, by then
    store::Filled length = {};
    std::uint32_t room = 0;  // bytes that the record has for elements, taken and to come
};

// Copies the first bytes of a list of that type, as many as there are and fit. nullopt if there is none in this form: a
// list that is not, or is no list, or no key.
Tried read_front(Pool &pool, const Key &key, std::uint8_t type, void *buffer, std::size_t capacity, Front &front,
                 ValueInfo &info);

// Takes the element of that many bytes that was read at the front, if nobody has taken it meanwhile: conflict.
// Appends do not matter. `version` becomes the list's, `left` the number of elements that it has left.
Status take_front(Pool &pool, const Key &key, const Front &front, std::uint32_t size, std::uint64_t &version,
                  std::uint64_t &left);

// How many bytes more than `wanted` a growing list of that size gets: as many as its block has over.
std::uint32_t room_for(const Key &key, const NewValue &value, std::uint64_t wanted);

}  // namespace latzero::pool
