// Pools from outside.
#pragma once

#include <latzero/cpp/options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace latzero {

// What came of asking a pool.
enum class PoolState : std::uint32_t {
    asked = LATZERO_STATE_ASKED,
    not_asked = LATZERO_STATE_NOT_ASKED,  // a stopped or busy process held it all the time
    not_sound = LATZERO_STATE_NOT_SOUND   // damaged, of another layout, or no pool at all
};

// A pool as seen from outside. Of one that was not asked, the name alone is known.
struct PoolInfo {
    std::string name;
    bool persistent = false;
    std::uint64_t clients = 0;         // connected now, read-only ones included
    std::uint64_t key_count = 0;       // those past their TTL that nobody has swept are counted, too
    std::uint64_t used_bytes = 0;      // in records and indexes
    std::uint64_t capacity_bytes = 0;  // of the segment now
    std::uint64_t max_bytes = 0;       // its cap
    std::chrono::milliseconds idle_ttl = forever;
    std::chrono::sys_time<std::chrono::nanoseconds> created;
    bool has_auth_key = false;     // who connects has to give it
    std::optional<Cipher> cipher;  // nullopt: the pool is not encrypted
    PoolState state = PoolState::asked;
};

// All live pools of this user, added up.
struct GlobalStats {
    std::uint64_t pool_count = 0;
    std::uint64_t clients = 0;
    std::uint64_t key_count = 0;  // as in PoolInfo
    std::uint64_t used_bytes = 0;
    std::uint64_t capacity_bytes = 0;
    std::uint64_t not_asked = 0;  // of pool_count, those that could not be asked in time: the sums lack theirs
};

// How to check a pool.
struct CheckOptions {
    bool repair = false;                   // mend what is broken
    std::chrono::milliseconds timeout{0};  // the longest wait for all locks together; 0: 5 s
    AuthKey auth_key = {};                 // the pool's; none: what is sealed is not opened
    KeyCeiling key_ceiling = {};           // of a try of it
};

// One thing that a check has found, or a key that it dropped or recovered.
struct Finding {
    std::uint32_t kind = LATZERO_FINDING_BROKEN;  // LATZERO_FINDING_*
    std::uint32_t part = 0;                       // LATZERO_PART_*
    std::int32_t stripe = -1;                     // of 64; -1: none
    std::uint64_t offset = 0;                     // where in the pool's object; 0: nowhere
    std::string key;                              // empty: none, or nobody can tell
    std::string text;                             // a sentence
};

// What a check has found.
struct CheckResult {
    bool sound = false;  // every invariant holds, behind the repair if there was one
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    std::vector<Finding> findings;  // the first ones; the report counts all
};

namespace detail {

// Memory that the library gave.
struct Free {
    void operator()(void *memory) const noexcept { latzero_free(memory); }
};
template <typename T>
using Given = std::unique_ptr<T, Free>;

}  // namespace detail

