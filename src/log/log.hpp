// The log: lines about what becomes of pools and clients, for those who look after a system.
//
// Invariants:
// - Who logs holds no lock, and does so at the edges of a call. The store logs nothing: it notes (store/deeds.hpp).
// - No value, no secret and no key name of an encrypted pool is ever part of an event.
// - While a level is off, asking for it costs one load.
// - A line is one write. No signal, no error number and no lock comes of it. What cannot be written at once is lost;
//   the next line that can be is followed by one that says how many were.
// - The settings are whole in a forked child, which logs as its parent did.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.hpp"

namespace latzero::log {

// By the API's numbers. A level includes those before it.
enum class Level : std::uint32_t { off, error, warning, info, debug };
enum class Format : std::uint32_t { simple, json };

// Gets a line without a newline, with NUL behind it.
using Sink = void (*)(std::uint32_t level, const char *line, std::size_t size, void *user_data);

inline constexpr int kStandardError = 2;

struct Settings {
    Level level = Level::off;
    Format format = Format::simple;
    int descriptor = kStandardError;
    Sink sink = nullptr;  // instead of the descriptor
    void *user_data = nullptr;
};

// What LATZERO_LOG and LATZERO_LOG_FORMAT ask for. They hold from when the library is loaded until configure().
Settings settings_of_environment();
void configure(const Settings &settings);

inline constexpr const char *kOfClients = "latzero.client";
inline constexpr const char *kOfPools = "latzero.pool";

// What has happened. Only the message need be there.
struct Event {
    Level level;
    const char *logger;
    std::string_view message;
    std::string_view pool = {};
    const char *operation = nullptr;
    std::string_view key = {};
    bool key_is_cut = false;  // there are more bytes of it
    std::optional<std::uint64_t> duration_ns = {};
    std::optional<Status> status = {};
    std::uint32_t process = 0;  // of which the message tells; 0: of none
    std::int64_t at_ns = 0;     // on the wall clock; 0: now
};

inline constinit std::atomic<Level> most{Level::off};
inline bool is_on(Level level) { return most.load(std::memory_order_relaxed) >= level; }

// Does nothing if the event's level is off, or within a sink.
[[gnu::cold]] void write(const Event &event) noexcept;

// What may happen very often: each status, and the gaps of watches.
using Subject = std::size_t;
inline constexpr Subject kSubjects = 32, kGaps = 31;
constexpr Subject subject_of(Status status) { return static_cast<Subject>(-static_cast<std::int64_t>(status)); }
static_assert(subject_of(Status::no_memory) < kGaps);

// Whether a line about it is due: one a second at most. `more` becomes how many were left out before it.
[[gnu::cold]] bool is_due(Subject subject, std::uint32_t &more) noexcept;

}  // namespace latzero::log
