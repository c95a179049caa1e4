// All pools of this user: creating, destroying, listing, tidying.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "platform/shm.hpp"
#include "pool/gate.hpp"

namespace latzero::pool {

struct PoolOptions {
    bool persistent = false;
    std::uint64_t max_bytes = 104'857'600;
    std::int64_t idle_ttl_ms = 0;
    KeyOptions key = {};
};

struct PoolSummary {
    std::string name;
    bool persistent, has_auth_key;
    value::Cipher cipher;
    std::uint64_t clients, keys, used_bytes, capacity_bytes, max_bytes;
    std::int64_t idle_ttl_ms, created_ns;
};

// Creates a pool and keeps it alive in the name of this process until a read-write client has connected. A gate knows
// the pool's key then.
Status create(std::string_view name, const PoolOptions &options, Gate &gate);
Status create(std::string_view name, const PoolOptions &options);
// Changes the auth key of a pool that has one. Its clients go on.
Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost);
Status destroy(std::string_view name);
Status exists(std::string_view name, bool &found);

// Sorted by name. Objects that are no sound pools are left out.
Status list(std::vector<PoolSummary> &pools);
// Removes orphans and pools past their idle TTL.
Status cleanup(std::size_t &removed);

}  // namespace latzero::pool
