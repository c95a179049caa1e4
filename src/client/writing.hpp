// Verbs that store a value.
#pragma once

#include <cstdint>
#include <string_view>

#include "client/connection.hpp"
#include "client/failures.hpp"
#include "client/fast_sets.hpp"
#include "pool/write.hpp"

namespace latzero::client {

// ok if a key can be written to: else forked, destroyed or read_only.
inline Status check_writable(const Connection &connection, std::string_view key) {
    const Status checked = connection.check();
    if (checked != Status::ok) [[unlikely]]
        return checked;
    return connection.read_only() ? fail_on(connection, key, Status::read_only) : Status::ok;
}
// The same, once what waits is written.
inline Status check_write(Connection &connection, std::string_view key) {
    const Status checked = check_writable(connection, key);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    return connection.pending().waiting() ? flush(connection) : Status::ok;
}
// Whether a value may be stored at all, whatever the pool has room for.
Status check_given(const Connection &connection, std::string_view key, const Given &given);

// `version` becomes that of what was stored.
Status set(Connection &connection, const pool::Key &key, const Given &given, std::uint64_t &version);
inline Status set(Connection &connection, std::string_view name, const Given &given) {
    std::uint64_t version = 0;
    return set(connection, connection.key(name), given, version);
}
Status set_if(Connection &connection, std::string_view key, const Given &given, pool::Expect expect,
              std::uint64_t &version);

// A value given as JSON, and as MessagePack with any type.
Status set_json(Connection &connection, std::string_view key, std::string_view json, Given options);
Status set_msgpack(Connection &connection, std::string_view key, std::string_view msgpack, Given options);

// Deletes a key.
Status erase(Connection &connection, const pool::Key &key);
inline Status erase(Connection &connection, std::string_view name) { return erase(connection, connection.key(name)); }

// Stores a value that was checked, encoded as this process encodes values. put(): one that is encoded already.
Status put_encoded(Connection &connection, const pool::Key &key, const Given &given, pool::Expect expect,
                   std::uint64_t &version);
Status put(Connection &connection, const pool::Key &key, const pool::NewValue &fresh, pool::Expect expect,
           std::uint64_t &version);

// What the fast path of set() stores: the form of the record is known when it is compiled.
enum class Form : std::uint8_t { plain, number, ends };

// Fast path of set(), for values of one form: neither a number nor a TTL; a number; a TTL of at least 1 ms. Returns
// false, with no effect and no error text, for what it does not handle.
template <Form kForm>
[[gnu::always_inline]] inline bool set_short(Connection &connection, const pool::Key &key, std::uint32_t type,
                                             std::string_view bytes, std::int64_t ttl_ms, std::uint64_t &version) {
    if (!connection.writes_short()) [[unlikely]]
        return false;
    if (!is_plain(type, bytes.size()) || is_number(type) != (kForm == Form::number) || value::check(type, bytes))
        [[unlikely]]
        return false;
    pool::NewValue fresh = as_it_is(type, bytes, 0);
    fresh.flags = kForm == Form::number ? store::kHasModified : std::uint8_t{0};
    if constexpr (kForm == Form::ends) set_life(fresh, ttl_ms);
    return pool::put_fast(connection.pool(), key, fresh, version);
}

}  // namespace latzero::client
