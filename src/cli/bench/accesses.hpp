// The keys that a process visits, in their order: made before the clock starts, by the generator of bench/peers, so
// that the same seed gives the same accesses here and there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace latzero::cli::bench {

constexpr std::size_t kKeySize = 12;  // a prefix of four letters and eight digits

// The keys of a kind: `prefix` and a number under `keys`.
struct KeySet {
    const char *prefix;
    std::uint32_t keys;
};

// 16 bytes, read one after the other: the list itself costs next to nothing.
struct Access {
    char key[kKeySize];
    std::uint32_t is_set;
};

inline void write_key(char *out, const char *prefix, std::uint32_t number) {
    std::memcpy(out, prefix, 4);
    for (std::size_t at = kKeySize; at > 4; number /= 10) {
        out[--at] = static_cast<char>('0' + number % 10);
    }
}

// Uniformly random. mixed: one in ten is a set.
inline std::vector<Access> make_accesses(const KeySet &set, bool mixed, std::uint64_t seed) {
    constexpr std::size_t kCount = std::size_t{1} << 18;
    std::uint64_t state = seed * 0x9e3779b97f4a7c15 | 1;
    const auto random = [&state](std::uint32_t limit) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<std::uint32_t>((state >> 20) % limit);
    };
    std::vector<Access> accesses(kCount);
    for (Access &access : accesses) {
        write_key(access.key, set.prefix, random(set.keys));
        access.is_set = mixed && random(10) == 0;
    }
    return accesses;
}

}  // namespace latzero::cli::bench
