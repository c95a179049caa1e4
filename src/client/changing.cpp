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

constexpr const char *kChange = "use another key, or delete this one first";
constexpr const char *kElement = "an element of a list must be sound, not opaque, and nested at most 63 deep";

// A list that has no room behind it is stored anew.
template <typename Values>
Status append_by_copy(Connection &connection, Values &values, const pool::Key &key, std::string_view element,
                      std::uint64_t &length) {
    value::Bytes plain;
    ValueInfo info;
    const Status read = values.read_decoded(key, plain, info);
    if (read != Status::ok && read != Status::not_found) return fail_on(connection, key.name(), read);
    const bool there = read == Status::ok;
    std::uint32_t count = 0, head = 0;
    if (there && info.type != static_cast<std::uint8_t>(Type::list))
        return refuse_type(connection, key.name(), info.type, Type::list, kChange);
    if (there && !value::read_array_header(plain, count, head)) return fail_on(connection, key.name(), Status::corrupt);
    plain.erase(0, head).append(element);
    const std::uint64_t largest = largest_value(connection.pool());
    if (plain.size() > largest) return refuse_size(connection, key.name(), plain.size());
    length = std::uint64_t{count} + 1;
    const Status stored = values.put_list(key, plain, length, info, there ? values.unchanged(info) : Expect::absent());
    if (stored == Status::ok || is_overtaken(stored)) return stored;
    return fail_on(connection, key.name(), stored, plain.size(), largest);
}

// Appends an element that is MessagePack.
Status append_element(Connection &connection, std::string_view name, std::string_view element, std::uint64_t &length) {
    const pool::Key key = connection.key(name);
    return connection.with_values([&](auto &values) {
        return retry(connection, name, [&]() -> Status {
            const pool::Tried appended = values.append(key, element, length);
            if (!appended) return append_by_copy(connection, values, key, element, length);
            return *appended == Status::ok ? Status::ok : fail_on(connection, name, *appended);
        });
    });
}

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

Status append(Connection &connection, std::string_view name, const Given &element, std::uint64_t &length) {
    Status status = check_write(connection, name);
    if (status == Status::ok) status = check_given(connection, name, element);
    if (status != Status::ok) return status;
    value::Bytes bytes;
    if (!value::append_element(element.type, element.bytes, bytes)) return refuse_given(connection, name, kElement);
    return append_element(connection, name, bytes, length);
}

Status append_opaque(Connection &connection, std::string_view name, const Given &element, std::uint64_t &length) {
    Status status = check_write(connection, name);
    if (status == Status::ok) status = check_given(connection, name, element);
    if (status != Status::ok) return status;
    value::Bytes bytes;
    if (!value::append_opaque(element.tag, element.bytes, bytes))
        return refuse_size(connection, name, element.bytes.size());
    return append_element(connection, name, bytes, length);
}

Status append_msgpack(Connection &connection, std::string_view name, std::string_view msgpack, std::uint64_t &length) {
    const Status checked = check_write(connection, name);
    if (checked != Status::ok) return checked;
    if (msgpack.size() > largest_value(connection.pool())) return refuse_size(connection, name, msgpack.size());
    value::Bytes bytes;
    if (!value::append_packed(msgpack, bytes)) return refuse_given(connection, name, kElement);
    return append_element(connection, name, bytes, length);
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
            return refuse_type(connection, name, info.type, Type::dict, kChange);
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
