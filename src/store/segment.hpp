// A pool's segment as one process has mapped it: the one place that turns offsets into pointers, and checks them first.
//
// Invariants:
// - at() answers only pointers whose bytes all lie in the data area below `limit_`, which never exceeds the real size
//   of the object: whatever offsets the shared bytes hold, no access faults.
// - The constants of the header were copied and checked at attach; later changes of them by others have no effect.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status.hpp"
#include "platform/memory_object.hpp"
#include "store/layout.hpp"

namespace latzero::store {

// What is constant in a pool: the bytes of its header as they were read once, and checked.
struct PoolConstants : HeaderConstants {
    HeaderName name;

    bool operator==(const PoolConstants &) const = default;

    Geometry geometry() const { return {max_bytes}; }
    bool has_auth_key() const { return (flags & kHasAuthKey) != 0; }
    bool encrypted() const { return (flags & kEncrypted) != 0; }
    bool keeps_events() const { return (flags & kEvents) != 0; }
    std::string_view pool_name() const { return {name.bytes, name.size}; }
};

// What one look at a pool's object found.
struct Length {
    std::uint64_t capacity;  // as the header says; 0 if that makes no sense
    std::uint64_t needed;    // bytes that must be there
    bool is_cut, has_holes;
};

// Whether a pool can have that name: 1 to kLongestName bytes, no '/' or control characters, not "." or "..".
bool is_pool_name(std::string_view name);

class Segment {
public:
    Segment() = default;

    // Reads a header once: its constants, checked, and the wrapped key that counts (zeros without an auth key). corrupt
    // if the object is no pool, version if it has another layout.
    static Status read_header(const platform::MemoryObject &object, PoolConstants &constants, WrappedBytes &wrapped);

    // Looks at an object's length, without a mapping: whether all that the header calls usable is there, with memory
    // behind it. A touch of anything else would take memory, or end the process by a signal.
    static Status look_at_length(const platform::MemoryObject &object, const PoolConstants &constants, Length &length);
    // corrupt, with a sentence, for an object that was cut short or has holes.
    static Status check_length(const platform::MemoryObject &object, const PoolConstants &constants);

    // Puts another wrapped key in the place of the one that counts. Under the life lock.
    static Status write_wrapped_key(const platform::MemoryObject &object, const WrappedBytes &wrapped);

    // Commits and writes the first bytes of an empty pool to a new object. `wrapped`: zeros without an auth key.
    static Status format(const platform::MemoryObject &object, const PoolConstants &constants,
                         const WrappedBytes &wrapped = {});

    // `constants` were read from the object, and checked.
    Status attach(platform::MemoryObject &&object, platform::Access access, const PoolConstants &constants);

    // What a thread sets that finds, under a lock, something to do for a write of this process that holds none.
    void note_by(std::atomic<bool> &flag) { noted_ = &flag; }
    void note() const {
        if (noted_ != nullptr) noted_->store(true, std::memory_order_relaxed);
    }

    // Ends the mapping, and with it the object's byte locks. Nothing of the segment may be used any more.
    void detach() { mapping_ = {}; }

    const PoolConstants &constants() const { return constants_; }
    Geometry geometry() const { return constants_.geometry(); }
    const platform::MemoryObject &object() const { return object_; }
    bool writable() const { return writable_; }
    std::uint64_t pool_number() const;

    Header &header() const { return *reinterpret_cast<Header *>(base_); }
    Stripe &stripe(std::uint32_t number) const {
        return reinterpret_cast<Stripe *>(base_ + Geometry::stripes_at())[number % kStripes];
    }
    ClientSlot &client(std::uint32_t slot) const {
        return reinterpret_cast<ClientSlot *>(base_ + Geometry::clients_at())[slot % kClientLimit];
    }
    // page < geometry().max_pages()
    Word &page_entry(std::uint64_t page) const {
        LATZERO_ASSERT(page < geometry().max_pages());
        return page_table_[page];
    }
    // word <= geometry().max_pages() / kMapBits
    Word &page_map(std::uint64_t word) const {
        LATZERO_ASSERT(word <= geometry().max_pages() / kMapBits);
        return reinterpret_cast<Word *>(base_ + Geometry::page_map_at())[word];
    }

