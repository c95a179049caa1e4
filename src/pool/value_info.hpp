// What a read learns of a value beside its bytes.
#pragma once

#include <cstdint>

#include "platform/clock.hpp"
#include "store/index.hpp"
#include "store/record.hpp"

namespace latzero::pool {

struct ValueInfo {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;  // of the record, see store/layout.hpp
    std::uint64_t size = 0;  // of the stored bytes
    std::uint64_t version = 0;
    std::uint64_t expiry_ms = 0;  // boot clock; 0: none
    std::uint64_t detail = 0;
    std::uint32_t elements = 0;  // of a list that is appended to
    bool pending = false;        // known to this process alone as yet
    std::uint64_t record = 0;    // version of the record, of a value that was sealed
    std::uint64_t now_ms = 0;    // the boot clock, once asked: only a value that ends needs it

    bool encoded() const { return (flags & store::kEncoded) != 0; }

    // Whether the value's time is over; asks the clock if it ends at all.
    bool is_over() {
        if (expiry_ms == 0) [[likely]]
            return false;
        now_ms = platform::boot_ms();
        return now_ms >= expiry_ms;
    }
};

// The part of describe() for a list that is appended to: kept out of the way of all other reads.
[[gnu::cold, gnu::noinline]] std::uint64_t describe_filled(const store::RecordView &view, ValueInfo &info);

// Returns at which byte of the record's value the value begins.
inline std::uint64_t describe(const store::RecordView &view, std::uint64_t version, ValueInfo &info) {
    info.type = view.shape.type;
    info.flags = view.shape.flags;
    info.size = view.shape.value_size;
    info.expiry_ms = expiry_of(view);
    info.version = version_of(view, version);
    info.detail = view.shape.has(store::kHasDetail) ? view.detail().load(std::memory_order_relaxed) : 0;
    info.elements = 0;
    if (!view.shape.has(store::kHasFilled)) [[likely]]
        return 0;
    return describe_filled(view, info);
}

// Copies a value if it fits, and what is known of it. Nothing of that is to be trusted before the read is known to be
// of one version. Encoded bytes are copied only if they are asked for.
struct CopyValue {
    void *buffer;
    std::size_t capacity;
    ValueInfo &info;
    bool stored = false;

    void operator()(const store::RecordView &view, std::uint64_t version) const {
        const std::uint64_t begin = describe(view, version, info);
        if (info.size > capacity || (info.encoded() && !stored)) [[unlikely]]
            return;
        if (begin == 0) [[likely]]
            store::copy_from_shared(buffer, view.value, info.size);
        else
            store::copy_from_shared_at(buffer, view.value, begin, info.size);
    }
};

// CopyValue for a record with just these flags, as the fast path reads it: none, kHasExpiry or kHasModified.
template <std::uint8_t kFlags>
struct CopyKnown {
    static_assert(kFlags == 0 || kFlags == store::kHasExpiry || kFlags == store::kHasModified);

    void *buffer;
    std::size_t capacity;
    ValueInfo &info;

    void operator()(const store::Word *record, const store::Word *value, const store::Shape &shape,
                    std::uint64_t version) const {
        constexpr std::size_t kExtra = sizeof(store::Record) / sizeof(store::Word);
        info.type = shape.type;
        info.size = shape.value_size;
        info.version = version;
        if constexpr (kFlags == store::kHasExpiry) info.expiry_ms = record[kExtra].load(std::memory_order_relaxed);
        // Before the value, as version_of() says.
        if constexpr (kFlags == store::kHasModified)
            if (const std::uint64_t modified = record[kExtra].load(std::memory_order_acquire); modified != 0)
                info.version = modified;
        if (info.size <= capacity) [[likely]]
            store::copy_from_shared(buffer, value, info.size);
    }
};

}  // namespace latzero::pool
