// Changes of what is there. Numbers and lists change in place where they can (pool/in_place.cpp); everything else reads
// a value with its version, and stores or removes under the condition that this is still the version: whoever was
// quicker makes this one begin again, so somebody always gets on, and no lock is held while values are copied.
#include <cstring>

#include "base/last_error.hpp"
#include "client/client.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using namespace store;
using value::Type;

static constexpr const char *kChange = "use another key, or delete this one first";

// --- lists -----------------------------------------------------------------------------------------------------------

Status Client::append(std::string_view key, const Given &element, std::uint64_t &length) {
    Status status = check_write(key);
    if (status == Status::ok) status = check_given(key, element);
    if (status != Status::ok) return status;
    value::Bytes bytes;
    if (!value::append_element(element.type, element.bytes, bytes))
        return refuse_given(key, "an element of a list must be sound, not opaque, and nested at most 63 deep");
    return retry(key, [&] {
        const Status appended = sealed_ ? Status::unsupported
                                        : pool_.append(hash(key), static_cast<std::uint8_t>(Type::list), bytes.data(),
                                                       static_cast<std::uint32_t>(bytes.size()), length);
        if (appended == Status::unsupported) return append_by_copy(key, bytes, length);
        return appended == Status::ok ? appended : fail_on(key, appended);
    });
}

// A list that has no room behind it is stored anew, with as much room as it has elements: so the cost of all these
// copies, shared among the appends between them, does not grow with the list.
Status Client::append_by_copy(std::string_view key, std::string_view element, std::uint64_t &length) {
    value::Bytes plain;
    ValueInfo info;
    Status status = read_decoded(hash(key), plain, info);
    if (status != Status::ok && status != Status::not_found) return fail_on(key, status);
    std::uint32_t count = 0, head = 0;
    const Expect expect = status == Status::ok ? unchanged(info) : Expect::absent();
    if (status == Status::ok) {
        if (info.type != static_cast<std::uint8_t>(Type::list)) return refuse_type(key, info.type, Type::list, kChange);
        if (!value::read_array_header(plain, count, head)) return fail_on(key, Status::corrupt);
    }
    plain.erase(0, head).append(element);
    if (plain.size() > largest_value()) return refuse_size(key, plain.size());
    length = std::uint64_t{count} + 1;
    return sealed_ ? store_sealed_list(key, plain, length, info, expect) : store_list(key, plain, length, expect);
}

Status Client::store_list(std::string_view key, std::string_view elements, std::uint64_t count, Expect expect) {
    constexpr std::uint64_t kLeastRoom = 64;
    const pool::Key hashed = hash(key);
    const auto store_with_room = [&](std::uint64_t wanted) {
        pool::NewValue list{.type = static_cast<std::uint8_t>(Type::list),
                            .flags = kHasModified | kHasFilled,
                            .bytes = elements.data(),
                            .size = static_cast<std::uint32_t>(elements.size()),
                            .elements = static_cast<std::uint32_t>(count),
                            .keeps_expiry = true};
        list.room = pool::Pool::room_for(hashed, list, wanted);
        std::uint64_t version = 0;
        return pool_.put(hashed, list, expect, version);
    };
    Status put = store_with_room(std::max<std::uint64_t>(elements.size(), kLeastRoom));
    // Then what the block has over must do.
    if (put == Status::memory_full || put == Status::no_space || put == Status::too_large) put = store_with_room(0);
    const bool overtaken = put == Status::conflict || put == Status::exists;
    return put == Status::ok || overtaken ? put : fail_on(key, put, elements.size(), largest_value());
}

// --- dicts -----------------------------------------------------------------------------------------------------------

