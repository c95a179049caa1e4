// Who may connect to a pool that has an auth key, and the key that its records are sealed with.
//
// Invariants:
// - No key, a wrong key, and a key where none is asked for get the same answer.
// - What a try of a text key costs is said by the header, and must be paid before anything vouches for the header: so
//   no try goes over the caller's ceiling, and none begins after the caller's deadline.
// - A try takes a tenth of a second on purpose, so it is never made with the pool's life lock held: open_pool() takes
//   the lock to see what has to be opened, and again to see that this is still so (fits()).
// - Nothing that a header says is believed but what the auth key has vouched for: the pool that is let through has the
//   very bytes that were verified, all of the constant ones, the name and the wrapped key. So nobody without the key
//   can pass an encrypted pool off as a plain one, or one pool as another, to somebody who has it.
//
// Threads: one at a time.
#pragma once

#include <limits>
#include <optional>
#include <string_view>

#include "base/status.hpp"
#include "store/segment.hpp"
#include "value/key_chain.hpp"

namespace latzero::pool {

// What one look at a pool's header has found.
struct PoolHeader {
    store::PoolConstants constants = {};
    store::WrappedBytes wrapped = {};  // zeros without an auth key

    bool operator==(const PoolHeader &) const = default;

    value::Cipher cipher() const;
};

// What a new pool gets.
struct KeyOptions {
    std::optional<value::AuthKey> auth;
    value::KdfCost cost;
    bool encrypted = false;                      // only with an auth key
    value::Cipher cipher = value::Cipher::none;  // of an encrypted pool; none: the fastest
};

class Gate {
public:
    // Lets every pool through without its key: for a look at the bytes as they lie.
    Gate() = default;
    // The key has to live as long as calls are made; nullptr: there is none.
    explicit Gate(const value::AuthKey *auth, const value::KdfCeiling &ceiling = {})
        : asks_(true), auth_(auth), ceiling_(ceiling) {}

    // Until when a try of a key may begin, on the boot clock; at any time by default. A try that has begun is not
    // interrupted.
    void begin_until(std::uint64_t deadline_ns) { deadline_ns_ = deadline_ns; }
    // Until when the caller may wait for others: the time that went into tries was no wait.
    std::uint64_t wait_until_ns() const { return deadline_ns_ + tried_ns_; }

    // Whether the pool with this header may be let through.
    bool fits(const PoolHeader &header) const;
    // Tries the key on a header; fits() is true of it then. Takes long: not to be called with a life lock held.
    Status try_key(std::string_view name, const PoolHeader &header);

    // Makes a key for a new pool, which fits afterwards. Sets the flags of its constants, which have to be complete but
    // for these, and the wrapped key. What that costs is the caller's choice: no ceiling applies.
    Status make(const KeyOptions &options, PoolHeader &header);
    // Wraps the key that was opened last once more, for the same pool. A cost of 0 stands for that of the opened
    // wrapping or the default, whichever is higher. Precondition: a pool with an auth key was let through.
    Status wrap(const value::AuthKey &auth, value::KdfCost cost, store::WrappedBytes &wrapped);

    // Of the encrypted pool that was let through.
    const value::PoolKey &pool_key() const { return *pool_key_; }
    value::Cipher cipher() const { return verified_.cipher(); }

private:
    Status check_cost(std::string_view name, const value::WrappedKey &wrapped) const;
    // Whether a try may begin now.
    Status check_time(std::string_view name) const;

    bool asks_ = false;
    const value::AuthKey *auth_ = nullptr;
    value::KdfCeiling ceiling_ = {};
    std::uint64_t deadline_ns_ = std::numeric_limits<std::uint64_t>::max() / 2;  // centuries away
    std::uint64_t tried_ns_ = 0;
    // What was opened last, if anything was, and the header that was verified with it.
    std::optional<value::PoolKey> pool_key_;
    PoolHeader verified_;
};

}  // namespace latzero::pool
