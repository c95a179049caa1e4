// Fast sets: they wait in this process (pending.hpp), and reach the pool a batch at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "client/connection.hpp"

namespace latzero::client {

// Keeps a value until the next flush. Whether the pool has room for it, the flush tells.
Status set_fast(Connection &connection, std::string_view name, const Given &given);

// Writes what waits.
Status flush(Connection &connection);

// Reads a value that waits; nullopt if none does under this key.
[[gnu::cold]] pool::Tried read_pending(Connection &connection, const pool::Key &key, void *buffer, std::size_t capacity,
                                       ValueInfo &info);

// Forgets what a deletion supersedes; the rest is written, as far as there is room: the deletion may make some. Returns
// whether the key was there for this client until now.
[[gnu::cold]] bool drop_pending(Connection &connection, const pool::Key &key);
[[gnu::cold]] void drop_pending_in(Connection &connection, std::string_view prefix);

}  // namespace latzero::client
