// Making a pool.
//
// A pool's object is complete before it gets its name: constants, wrapped key, first pages, and the creator's byte,
// which keeps the pool alive until somebody connects. A creator that is killed before leaves nothing that is found.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "pool/life/gate.hpp"

namespace latzero::pool {

struct PoolOptions {
    bool persistent = false, keeps_events = false;
    std::uint64_t max_bytes = 104'857'600;
    std::int64_t idle_ttl_ms = 0;
    std::uint8_t ring_bits = 0;  // if it keeps its events: as HeaderConstants has it
    KeyOptions key = {};
};

// Creates a pool, and keeps it alive in the name of this process if it would not live by itself.
Status create(std::string_view name, const PoolOptions &options);

// For a client that is about to connect: keeps the pool in any case, until then. `created` is false, and ok the status,
// if there was a pool of that name. The gate fits the new pool afterwards. Waits for whatever stands in the way until
// the deadline (boot clock).
Status create_if_absent(std::string_view name, const PoolOptions &options, Gate &gate, std::uint64_t deadline_ns,
                        bool &created);

}  // namespace latzero::pool
