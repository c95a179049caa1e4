// What the processes of the watch storm know of each other's changes, in memory that has nothing to do with the library
// and outlives every one of them.
//
// Each key has one writer, which counts a change before it begins and again when it was acknowledged. A writer that is
// killed in between leaves one change that may have happened. So what watchers are told of a key lies between the two.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "../support/process/stage.hpp"

namespace latzero::test {

inline constexpr unsigned kStormWriters = 4;
inline constexpr std::uint32_t kShortKeys = 75, kLongKeys = 10;  // of each writer
inline constexpr std::uint32_t kKeysOfOne = kShortKeys + kLongKeys;
inline constexpr std::uint32_t kStormKeys = kStormWriters * kKeysOfOne;
inline constexpr std::size_t kLongKeySize = 100;

struct Changes {
    std::atomic<std::uint64_t> begun, acknowledged;

    void begin() { begun.store(begun + 1, std::memory_order_seq_cst); }
    // `happened`: the call was told OK. Otherwise nothing has changed.
    void end(bool happened) {
        if (happened)
            acknowledged.store(acknowledged + 1, std::memory_order_seq_cst);
        else
            begun.store(begun - 1, std::memory_order_seq_cst);
    }
};

struct Deeds {
    Changes updates, deletions;
};

struct WatchBoard {
    std::array<Deeds, kStormKeys> keys;
    // Writers wait while the watcher is further behind than this; 0: they do not.
    std::atomic<std::uint64_t> most_behind;
    std::atomic<std::uint64_t> written;
    // How often a writer was killed.
    std::atomic<std::uint64_t> kills;
    std::atomic<std::uint32_t> stop;      // for writers
    std::atomic<std::uint32_t> is_quiet;  // nobody writes any more, and the dead were recovered
    std::atomic<std::uint64_t> events, gaps, lost, holes;
};

// Its number stands at its beginning, in four digits.
std::string storm_key(std::uint32_t key);

void write_watched(WatchBoard &board, unsigned writer, const std::string &pool, std::uint64_t salt);
// Says that it watches, then watches until all is quiet, and judges what it was told. `history`: of the ring, which it
// makes; `is_slow`: it sleeps most of the time.
void watch_storm(WatchBoard &board, const std::string &pool, std::uint32_t history, bool is_slow, std::uint64_t salt);

}  // namespace latzero::test
