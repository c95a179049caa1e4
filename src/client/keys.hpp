// Verbs on all keys of a pool, or of a namespace: those that begin with `prefix`, of which "" is all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "client/connection.hpp"

namespace latzero::client {

class Filter;

Status clear(Connection &connection, std::string_view prefix);
Status size(Connection &connection, std::string_view prefix, std::uint64_t &keys);
// The same of the keys that pass a filter; what fast sets hold back is written first.
Status clear_matching(Connection &connection, const Filter &filter, std::uint64_t &removed);
Status size_matching(Connection &connection, const Filter &filter, std::uint64_t &keys);

// One part after another, of which a whole call spends together.
Status keys_of_part(Connection &connection, pool::KeysPart &part, value::Names &keys, store::Budget &walk);
store::Budget walk_budget(const Connection &connection);
Status scan(Connection &connection, std::uint64_t &cursor, std::size_t count, value::Names &keys);

Status stats(Connection &connection, pool::PoolStats &stats);
Status clients(Connection &connection, std::vector<pool::ClientInfo> &clients);

}  // namespace latzero::client
