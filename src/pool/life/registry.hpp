// Pools by name: creating, destroying, changing their keys.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "pool/life/gate.hpp"

namespace latzero::pool {

struct PoolOptions {
    bool persistent = false;
    std::uint64_t max_bytes = 104'857'600;
    std::int64_t idle_ttl_ms = 0;
    KeyOptions key = {};
};

// Creates a pool, and keeps it alive in the name of this process if it would not live by itself.
Status create(std::string_view name, const PoolOptions &options);
// For who is about to connect: keeps it in any case, until then. The gate knows the pool's key afterwards. Waits for
// what stands in the way until the deadline (boot clock).
Status create(std::string_view name, const PoolOptions &options, Gate &gate, std::uint64_t deadline_ns);
// Changes the auth key of a pool that has one. Its clients go on. The cost is as Gate::wrap() takes it.
Status rekey(std::string_view name, const value::AuthKey &before, const value::AuthKey &after,
             const value::KdfCost &cost, const value::KdfCeiling &ceiling);
Status destroy(std::string_view name);
Status exists(std::string_view name, bool &found);

}  // namespace latzero::pool
