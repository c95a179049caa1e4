// What the processes of the kill storm know of each other's writes, in memory that has nothing to do with the library
// and outlives every one of them.
//
// A writer tells in its journal what it is about to do, does it, tells that it was acknowledged, and enters it in the
// track of the key. Killed before the acknowledgement, the write is a "maybe": the judge looks which of the two it was,
// and enters that. Keys are private (one writer) or shared (all); the tracks of both are kept per writer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "../support/process/stage.hpp"

namespace latzero::test {

inline constexpr unsigned kWriters = 4;
inline constexpr unsigned kReaders = 2;
inline constexpr std::uint32_t kMostOwnKeys = 4096;
inline constexpr std::uint32_t kSharedKeys = 32;
inline constexpr std::uint32_t kOwnCounters = 8;
inline constexpr std::uint32_t kSharedCounters = 4;
inline constexpr std::uint32_t kLargestValue = 64 << 10;

// In this crowd, larger than there are processors, most waits are for living holders that have none. So this only tells
// hanging from working.
inline constexpr std::uint64_t kHangNs = 2'000'000'000;

// A state of a key: the number of the write << 1 | whether the key is there since. 0: never written.
using State = std::uint64_t;
constexpr State make_state(std::uint64_t number, bool present) { return number << 1 | present; }
constexpr bool is_present(State state) { return state & 1; }

// One writer's dealings with one key or counter. A counter's state is its sum (own) or this writer's share (shared).
struct Track {
    std::atomic<State> begun;
    std::atomic<State> acknowledged;
    std::atomic<std::uint64_t> begin_ns;  // of the last acknowledged one
    std::atomic<std::uint64_t> end_ns;
};

enum class Place : std::uint32_t { own_key, shared_key, own_counter, shared_counter };
enum class Step : std::uint32_t { idle, begun, acknowledged };

// Set before `step` is, read by others only when the writer is dead.
struct Journal {
    std::atomic<Step> step;
    Place place;
    std::uint32_t index;
    State after;
    std::uint64_t begin_ns;
    std::uint64_t end_ns;
};

// Waits in buckets of a tenth of a millisecond; the last one takes all that are longer.
struct Waits {
    static constexpr std::uint32_t kBuckets = 2000;
    static constexpr std::uint64_t kBucketNs = 100'000;
    std::array<std::atomic<std::uint32_t>, kBuckets> counts;
    std::atomic<std::uint64_t> longest_ns;

    void add(std::uint64_t ns);
    std::uint64_t total() const;
    // The wait that this share of all does not exceed.
    std::uint64_t percentile(double share) const;
};

struct Writer {
    Journal journal;
    std::uint64_t last_number;
    std::atomic<std::uint64_t> calls, refused;
    std::array<Track, kMostOwnKeys> own_keys;
    std::array<Track, kSharedKeys> shared_keys;
    std::array<Track, kOwnCounters> own_counters;
    std::array<Track, kSharedCounters> shared_counters;

    Track &track(Place place, std::uint32_t index);
};

struct Reader {
    std::atomic<std::uint32_t> paused;  // the round of pause that it has seen
    std::atomic<std::uint64_t> reads;
};

// What a pool is like while the storm goes over it.
struct Episode {
    std::uint64_t max_bytes;
    std::uint32_t own_keys;
    std::uint32_t largest_value;
};

struct Oracle {
    Episode episode;
    std::atomic<std::uint32_t> stop;   // writers: finish the call and end
    std::atomic<std::uint32_t> pause;  // readers: odd, stay out of the pool
    Waits waits;
    std::array<Writer, kWriters> writers;
    std::array<Reader, kReaders> readers;

    void begin(const Episode &next);
};

// What a value says of itself: its key, and whose write of which state it is.
std::uint64_t key_identity(Place place, unsigned writer, std::uint32_t index);
constexpr std::uint64_t value_number(State state, unsigned writer) { return state << 8 | writer; }
constexpr State state_of(std::uint64_t number) { return number >> 8; }
constexpr unsigned writer_of(std::uint64_t number) { return number & 0xff; }

std::string key_name(Place place, unsigned writer, std::uint32_t index);

// The processes of the storm; they end by `stop` or by a kill.
void write_storm(Oracle &oracle, unsigned writer, const std::string &pool, std::uint64_t salt);
void read_storm(Oracle &oracle, unsigned reader, const std::string &pool, std::uint64_t salt);

}  // namespace latzero::test
