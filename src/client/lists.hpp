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

}  // namespace latzero::client
