// Records: how a key and its value lie in a block (layout.hpp has the picture).
#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "store/layout.hpp"
#include "store/shared_copy.hpp"

namespace latzero::store {

// Unique in the pool: each stripe numbers its own commits.
constexpr std::uint64_t make_version(std::uint64_t commit_number, std::uint32_t stripe) {
    LATZERO_ASSERT(stripe < kStripes);
    return commit_number << kStripeBits | stripe;
}

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
    std::uint64_t detail_at() const { return modified_at() + (flags / kHasModified & 1); }
    std::uint64_t filled_at() const { return 2 + extra_words(flags % kHasFilled); }
    std::uint64_t taken_at() const { return filled_at() + 1; }
    constexpr std::uint64_t key_at() const { return 2 + extra_words(flags); }
    std::uint64_t value_at() const { return key_at() + (key_size + 7u) / 8; }
    // In bytes.
    std::uint64_t total() const { return (value_at() + (std::uint64_t{value_size} + 7) / 8) * 8; }

private:
    // How many the flags name: the first three are looked up, two bits each, since every access to a record asks this;
    // kHasFilled names two.
    static constexpr std::uint32_t extra_words(std::uint32_t flags) {
        constexpr std::uint32_t kBitsSet = 0b11'10'10'01'10'01'01'00;
        static_assert((kHasExpiry | kHasModified | kHasDetail) == 7);
        return (kBitsSet >> flags % 8 * 2 & 3) + (flags / (kHasFilled / 2) & 2);
    }
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
    Word &detail() const { return words()[shape.detail_at()]; }
    Word &filled() const { return words()[shape.filled_at()]; }
    Word &taken() const { return words()[shape.taken_at()]; }

    // Of a record that somebody may be freeing, it means nothing before that is known not to be so.
    std::uint64_t version() const { return version_in(record->version.load(std::memory_order_relaxed)); }
};

// When a record ends, by the boot clock; 0: never.
inline std::uint64_t expiry_of(const RecordView &view) {
    return view.shape.has(kHasExpiry) ? view.expiry().load(std::memory_order_relaxed) : 0;
}

// The version of a record's value: of its publication, or of its last change in place. That one is stored behind the
// value, so it is read before it: then a compare-and-set with this version can never overwrite a value newer than the
// one read.
inline std::uint64_t version_of(const RecordView &view, std::uint64_t published) {
    if (!view.shape.has(kHasModified)) return published;
    const std::uint64_t modified = view.modified().load(std::memory_order_acquire);
    return modified != 0 ? modified : published;
}

// A number of bytes, and of the elements in them, of a list that is appended to.
struct Filled {
    std::uint32_t bytes;
    std::uint32_t elements;

    static Filled unpack(std::uint64_t word) {
        return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
    }
    std::uint64_t pack() const { return bytes | std::uint64_t{elements} << 32; }
};

// Such a list holds its elements without the array's header, and room for more behind them. Its elements begin where
// `taken` ends and end where `filled` does; each of the two words changes by one store, which is the commit, and only
// rises. What is taken becomes room again in a new record alone.
struct FilledRange {
    Filled taken;
    Filled filled;

    // Bytes and elements that make sense, whatever stands there, in a record whose value has that size.
    bool is_sound(std::uint32_t value_size) const {
        return filled.bytes <= value_size && taken.bytes <= filled.bytes && taken.elements <= filled.elements;
    }
    // Bytes and elements that the list has. Of a sound range.
    Filled length() const {
        LATZERO_ASSERT(taken.bytes <= filled.bytes && taken.elements <= filled.elements);
        return {filled.bytes - taken.bytes, filled.elements - taken.elements};
    }
};

// The two words as they stood at one moment: the second look at `taken` tells. Somebody who never lets it rest is no
// reason to look for ever.
inline FilledRange filled_range_of(const RecordView &view) {
    constexpr int kAttempts = 1000;
    std::uint64_t taken = view.taken().load(std::memory_order_acquire), filled = 0;
    for (int attempt = 0; attempt < kAttempts; attempt++) {
        // Acquire: the elements that it counts are there.
        filled = view.filled().load(std::memory_order_acquire);
        const std::uint64_t again = view.taken().load(std::memory_order_acquire);
        if (again == taken) break;
        taken = again;
    }
    return {Filled::unpack(taken), Filled::unpack(filled)};
}

// What a verb stores: bytes that mean nothing to the store.
struct NewValue {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;  // all but kHasExpiry
    const void *bytes = nullptr;
    std::uint32_t size = 0;
    std::uint32_t room = 0;       // with kHasFilled: bytes to hold free behind the value
    std::uint64_t expiry_ms = 0;  // boot clock; 0: none
    std::uint64_t detail = 0;     // with kHasDetail
    std::uint32_t elements = 0;   // with kHasFilled
    std::uint64_t modified = 0;   // with kHasModified: the version that a value keeps which is stored anew as it is
    bool keeps_expiry = false;    // the expiry of the record that is replaced becomes this one's
    std::uint64_t version = 0;    // of the record, if it must be this one: it is sealed into the value
    bool reserved = false;        // that version is nobody else's; otherwise it is the next, or the write is too late
    std::uint64_t now_ms = 0;     // the boot clock, if it was asked for the expiry

    Shape shape(std::size_t key_size) const {
        LATZERO_ASSERT((flags & kHasExpiry) == 0 && type < kTypes);
        const unsigned all = flags | (expiry_ms != 0 || keeps_expiry ? kHasExpiry : 0u);
        return {size + room, static_cast<std::uint16_t>(key_size), type, static_cast<std::uint8_t>(all)};
    }
};

// Writes everything but the version. The record becomes one when its version is stored behind this.
inline void write_record(const RecordView &view, const void *key, const NewValue &value) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    LATZERO_ASSERT(view.shape.value_size == value.size + value.room && view.shape.key_size != 0);
    LATZERO_ASSERT(view.shape.value_at() * sizeof(Word) + value.size <= view.shape.total());
    LATZERO_ASSERT(value.room == 0 || view.shape.has(kHasFilled));
    LATZERO_ASSERT(value.expiry_ms == 0 || view.shape.has(kHasExpiry));
    LATZERO_ASSERT(view.key == view.words() + view.shape.key_at() &&
                   view.value == view.words() + view.shape.value_at());
    view.record->shape.store(view.shape.pack(), kRelaxed);
    if (view.shape.has(kHasExpiry)) view.expiry().store(value.expiry_ms, kRelaxed);
    if (view.shape.has(kHasModified)) view.modified().store(value.modified, kRelaxed);
    if (view.shape.has(kHasDetail)) view.detail().store(value.detail, kRelaxed);
    if (view.shape.has(kHasFilled)) {
        view.filled().store(Filled{value.size, value.elements}.pack(), kRelaxed);
        view.taken().store(0, kRelaxed);
    }
    copy_to_shared(view.key, key, view.shape.key_size);
    // Without bytes the value is filled later, in place.
    if (value.bytes != nullptr) [[likely]]
        copy_to_shared(view.value, value.bytes, value.size);
}

}  // namespace latzero::store
