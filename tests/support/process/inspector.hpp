// A look into a pool from inside, by the library's own core: who holds which lock, and whether every invariant of the
// layout holds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pool/life/gate.hpp"
#include "pool/sealed_pool.hpp"
#include "store/fsck/check.hpp"

namespace latzero::test {

class Inspector {
public:
    enum class Access { read_only, read_write };

    // Fails the test if the pool cannot be attached to. Whether it is encrypted is what LATZERO_TEST_SEALED says, if
    // not told.
    Inspector(std::string name, Access access);
    Inspector(std::string name, Access access, bool encrypted);
    ~Inspector();
    Inspector(const Inspector &) = delete;
    Inspector &operator=(const Inspector &) = delete;

    bool attached() const { return attached_; }
    pool::Pool &pool() { return pool_; }
    const store::Segment &segment() const { return pool_.session().segment; }

    // A value as it would lie in a plain pool.
    Status read(std::string_view key, void *buffer, std::size_t capacity, pool::ValueInfo &info);
    std::uint32_t stripe_of(std::string_view key) const;
    // Lock words of the stripe of a key, and of the extents: the owner, 0 for nobody.
    store::Owner holder_of_stripe(std::string_view key) const;
    store::Owner holder_of_extents() const;
    // Whether a client of this name lives.
    bool lives(store::Owner owner) const;
    // Whether that process is between the first and the last store of a change. A glimpse, unless it is stopped.
    bool is_amid_change(pid_t process) const;
    // Whether somebody else waits, or has waited, for a lock that this process holds and has not let go since.
    bool is_waited_for(pid_t process) const;

    // Recovers the dead, then verifies every invariant; nobody else may be writing. Violations are failures.
    // Needs Access::read_write.
    store::CheckReport recover_and_check();

private:
    bool holds(pid_t process, const store::LockWord &lock) const;

    std::string name_;
    pool::Pool pool_;
    std::unique_ptr<pool::SealedPool> sealed_;  // of an encrypted pool
    bool attached_;
};

}  // namespace latzero::test
