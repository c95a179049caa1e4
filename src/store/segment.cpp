#include "store/segment.hpp"

#include <cstring>
#include <utility>

#include "base/last_error.hpp"
#include "store/order.hpp"

namespace latzero::store {

using platform::Access;
using platform::SharedObject;

Status Segment::read_constants(const SharedObject &object, PoolConstants &constants) {
    struct {
        std::uint64_t words[2];
        std::uint64_t magic;
        std::uint32_t layout_version, flags;
        std::uint8_t pool_id[16];
        std::uint64_t max_bytes;
        std::int64_t created_ns, idle_ttl_ms;
        std::uint8_t reserved[56];
        std::uint8_t hash_secret[kHashSecretSize];
    } raw;
    static_assert(sizeof raw == offsetof(Header, keys));
    const Status read = object.read(0, &raw, sizeof raw);
    if (read != Status::ok && read != Status::corrupt) return read;
    if (read == Status::corrupt || raw.magic != kMagic)
        return fail(Status::corrupt, "the file of that name is no latzero pool: remove it or use another name");
    if (raw.layout_version != kLayoutVersion)
        return fail(Status::version,
                    "the pool has layout version %u, this library knows %u: use the library that made it",
                    raw.layout_version, kLayoutVersion);
    if (raw.flags & ~kKnownPoolFlags)
        return fail(Status::version, "the pool has features 0x%x that this library does not know: use a newer one",
                    raw.flags & ~kKnownPoolFlags);
    if (raw.max_bytes < kFirstCapacity || raw.max_bytes > std::uint64_t{1} << 36 || raw.max_bytes % kPageSize != 0 ||
        raw.idle_ttl_ms < 0 || (raw.flags & (kHasAuthKey | kEncrypted)) == kEncrypted)
        return fail(Status::corrupt,
                    "the pool's header makes no sense: another program has damaged it; remove its file");
    constants.geometry.max_bytes = raw.max_bytes;
    constants.flags = raw.flags;
    std::memcpy(constants.pool_id.data(), raw.pool_id, sizeof raw.pool_id);
    constants.created_ns = raw.created_ns;
    constants.idle_ttl_ms = raw.idle_ttl_ms;
    std::memcpy(constants.hash_secret.data(), raw.hash_secret, sizeof raw.hash_secret);
    return Status::ok;
}

Status Segment::read_wrapped_key(const SharedObject &object, WrappedBytes &wrapped) {
    std::uint32_t current = 0;
    const Status read = object.read(offsetof(Header, keys), &current, sizeof current);
    if (read != Status::ok) return read;
    return object.read(offsetof(Header, keys.wrapped) + current % 2 * kWrappedKeySize, wrapped.data(), wrapped.size());
}

Status Segment::write_wrapped_key(const SharedObject &object, const WrappedBytes &wrapped) {
    platform::Mapping mapping;
    const Status mapped = object.reserve_map(sizeof(Header), Access::read_write, mapping);
    if (mapped != Status::ok) return mapped;
    KeyArea &keys = reinterpret_cast<Header *>(mapping.data())->keys;
    const std::uint32_t before = keys.current.load(std::memory_order_relaxed) % 2;
    keys.wrapped[1 - before] = wrapped;
    keys.current.store(1 - before, std::memory_order_release);
    release_fence();
    keys.wrapped[before].fill(0);
    return Status::ok;
}

Status Segment::format(const SharedObject &object, const PoolConstants &constants, const WrappedBytes &wrapped) {
    const Geometry &geometry = constants.geometry;
    const Status committed = object.commit(0, geometry.first_capacity());
    if (committed != Status::ok) return committed;
    platform::Mapping mapping;
    const Status mapped = object.reserve_map(geometry.data_at(), Access::read_write, mapping);
    if (mapped != Status::ok) return mapped;
    // New memory is zero: no tables, no free blocks, no clients, no intents.
    auto &header = *reinterpret_cast<Header *>(mapping.data());
    header.data_length.store(geometry.data_at(), std::memory_order_relaxed);
    header.capacity.store(geometry.first_capacity(), std::memory_order_relaxed);
    header.magic = kMagic;
    header.layout_version = kLayoutVersion;
    header.flags = constants.flags;
    std::memcpy(header.pool_id, constants.pool_id.data(), sizeof header.pool_id);
    header.max_bytes = geometry.max_bytes;
    header.created_ns = constants.created_ns;
    header.idle_ttl_ms = constants.idle_ttl_ms;
    std::memcpy(header.hash_secret, constants.hash_secret.data(), sizeof header.hash_secret);
    header.keys.wrapped[0] = wrapped;
    header.first_free.store(geometry.first_page(), std::memory_order_relaxed);
    header.used_pages.store(geometry.first_page(), std::memory_order_relaxed);
    auto *page_map = reinterpret_cast<Word *>(mapping.data() + Geometry::page_map_at());
    for (std::uint64_t page = 0; page < geometry.first_page(); page++)
        page_map[page / 64].fetch_or(std::uint64_t{1} << page % 64, std::memory_order_relaxed);
    return Status::ok;
}

Status Segment::attach(SharedObject &&object, Access access, const PoolConstants &constants) {
    constants_ = constants;
    data_at_ = geometry().data_at();
    std::uint64_t size = 0;
    const Status measured = object.size(size);
    if (measured != Status::ok) return measured;
    if (size < geometry().first_capacity())
        return fail(Status::corrupt,
                    "the pool's object was cut short: another program has damaged it; destroy the pool");
    const Status mapped = object.reserve_map(geometry().max_bytes, access, mapping_);
    if (mapped != Status::ok) return mapped;
    object_ = std::move(object);
    base_ = mapping_.data();
    page_table_ = reinterpret_cast<Word *>(base_ + geometry().page_table_at());
    writable_ = access == Access::read_write;
    limit_.store(geometry().first_capacity(), std::memory_order_relaxed);
    usable();
    return Status::ok;
}

std::uint64_t Segment::pool_number() const {
    std::uint64_t number;
    std::memcpy(&number, constants_.pool_id.data(), sizeof number);
    return number;
}

std::uint64_t Segment::usable() const {
    const std::uint64_t limit = limit_.load(std::memory_order_relaxed);
    const std::uint64_t capacity = header().capacity.load(std::memory_order_acquire);
    if (capacity <= limit || capacity > geometry().max_bytes || capacity % kPageSize != 0) return limit;
    std::uint64_t size = 0;
    if (object_.size(size) != Status::ok || size < capacity) return limit;
    limit_.store(capacity, std::memory_order_relaxed);
    return capacity;
}

bool Segment::grown_to_hold(std::uint64_t offset, std::uint64_t size) const {
    usable();
    return holds(offset, size);
}

Word *Segment::word_at(std::uint64_t offset) const {
    if (offset % sizeof(Word) != 0 || offset > usable() - sizeof(Word)) return nullptr;
    return reinterpret_cast<Word *>(base_ + offset);
}

}  // namespace latzero::store
