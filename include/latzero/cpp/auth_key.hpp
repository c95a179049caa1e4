// Auth keys, and what encrypted pools are sealed with.
#pragma once

#include <latzero/latzero.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace latzero {
namespace detail {

template <typename T>
concept TextKey = std::convertible_to<const T &, std::string_view>;
template <typename T>
concept RawKey = std::convertible_to<const T &, std::span<const std::byte, 32>>;

}  // namespace detail

// A pool's auth key: a text that somebody remembers, or 32 random bytes. Refers to the caller's memory, as a
// std::string_view does, and copies nothing: when the secret is wiped is up to the caller.
class AuthKey {
public:
    // None.
    constexpr AuthKey() noexcept = default;
    // A text, or other bytes of any number. Each try of it costs what the pool's KeyCost says.
    template <detail::TextKey T>
    constexpr AuthKey(const T &text) : AuthKey(static_cast<std::string_view>(text), false) {}
    // 32 random bytes, which nobody can guess: a try costs nothing. Of a vector or string, give its first<32>().
    template <detail::RawKey T>
    AuthKey(const T &raw) : AuthKey(as_text(raw), true) {}

    constexpr const char *data() const noexcept { return bytes_.data(); }  // nullptr: none
    constexpr std::size_t size() const noexcept { return bytes_.size(); }
    constexpr bool is_raw() const noexcept { return raw_; }

private:
    // A text without memory is an empty key, which the library refuses, and not none.
    constexpr AuthKey(std::string_view bytes, bool raw) noexcept
        : bytes_(bytes.data() != nullptr ? bytes : std::string_view("")), raw_(raw) {}

    static std::string_view as_text(std::span<const std::byte, 32> raw) noexcept {
        return {reinterpret_cast<const char *>(raw.data()), raw.size()};
    }

    std::string_view bytes_;
    bool raw_ = false;
};

// What each try of a text key costs, whoever makes it: the processes that connect, and whoever guesses.
struct KeyCost {
    std::uint64_t memory_bytes = 0;  // 8 KiB to 4 GiB; 0: 64 MiB
    std::uint32_t passes = 0;        // over that memory, 1 to 100; 0: 2
};

// What a try of a text key may cost this process. The pool's header says what it does cost, which another program may
// have edited: a pool that asks for more is refused (AUTHENTICATION) at no cost.
struct KeyCeiling {
    std::uint64_t kdf_memory_most = 0;  // in bytes; 0: 1 GiB
    std::uint64_t kdf_work_most = 0;    // memory times passes; 0: 8 GiB
};

// What an encrypted pool is sealed with, by keys of 256 bits.
enum class Cipher : std::uint32_t {
    aes256gcm = LATZERO_CIPHER_AES256GCM,  // where the processor has instructions for it
    xchacha20poly1305 = LATZERO_CIPHER_XCHACHA20POLY1305
};

namespace detail {

inline std::uint32_t c_cipher(std::optional<Cipher> cipher) noexcept {
    return cipher ? static_cast<std::uint32_t>(*cipher) : std::uint32_t{LATZERO_CIPHER_NONE};
}

inline std::optional<Cipher> cipher_of(std::uint32_t cipher) noexcept {
    if (cipher == LATZERO_CIPHER_NONE) return std::nullopt;
    return static_cast<Cipher>(cipher);
}

// For a pool that was created at that cost, which its creator agreed to: that, or the usual ceiling.
inline KeyCeiling ceiling_of(const KeyCost &cost) noexcept {
    constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
    const std::uint64_t passes = cost.passes != 0 ? cost.passes : 2;
    return {std::max(kGiB, cost.memory_bytes), std::max(8 * kGiB, cost.memory_bytes * passes)};
}

}  // namespace detail
}  // namespace latzero
