#include "client/lists.hpp"

#include "client/failures.hpp"
#include "client/retry.hpp"
#include "client/writing.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using pool::Expect;
using value::Type;

namespace {

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
        return refuse_type(connection, key.name(), info.type, Type::list, kUseAnotherKey);
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

}  // namespace

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

}  // namespace latzero::client
