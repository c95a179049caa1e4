#include "client/changing.hpp"

#include "base/last_error.hpp"
#include "client/failures.hpp"
#include "client/retry.hpp"
#include "client/writing.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using pool::Expect;
using value::Type;

namespace {

// A record that has no place for an expiry, or is sealed with another one, is stored anew, as it is and with the
// version that it has.
template <typename Values>
Status change_expiry_by_copy(Connection &connection, Values &values, const pool::Key &key, std::uint64_t expiry_ms) {
    value::Bytes stored;
    ValueInfo info;
    const Status read = values.read_stored(key, stored, info);
    if (read != Status::ok) return fail_on(connection, key.name(), read);
    if (info.expiry_ms == expiry_ms) return Status::ok;
    const pool::NewValue fresh{
        .type = info.type,
        .flags = static_cast<std::uint8_t>((info.flags & ~store::kHasExpiry) | store::kHasModified),
        .bytes = stored.data(),
        .size = static_cast<std::uint32_t>(stored.size()),
        .expiry_ms = expiry_ms,
        .detail = info.detail,
        .elements = info.elements,
        .modified = info.version};
    std::uint64_t version = 0;
    return put(connection, key, fresh, values.unchanged(info), version);
}

Status change_expiry(Connection &connection, std::string_view name, std::uint64_t expiry_ms) {
    const pool::Key key = connection.key(name);
    return connection.with_values([&](auto &values) {
        return retry(connection, name, [&]() -> Status {
            const pool::Tried changed = values.set_expiry(key, expiry_ms);
            if (!changed) return change_expiry_by_copy(connection, values, key, expiry_ms);
            return *changed == Status::ok ? Status::ok : fail_on(connection, name, *changed);
        });
    });
}

}  // namespace

Status add(Connection &connection, std::string_view name, const pool::Delta &delta, std::uint64_t &sum) {
    const Status checked = check_write(connection, name);
    if (checked != Status::ok) [[unlikely]]
        return checked;
    const pool::Key key = connection.key(name);
    return connection.with_values([&](auto &values) {
        return retry(connection, name, [&]() -> Status {
            const Status added = values.add(key, delta, sum);
            if (added == Status::ok || is_overtaken(added)) return added;
            return refuse_sum(connection, name, added, delta, static_cast<std::uint32_t>(sum));
        });
    });
}

Status update(Connection &connection, std::string_view name, std::string_view dict) {
    Given merged{.type = static_cast<std::uint32_t>(Type::dict), .bytes = dict};
    Status status = check_write(connection, name);
    if (status == Status::ok) status = check_given(connection, name, merged);
    if (status != Status::ok) return status;
    const pool::Key key = connection.key(name);
    const auto attempt = [&](auto &values) -> Status {
        value::Bytes before, after, storage;
        ValueInfo info;
        const Status read = values.read_decoded(key, before, info);
        if (read != Status::ok && read != Status::not_found) return fail_on(connection, name, read);
        const bool there = read == Status::ok;
        if (there && info.type != static_cast<std::uint8_t>(Type::dict))
            return refuse_type(connection, name, info.type, Type::dict, kUseAnotherKey);
        if (!value::merge_dicts(there ? std::string_view(before) : "\x80", dict, after))
            return fail_on(connection, name, Status::corrupt);
        if (after.size() > largest_value(connection.pool())) return refuse_size(connection, name, after.size());
        merged.bytes = after;
        pool::NewValue fresh = encode(merged, values.compressor(), storage);
        if (there) values.keep_expiry(fresh, info);
        std::uint64_t version = 0;
        return put(connection, key, fresh, there ? values.unchanged(info) : Expect::absent(), version);
    };
    return connection.with_values(
        [&](auto &values) { return retry(connection, name, [&] { return attempt(values); }); });
}

Status swap(Connection &connection, std::string_view name, const Given &given, void *buffer, std::size_t capacity,
            ValueInfo &old) {
    Status status = check_write(connection, name);
    if (status == Status::ok) status = check_given(connection, name, given);
    if (status != Status::ok) return status;
    const pool::Key key = connection.key(name);
    value::Bytes storage;
    return connection.with_values([&](auto &values) {
        const pool::NewValue fresh = encode(given, values.compressor(), storage);
        return retry(connection, name, [&]() -> Status {
            const Status read = values.read(key, buffer, capacity, old);
            if (read != Status::ok && read != Status::not_found)
                return fail_on(connection, name, read, old.size, capacity);
            const bool there = read == Status::ok;
            if (!there) old = {};
            std::uint64_t version = 0;
            return put(connection, key, fresh, there ? values.unchanged(old) : Expect::absent(), version);
        });
    });
}

Status compare_and_erase(Connection &connection, std::string_view name, std::uint64_t version) {
    const Status checked = check_write(connection, name);
    if (checked != Status::ok) return checked;
    if (version == 0) return refuse_given(connection, name, "no key has version 0: give the one that was read");
    const pool::Key key = connection.key(name);
    const Status erased =
        connection.with_values([&](auto &values) { return values.erase(key, Expect::this_version(version)); });
    return erased == Status::ok ? erased : fail_on(connection, name, erased);
}

Status take(Connection &connection, std::string_view name, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status checked = check_write(connection, name);
    if (checked != Status::ok) return checked;
    const pool::Key key = connection.key(name);
    return connection.with_values([&](auto &values) {
        return retry(connection, name, [&]() -> Status {
            const Status read = values.read(key, buffer, capacity, info);
            if (read != Status::ok) return fail_on(connection, name, read, info.size, capacity);
            const Status erased = values.erase(key, values.unchanged(info));
            return erased == Status::ok || is_overtaken(erased) ? erased : fail_on(connection, name, erased);
        });
    });
}

Status expire(Connection &connection, std::string_view key, std::int64_t ttl_ms) {
    if (ttl_ms <= 0) {
        (void)fail(Status::invalid_argument,
                   "the TTL is %lld ms: give at least 1, or delete the key or take its TTL away with latzero_persist()",
                   static_cast<long long>(ttl_ms));
        return about_key(Status::invalid_argument, connection.name(), key);
    }
    const Status checked = check_write(connection, key);
    return checked == Status::ok ? change_expiry(connection, key, expiry_after(ttl_ms)) : checked;
}

Status persist(Connection &connection, std::string_view key) {
    const Status checked = check_write(connection, key);
    return checked == Status::ok ? change_expiry(connection, key, 0) : checked;
}

}  // namespace latzero::client
