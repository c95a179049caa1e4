// Joining and leaving a pool.
//
// Invariants:
// - A client's place is claimed with the life lock held, so a pool never ends between its being found and being joined.
// - A pool that was created for a connection that then fails is taken back.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "pool/life/create.hpp"
#include "pool/life/gate.hpp"
#include "pool/life/lifetime.hpp"
#include "pool/pool.hpp"

namespace latzero::pool {

struct AttachOptions {
    bool read_only = false;
    const PoolOptions *create = nullptr;  // create the pool if it is absent
    bool demands_encryption = false;      // authentication if the pool is a plain one
    bool small_pages = false;             // grow by ordinary pages alone, and not before the pool is full
    bool keeps_creation = false;          // a pool that this process has created lives on as if it had not connected
    // Who may join a pool that has an auth key. Without a gate nobody is asked for a key, and the bytes are seen as
    // they lie.
    Gate *gate = nullptr;
    std::uint64_t timeout_ns = kDefaultTimeoutNs;
};

// Sentences may lack the pool's name.
Status attach(std::string_view name, const AttachOptions &options, Pool &pool);

// Gives up the place in the pool, and ends the pool if nothing else keeps it alive.
// Preconditions: attach() has succeeded, detach() was not called since, and this process is no child forked since.
Status detach(std::string_view name, Pool &pool);

}  // namespace latzero::pool
