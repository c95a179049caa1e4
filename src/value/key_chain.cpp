#include "value/key_chain.hpp"

#include <sodium.h>

#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "base/last_error.hpp"
#include "platform/random.hpp"

namespace latzero::value {
namespace {

static_assert(std::endian::native == std::endian::little, "a wrapped key is stored little-endian");
static_assert(KdfCost::kMostPasses <= crypto_pwhash_argon2id_OPSLIMIT_MAX &&
              KdfCost::kLeastMemory >= crypto_pwhash_argon2id_MEMLIMIT_MIN);
static_assert(kSaltSize == crypto_pwhash_argon2id_SALTBYTES && kRawKeySize >= crypto_generichash_KEYBYTES_MIN);
static_assert(PoolKey::size() == crypto_kdf_KEYBYTES && IndexKey::size() >= crypto_kdf_BYTES_MIN);
static_assert(sizeof WrappedKey::nonce == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES &&
              sizeof WrappedKey::wrapped_key == PoolKey::size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);

constexpr std::size_t kHeadSize = offsetof(WrappedKey, verifier);

// What a wrapping is bound to: its pool, all that is plain in it, and the header.
struct Bound {
    Bound(const PoolBinding &binding, const WrappedKey &wrapped) : header(binding.header) {
        std::memcpy(pool_id, binding.pool_id.data(), sizeof pool_id);
        std::memcpy(head, &wrapped, sizeof head);
    }
    const std::uint8_t *bytes() const { return pool_id; }

    std::uint8_t pool_id[PoolId::extent];
    std::uint8_t head[kHeadSize];
    std::array<std::uint8_t, 32> header;

