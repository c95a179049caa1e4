// What a client does otherwise in an encrypted pool: it opens what it reads, seals what it writes, and changes nothing
// in place.
#include <cstring>

#include "base/last_error.hpp"
#include "client/client.hpp"
#include "platform/errno_keeper.hpp"
#include "value/msgpack.hpp"

namespace latzero::client {

using value::Type;

static Status give(std::string_view plain, void *buffer, std::size_t capacity) {
    if (plain.size() > capacity) return Status::too_small;
    if (!plain.empty()) std::memcpy(buffer, plain.data(), plain.size());
    return Status::ok;
}

Status Client::open_seal(const pool::Gate &gate) {
    value::note_secrets();
    pending_.keep_secret();
    return pool::SealedPool::start(pool_, gate.pool_key(), gate.cipher(), sealed_);
}

// An expiry is part of a sealed record, and its change makes a new one without a new version of the value.
Expect Client::unchanged(const ValueInfo &info) const {
    return sealed_ ? Expect::this_record(info.record) : Expect::this_version(info.version);
}

void Client::keep_expiry(pool::NewValue &fresh, const ValueInfo &info) const {
    if (sealed_)
        fresh.expiry_ms = info.expiry_ms;
    else
        fresh.keeps_expiry = true;
}

Status Client::read_sealed(const pool::Key &key, void *buffer, std::size_t capacity, ValueInfo &info) {
    const platform::ErrnoKeeper keeper;
    pool::PrivateCopy opened;
    const Status status = sealed_->open(name_of(key), opened, info);
    if (status != Status::ok) return status;
    if (!info.encoded()) [[likely]]
        return give(opened.value(), buffer, capacity);
    value::Bytes decoded;
    if (!decode(info, opened.value(), largest_value(), compressor_, decoded)) return Status::corrupt;
    info.size = decoded.size();
    return give(decoded, buffer, capacity);
}

Status Client::read_sealed_stored(const pool::Key &key, value::Bytes &stored, ValueInfo &info) {
    pool::PrivateCopy opened;
    const Status status = sealed_->open(name_of(key), opened, info);
    if (status == Status::ok) stored = opened.value();
    return status;
}

Status Client::write_sealed(const pool::Key &key, const pool::NewValue &fresh, Expect expect, std::uint64_t &version) {
    return sealed_->put(name_of(key), fresh, expect, version);
}

Status Client::add_sealed(std::string_view key, const pool::Delta &delta, std::uint64_t &sum) {
    return retry(key, [&]() -> Status {
        std::uint64_t before = 0, after = 0, version = 0;
        ValueInfo info;
        const Status read = read_sealed(hash(key), &before, sizeof before, info);
        if (read != Status::ok && read != Status::not_found && read != Status::too_small) return read;
        const bool there = read != Status::not_found;
        if (there && (info.type != delta.type || info.size != sizeof before)) {
            sum = info.type;
            return Status::type_mismatch;
        }
        if (!delta.apply(there ? before : delta.initial, after)) return Status::overflow;
        const std::string_view bytes(reinterpret_cast<const char *>(&after), sizeof after);
        const pool::NewValue fresh = as_it_is(delta.type, bytes, there ? info.expiry_ms : 0);
        const Status written = write_sealed(hash(key), fresh, there ? unchanged(info) : Expect::absent(), version);
        if (written == Status::ok) sum = after;
        return written;
    });
}

// As a whole, without room for more: the next append makes it anew anyway.
Status Client::store_sealed_list(std::string_view key, std::string_view elements, std::uint64_t count,
                                 const ValueInfo &before, Expect expect) {
    const auto size = static_cast<std::uint32_t>(count);
    value::Bytes list(value::array_header_size(size), 0), storage;
    value::write_array_header(list.data(), size);
    list += elements;
    pool::NewValue fresh =
        encode({.type = static_cast<std::uint32_t>(Type::list), .bytes = list}, compressor(), storage);
    fresh.expiry_ms = before.expiry_ms;
    std::uint64_t version = 0;
    return put(hash(key), fresh, expect, version);
}

}  // namespace latzero::client
