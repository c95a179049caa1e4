// The ciphers of sealed pools, and the keys that messages are sealed with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/secret.hpp"

namespace latzero::value {

// Numbers that pools keep.
enum class Cipher : std::uint8_t {
    none = 0,  // the pool is plain; its auth key is a gate alone
    aes256gcm = 1,
    xchacha20poly1305 = 2,
};

// Whether this machine can seal and open with it; false for `none`.
bool available(Cipher cipher);

// The fastest that this machine has.
Cipher best_cipher();

inline constexpr std::size_t kPrefixSize = 16;
inline constexpr std::size_t kTagSize = 16;

using Prefix = std::array<std::uint8_t, kPrefixSize>;
using SealingKey = Secret<32>;

// The key of all messages that begin with one prefix:
//
//   BLAKE2b-256, keyed by the pool's sealing key, of the 16 bytes of the prefix
//
// The nonce of a message is its 64-bit number, little-endian, followed by zeros: 12 bytes in all for AES-256-GCM, 24
// for XChaCha20-Poly1305.
//
// Threads: any for encrypt() and decrypt(), at once; none beside derive().
class MessageKey {
public:
    MessageKey() = default;
    explicit MessageKey(Cipher cipher);  // which is available; no key yet

    void derive(const SealingKey &key, const Prefix &prefix) noexcept;

    // In place, in memory that no other process can write: `size` bytes and behind them the tag.
    void encrypt(std::uint64_t number, std::string_view ad, std::uint8_t *bytes, std::size_t size) const;
    // Of `size` bytes with the tag behind them. false if they do not verify; `out` is of no use then.
    bool decrypt(std::uint64_t number, std::string_view ad, const std::uint8_t *bytes, std::size_t size,
                 std::uint8_t *out) const;

private:
    Cipher cipher_ = Cipher::none;
    SecretBytes context_;  // AES: the expanded key; XChaCha20: the key
};

}  // namespace latzero::value
