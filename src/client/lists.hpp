// Lists that grow and shrink by elements: in place where a list's form allows it, otherwise by a copy (retry.hpp).
#pragma once

#include <cstdint>
#include <string_view>

#include "client/connection.hpp"

namespace latzero::client {

// Appends to a list; `length` becomes how many elements it has.
Status append(Connection &connection, std::string_view key, const Given &element, std::uint64_t &length);
// The same of an opaque value, and of one MessagePack value.
Status append_opaque(Connection &connection, std::string_view key, const Given &element, std::uint64_t &length);
Status append_msgpack(Connection &connection, std::string_view key, std::string_view msgpack, std::uint64_t &length);

enum class End : std::uint8_t { front, back };

// Copies the element at that end of a list into a buffer, and takes it from the list: at the front, in a plain pool, in
// constant time shared among the calls; otherwise by a copy of the list. `info` becomes the element's, with the
// version of the list that is left, and `left` the number of its elements. The list stays when it is empty. not_found
// if it is, with its version, or absent, with version 0. too_small if the element does not fit: nothing is taken then.
Status pop(Connection &connection, std::string_view key, End end, void *buffer, std::size_t capacity, ValueInfo &info,
           std::uint64_t &left);

}  // namespace latzero::client
