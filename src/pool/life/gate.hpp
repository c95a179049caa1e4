// Who may connect to a pool that has an auth key, and the key that its records are sealed with.
//
// Invariants:
// - Whoever has no key, another one, or one where none is asked for gets the same answer.
// - What a try of a text key costs is the header's word, and must be paid before anything vouches for it: so no try
//   goes over the caller's ceiling, and none begins after the caller's deadline.
// - Opening a pool's key takes a tenth of a second on purpose, so it is never done with the pool's life lock held: the
//   lock is taken to see what is to be opened, and again to see that this is still so.
// - Nothing that a header says is believed but what the auth key has vouched for: the pool that is passed has the very
//   bytes that were verified, all of the constant ones, the name and the wrapped key. So nobody without the key can
//   make one who has it take an encrypted pool for a plain one, or one pool for another.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string_view>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "base/status.hpp"
#include "pool/life/life.hpp"
#include "value/key_chain.hpp"

namespace latzero::pool {

// What a new pool gets.
struct KeyOptions {
    std::optional<value::AuthKey> auth;
    value::KdfCost cost;
    bool encrypted = false;                      // only with an auth key
    value::Cipher cipher = value::Cipher::none;  // of an encrypted pool; none: the fastest
};

class Gate {
public:
    // The key has to live as long as calls are made; nullptr: there is none.
    explicit Gate(const value::AuthKey *auth, const value::KdfCeiling &ceiling = {}) : auth_(auth), ceiling_(ceiling) {}

    // Until when a try of a key may begin, on the boot clock; without it, at any time. A try that has begun is not
    // interrupted.
    void begin_until(std::uint64_t deadline_ns) { deadline_ns_ = deadline_ns; }
    // Until when the caller may wait for others: the time that went into tries was no wait.
    std::uint64_t wait_until_ns() const { return deadline_ns_ + tried_ns_; }

    // Runs open(live), which opens a pool and leaves its life lock held, until the key that was opened is this pool's.
    template <typename Open>
    Status pass(std::string_view name, LivePool &live, Open open);

    // A key for a new pool, which this gate has opened then. Sets the flags, which are the last of the constants. What
    // it costs is the caller's choice, and no ceiling's matter.
    Status make(const KeyOptions &options, store::PoolConstants &constants, store::WrappedBytes &wrapped);
    // Another wrapping of the key that was opened last, for the pool that it was opened for. Of the cost a 0 stands for
    // what the opened wrapping costs or the default, whichever is higher.
    Status wrap(const value::AuthKey &auth, value::KdfCost cost, store::WrappedBytes &wrapped);

    // Of the encrypted pool that was passed.
    const value::PoolKey &pool_key() const { return *pool_key_; }
    value::Cipher cipher() const;

    static value::Cipher cipher_of(const LivePool &live);

private:
    bool fits(const LivePool &live) const;
    Status check_cost(std::string_view name, const value::WrappedKey &wrapped) const;
    // Whether a try may begin now.
    Status check_time(std::string_view name) const;
    Status unwrap(std::string_view name, const store::PoolConstants &constants, const store::WrappedBytes &wrapped);

    const value::AuthKey *auth_;
    value::KdfCeiling ceiling_;
    std::uint64_t deadline_ns_ = std::numeric_limits<std::uint64_t>::max() / 2;  // centuries away
    std::uint64_t tried_ns_ = 0;
    // What was opened last, if anything was, and the header that was verified with it.
    std::optional<value::PoolKey> pool_key_;
    store::PoolConstants constants_ = {};
    store::WrappedBytes wrapped_ = {};
};

template <typename Open>
Status Gate::pass(std::string_view name, LivePool &live, Open open) {
    // Each further one means that the pool got another key meanwhile.
    constexpr int kAttempts = 16;
    for (int attempt = 0; attempt < kAttempts; attempt++) {
        const Status status = open(live);
        if (status != Status::ok || fits(live)) return status;
        const store::PoolConstants constants = live.constants;
        const store::WrappedBytes wrapped = live.wrapped;
        live = {};
        const Status unwrapped = unwrap(name, constants, wrapped);
        if (unwrapped != Status::ok) return unwrapped;
    }
    return fail(Status::timeout, "pool '%s' got another key at each try: connect again", Shown(name).text());
}

}  // namespace latzero::pool
