#include "pool/key_hash.hpp"

namespace latzero::pool {

std::uint64_t hash_long(std::string_view bytes, const HashSecret &secret) {
    return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
}

}  // namespace latzero::pool
