// What every store is asked to do: the data sets, the keys, and the accesses, made before the clock starts.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

inline constexpr std::size_t kKeySize = 12;  // "key:%08u" or "ctr:%08u"
inline constexpr std::uint32_t kCounters = 1000;

struct DataSet {
    const char *name;
    std::uint32_t keys;
    std::size_t value_size;
};

inline constexpr std::array kDataSets{
    DataSet{"64B-1k", 1'000, 64},
    DataSet{"64B-100k", 100'000, 64},
    DataSet{"1KiB-20k", 20'000, 1024},
    DataSet{"1MiB-16", 16, 1 << 20},
};

enum class Verb : std::uint8_t { get, set, mixed, increment };

struct Case {
    const char *name;
    Verb verb;
    int processes;
    std::uint32_t counters;  // of an increment: over how many keys
};

inline constexpr std::array kCases{
    Case{"get", Verb::get, 1, 0},
    Case{"set", Verb::set, 1, 0},
    Case{"mixed-90-10", Verb::mixed, 1, 0},
    Case{"incr-1", Verb::increment, 1, 1},
    Case{"incr-1000", Verb::increment, 1, kCounters},
    Case{"2p-get", Verb::get, 2, 0},
    Case{"2p-mixed-90-10", Verb::mixed, 2, 0},
    Case{"2p-incr-1", Verb::increment, 2, 1},
};

// 16 bytes, read one after the other: the list itself costs next to nothing.
struct Access {
    char key[kKeySize];
    std::uint32_t is_set;
};

inline void write_key(char *out, const char *prefix, std::uint32_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%s%08u", prefix, number);
    std::memcpy(out, text, kKeySize);
}

// Uniformly random; the same seed gives every store the same accesses.
inline std::vector<Access> make_accesses(const Case &what, const DataSet &data, std::uint64_t seed) {
    constexpr std::size_t kAccesses = std::size_t{1} << 18;
    std::uint64_t state = seed * 0x9e3779b97f4a7c15 | 1;
    const auto random = [&state](std::uint32_t limit) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return static_cast<std::uint32_t>((state >> 20) % limit);
    };
    const bool counters = what.verb == Verb::increment;
    std::vector<Access> accesses(kAccesses);
    for (Access &access : accesses) {
        write_key(access.key, counters ? "ctr:" : "key:", random(counters ? what.counters : data.keys));
        access.is_set = what.verb == Verb::set || (what.verb == Verb::mixed && random(10) == 0);
    }
    return accesses;
}

}  // namespace bench
