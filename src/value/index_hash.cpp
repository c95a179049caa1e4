#include "value/index_hash.hpp"

#include <sodium.h>

#include <bit>

namespace latzero::value {

static_assert(std::endian::native == std::endian::little, "the hash is read as little-endian numbers");
static_assert(IndexKey::size() == crypto_shorthash_siphashx24_KEYBYTES &&
              sizeof(Hash128) == crypto_shorthash_siphashx24_BYTES);

IndexHash::IndexHash(const PoolKey &pool_key) : key_(index_key(pool_key)) {}

Hash128 IndexHash::of(std::string_view key) const {
    Hash128 hash;
    crypto_shorthash_siphashx24(reinterpret_cast<std::uint8_t *>(&hash),
                                reinterpret_cast<const std::uint8_t *>(key.data()), key.size(), key_.data());
    return hash;
}

}  // namespace latzero::value