Status Client::update(std::string_view key, std::string_view dict) {
    Given merged{.type = static_cast<std::uint32_t>(Type::dict), .bytes = dict};
    Status status = check_write(key);
    if (status == Status::ok) status = check_given(key, merged);
    if (status != Status::ok) return status;
    return retry(key, [&]() -> Status {
        value::Bytes before, after, storage;
        ValueInfo info;
        const Status read = read_decoded(hash(key), before, info);
        if (read != Status::ok && read != Status::not_found) return fail_on(key, read);
        const bool there = read == Status::ok;
        if (there && info.type != static_cast<std::uint8_t>(Type::dict))
            return refuse_type(key, info.type, Type::dict, kChange);
        if (!value::merge_dicts(there ? std::string_view(before) : "\x80", dict, after))
            return fail_on(key, Status::corrupt);
        if (after.size() > largest_value()) return refuse_size(key, after.size());
        merged.bytes = after;
        pool::NewValue fresh = encode(merged, compressor(), storage);
        if (there) keep_expiry(fresh, info);
        std::uint64_t version = 0;
        return put(hash(key), fresh, there ? unchanged(info) : Expect::absent(), version);
    });
}

// --- two verbs in one ------------------------------------------------------------------------------------------------

Status Client::swap(std::string_view key, const Given &given, void *buffer, std::size_t capacity, ValueInfo &old) {
    Status status = check_write(key);
    if (status == Status::ok) status = check_given(key, given);
    if (status != Status::ok) return status;
    value::Bytes storage;
    const pool::NewValue fresh = encode(given, compressor(), storage);
    return retry(key, [&]() -> Status {
        const Status read = read_shared(hash(key), buffer, capacity, old);
        if (read != Status::ok && read != Status::not_found) return fail_on(key, read, old.size, capacity);
        if (read == Status::not_found) old = {};
        std::uint64_t version = 0;
        return put(hash(key), fresh, read == Status::ok ? unchanged(old) : Expect::absent(), version);
    });
}

Status Client::take(std::string_view key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const Status checked = check_write(key);
    if (checked != Status::ok) return checked;
    return retry(key, [&]() -> Status {
        const Status read = read_shared(hash(key), buffer, capacity, info);
        if (read != Status::ok) return fail_on(key, read, info.size, capacity);
        const Status erased = remove(hash(key), unchanged(info));
        return erased == Status::ok || erased == Status::conflict ? erased : fail_on(key, erased);
    });
}

// --- expiry ----------------------------------------------------------------------------------------------------------

Status Client::ttl(std::string_view key, std::int64_t &ttl_ms) {
    ValueInfo info;
    const Status described = describe(key, info);
    if (described != Status::ok) return described == Status::not_found ? fail_on(key, described) : described;
    ttl_ms = info.expiry_ms == 0 ? -1 : remaining_ms(info.expiry_ms);
    return Status::ok;
}

Status Client::expire(std::string_view key, std::int64_t ttl_ms) {
    if (ttl_ms <= 0) {
        (void)fail(Status::invalid_argument,
                   "the TTL is %lld ms: give at least 1, or delete the key or take its TTL away with latzero_persist()",
                   static_cast<long long>(ttl_ms));
        return about_key(Status::invalid_argument, name_, key);
    }
    const Status checked = check_write(key);
    return checked == Status::ok ? change_expiry(key, expiry_after(ttl_ms)) : checked;
}

Status Client::persist(std::string_view key) {
    const Status checked = check_write(key);
    return checked == Status::ok ? change_expiry(key, 0) : checked;
}

// A record that has no place for an expiry, or is sealed with another one, is stored anew, as it is and with the
// version that it has.
Status Client::change_expiry(std::string_view key, std::uint64_t expiry_ms) {
    return retry(key, [&]() -> Status {
        const pool::Key hashed = hash(key);
        Status status = sealed_ ? Status::unsupported : pool_.set_expiry(hashed, expiry_ms);
        if (status != Status::unsupported) return status == Status::ok ? status : fail_on(key, status);
        value::Bytes stored;
        ValueInfo info;
        status = read_stored(hashed, stored, info);
        if (status != Status::ok) return fail_on(key, status);
        if (info.expiry_ms == expiry_ms) return Status::ok;
        pool::NewValue fresh{.type = info.type,
                             .flags = static_cast<std::uint8_t>((info.flags & ~kHasExpiry) | kHasModified),
                             .bytes = stored.data(),
                             .size = static_cast<std::uint32_t>(stored.size()),
                             .expiry_ms = expiry_ms,
                             .detail = info.detail,
                             .elements = info.elements,
                             .modified = info.version};
        std::uint64_t version = 0;
        return put(hashed, fresh, unchanged(info), version);
    });
}

}  // namespace latzero::client
