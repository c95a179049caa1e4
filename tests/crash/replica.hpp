// A second pool that is given the very bytes of the first one, as a crash would leave them to the living: same
// constants, another object, so that nobody of the first is alive in it.
#pragma once

#include <string>

#include "platform/shm.hpp"
#include "pool/pool.hpp"
#include "store/check.hpp"

namespace latzero::crash {

class Replica {
public:
    // A replica of the pool that `original` is attached to, under a name of its own.
    Replica(const pool::Pool &original, std::string name);
    ~Replica();
    Replica(const Replica &) = delete;
    Replica &operator=(const Replica &) = delete;

    // Takes over the original's bytes as they are now, with this process as the only living client.
    void take(const pool::Pool &original);

    const std::string &name() const { return name_; }
    pool::Pool &pool() { return pool_; }

    // Recovers, and says what is wrong: "" if all is well.
    std::string recover_and_check();

    // Leaves the pool without ending it, for a victim to connect to.
    void step_back();

private:
    std::string name_;
    pool::Pool pool_;
    std::uint64_t capacity_ = 0;
};

}  // namespace latzero::crash
