// What the index of a sealed pool knows keys by.
#pragma once

#include <cstdint>
#include <string_view>

#include "value/key_chain.hpp"

namespace latzero::value {

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(const Hash128 &) const = default;
};

// SipHash-2-4 of 128 bits under the pool's index key: shows nobody else what a key may be, or that keys collide. Its 16
// bytes, as two little-endian numbers.
//
// In a forked child the key is wiped, and the hash would be one that everybody can compute: whoever asks for it has
// looked first whether the process is still the one that connected.
//
// Threads: any, at once.
class IndexHash {
public:
    explicit IndexHash(const PoolKey &pool_key);

    Hash128 of(std::string_view key) const;

private:
    IndexKey key_;
};

}  // namespace latzero::value
