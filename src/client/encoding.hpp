// Between a value and the bytes that the pool stores for it: checked, compressed if that pays, and back.
//
// Most values are stored as they are; that path is inline. Encoded are: values above the threshold that
// get smaller by compression, lists and dicts kept as JSON text, and lists that are appended to (their elements without
// the array's header). The record's flags tell which, so every reader understands all forms.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/status.hpp"
#include "pool/pool.hpp"
#include "pool/value_info.hpp"
#include "value/compress.hpp"
#include "value/fault.hpp"
#include "value/value.hpp"
#include "value/wiped.hpp"

namespace latzero::client {

using pool::ValueInfo;

// How this process stores values; readers follow the records.
struct Settings {
    static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

    std::atomic<std::uint64_t> compress_above{1024};
    std::atomic<bool> prefer_msgpack{true};
    // A size after compression tells of the content, and encryption does not hide sizes: so only if asked for.
    std::atomic<bool> compress_encrypted{false};
};
extern Settings settings;

// A value as a caller gives it, checked already.
struct Given {
    std::uint32_t type = 0;
    std::string_view bytes;
    std::int64_t ttl_ms = 0;  // 0: none
    std::uint32_t tag = 0;    // of an opaque value
    bool is_json = false;     // the bytes are JSON text of a list or dict
};

// Numbers of 8 bytes can be changed in place, for which their records carry a version of the last change.
constexpr bool is_number(std::uint32_t type) {
    return type == static_cast<std::uint32_t>(value::Type::int64) ||
           type == static_cast<std::uint32_t>(value::Type::float64);
}

constexpr std::uint64_t make_detail(std::uint64_t size, std::uint32_t tag) { return size | std::uint64_t{tag} << 32; }
constexpr std::uint32_t tag_of(const ValueInfo &info) { return static_cast<std::uint32_t>(info.detail >> 32); }

// The most bytes that a value can have in a pool: a record's size has 32 bits.
inline std::uint64_t largest_value(const pool::Pool &pool) {
    return std::min<std::uint64_t>(pool.largest_record(), std::numeric_limits<std::uint32_t>::max());
}

// When a life of that many milliseconds from now ends, by the boot clock; 0 for 0. Both fit in 63 bits, so the sum
// cannot wrap.
inline std::uint64_t expiry_after(std::int64_t ttl_ms) {
    return ttl_ms == 0 ? 0 : platform::boot_ms() + static_cast<std::uint64_t>(ttl_ms);
}

// Lets a value live that long, or for ever: 0.
inline void set_life(pool::NewValue &value, std::int64_t ttl_ms) {
    if (ttl_ms == 0) [[likely]]
        return;
    value.now_ms = platform::boot_ms();
    value.expiry_ms = value.now_ms + static_cast<std::uint64_t>(ttl_ms);
}

// Whether a value of that type and size is stored as it is, with nothing to say of it. What fits a size class fits
// every pool.
inline bool is_plain(std::uint32_t type, std::size_t size) {
    return type <= static_cast<std::uint32_t>(value::Type::bytes) && size <= store::kSmallLimit &&
           size <= settings.compress_above.load(std::memory_order_relaxed);
}

// What to store for such a value.
inline pool::NewValue as_it_is(std::uint32_t type, std::string_view bytes, std::uint64_t expiry_ms) {
    return {.type = static_cast<std::uint8_t>(type),
            .flags = is_number(type) ? store::kHasModified : std::uint8_t{0},
            .bytes = bytes.data(),
            .size = static_cast<std::uint32_t>(bytes.size()),
            .expiry_ms = expiry_ms};
}

// What to store for a value as it is: all but its bytes, size and expiry.
pool::NewValue unencoded(const Given &given);

// What to store for a value, which is compressed only through a compressor. `storage` is where its bytes are if they
// are not the caller's.
pool::NewValue encode(const Given &given, value::Compressor *compressor, value::Bytes &storage);

// The value's own bytes, from stored ones. False if they make no sense; `largest` bounds what is believed of a size.
bool decode(const ValueInfo &info, std::string_view stored, std::uint64_t largest, value::Compressor &compressor,
            value::Bytes &plain);

// The size of the value's own bytes, as far as the record tells: it may be one that no bytes can have, or only decoding
// may tell.
enum class PlainSize : std::uint8_t { known, unknown, impossible };
PlainSize plain_size(const ValueInfo &info, std::uint64_t largest, std::uint64_t &size);

}  // namespace latzero::client
