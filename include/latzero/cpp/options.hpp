// Options, and durations and flags on their way to C.
#pragma once

#include <latzero/cpp/auth_key.hpp>
#include <latzero/cpp/error.hpp>

#include <chrono>
#include <cstdint>

namespace latzero {

// As a TTL: none.
inline constexpr std::chrono::milliseconds forever = std::chrono::milliseconds::max();

// How to create a pool.
struct PoolOptions {
    std::uint64_t max_bytes = 0;                   // the cap up to which it grows; 0: 100 MiB
    bool persistent = false;                       // it outlives its clients until it is destroyed
    bool events = false;                           // changes are noted also while nobody watches
    std::uint32_t history = 0;                     // so many of each stripe, as latzero_pool_options has it
    std::chrono::milliseconds idle_ttl = forever;  // destroy it after that long without a connect or write
    AuthKey auth_key = {};                         // who connects has to give it
    KeyCost key_cost = {};                         // what each try of it costs, if it is a text
    bool encrypted = false;                        // key names and values are sealed; needs an auth key
    std::optional<Cipher> cipher = std::nullopt;   // of an encrypted pool; nullopt: the fastest one here
};

// How to connect.
struct ConnectOptions {
    bool read_only = false;         // this process cannot change a byte of the pool
    bool create_if_absent = false;  // by `create`
    bool encrypted = false;         // refuse a pool that is not; implied by create_if_absent with `create.encrypted`
    bool small_pages = false;       // see LATZERO_CONNECT_SMALL_PAGES
    PoolOptions create = {};
    std::chrono::milliseconds timeout{0};  // the longest wait of any call for a living writer; 0: 5 s
    AuthKey auth_key = {};                 // the pool's; none: that of `create`, if any
    KeyCeiling key_ceiling = {};           // of a pool that is there already; a created one may cost more
};

// How to set.
struct SetOptions {
    std::chrono::milliseconds ttl = forever;  // the key is gone after that long
};

struct CountOptions {
    std::chrono::milliseconds ttl = forever;  // of the key, if the call makes it
    std::int64_t initial = 0;                 // what an absent key counts as
};

// How to turn values into stored bytes, in this process.
struct SerializerOptions {
    bool prefer_msgpack = true;  // Client::set_json() keeps lists and dicts as MessagePack, not as their text
    std::int64_t compress_threshold = 1024;  // larger values are compressed if that makes them smaller; -1: none
    bool compress_encrypted = false;         // in encrypted pools, too: then sizes tell of what values say
};

// Sets how this process stores values from now on, in all pools. Throws Error.
inline void configure_serializer(const SerializerOptions &options) {
    latzero_serializer_options given = LATZERO_SERIALIZER_OPTIONS_INIT;
    given.prefer_msgpack = options.prefer_msgpack ? 1 : 0;
    given.compress_threshold = options.compress_threshold;
    given.compress_encrypted = options.compress_encrypted ? 1 : 0;
    detail::check(latzero_configure_serializer(&given));
}

enum class LogLevel : std::uint32_t {
    off = LATZERO_LOG_OFF,
    error = LATZERO_LOG_ERROR,
    warning = LATZERO_LOG_WARNING,
    info = LATZERO_LOG_INFO,
    debug = LATZERO_LOG_DEBUG
};
enum class LogFormat : std::uint32_t { simple = LATZERO_LOG_SIMPLE, json = LATZERO_LOG_JSON };

// What this process logs, and where.
struct LoggingOptions {
    LogLevel level = LogLevel::off;  // up to which
    LogFormat format = LogFormat::simple;
    std::int32_t descriptor = -1;     // an open one that stays the caller's; -1: standard error
    latzero_log_sink sink = nullptr;  // gets the lines in place of the descriptor; must not throw
    void *user_data = nullptr;        // for the sink
};

// Sets what this process logs from now on, of all pools; see latzero_configure_logging(). Throws Error.
inline void configure_logging(const LoggingOptions &options) {
    latzero_logging_options given = LATZERO_LOGGING_OPTIONS_INIT;
    given.level = static_cast<std::uint32_t>(options.level);
    given.format = static_cast<std::uint32_t>(options.format);
    given.descriptor = options.descriptor;
    given.sink = options.sink;
    given.user_data = options.user_data;
    detail::check(latzero_configure_logging(&given));
}

// As the environment asks for.
inline void configure_logging() { detail::check(latzero_configure_logging(nullptr)); }

namespace detail {

// A TTL for C, to which 0 means none: here it is a mistake, of a deadline that has passed as a rule.
inline std::int64_t ttl_ms(std::chrono::milliseconds ttl) {
    if (ttl == forever) return 0;
    if (ttl.count() <= 0)
        throw Error(Status::invalid_argument,
                    "a TTL is " + std::to_string(ttl.count()) + " ms: give at least 1, or latzero::forever");
    return ttl.count();
}

// What is left, from C, to which -1 means that it does not expire.
inline std::chrono::milliseconds ttl_left(std::int64_t ttl_ms) noexcept {
    return ttl_ms < 0 ? forever : std::chrono::milliseconds(ttl_ms);
}

inline latzero_pool_options c_options(const PoolOptions &options) {
    latzero_pool_options given = LATZERO_POOL_OPTIONS_INIT;
    if (options.persistent) given.flags |= LATZERO_POOL_PERSISTENT;
    if (options.events) given.flags |= LATZERO_POOL_EVENTS;
    given.history = options.history;
    if (options.encrypted) given.flags |= LATZERO_POOL_ENCRYPTED;
    if (options.auth_key.is_raw()) given.flags |= LATZERO_POOL_RAW_KEY;
    given.max_bytes = options.max_bytes;
    given.idle_ttl_ms = ttl_ms(options.idle_ttl);
    given.auth_key = options.auth_key.data();
    given.auth_key_len = options.auth_key.size();
    given.kdf_memory_bytes = options.key_cost.memory_bytes;
    given.kdf_passes = options.key_cost.passes;
    given.cipher = c_cipher(options.cipher);
    return given;
}

// `create` is referred to, if the pool is to be created.
inline latzero_connect_options c_options(const ConnectOptions &options, const latzero_pool_options &create) {
    latzero_connect_options given = LATZERO_CONNECT_OPTIONS_INIT;
    if (options.read_only) given.flags |= LATZERO_CONNECT_READ_ONLY;
    if (options.create_if_absent) given.flags |= LATZERO_CONNECT_CREATE;
    if (options.auth_key.is_raw()) given.flags |= LATZERO_CONNECT_RAW_KEY;
    if (options.encrypted) given.flags |= LATZERO_CONNECT_ENCRYPTED;
    if (options.small_pages) given.flags |= LATZERO_CONNECT_SMALL_PAGES;
    given.timeout_ms = options.timeout.count();
    given.create_options = options.create_if_absent ? &create : nullptr;
    given.auth_key = options.auth_key.data();
    given.auth_key_len = options.auth_key.size();
    given.kdf_memory_most = options.key_ceiling.kdf_memory_most;
    given.kdf_work_most = options.key_ceiling.kdf_work_most;
    return given;
}

inline latzero_set_options c_options(const SetOptions &options, std::uint32_t tag) {
    latzero_set_options given = LATZERO_SET_OPTIONS_INIT;
    given.ttl_ms = ttl_ms(options.ttl);
    given.tag = tag;
    return given;
}

inline latzero_count_options c_options(const CountOptions &options) {
    latzero_count_options given = LATZERO_COUNT_OPTIONS_INIT;
    given.ttl_ms = ttl_ms(options.ttl);
    given.initial = options.initial;
    return given;
}

}  // namespace detail
}  // namespace latzero
