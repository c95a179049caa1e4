// The hash of keys. A plain pool's is XXH3 under a secret of the pool, so that nobody can choose keys that collide.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "store/index.hpp"
#include "value/index_hash.hpp"

namespace latzero::pool {

using HashSecret = std::array<std::uint8_t, store::kHashSecretSize>;

// The same hash as below.
std::uint64_t hash_long(std::string_view bytes, const HashSecret &secret);

// Flattened, the compiler keeps only what a short key needs of the hash, and puts that where it is called.
[[gnu::flatten]] inline std::uint64_t hash_of(std::string_view bytes, const HashSecret &secret) {
    constexpr std::size_t kShort = 16;
    if (bytes.size() > kShort) [[unlikely]]
        return hash_long(bytes, secret);
    return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
}

inline store::Key make_key(std::string_view bytes, const HashSecret &secret) {
    const std::uint64_t hash = hash_of(bytes, secret);
    return {bytes.data(), bytes.size(), static_cast<std::uint32_t>(hash >> (64 - store::kStripeBits)),
            static_cast<std::uint32_t>(hash)};
}

// A key of an encrypted pool is stored as a hash already, of 16 bytes. They have to live as long as what is made of
// them here. Others are no such key, and found nowhere.
inline store::Key make_stored_key(std::string_view bytes) {
    value::Hash128 digest;
    if (bytes.size() == sizeof digest) std::memcpy(&digest, bytes.data(), sizeof digest);
    return {bytes.data(), bytes.size(), static_cast<std::uint32_t>(digest.high >> (64 - store::kStripeBits)),
            static_cast<std::uint32_t>(digest.low)};
}
inline store::Key make_stored_key(const value::Hash128 &digest) {
    return make_stored_key(std::string_view(reinterpret_cast<const char *>(&digest), sizeof digest));
}

}  // namespace latzero::pool