    // The verifier's part.
    static constexpr std::size_t kVerifiedSize = PoolId::extent + kHeadSize;
};
static_assert(sizeof(Bound) == 80);

// What the gate key is used by.
struct GateKeys {
    Secret<32> verifying;
    Secret<32> wrapping;
};

Status stretch(std::string_view text, const WrappedKey &wrapped, Secret<32> &gate) {
    if (crypto_pwhash_argon2id(gate.data(), gate.size(), text.data(), text.size(), wrapped.salt, wrapped.passes,
                               wrapped.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
        return Status::ok;
    return fail(Status::no_memory,
                "no memory for the %llu bytes that a try of the auth key takes: free some and try again, or give the "
                "pool a key that costs less",
                static_cast<unsigned long long>(wrapped.memory_bytes));
}

void condense(std::string_view raw, const WrappedKey &wrapped, Secret<32> &gate) {
    constexpr std::string_view kDomain = "latzero raw key ";
    std::uint8_t message[kDomain.size() + kSaltSize];
    std::memcpy(message, kDomain.data(), kDomain.size());
    std::memcpy(message + kDomain.size(), wrapped.salt, kSaltSize);
    crypto_generichash(gate.data(), gate.size(), message, sizeof message,
                       reinterpret_cast<const std::uint8_t *>(raw.data()), raw.size());
}

Status derive(const AuthKey &auth, const WrappedKey &wrapped, GateKeys &keys) {
    Secret<32> gate;
    if (auth.kind == AuthKey::Kind::raw) {
        condense(auth.bytes, wrapped, gate);
    } else {
        const Status stretched = stretch(auth.bytes, wrapped, gate);
        if (stretched != Status::ok) return stretched;
    }
    crypto_kdf_derive_from_key(keys.verifying.data(), keys.verifying.size(), 1, "latzgate", gate.data());
    crypto_kdf_derive_from_key(keys.wrapping.data(), keys.wrapping.size(), 2, "latzgate", gate.data());
    return Status::ok;
}

void make_verifier(const GateKeys &keys, const Bound &bound, std::uint8_t *verifier) {
    crypto_generichash(verifier, sizeof WrappedKey::verifier, bound.bytes(), Bound::kVerifiedSize,
                       keys.verifying.data(), keys.verifying.size());
}

Status check(const AuthKey &auth) {
    constexpr std::uint64_t kMostText = 0xffffffff;
    if (auth.kind == AuthKey::Kind::raw && auth.bytes.size() != kRawKeySize)
        return fail(Status::invalid_argument, "a raw auth key has 32 bytes, this one has %zu", auth.bytes.size());
    if (auth.bytes.empty()) return fail(Status::invalid_argument, "the auth key has no bytes");
    if (auth.bytes.size() > kMostText)
        return fail(Status::invalid_argument, "the auth key has too many bytes: it may have up to 4 GiB - 1");
    return Status::ok;
}

bool figures_sound(const WrappedKey &wrapped) {
    if (wrapped.version != WrappedKey::kVersion || wrapped.zero != 0 ||
        wrapped.cipher > static_cast<std::uint8_t>(Cipher::xchacha20poly1305))
        return false;
    if (wrapped.kind == static_cast<std::uint8_t>(AuthKey::Kind::raw))
        return wrapped.passes == 0 && wrapped.memory_bytes == 0;
    return wrapped.kind == static_cast<std::uint8_t>(AuthKey::Kind::text) &&
           KdfCost{wrapped.passes, wrapped.memory_bytes}.sound();
}

Status seal_pool_key(const AuthKey &auth, const PoolBinding &binding, const PoolKey &pool_key, WrappedKey &wrapped) {
    LATZERO_ASSERT(figures_sound(wrapped));
    GateKeys keys;
    const Status derived = derive(auth, wrapped, keys);
    if (derived != Status::ok) return derived;
    const Bound bound(binding, wrapped);
    make_verifier(keys, bound, wrapped.verifier);
    crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped.wrapped_key, nullptr, pool_key.data(), pool_key.size(),
                                               bound.bytes(), sizeof bound, nullptr, wrapped.nonce,
                                               keys.wrapping.data());
    return Status::ok;
}

Status open_pool_key(const AuthKey &auth, const PoolBinding &binding, const WrappedKey &wrapped, PoolKey &pool_key) {
    LATZERO_ASSERT(figures_sound(wrapped));
    GateKeys keys;
    const Status derived = derive(auth, wrapped, keys);
    if (derived != Status::ok) return derived;
    const Bound bound(binding, wrapped);
    std::uint8_t expected[sizeof wrapped.verifier];
    make_verifier(keys, bound, expected);
    const bool fits = sodium_memcmp(expected, wrapped.verifier, sizeof expected) == 0;
    wipe(expected, sizeof expected);
    if (!fits) return Status::authentication;
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        pool_key.data(), nullptr, nullptr, wrapped.wrapped_key, sizeof wrapped.wrapped_key, bound.bytes(), sizeof bound,
        wrapped.nonce, keys.wrapping.data());
    return opened == 0 ? Status::ok : Status::integrity;
}

}  // namespace

bool KdfCost::sound() const {
    return passes >= 1 && passes <= kMostPasses && memory_bytes >= kLeastMemory && memory_bytes <= kMostMemory &&
           work() <= kMostWork;
}

std::optional<KdfCost> cost_of_try(const AuthKey &auth, const WrappedKey &wrapped) {
    const bool stretches = auth.kind == AuthKey::Kind::text && figures_sound(wrapped) &&
                           wrapped.kind == static_cast<std::uint8_t>(AuthKey::Kind::text);
    if (!stretches) return std::nullopt;
    return KdfCost{wrapped.passes, wrapped.memory_bytes};
}

Status make_pool_key(PoolKey &pool_key) { return platform::random_bytes(pool_key.data(), pool_key.size()); }

std::array<std::uint8_t, 32> hash_header(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
    std::array<std::uint8_t, 32> hash;
    crypto_generichash_state state;
    start_crypto();
    crypto_generichash_init(&state, nullptr, 0, hash.size());
    crypto_generichash_update(&state, first.data(), first.size());
    crypto_generichash_update(&state, second.data(), second.size());
    crypto_generichash_final(&state, hash.data(), hash.size());
    return hash;
}

Status wrap(const AuthKey &auth, const PoolBinding &binding, const KdfCost &cost, Cipher cipher,
            const PoolKey &pool_key, WrappedKey &wrapped) {
    const Status checked = check(auth);
    if (checked != Status::ok) return checked;
    if (auth.kind == AuthKey::Kind::text && !cost.sound())
        return fail(Status::invalid_argument,
                    "the cost of an auth key is 1 to 100 passes over 8 KiB to 4 GiB, and 64 GiB in all at most");
    start_crypto();
    wrapped = {};
    wrapped.version = WrappedKey::kVersion;
    wrapped.kind = static_cast<std::uint8_t>(auth.kind);
    wrapped.cipher = static_cast<std::uint8_t>(cipher);
    if (auth.kind == AuthKey::Kind::text) {
        wrapped.passes = cost.passes;
        wrapped.memory_bytes = cost.memory_bytes;
    }
    Status status = platform::random_bytes(wrapped.salt, sizeof wrapped.salt);
    if (status == Status::ok) status = platform::random_bytes(wrapped.nonce, sizeof wrapped.nonce);
    if (status == Status::ok) status = seal_pool_key(auth, binding, pool_key, wrapped);
    wipe_stack();
    return status;
}

Status unwrap(const AuthKey &auth, const PoolBinding &binding, const WrappedKey &wrapped, PoolKey &pool_key) {
    const Status checked = check(auth);
    if (checked != Status::ok) return checked;
    if (!figures_sound(wrapped))
        return fail(
            Status::corrupt,
            "the figures of its wrapped key are out of bounds: another program has changed it; destroy the pool");
    if (wrapped.kind != static_cast<std::uint8_t>(auth.kind)) return Status::authentication;
    start_crypto();
    const Status opened = open_pool_key(auth, binding, wrapped, pool_key);
    wipe_stack();
    return opened;
}

SealingKey sealing_key(const PoolKey &pool_key) {
    SealingKey key;
    crypto_kdf_derive_from_key(key.data(), key.size(), 1, "latzseal", pool_key.data());
    wipe_stack();
    return key;
}

IndexKey index_key(const PoolKey &pool_key) {
    IndexKey key;
    crypto_kdf_derive_from_key(key.data(), key.size(), 1, "latzindx", pool_key.data());
    wipe_stack();
    return key;
}

}  // namespace latzero::value
