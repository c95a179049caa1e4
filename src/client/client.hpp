// What a handle stands for: one process's typed view of one pool. Checks what callers pass, turns statuses into
// sentences with pool and key, and refuses after fork() and after the pool's destruction before touching a shared byte.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "platform/process.hpp"
#include "pool/attach.hpp"
#include "pool/pool.hpp"
#include "value/value.hpp"

namespace latzero::client {

using pool::ValueInfo;

// What is left in milliseconds of a life that ends then; at least 1, since 0 would read as over.
std::int64_t remaining_ms(std::uint64_t expiry_ms);

class Client {
public:
    static Status connect(std::string_view name, const pool::AttachOptions &options, std::unique_ptr<Client> &client);
    // Leaves the pool; in a forked child there is nothing to leave. The object is good for destruction only.
    Status disconnect();

    const std::string &name() const { return name_; }
    bool read_only() const { return read_only_; }
    const store::PoolConstants &constants() const { return pool_.session().segment.constants(); }

    // ok, forked or destroyed. The mapping is not there in a child, so this comes before all else.
    Status check() const {
        if (watch_.forked() || pool_.destroyed()) [[unlikely]]
            return refuse();
        return Status::ok;
    }
    Status set(std::string_view key, std::uint32_t type, std::string_view bytes, std::int64_t ttl_ms);
    Status get(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);
    // An 8-byte or 1-byte value of exactly this type.
    Status get_fixed(std::string_view key, value::Type type, void *out, std::size_t size);
    // A value of this type in memory from malloc(), with a NUL behind it.
    Status get_allocated(std::string_view key, value::Type type, char *&memory, std::size_t &size);
    Status erase(std::string_view key);
    Status exists(std::string_view key, bool &found);
    // What is known of a value beside its bytes. A missing key is no failure to speak of: not_found without a sentence.
    Status describe(std::string_view key, ValueInfo &info);
    Status clear();
    Status size(std::uint64_t &keys);
    Status add(std::string_view key, const pool::Delta &delta, std::int64_t &sum);
    Status keys_of_stripe(std::uint32_t stripe, std::vector<std::string> &keys);
    Status stats(pool::PoolStats &stats);

private:
    Client() = default;
    Status check_write(std::string_view key) const {
        const Status checked = check();
        if (checked == Status::ok && read_only_) [[unlikely]]
            return fail_on(key, Status::read_only);
        return checked;
    }
    // A record's size has 32 bits.
    std::uint64_t largest_value() const {
        return std::min<std::uint64_t>(pool_.largest_record(), std::numeric_limits<std::uint32_t>::max());
    }
    // get() without a sentence.
    Status read(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);

    // The sentences for what check() and set() refuse.
    [[gnu::cold]] Status refuse() const;
    [[gnu::cold]] Status refuse_size(std::string_view key, std::uint64_t size) const;
    [[gnu::cold]] Status refuse_value(const char *why) const;
    [[gnu::cold]] Status refuse_ttl() const;
    // Notes a failure on a key, and returns it.
    Status fail_on(std::string_view key, Status status, std::uint64_t needed = 0, std::uint64_t given = 0) const;

    // Constant after connect.
    std::string name_;
    bool read_only_ = false;
    platform::ForkWatch watch_;

    pool::Pool pool_;
};

// The verbs that add next to nothing to the pool's are inline: a call through the C ABI is that much shorter.

inline Status Client::set(std::string_view key, std::uint32_t type, std::string_view bytes, std::int64_t ttl_ms) {
    const Status checked = check_write(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    // Before the bytes are looked at: there may not be as many as was said. What fits a size class fits every pool.
    if (bytes.size() > store::kSmallLimit && bytes.size() > largest_value()) return refuse_size(key, bytes.size());
    if (const char *why = value::why_malformed(type, bytes)) [[unlikely]]
        return refuse_value(why);
    if (ttl_ms < 0) [[unlikely]]
        return refuse_ttl();
    // Both times fit in 63 bits, so the sum cannot wrap.
    const std::uint64_t expiry_ms = ttl_ms == 0 ? 0 : platform::boot_ms() + static_cast<std::uint64_t>(ttl_ms);
    const bool counter = type == static_cast<std::uint32_t>(value::Type::int64);
    const pool::NewValue fresh{static_cast<std::uint8_t>(type), bytes.data(), static_cast<std::uint32_t>(bytes.size()),
                               expiry_ms, counter};
    const pool::Key hashed = pool_.key(key);
    const Status put = pool_.put(hashed, fresh);
    if (put == Status::ok) [[likely]]
        return put;
    return fail_on(key, put, pool::Pool::record_bytes(hashed, fresh), pool_.largest_record());
}

inline Status Client::read(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
    return pool_.get(pool_.key(key), buffer, capacity, info);
}

inline Status Client::get(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status checked = check();
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status got = read(key, buffer, capacity, info);
    if (got == Status::ok) [[likely]]
        return got;
    return fail_on(key, got, info.size, capacity);
}

inline Status Client::erase(std::string_view key) {
    const Status checked = check_write(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status erased = pool_.erase(pool_.key(key));
    return erased == Status::ok ? erased : fail_on(key, erased);
}

inline Status Client::add(std::string_view key, const pool::Delta &delta, std::int64_t &sum) {
    const Status checked = check_write(key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const Status added = pool_.add(pool_.key(key), static_cast<std::uint8_t>(value::Type::int64), delta, sum);
    return added == Status::ok ? added : fail_on(key, added);
}

}  // namespace latzero::client
