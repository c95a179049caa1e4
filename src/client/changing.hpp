// Verbs that change the value that is there: in place where its form allows it, otherwise by a copy (retry.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "client/connection.hpp"
#include "pool/numbers.hpp"

namespace latzero::client {

Status add(Connection &connection, std::string_view key, const pool::Delta &delta, std::uint64_t &sum);
// Puts the keys of a dict, as MessagePack, into the one that is stored.
Status update(Connection &connection, std::string_view key, std::string_view dict);

// Stores a value, and reads the one that it replaces.
Status swap(Connection &connection, std::string_view key, const Given &given, void *buffer, std::size_t capacity,
            ValueInfo &old);
// Deletes a key that has this version.
Status compare_and_erase(Connection &connection, std::string_view key, std::uint64_t version);
// Reads a value, and deletes it.
Status take(Connection &connection, std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);

Status expire(Connection &connection, std::string_view key, std::int64_t ttl_ms);
Status persist(Connection &connection, std::string_view key);

// Fast path of add(). Returns false, with no effect and no error text, for what it does not handle.
inline bool add_fast(Connection &connection, const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum) {
    return connection.writes_short() && pool::add_fast(connection.pool(), key, delta, sum);
}

}  // namespace latzero::client
