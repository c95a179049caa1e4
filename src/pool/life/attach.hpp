// Joining and leaving a pool.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "pool/life/registry.hpp"
#include "pool/pool.hpp"

namespace latzero::pool {

struct AttachOptions {
    bool read_only = false;
    const PoolOptions *create = nullptr;  // create the pool if it is absent
    bool demands_encryption = false;      // authentication if the pool is a plain one
    // Who may join a pool that has an auth key, and nobody else. Without a gate nobody is asked: for who only looks at
    // the bytes as they lie.
    Gate *gate = nullptr;
    std::uint64_t timeout_ns = 5'000'000'000;
};

Status attach(std::string_view name, const AttachOptions &options, Pool &pool);

// Gives up the standing in the pool, and ends the pool if nobody else keeps it. Only once, and never in a forked child.
Status detach(std::string_view name, Pool &pool);

// Takes the first slot whose liveness byte is free, cleaning up behind its last owner if that one died. The life lock
// is held.
Status claim_slot(store::Session &session);

}  // namespace latzero::pool
