#include "client/writing.hpp"

#include "base/last_error.hpp"
#include "client/failures.hpp"
#include "client/fast_sets.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using value::Type;

namespace {

template <typename Values>
Status put_into(const Connection &connection, Values &values, const pool::Key &key, const pool::NewValue &fresh,
                pool::Expect expect, std::uint64_t &version) {
    const Status stored = values.put(key, fresh, expect, version);
    if (stored == Status::ok) [[likely]]
        return stored;
    return fail_on(connection, key.name(), stored, values.record_bytes(key, fresh), connection.pool().largest_record());
}

[[gnu::cold]] Status set_encoded(Connection &connection, const pool::Key &key, const Given &given,
                                 std::uint64_t &version) {
    const Status checked = check_given(connection, key.name(), given);
    if (checked != Status::ok) return checked;
    return put_encoded(connection, key, given, {}, version);
}

}  // namespace

// The size comes first: there may not be as many bytes as was said.
Status check_given(const Connection &connection, std::string_view key, const Given &given) {
    if (given.bytes.size() > largest_value(connection.pool())) return refuse_size(connection, key, given.bytes.size());
    if (given.ttl_ms < 0) return refuse_ttl(connection, key, given.ttl_ms);
    if (given.tag != 0 && given.type != static_cast<std::uint32_t>(Type::opaque))
        return refuse_given(connection, key, "only an opaque value has a tag: leave it 0");
    if (given.is_json) return Status::ok;
    const value::Fault fault = value::check(given.type, given.bytes);
    return fault ? refuse_value(connection, key, fault) : Status::ok;
}

Status put(Connection &connection, const pool::Key &key, const pool::NewValue &fresh, pool::Expect expect,
           std::uint64_t &version) {
    return connection.with_values(
        [&](auto &values) { return put_into(connection, values, key, fresh, expect, version); });
}

Status put_encoded(Connection &connection, const pool::Key &key, const Given &given, pool::Expect expect,
                   std::uint64_t &version) {
    return connection.with_values([&](auto &values) {
        value::Bytes storage;
        return put_into(connection, values, key, encode(given, values.compressor(), storage), expect, version);
    });
}

Status set(Connection &connection, const pool::Key &key, const Given &given, std::uint64_t &version) {
    const Status checked = check_write(connection, key.name());
    if (checked != Status::ok) [[unlikely]]
        return checked;
    if (!is_plain(given.type, given.bytes.size())) [[unlikely]]
        return set_encoded(connection, key, given, version);
    if (const value::Fault fault = value::check(given.type, given.bytes)) [[unlikely]]
        return refuse_value(connection, key.name(), fault);
    if (given.ttl_ms < 0) [[unlikely]]
        return refuse_ttl(connection, key.name(), given.ttl_ms);
    pool::NewValue fresh = as_it_is(given.type, given.bytes, 0);
    set_life(fresh, given.ttl_ms);
    return put(connection, key, fresh, {}, version);
}

Status set_if(Connection &connection, std::string_view name, const Given &given, pool::Expect expect,
              std::uint64_t &version) {
    Status checked = check_write(connection, name);
    if (checked == Status::ok) checked = check_given(connection, name, given);
    if (checked != Status::ok) return checked;
    return put_encoded(connection, connection.key(name), given, expect, version);
}

// There may not be as many bytes as was said, so what can never be stored is not looked at. JSON text may be mostly
// spaces, so that it is only bound by what a text can have.
Status set_json(Connection &connection, std::string_view key, std::string_view json, Given options) {
    if (json.size() > std::numeric_limits<std::uint32_t>::max()) return refuse_size(connection, key, json.size());
    value::TypedValue typed;
    if (const value::Fault fault = value::from_json(json, typed)) return refuse_value(connection, key, fault);
    const bool scalar =
        typed.type != static_cast<std::uint32_t>(Type::list) && typed.type != static_cast<std::uint32_t>(Type::dict);
    options.type = typed.type;
    options.is_json = !scalar && !settings.prefer_msgpack.load(std::memory_order_relaxed);
    options.bytes = options.is_json ? json : std::string_view(typed.bytes);
    std::uint64_t version = 0;
    return set_if(connection, key, options, {}, version);
}

Status set_msgpack(Connection &connection, std::string_view key, std::string_view msgpack, Given options) {
    constexpr std::uint64_t kLongestHead = 6;
    if (msgpack.size() > largest_value(connection.pool()) + kLongestHead)
        return refuse_size(connection, key, msgpack.size());
    value::TypedValue typed;
    if (const value::Fault fault = value::from_msgpack(msgpack, typed)) return refuse_value(connection, key, fault);
    options.type = typed.type;
    options.bytes = typed.bytes;
    return set(connection, key, options);
}

Status erase(Connection &connection, const pool::Key &key) {
    const Status checked = check_writable(connection, key.name());
    if (checked != Status::ok) [[unlikely]]
        return checked;
    bool waited = false;
    if (connection.pending().waiting()) [[unlikely]]
        waited = drop_pending(connection, key);
    Status erased = connection.with_values([&](auto &values) { return values.erase(key, {}); });
    if (erased == Status::not_found && waited) erased = Status::ok;
    return erased == Status::ok ? erased : fail_on(connection, key.name(), erased);
}

}  // namespace latzero::client