    // `size` bytes (below 2^63) at `ref` as an array of T; nullptr if they do not all lie in usable data.
    template <typename T>
    [[gnu::always_inline]] T *at(Ref ref, std::uint64_t size) const {
        const std::uint64_t offset = offset_of(ref);
        if (!holds(offset, size) && !grown_to_hold(offset, size)) [[unlikely]]
            return nullptr;
        T *found = reinterpret_cast<T *>(base_ + offset);
        LATZERO_ASSERT(holds(offset, size));
        LATZERO_ASSUME(found != nullptr);  // otherwise callers compare what has just been checked
        return found;
    }

    // Whether a larger size may be used at a ref that at() accepted.
    bool reaches(Ref ref, std::uint64_t size) const {
        const std::uint64_t offset = offset_of(ref);
        return offset + size <= limit_.load(std::memory_order_relaxed) || grown_to_hold(offset, size);
    }

    // Prefetches what will be needed soon at a ref. That reads nothing, so the ref need not be checked.
    void fetch(Ref ref, std::uint64_t at) const { __builtin_prefetch(base_ + offset_of(ref) + at); }

    // Before all of some pages are written for the first time: faults them in at once.
    void populate(std::uint64_t first_page, std::uint64_t pages) const {
        LATZERO_ASSERT(first_page + pages <= geometry().max_pages());
        if (pages != 0) mapping_.populate(first_page * kPageSize, pages * kPageSize);
    }

    // Backs the bytes at `offset`, which nobody uses yet, with one huge page. False if the system refuses.
    bool back_by_huge_page(std::uint64_t offset) const { return object_.back_by_huge_page(mapping_, offset); }
    // Usable bytes that this process has in huge pages, as far as the system tells.
    std::uint64_t huge_bytes() const { return mapping_.huge_bytes(usable()); }

    // For a block that goes back with what was never committed. In an encrypted pool a whole message would lie there,
    // and another program could make it the key's value: without some of its bytes nobody can open it. The block's
    // first word stays.
    void spoil(Ref ref, std::uint64_t size) const;

    // Any 8-byte word of the segment, control area included; nullptr if misaligned or out of bounds.
    Word *word_at(std::uint64_t offset) const;
    std::uint64_t offset_of_word(const Word &word) const {
        LATZERO_ASSERT(reinterpret_cast<const std::byte *>(&word) >= base_ &&
                       reinterpret_cast<const std::byte *>(&word) < base_ + geometry().max_bytes);
        return static_cast<std::uint64_t>(reinterpret_cast<const std::byte *>(&word) - base_);
    }

    // Bytes that are usable now, as far as this process has checked; looks again for growth by others.
    std::uint64_t usable() const;
    // After this process has made the object that long. Never lowers what is usable.
    void raise(std::uint64_t bytes) const;
    // Sets what is usable, also to less than before: for a repair, which knows better than the header, and for who has
    // lowered the capacity. Precondition: the object has so many bytes.
    void believe(std::uint64_t bytes) const {
        LATZERO_ASSERT(bytes <= geometry().max_bytes);
        limit_.store(bytes, std::memory_order_relaxed);
    }

private:
    bool holds(std::uint64_t offset, std::uint64_t size) const {
        return offset >= data_at_ && offset + size <= limit_.load(std::memory_order_relaxed);
    }
    [[gnu::cold, gnu::noinline]] bool grown_to_hold(std::uint64_t offset, std::uint64_t size) const;

    // Constant after attach.
    std::byte *base_ = nullptr;
    Word *page_table_ = nullptr;
    std::uint64_t data_at_ = 0;
    bool writable_ = false;
    PoolConstants constants_ = {};
    platform::MemoryObject object_;
    platform::Mapping mapping_;
    // Raised by any thread that finds the pool grown.
    mutable std::atomic<std::uint64_t> limit_{0};
    std::atomic<bool> *noted_ = nullptr;
};

}  // namespace latzero::store
