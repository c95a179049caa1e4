// Records: how a key and its value lie in a block (layout.hpp has the picture).
#pragma once

#include <cstdint>

#include "store/layout.hpp"
#include "store/shared_copy.hpp"

namespace latzero::store {

// The second word of a record, unpacked; all positions follow from it.
struct Shape {
    std::uint32_t value_size;
    std::uint16_t key_size;
    std::uint8_t type;
    std::uint8_t flags;

    static Shape unpack(std::uint64_t word) {
        return {static_cast<std::uint32_t>(word), static_cast<std::uint16_t>(word >> 32),
                static_cast<std::uint8_t>(word >> 48), static_cast<std::uint8_t>(word >> 56)};
    }
    std::uint64_t pack() const {
        return value_size | std::uint64_t{key_size} << 32 | std::uint64_t{type} << 48 | std::uint64_t{flags} << 56;
    }

    bool has(std::uint8_t flag) const { return (flags & flag) != 0; }

    // In words from the record's start.
    std::uint64_t expiry_at() const { return 2; }
    std::uint64_t modified_at() const { return 2u + (flags & kHasExpiry); }
    std::uint64_t key_at() const { return modified_at() + (flags / kHasModified & 1); }
    std::uint64_t value_at() const { return key_at() + (key_size + 7u) / 8; }
    // In bytes.
    std::uint64_t total() const { return (value_at() + (std::uint64_t{value_size} + 7) / 8) * 8; }
};

// A record and where its parts lie.
struct RecordView {
    Record *record = nullptr;
    Shape shape = {};
    Word *key = nullptr;
    Word *value = nullptr;

    RecordView() = default;
    RecordView(Record *at, const Shape &of)
        : record(at), shape(of), key(words() + shape.key_at()), value(key + (shape.key_size + 7u) / 8) {}

    Word *words() const { return reinterpret_cast<Word *>(record); }
    Word &expiry() const { return words()[shape.expiry_at()]; }
    Word &modified() const { return words()[shape.modified_at()]; }
};

// When a record ends, by the boot clock; 0: never.
inline std::uint64_t expiry_of(const RecordView &view) {
    return view.shape.has(kHasExpiry) ? view.expiry().load(std::memory_order_relaxed) : 0;
}

// What a verb stores: bytes that mean nothing to the store.
struct NewValue {
    std::uint8_t type = 0;
    const void *bytes = nullptr;
    std::uint32_t size = 0;
    std::uint64_t expiry_ms = 0;  // boot clock; 0: none
    bool counter = false;         // an 8-byte number that may be changed in place

    Shape shape(std::size_t key_size) const {
        const unsigned flags = (expiry_ms != 0 ? kHasExpiry : 0u) | (counter ? kHasModified : 0u);
        return {size, static_cast<std::uint16_t>(key_size), type, static_cast<std::uint8_t>(flags)};
    }
};

// Writes everything but the version. The record becomes one when its version is stored behind this.
inline void write_record(const RecordView &view, const void *key, const NewValue &value) {
    view.record->shape.store(view.shape.pack(), std::memory_order_relaxed);
    if (view.shape.has(kHasExpiry)) view.expiry().store(value.expiry_ms, std::memory_order_relaxed);
    if (view.shape.has(kHasModified)) view.modified().store(0, std::memory_order_relaxed);
    copy_to_shared(view.key, key, view.shape.key_size);
    copy_to_shared(view.value, value.bytes, value.size);
}

}  // namespace latzero::store
