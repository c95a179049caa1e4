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

struct Case {
    const char *name;
    int processes;
    std::uint32_t sets;          // of 100 accesses; the others are gets
    std::uint32_t counters = 0;  // not 0: increments instead, over so many keys
    // Only the first process counts, while the second sets keys that the first leaves alone.
    bool beside_writer = false;
};

inline constexpr Case kGet{"get", 1, 0};
inline constexpr Case kSet{"set", 1, 100};
inline constexpr Case kMixed{"mixed-90-10", 1, 10};
inline constexpr Case kIncrement{"incr-1", 1, 0, 1};

inline constexpr std::array kCases{
    kGet,
    kSet,
    kMixed,
    kIncrement,
    Case{"incr-1000", 1, 0, kCounters},
    Case{"2p-get", 2, 0},
    Case{"2p-mixed-90-10", 2, 10},
    Case{"2p-incr-1", 2, 0, 1},
    Case{"2p-reader-beside-writer", 2, 0, 0, true},
};

enum class Verb : std::uint32_t { get, set, increment };

// 16 bytes, read one after the other: the list itself costs next to nothing.
struct Access {
    char key[kKeySize];
    Verb verb;
};

inline void write_key(char *out, const char *prefix, std::uint32_t number) {
    char text[24];
    std::snprintf(text, sizeof text, "%s%08u", prefix, number);
    std::memcpy(out, text, kKeySize);
}

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 | 1) {}

    std::uint32_t below(std::uint32_t limit) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::uint32_t>((state_ >> 20) % limit);
    }

private:
    std::uint64_t state_;
};

// A reader beside a writer has seven keys of eight, so that what it reads is about as much as a reader alone has.
inline std::uint32_t key_beside_writer(const DataSet &data, bool is_writer, Random &random) {
    const std::uint32_t eighths = data.keys / 8;
    if (is_writer) return random.below(eighths) * 8 + 7;
    const std::uint32_t number = random.below(eighths * 7);
    return number / 7 * 8 + number % 7;
}

// Uniformly random, for one of the case's processes; the same seed gives every store the same accesses.
inline std::vector<Access> make_accesses(const Case &what, const DataSet &data, int process, std::uint64_t seed) {
    constexpr std::size_t kAccesses = std::size_t{1} << 18;
    Random random(seed);
    const bool is_writer = what.beside_writer && process > 0;
    std::vector<Access> accesses(kAccesses);
    for (Access &access : accesses) {
        if (what.counters != 0) {
            write_key(access.key, "ctr:", random.below(what.counters));
            access.verb = Verb::increment;
            continue;
        }
        const std::uint32_t number =
            what.beside_writer ? key_beside_writer(data, is_writer, random) : random.below(data.keys);
        write_key(access.key, "key:", number);
        access.verb = is_writer || random.below(100) < what.sets ? Verb::set : Verb::get;
    }
    return accesses;
}

}  // namespace bench
