// What a handle stands for: one process's typed view of one pool. Checks what callers pass, turns statuses into
// sentences with pool and key, and refuses after fork() and after the pool's destruction before touching a shared byte.
#pragma once

#include <cstdint>
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

// What is left of a value's life in milliseconds; -1: it does not expire.
std::int64_t remaining_ms(const ValueInfo &info);

class Client {
public:
    static Status connect(std::string_view name, const pool::AttachOptions &options, std::unique_ptr<Client> &client);
    // Leaves the pool; in a forked child there is nothing to leave. The object is good for destruction only.
    Status disconnect();

    const std::string &name() const { return name_; }
    bool read_only() const { return read_only_; }
    const store::PoolConstants &constants() const { return pool_.session().segment.constants(); }

    // ok, forked or destroyed.
    Status check() const;
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
    Status check_write(std::string_view key) const;
    // get() without a sentence.
    Status read(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info);
    Status report(Status status, std::string_view key, std::uint64_t needed = 0, std::uint64_t given = 0) const;

    // Constant after connect.
    std::string name_;
    bool read_only_ = false;
    platform::ForkWatch watch_;

    pool::Pool pool_;
};

}  // namespace latzero::client
