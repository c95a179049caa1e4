#include "store/segment.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/last_error.hpp"
#include "base/printable.hpp"
#include "platform/pool_names.hpp"

namespace latzero::store {

using platform::Access;
using platform::MemoryObject;

namespace {

// All of a header that is constant, with the keys between.
struct HeaderImage {
    std::uint64_t sizes[2];
    HeaderConstants constants;
    struct {
        std::uint32_t current, unused;
        WrappedBytes wrapped[2];
    } keys;
    HeaderName name;
};
static_assert(offsetof(HeaderImage, constants) == offsetof(Header, constants) &&
              offsetof(HeaderImage, keys) == offsetof(Header, keys) && sizeof HeaderImage::keys == sizeof(KeyArea) &&
              offsetof(HeaderImage, name) == offsetof(Header, name));

// The first pages are used, by what is no page of data.
Status write_page_map(const MemoryObject &object, std::uint64_t pages) {
    std::array<std::uint64_t, 64> words;
    words.fill(~std::uint64_t{0});
    for (std::uint64_t page = 0; page < pages; page += words.size() * kMapBits) {
        const std::uint64_t bits = std::min(pages - page, words.size() * kMapBits), whole = bits / kMapBits;
        const std::uint64_t last = (std::uint64_t{1} << bits % kMapBits) - 1;
        if (last != 0) words[whole] = last;
        const Status written =
            object.write(Geometry::page_map_at() + page / 8, words.data(), (whole + (last != 0)) * sizeof(Word));
        if (written != Status::ok) return written;
    }
    return Status::ok;
}

bool is_sound(const HeaderConstants &constants) {
    return constants.max_bytes >= kFirstCapacity && constants.max_bytes <= kMostBytes &&
           constants.max_bytes % kPageSize == 0 && constants.idle_ttl_ms >= 0 &&
           (constants.flags & (kHasAuthKey | kEncrypted)) != kEncrypted;
}

// A name that a pool can have, and zeros behind it.
bool is_sound(const HeaderName &name) {
    if (name.size == 0 || name.size > kLongestName) return false;
    const std::string_view text(name.bytes, name.size);
    static constexpr char kZeros[kLongestName] = {};
    return is_pool_name(text) && std::memcmp(name.bytes + name.size, kZeros, kLongestName - name.size) == 0;
}

}  // namespace

bool is_pool_name(std::string_view name) {
    const auto is_refused = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; };
    return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
           std::none_of(name.begin(), name.end(), is_refused);
}

Status Segment::read_header(const MemoryObject &object, PoolConstants &constants, WrappedBytes &wrapped) {
    HeaderImage image;
    const Status read = object.read(0, &image, sizeof image);
    if (read != Status::ok && read != Status::corrupt) return read;
    const HeaderConstants &found = image.constants;
    if (read == Status::corrupt || found.magic != kMagic)
        return fail(Status::corrupt, "%s is no latzero pool: remove it or use another name",
                    Shown(platform::place_of(object)).text());
    if (found.layout_version != kLayoutVersion)
        return fail(Status::version,
                    "the pool has layout version %u, this library knows %u: use the library that made it",
                    found.layout_version, kLayoutVersion);
    if (found.flags & ~kKnownPoolFlags)
        return fail(Status::version, "the pool has features 0x%x that this library does not know: use a newer one",
                    found.flags & ~kKnownPoolFlags);
    if (!is_sound(found) || !is_sound(image.name))
        return fail(Status::corrupt,
                    "the header of %s makes no sense: another program has damaged it; remove that file",
                    Shown(platform::place_of(object)).text());
    static_cast<HeaderConstants &>(constants) = found;
    constants.name = image.name;
    wrapped = constants.has_auth_key() ? image.keys.wrapped[image.keys.current % 2] : WrappedBytes{};
    return Status::ok;
}

// The capacity is read first: it rises only once the object is as long. It falls under the life lock, which the caller
// holds.
Status Segment::look_at_length(const MemoryObject &object, const PoolConstants &constants, Length &length) {
    const Geometry geometry = constants.geometry();
    std::uint64_t capacity = 0;
    platform::Backing backing = {};
    Status status = object.read(offsetof(Header, capacity), &capacity, sizeof capacity);
    if (status == Status::ok) status = object.backing(backing);
    if (status != Status::ok) return status;
    length.capacity = geometry.may_be_capacity(capacity) ? capacity : 0;
    length.needed = std::max(length.capacity, geometry.first_capacity());
    LATZERO_ASSERT(length.needed <= geometry.max_bytes);
    length.is_cut = backing.size < length.needed;
    length.has_holes = backing.backed < std::min(length.needed, backing.size);
    return Status::ok;
}

Status Segment::check_length(const MemoryObject &object, const PoolConstants &constants) {
    Length length;
    const Status looked = look_at_length(object, constants, length);
    if (looked != Status::ok) return looked;
    if (length.is_cut)
        return fail(Status::corrupt,
                    "the pool's object was cut short: another program has damaged it; destroy the pool");
    if (length.has_holes)
        return fail(Status::corrupt,
                    "the pool's object has holes, without memory: another program has made or damaged it; destroy the "
                    "pool, or have it repaired (latzero fsck --repair)");
    return Status::ok;
}

