// From the key that a user gives to the keys that a pool works with.
//
//   auth key --Argon2id or BLAKE2b--> gate key --opens--> pool key --BLAKE2b--> sealing key, index key
//
// The pool key is random, made once and never changed. The pool keeps it wrapped by the gate key, so another auth key
// needs another wrapping only. Who has an old wrapping and its auth key has the pool key: a new auth key shuts out
// those who come later, not those who were in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/status.hpp"
#include "value/cipher.hpp"
#include "value/secret.hpp"

namespace latzero::value {

// What it costs to try one auth key.
struct KdfCost {
    std::uint32_t passes = 2;
    std::uint64_t memory_bytes = std::uint64_t{64} << 20;

    static constexpr std::uint32_t kMostPasses = 100;
    static constexpr std::uint64_t kLeastMemory = 8 << 10;
    static constexpr std::uint64_t kMostMemory = std::uint64_t{4} << 30;
    // Of passes times memory: about a minute.
    static constexpr std::uint64_t kMostWork = std::uint64_t{64} << 30;

    // Whether it is within these bounds, which a wrapped key's figures never leave.
    bool sound() const;
    // Passes times memory, of a sound one.
    std::uint64_t work() const { return memory_bytes * passes; }
};

// What a caller lets a pool ask for. The figures are the header's, and nobody vouches for them before they are paid: a
// neighbour who edits them must not make those who connect compute for a minute, or take all memory.
struct KdfCeiling {
    std::uint64_t memory_bytes = std::uint64_t{1} << 30;
    std::uint64_t work = std::uint64_t{8} << 30;

    bool admits(const KdfCost &cost) const { return cost.memory_bytes <= memory_bytes && cost.work() <= work; }
};

// What a user gives; not kept.
struct AuthKey {
    enum class Kind : std::uint8_t {
        text = 1,  // 1 byte to 4 GiB - 1, perhaps easy to guess: trying one is made to cost something
        raw = 2,   // 32 random bytes
    };
    std::string_view bytes;
    Kind kind = Kind::text;
};

inline constexpr std::size_t kRawKeySize = 32;
inline constexpr std::size_t kSaltSize = 16;

using PoolId = std::span<const std::uint8_t, 16>;

// What an auth key vouches for beside the pool key: the pool, by its id, and all of its header that is constant, by its
// BLAKE2b-256.
struct PoolBinding {
    PoolId pool_id;
    std::array<std::uint8_t, 32> header;
};

// The hash of a header's constant bytes, which lie in two places.
std::array<std::uint8_t, 32> hash_header(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second);

using PoolKey = Secret<32>;
using IndexKey = Secret<16>;

// A wrapped pool key, as the pool keeps it. All numbers little-endian. To be read from a private copy alone.
//
//   gate key     text: Argon2id 1.3 of the auth key, `salt`, `passes`, `memory_bytes` (one lane), 32 bytes
//                raw:  BLAKE2b-256, keyed by the auth key, of "latzero raw key " and `salt`
//   verifier     BLAKE2b-256 of the pool id and the first 32 bytes of this block,
//                keyed by crypto_kdf(gate key, 1, "latzgate")
//   wrapped_key  XChaCha20-Poly1305 of the pool key under crypto_kdf(gate key, 2, "latzgate") and `nonce`;
//                additional data: the pool id, the first 32 bytes of this block, and the hash of the pool's header
//
// crypto_kdf(key, n, context) is libsodium's crypto_kdf_derive_from_key: 32 bytes of BLAKE2b keyed by `key`, with n as
// its salt and the context as its personalisation. The verifier binds the block to one gate key; the tag alone would
// not. It leaves the header out, so that a changed header is told from a wrong key.
struct WrappedKey {
    static constexpr std::uint8_t kVersion = 2;

    std::uint8_t version;
    std::uint8_t kind;    // AuthKey::Kind
    std::uint8_t cipher;  // Cipher: of the pool's records
    std::uint8_t zero;
    std::uint32_t passes;  // like the next, 0 for a raw key
    std::uint64_t memory_bytes;
    std::uint8_t salt[kSaltSize];
    std::uint8_t verifier[32];
    std::uint8_t nonce[24];
    std::uint8_t wrapped_key[48];  // the key's 32 bytes and the tag
};
static_assert(sizeof(WrappedKey) == 136 && alignof(WrappedKey) == 8 && offsetof(WrappedKey, kind) == 1 &&
              offsetof(WrappedKey, cipher) == 2 && offsetof(WrappedKey, passes) == 4 &&
              offsetof(WrappedKey, memory_bytes) == 8 && offsetof(WrappedKey, salt) == 16 &&
              offsetof(WrappedKey, verifier) == 32 && offsetof(WrappedKey, nonce) == 64 &&
              offsetof(WrappedKey, wrapped_key) == 88);
// Two of them and a word that tells which one counts fit where the header keeps them.
static_assert(2 * sizeof(WrappedKey) + 8 == 280);

// A new random one.
Status make_pool_key(PoolKey &pool_key);

// Wraps a pool key, with a new salt. The cost is that of text keys; a raw key has none. invalid_argument if the key or
// the cost is out of bounds; no_memory if the system does not have what the cost asks for.
Status wrap(const AuthKey &auth, const PoolBinding &binding, const KdfCost &cost, Cipher cipher,
            const PoolKey &pool_key, WrappedKey &wrapped);

// The pool key again. `authentication`, without a sentence: it does not fit, because the auth key is another one, or of
// another kind, or the block is damaged or of another pool; nobody learns which, nor how near it was. `integrity`,
// without a sentence: the auth key fits, and the header or the sealed key was changed. `corrupt`: its plain figures are
// such as wrap() never writes, which is found before any work is done for them. invalid_argument and no_memory as
// above.
Status unwrap(const AuthKey &auth, const PoolBinding &binding, const WrappedKey &wrapped, PoolKey &pool_key);

// What unwrap() would pay for a try of this key before it knows whether the block is sound. nullopt: nothing, since the
// key is a raw one, or it is refused by the plain figures alone.
std::optional<KdfCost> cost_of_try(const AuthKey &auth, const WrappedKey &wrapped);

// What the pool key is used by: crypto_kdf(pool key, 1, "latzseal") and, 16 bytes of it, crypto_kdf(pool key, 1,
// "latzindx").
SealingKey sealing_key(const PoolKey &pool_key);
IndexKey index_key(const PoolKey &pool_key);

}  // namespace latzero::value
