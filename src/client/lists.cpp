#include "client/lists.hpp"

#include <algorithm>
#include <cstring>

#include "client/failures.hpp"
#include "client/retry.hpp"
#include "client/writing.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using pool::Expect;
using value::Type;

namespace {

constexpr const char *kElement = "an element of a list must be sound, not opaque, and nested at most 63 deep";

// What a list is read into: its elements alone.
struct Elements {
    value::Bytes bytes;
    std::uint32_t count = 0;
};

// Reads a list, of whatever form. type_mismatch if the key holds another type. Without a sentence.
template <typename Values>
Status read_elements(Values &values, const pool::Key &key, Elements &elements, ValueInfo &info) {
    const Status read = values.read_decoded(key, elements.bytes, info);
    if (read != Status::ok) return read;
    if (info.type != static_cast<std::uint8_t>(Type::list)) return Status::type_mismatch;
    std::uint32_t head = 0;
    if (!value::read_array_header(elements.bytes, elements.count, head)) return Status::corrupt;
    elements.bytes.erase(0, head);
    return Status::ok;
}

// The sentence of a read that failed so.
Status refuse_elements(Connection &connection, const pool::Key &key, Status read, const ValueInfo &info) {
    return read == Status::type_mismatch ? refuse_type(connection, key.name(), info.type, Type::list, kUseAnotherKey)
                                         : fail_on(connection, key.name(), read);
}

// A list that has no room behind it is stored anew.
template <typename Values>
Status append_by_copy(Connection &connection, Values &values, const pool::Key &key, std::string_view element,
                      std::uint64_t &length) {
    Elements list;
    ValueInfo info;
    const Status read = read_elements(values, key, list, info);
    if (read != Status::ok && read != Status::not_found) return refuse_elements(connection, key, read, info);
    list.bytes.append(element);
    const std::uint64_t largest = largest_value(connection.pool());
    if (list.bytes.size() > largest) return refuse_size(connection, key.name(), list.bytes.size());
    length = std::uint64_t{list.count} + 1;
    const Expect unchanged = read == Status::ok ? values.unchanged(info) : Expect::absent();
    std::uint64_t version = 0;
    const Status stored = values.put_list(key, list.bytes, length, info, unchanged, version);
    if (stored == Status::ok || is_overtaken(stored)) return stored;
    return fail_on(connection, key.name(), stored, list.bytes.size(), largest);
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

// Where a pop copies an element to, and what it says of it.
struct Popped {
    void *buffer;
    std::size_t capacity;
    ValueInfo &info;
    std::uint64_t &left;

    // `info` is the list's before.
    Status give(const value::Element &element) const {
        info.type = static_cast<std::uint8_t>(element.value.type);
        info.flags &= store::kHasExpiry;
        info.size = element.value.bytes.size();
        info.detail = make_detail(0, element.tag);
        info.elements = 0;
        if (info.size > capacity) return Status::too_small;
        if (info.size != 0) std::memcpy(buffer, element.value.bytes.data(), info.size);
        return Status::ok;
    }
    Status give_none(std::uint64_t version) const {
        info = {};
        info.version = version;
        return Status::not_found;
    }
};

// Reads no more of the list than its first element, and that in steps: how long it is the element itself says.
template <typename Values>
pool::Tried read_first(Values &values, const pool::Key &key, pool::Front &front, value::Element &element,
                       ValueInfo &info) {
    constexpr std::size_t kFew = 256, kStep = 8;
    char few[kFew];
    value::Bytes more;
    for (std::size_t capacity = kFew;; capacity *= kStep) {
        if (capacity > kFew) more.resize(capacity = std::min<std::size_t>(capacity, front.length.bytes));
        char *const bytes = capacity > kFew ? more.data() : few;
        const pool::Tried read = values.read_front(key, bytes, capacity, front, info);
        if (!read || *read != Status::ok) return read;
        if (front.length.elements == 0) return Status::not_found;
        const std::size_t size = std::min<std::size_t>(front.length.bytes, capacity);
        if (!value::take_element({bytes, size}, element)) return Status::ok;
        if (size == front.length.bytes) return Status::corrupt;
    }
}

// Of a list that has become small the room is given back: by a copy of at most a quarter of what has been taken since
// the last one. That it cannot be made, or that others are quicker, does no harm.
template <typename Values>
void give_room_back(Values &values, const pool::Key &key, const pool::Front &front, std::uint32_t taken) {
    constexpr std::uint32_t kWorthIt = 64 * 1024, kPart = 4;
    if (front.room < kWorthIt || front.length.bytes - taken > front.room / kPart) [[likely]]
        return;
    Elements list;
    ValueInfo info;
    if (read_elements(values, key, list, info) != Status::ok) return;
    std::uint64_t version = 0;
    (void)values.put_list(key, list.bytes, list.count, info, values.unchanged(info), version);
}

// nullopt: the list has another form.
template <typename Values>
pool::Tried pop_in_place(Connection &connection, Values &values, const pool::Key &key, const Popped &popped) {
    pool::Front front;
    value::Element element;
    const pool::Tried read = read_first(values, key, front, element, popped.info);
    if (!read) return read;
    if (*read == Status::not_found) return popped.give_none(popped.info.version);
    if (*read != Status::ok) return fail_on(connection, key.name(), *read);
    const Status given = popped.give(element);
    if (given != Status::ok) return fail_on(connection, key.name(), given, popped.info.size, popped.capacity);
    const auto size = static_cast<std::uint32_t>(element.size);
    const Status taken = values.take_front(key, front, size, popped.info.version, popped.left);
    if (taken == Status::ok) give_room_back(values, key, front, size);
    return taken == Status::ok || is_overtaken(taken) ? taken : fail_on(connection, key.name(), taken);
}

template <typename Values>
Status pop_by_copy(Connection &connection, Values &values, const pool::Key &key, End end, const Popped &popped) {
    Elements list;
    ValueInfo &info = popped.info;
    const Status read = read_elements(values, key, list, info);
    if (read == Status::not_found) return popped.give_none(0);
    if (read != Status::ok) return refuse_elements(connection, key, read, info);
    if (list.count == 0) return popped.give_none(info.version);
    std::size_t at = 0;
    value::Element element;
    if ((end == End::back && value::find_last_element(list.bytes, list.count, at)) ||
        value::take_element(std::string_view(list.bytes).substr(at), element))
        return fail_on(connection, key.name(), Status::corrupt);
    const ValueInfo before = info;
    const Status given = popped.give(element);
    if (given != Status::ok) return fail_on(connection, key.name(), given, info.size, popped.capacity);
    list.bytes.erase(at, element.size);
    popped.left = list.count - 1;
    const Status stored = values.put_list(key, list.bytes, popped.left, before, values.unchanged(before), info.version);
    if (stored == Status::ok || is_overtaken(stored)) return stored;
    return fail_on(connection, key.name(), stored, list.bytes.size(), largest_value(connection.pool()));
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

Status pop(Connection &connection, std::string_view name, End end, void *buffer, std::size_t capacity, ValueInfo &info,
           std::uint64_t &left) {
    const Status checked = check_write(connection, name);
    if (checked != Status::ok) return checked;
    const pool::Key key = connection.key(name);
    const Popped popped{buffer, capacity, info, left};
    return connection.with_values([&](auto &values) {
        return retry(connection, name, [&]() -> Status {
            info = {};
            const pool::Tried in_place =
                end == End::front ? pop_in_place(connection, values, key, popped) : pool::Tried();
            return in_place ? *in_place : pop_by_copy(connection, values, key, end, popped);
        });
    });
}

}  // namespace latzero::client