// Without a mapping, since a key may be changed by one who is no client. The new key is there before it counts; that it
// counts and that the old one is gone is one write, within one page, so that it happens wholly or not at all.
Status Segment::write_wrapped_key(const MemoryObject &object, const WrappedBytes &wrapped) {
    constexpr std::uint64_t kKeysAt = offsetof(Header, keys);
    constexpr std::uint64_t kWrappedAt = kKeysAt + offsetof(KeyArea, wrapped);
    struct {
        std::uint32_t current = 0, unused = 0;
        WrappedBytes wrapped[2] = {};
    } keys;
    static_assert(sizeof keys == sizeof(KeyArea) && kKeysAt / kPageSize == (kKeysAt + sizeof keys) / kPageSize);
    const Status looked = object.read(kKeysAt, &keys.current, sizeof keys.current);
    if (looked != Status::ok) return looked;
    const std::uint32_t other = 1 - keys.current % 2;
    const std::uint64_t other_at = kWrappedAt + other * kWrappedKeySize;
    LATZERO_ASSERT(other <= 1 && other_at + sizeof wrapped <= kKeysAt + sizeof(KeyArea));
    Status status = object.write(other_at, &wrapped, sizeof wrapped);
    if (status != Status::ok) return status;
    keys.current = other;
    keys.wrapped[other] = wrapped;
    status = object.write(kKeysAt, &keys, sizeof keys);
    // After a failure the old key counts, and nothing is left of the new one.
    if (status != Status::ok) (void)object.write(other_at, &keys.wrapped[1 - other], sizeof(WrappedBytes));
    return status;
}

Status Segment::format(const MemoryObject &object, const PoolConstants &constants, const WrappedBytes &wrapped) {
    const Geometry geometry = constants.geometry();
    const Status committed = object.commit(0, geometry.first_capacity());
    if (committed != Status::ok) return committed;
    // New memory is zero: no tables, no free blocks, no clients, no intents.
    Header header = {};
    header.data_length.store(geometry.data_at(), std::memory_order_relaxed);
    header.capacity.store(geometry.first_capacity(), std::memory_order_relaxed);
    header.constants = constants;
    header.name = constants.name;
    header.keys.wrapped[0] = wrapped;
    LATZERO_ASSERT(header.state.load(std::memory_order_relaxed) == kStateLive);
    header.first_free.store(geometry.first_page(), std::memory_order_relaxed);
    header.used_pages.store(geometry.first_page(), std::memory_order_relaxed);
    const Status written = object.write(0, &header, sizeof header);
    return written == Status::ok ? write_page_map(object, geometry.first_page()) : written;
}

Status Segment::attach(MemoryObject &&object, Access access, const PoolConstants &constants) {
    LATZERO_ASSERT(base_ == nullptr && is_sound(static_cast<const HeaderConstants &>(constants)));
    constants_ = constants;
    data_at_ = geometry().data_at();
    std::uint64_t size = 0;
    const Status measured = object.size(size);
    if (measured != Status::ok) return measured;
    if (size < geometry().first_capacity())
        return fail(Status::corrupt, "%s was cut short: another program has damaged it; destroy the pool",
                    Shown(platform::place_of(object)).text());
    const Status mapped = object.map(geometry().max_bytes, access, mapping_);
    if (mapped != Status::ok) return mapped;
    object_ = std::move(object);
    base_ = mapping_.data();
    LATZERO_ASSERT(reinterpret_cast<std::uintptr_t>(base_) % kPageSize == 0);
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
    platform::Backing backing = {};
    if (object_.backing(backing) != Status::ok || std::min(backing.size, backing.backed) < capacity) return limit;
    raise(capacity);
    return capacity;
}

void Segment::raise(std::uint64_t bytes) const {
    LATZERO_ASSERT(bytes % kPageSize == 0 && bytes <= geometry().max_bytes);
    std::uint64_t limit = limit_.load(std::memory_order_relaxed);
    while (limit < bytes && !limit_.compare_exchange_strong(limit, bytes, std::memory_order_relaxed)) {
    }
}

bool Segment::grown_to_hold(std::uint64_t offset, std::uint64_t size) const {
    usable();
    return holds(offset, size);
}

void Segment::spoil(Ref ref, std::uint64_t size) const {
    // More than a record's words, its key and the head of its message take together.
    constexpr std::uint64_t kEnough = 512;
    LATZERO_ASSERT(size >= sizeof(Record));
    if (!constants_.encrypted()) return;
    const std::uint64_t words = std::min(size, kEnough) / sizeof(Word);
    Word *block = at<Word>(ref, words * sizeof(Word));
    for (std::uint64_t word = 1; block != nullptr && word < words; word++)
        block[word].store(0, std::memory_order_relaxed);
}

Word *Segment::word_at(std::uint64_t offset) const {
    if (offset % sizeof(Word) != 0 || offset > usable() - sizeof(Word)) return nullptr;
    return reinterpret_cast<Word *>(base_ + offset);
}

}  // namespace latzero::store