// The calls on whole pools; and an object that is a pool's owner, and one of its read-only clients. Its destructor
// destroys the pool: not another one that has got the name since, and not in a forked child. All of them throw Error.
class Pool {
public:
    // Creates an empty pool. Throws POOL_EXISTS too.
    static void create(std::string_view name, const PoolOptions &options = {}) {
        const latzero_pool_options given = detail::c_options(options);
        detail::check(latzero_pool_create(detail::c_name(name).c_str(), &given));
    }
    // Destroys a pool, whoever is connected. False if there is none of that name.
    static bool destroy(std::string_view name) {
        return detail::check_unless(LATZERO_POOL_NOT_FOUND, latzero_pool_destroy(detail::c_name(name).c_str()));
    }
    static bool exists(std::string_view name) {
        std::int32_t found = 0;
        detail::check(latzero_pool_exists(detail::c_name(name).c_str(), &found));
        return found != 0;
    }
    // Changes a pool's auth key: from now on it is `key`, at that cost if it is a text; of what `cost` leaves at 0 the
    // old key's cost, but at least the default. Clients go on, and clients that had the old key can read on: a new pool
    // is what shuts them out. Throws POOL_NOT_FOUND, AUTHENTICATION (the pool's key is not `old_key`, or a try of it is
    // over the ceiling).
    static void rekey(std::string_view name, const AuthKey &old_key, const AuthKey &key, const KeyCost &cost = {},
                      const KeyCeiling &ceiling = {}) {
        latzero_rekey_options given = LATZERO_REKEY_OPTIONS_INIT;
        if (old_key.is_raw()) given.flags |= LATZERO_REKEY_OLD_IS_RAW;
        if (key.is_raw()) given.flags |= LATZERO_REKEY_NEW_IS_RAW;
        given.kdf_memory_bytes = cost.memory_bytes;
        given.kdf_passes = cost.passes;
        given.kdf_memory_most = ceiling.kdf_memory_most;
        given.kdf_work_most = ceiling.kdf_work_most;
        detail::check(latzero_pool_rekey(detail::c_name(name).c_str(), old_key.data(), old_key.size(), key.data(),
                                         key.size(), &given));
    }
    // Verifies every invariant of a pool's memory, whoever is connected, and mends it with `repair`. Throws
    // POOL_NOT_FOUND, AUTHENTICATION, TIMEOUT, and CORRUPT if the pool's header cannot be believed.
    static CheckResult check(std::string_view name, const CheckOptions &options = {});
    // This user's live pools, by name; those too that could not be asked in time, or are not sound.
    static std::vector<PoolInfo> list();
    // Removes what killed processes left behind and pools past their idle TTL; gives their number.
    static std::size_t cleanup() {
        std::size_t removed = 0;
        detail::check(latzero_pool_cleanup(&removed));
        return removed;
    }
    static GlobalStats global_stats() {
        latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
        detail::check(latzero_global_stats(&info));
        return {info.pool_count,       info.total_clients,        info.total_keys,
                info.total_used_bytes, info.total_capacity_bytes, info.not_asked};
    }

    // Creates a pool and owns it. With a text key that takes two tries of it: to create, and to connect.
    explicit Pool(std::string_view name, const PoolOptions &options = {}) : name_(name) {
        create(name, options);
        latzero_connect_options given = LATZERO_CONNECT_OPTIONS_INIT;
        given.flags = LATZERO_CONNECT_READ_ONLY;
        if (options.encrypted) given.flags |= LATZERO_CONNECT_ENCRYPTED;
        if (options.auth_key.is_raw()) given.flags |= LATZERO_CONNECT_RAW_KEY;
        given.auth_key = options.auth_key.data();
        given.auth_key_len = options.auth_key.size();
        const KeyCeiling ceiling = detail::ceiling_of(options.key_cost);
        given.kdf_memory_most = ceiling.kdf_memory_most;
        given.kdf_work_most = ceiling.kdf_work_most;
        const latzero_status connected = latzero_connect(name_.c_str(), &given, &identity_);
        if (connected == LATZERO_OK) return;
        const Error failure(static_cast<Status>(connected), latzero_last_error());
        (void)latzero_pool_destroy(name_.c_str());
        throw failure;
    }
    ~Pool() { drop(); }
    Pool(Pool &&other) noexcept
        : name_(std::exchange(other.name_, {})), identity_(std::exchange(other.identity_, nullptr)) {}
    Pool &operator=(Pool &&other) noexcept {
        if (this != &other) {
            drop();
            name_ = std::exchange(other.name_, {});
            identity_ = std::exchange(other.identity_, nullptr);
        }
        return *this;
    }

