#include "client/sealed_values.hpp"

#include <cstring>

#include "platform/errno_keeper.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using value::Type;

namespace {

Status give(std::string_view plain, void *buffer, std::size_t capacity) {
    if (plain.size() > capacity) return Status::too_small;
    if (!plain.empty()) std::memcpy(buffer, plain.data(), plain.size());
    return Status::ok;
}

}  // namespace

Status SealedValues::read(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const platform::ErrnoKeeper keeper;
    pool::PrivateCopy opened;
    const Status status = sealed_->open(key.name(), opened, info);
    if (status != Status::ok) return status;
    if (!info.encoded()) [[likely]]
        return give(opened.value(), buffer, capacity);
    value::Bytes decoded;
    if (!decode(info, opened.value(), largest_value(pool_), compressor_, decoded)) return Status::corrupt;
    info.size = decoded.size();
    return give(decoded, buffer, capacity);
}

Status SealedValues::read_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info) {
    pool::PrivateCopy opened;
    const Status status = sealed_->open(key.name(), opened, info);
    if (status == Status::ok) stored = opened.value();
    return status;
}

Status SealedValues::read_decoded(const pool::Key &key, value::Bytes &plain, ValueInfo &info) {
    pool::PrivateCopy opened;
    const Status status = sealed_->open(key.name(), opened, info);
    if (status != Status::ok) return status;
    if (!decode(info, opened.value(), largest_value(pool_), compressor_, plain)) return Status::corrupt;
    info.size = plain.size();
    return Status::ok;
}

Status SealedValues::add(const pool::Key &key, const pool::Delta &delta, std::uint64_t &sum) {
    std::uint64_t before = 0, after = 0, version = 0;
    ValueInfo info;
    const Status found = read(key, &before, sizeof before, info);
    if (found != Status::ok && found != Status::not_found && found != Status::too_small) return found;
    const bool there = found != Status::not_found;
    if (there && (info.type != delta.type || info.size != sizeof before)) {
        sum = info.type;
        return Status::type_mismatch;
    }
    if (!delta.apply(there ? before : delta.initial, after)) return Status::overflow;
    const std::string_view bytes(reinterpret_cast<const char *>(&after), sizeof after);
    const pool::NewValue fresh = as_it_is(delta.type, bytes, there ? info.expiry_ms : delta.expiry_ms);
    const Status written = put(key, fresh, there ? unchanged(info) : pool::Expect::absent(), version);
    if (written == Status::ok) sum = after;
    return written;
}

Status SealedValues::put_list(const pool::Key &key, std::string_view elements, std::uint64_t count,
                              const ValueInfo &before, pool::Expect expect, std::uint64_t &version) {
    const auto size = static_cast<std::uint32_t>(count);
    value::Bytes list(value::array_header_size(size), 0), storage;
    value::write_array_header(list.data(), size);
    list += elements;
    pool::NewValue fresh =
        encode({.type = static_cast<std::uint32_t>(Type::list), .bytes = list}, compressor(), storage);
    fresh.expiry_ms = before.expiry_ms;
    return put(key, fresh, expect, version);
}

Status SealedValues::list(pool::KeysPart &part, value::Names &keys, store::Budget &walk) {
    const Status listed = pool::keys_of_part(pool_, part, keys, walk);
    return listed == Status::ok ? sealed_->open_names(keys) : listed;
}

Status SealedValues::scan(std::uint64_t &cursor, std::size_t count, value::Names &keys) {
    const Status scanned = pool::scan(pool_, cursor, count, keys);
    return scanned == Status::ok ? sealed_->open_names(keys) : scanned;
}

}  // namespace latzero::client
