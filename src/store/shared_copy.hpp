// Copies between private memory and shared bytes that another process may be changing at the same time.
//
// Shared positions are 8-byte aligned and padded to 8. What was copied is used only after a check that it did not
// change meanwhile (index.hpp).
//
// Short copies go by relaxed atomic words, so racing processes make no data race of the language. Copies of kLargeCopy
// bytes and more use memcpy(), which is three times as fast, whole tables are cleared by memset(), and keys of 9 to 16
// bytes are compared by a plain load: in the language's terms, data races. They do no harm, because
// - bytes are read once, into private memory or a register, and mean nothing before the check;
// - the check reads an atomic word behind an acquire fence, so no compiler moves the copy past it, and it finds a
//   change however the copy was torn;
// - bytes are written only where no published record lies, or behind what readers may read of one.
// Under ThreadSanitizer, and where the memory model is simulated, everything goes by words.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "store/layout.hpp"

namespace latzero::store {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kLargeByMemcpy = false;
#else
inline constexpr bool kLargeByMemcpy = true;
#endif
inline constexpr std::size_t kLargeCopy = 32;

// 32 to 64 bytes by two moves that may overlap: without a call, a read of such a value takes a tenth less.
constexpr bool is_medium(std::size_t size) { return size - kLargeCopy <= kLargeCopy; }
inline void copy_medium(char *to, const char *from, std::size_t size) {
    LATZERO_ASSERT(size >= kLargeCopy && size <= 2 * kLargeCopy);
    std::memcpy(to, from, kLargeCopy);
    std::memcpy(to + size - kLargeCopy, from + size - kLargeCopy, kLargeCopy);
}

template <typename Number>
Number load_bytes(const char *bytes) {
    Number number;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

// The first 1 to 7 bytes as a zero-padded word. By two overlapping loads, since a memcpy() of a size known only at run
// time is a call on the hot path, or worse a `rep movs`.
inline std::uint64_t load_tail(const char *bytes, std::size_t size) {
    LATZERO_ASSERT(size >= 1 && size <= 7);
    if (size >= 4)
        return load_bytes<std::uint32_t>(bytes) | std::uint64_t{load_bytes<std::uint32_t>(bytes + size - 4)}
                                                      << (size - 4) * 8;
    const auto byte = [bytes](std::size_t at) {
        return std::uint64_t{static_cast<unsigned char>(bytes[at])} << at * 8;
    };
    return byte(0) | byte(size / 2) | byte(size - 1);
}

inline void store_tail(char *bytes, std::uint64_t word, std::size_t size) {
    LATZERO_ASSERT(size >= 1 && size <= 7);
    if (size >= 4) {
        const auto low = static_cast<std::uint32_t>(word);
        const auto high = static_cast<std::uint32_t>(word >> (size - 4) * 8);
        std::memcpy(bytes, &low, 4);
        std::memcpy(bytes + size - 4, &high, 4);
        return;
    }
    for (const std::size_t at : {std::size_t{0}, size / 2, size - 1}) bytes[at] = static_cast<char>(word >> at * 8);
}

inline void copy_from_shared(void *to, const Word *from, std::size_t size) {
    auto *out = static_cast<char *>(to);
    if (kLargeByMemcpy && is_medium(size)) [[likely]]
        return copy_medium(out, reinterpret_cast<const char *>(from), size);
    if (kLargeByMemcpy && size > kLargeCopy) {
        std::memcpy(out, static_cast<const void *>(from), size);
        return;
    }
    for (; size >= 8; size -= 8, out += 8, from++) {
        const std::uint64_t word = from->load(std::memory_order_relaxed);
        std::memcpy(out, &word, 8);
    }
    if (size > 0) store_tail(out, from->load(std::memory_order_relaxed), size);
}

// As copy_from_shared(), from a byte of a shared area that may lie within a word.
[[gnu::noinline]] inline void copy_from_shared_at(void *to, const Word *area, std::size_t at, std::size_t size) {
    auto *out = static_cast<char *>(to);
    const std::size_t skipped = at % 8;
    area += at / 8;
    if (skipped != 0 && size > 0) {
        const std::size_t first = size < 8 - skipped ? size : 8 - skipped;
        store_tail(out, area->load(std::memory_order_relaxed) >> skipped * 8, first);
        out += first;
        size -= first;
        area++;
    }
    copy_from_shared(out, area, size);
}

// Pads the last word with zeros.
inline void copy_to_shared(Word *to, const void *from, std::size_t size) {
    const auto *in = static_cast<const char *>(from);
    if (kLargeByMemcpy && size >= kLargeCopy) {
        const std::size_t whole = size & ~std::size_t{7};
        if (is_medium(whole)) [[likely]]
            copy_medium(reinterpret_cast<char *>(to), in, whole);
        else
            std::memcpy(static_cast<void *>(to), in, whole);
        // The last word is made of the last eight bytes, as that of a short key below.
        if (const std::size_t over = size % 8; over != 0) [[unlikely]]
            to[size / 8].store(load_bytes<std::uint64_t>(in + size - 8) >> (8 - over) * 8, std::memory_order_relaxed);
        return;
    }
    if (size > 8 && size <= 16) {
        // The usual size of keys. The second word is the last eight bytes, without those that the first one has.
        to->store(load_bytes<std::uint64_t>(in), std::memory_order_relaxed);
        to[1].store(load_bytes<std::uint64_t>(in + size - 8) >> (16 - size) * 8, std::memory_order_relaxed);
        return;
    }
    for (; size >= 8; size -= 8, in += 8, to++) to->store(load_bytes<std::uint64_t>(in), std::memory_order_relaxed);
    if (size > 0) to->store(load_tail(in, size), std::memory_order_relaxed);
}

// Of many words most are not in the processor's caches, and memset() does not fetch them first.
inline void clear_shared(Word *words, std::size_t count) {
    if (kLargeByMemcpy) {
        std::memset(static_cast<void *>(words), 0, count * sizeof(Word));
        return;
    }
    for (std::size_t at = 0; at < count; at++) words[at].store(0, std::memory_order_relaxed);
}

// Writes behind the first `used` bytes of a shared area. Others may be reading those: the word in which old and new
// bytes meet is stored with the old ones unchanged.
inline void append_to_shared(Word *area, std::size_t used, const void *from, std::size_t size) {
    const auto *in = static_cast<const char *>(from);
    Word *to = area + used / 8;
    const std::size_t before = used % 8;
    if (before != 0 && size > 0) {
        const std::size_t first = size < 8 - before ? size : 8 - before;
        std::uint64_t fresh = 0;
        for (std::size_t at = 0; at < first; at++)
            fresh |= std::uint64_t{static_cast<unsigned char>(in[at])} << (before + at) * 8;
        const std::uint64_t kept = to->load(std::memory_order_relaxed) & ((std::uint64_t{1} << before * 8) - 1);
        to->store(kept | fresh, std::memory_order_relaxed);
        in += first;
        size -= first;
        to++;
    }
    copy_to_shared(to, in, size);
}

// Whether `size` bytes at `key` equal the zero-padded shared ones. Keys of the usual size are compared as two words
// that may overlap.
inline bool equals_shared(const Word *shared, const void *key, std::size_t size) {
    const auto *in = static_cast<const char *>(key);
    if (kLargeByMemcpy && size > 8 && size <= 16) [[likely]] {
        const auto *bytes = reinterpret_cast<const char *>(shared);
        return shared->load(std::memory_order_relaxed) == load_bytes<std::uint64_t>(in) &&
               load_bytes<std::uint64_t>(bytes + size - 8) == load_bytes<std::uint64_t>(in + size - 8);
    }
    for (; size >= 8; size -= 8, in += 8, shared++)
        if (shared->load(std::memory_order_relaxed) != load_bytes<std::uint64_t>(in)) return false;
    return size == 0 || shared->load(std::memory_order_relaxed) == load_tail(in, size);
}

}  // namespace latzero::store