    const std::string &name() const noexcept { return name_; }

private:
    // In a forked child, and once the pool is destroyed, the connection tells so; and whether the name still is the
    // pool's.
    void drop() noexcept {
        if (identity_ == nullptr) return;
        latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
        const bool lives = latzero_stats(identity_, &stats) == LATZERO_OK;
        if (lives && (stats.flags & LATZERO_POOL_NAME_LOST) == 0) (void)latzero_pool_destroy(name_.c_str());
        (void)latzero_disconnect(identity_);
    }

    std::string name_;
    latzero_client *identity_ = nullptr;  // a connection to the pool; nullptr: moved away
};

inline std::vector<PoolInfo> Pool::list() {
    latzero_pool_info *first = nullptr;
    std::size_t count = 0;
    detail::check(latzero_pool_list(sizeof *first, &first, &count));
    const detail::Given<latzero_pool_info> memory(first);
    std::vector<PoolInfo> pools;
    pools.reserve(count);
    for (std::size_t at = 0; at < count; at++) {
        const latzero_pool_info &info = first[at];
        pools.push_back({info.name, (info.flags & LATZERO_POOL_PERSISTENT) != 0, info.clients, info.key_count,
                         info.used_bytes, info.capacity_bytes, info.max_bytes,
                         info.idle_ttl_ms == 0 ? forever : std::chrono::milliseconds(info.idle_ttl_ms),
                         std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(info.created_ns)),
                         (info.flags & LATZERO_POOL_AUTH_KEY) != 0, detail::cipher_of(info.cipher),
                         static_cast<PoolState>(info.state)});
    }
    return pools;
}

inline CheckResult Pool::check(std::string_view name, const CheckOptions &options) {
    struct Told {
        std::vector<Finding> findings;
        std::exception_ptr failure;
    } told;
    latzero_check_options given = LATZERO_CHECK_OPTIONS_INIT;
    if (options.repair) given.flags |= LATZERO_CHECK_REPAIR;
    if (options.auth_key.is_raw()) given.flags |= LATZERO_CHECK_RAW_KEY;
    given.timeout_ms = options.timeout.count();
    given.auth_key = options.auth_key.data();
    given.auth_key_len = options.auth_key.size();
    given.kdf_memory_most = options.key_ceiling.kdf_memory_most;
    given.kdf_work_most = options.key_ceiling.kdf_work_most;
    given.user_data = &told;
    // No exception passes through the library.
    given.callback = [](const latzero_finding *finding, void *user_data) {
        Told &to = *static_cast<Told *>(user_data);
        if (to.failure) return;
        try {
            to.findings.push_back({finding->kind, finding->part, finding->stripe, finding->offset,
                                   std::string(finding->key != nullptr ? finding->key : "", finding->key_len),
                                   finding->text});
        } catch (...) {
            to.failure = std::current_exception();
        }
    };
    CheckResult result;
    detail::check(latzero_pool_check(detail::c_name(name).c_str(), &given, &result.report));
    if (told.failure) std::rethrow_exception(told.failure);
    result.sound = result.report.sound != 0;
    result.findings = std::move(told.findings);
    return result;
}

// As long as one lives, a thread of this process does Pool::cleanup() and removes expired keys at that interval; the
// newest guard's counts. The last one's end waits for the thread's.
class [[nodiscard]] AutoCleanup {
public:
    // Throws Error: INVALID_ARGUMENT (under 1 ms), NO_MEMORY.
    explicit AutoCleanup(std::chrono::milliseconds interval) {
        const std::int64_t interval_ms = detail::ttl_ms(interval);
        const std::scoped_lock lock(mutex_);
        detail::check(latzero_auto_cleanup(interval_ms));
        living_++;
    }
    ~AutoCleanup() {
        const std::scoped_lock lock(mutex_);
        if (--living_ == 0) (void)latzero_auto_cleanup(0);
    }
    AutoCleanup(const AutoCleanup &) = delete;
    AutoCleanup &operator=(const AutoCleanup &) = delete;

private:
    static inline std::mutex mutex_;
    static inline std::size_t living_ = 0;
};

}  // namespace latzero
