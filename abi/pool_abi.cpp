// Pools by name.
#include <cstdlib>
#include <limits>

#include "background/sweeper.hpp"
#include "client/connections.hpp"
#include "guard.hpp"
#include "outcome.hpp"
#include "pool/life/create.hpp"
#include "pool/life/destroy.hpp"
#include "pool/life/names.hpp"
#include "pool/life/rekey.hpp"
#include "pool/life/survey.hpp"
#include "pool_options.hpp"

using namespace latzero;
using namespace latzero::abi;

namespace {

// Runs work(name) on a checked name.
template <typename Work>
latzero_status with_name(const char *name, const Call &call, Work work) noexcept {
    return guarded_slow([&]() -> Status {
        std::string_view checked;
        const Status status = pool::check_name(name, checked);
        if (status != Status::ok) return status;
        return logged(call, checked, [&] { return about_pool(work(checked), checked); });
    });
}

// Creations are logged where pools are made: a connect makes them, too.
constexpr Call kCreate{log::kOfPools, "create", nullptr};
constexpr Call kRekey{log::kOfPools, "rekey", "changed the auth key"};
constexpr Call kDestroy{log::kOfPools, "destroy", "destroyed the pool"};
constexpr Call kExists{log::kOfPools, "exists", nullptr};
constexpr Call kList{log::kOfPools, "list", nullptr};
constexpr Call kCleanup{log::kOfPools, "cleanup", nullptr};

latzero_pool_info to_info(const pool::PoolSummary &pool, std::uint32_t struct_size) {
    latzero_pool_info info = {};
    info.struct_size = struct_size;
    info.state = static_cast<std::uint32_t>(pool.asked);
    info.flags = pool_flags(pool.persistent, pool.has_auth_key, pool.keeps_events, pool.cipher);
    info.cipher = static_cast<std::uint32_t>(pool.cipher);
    pool.name.copy(info.name, sizeof info.name - 1);
    info.clients = pool.clients;
    info.key_count = pool.keys;
    info.used_bytes = pool.used_bytes;
    info.capacity_bytes = pool.capacity_bytes;
    info.max_bytes = pool.max_bytes;
    info.idle_ttl_ms = pool.idle_ttl_ms;
    info.created_ns = pool.created_ns;
    return info;
}

}  // namespace

extern "C" {

latzero_status latzero_pool_create(const char *name, const latzero_pool_options *options) {
    return with_name(name, kCreate, [&](std::string_view checked) -> Status {
        pool::PoolOptions pool_options;
        const Status status = check_pool_options(options, pool_options);
        return status == Status::ok ? pool::create(checked, pool_options) : status;
    });
}

latzero_status latzero_pool_rekey(const char *name, const void *old_key, size_t old_key_len, const void *new_key,
                                  size_t new_key_len, const latzero_rekey_options *options) {
    return with_name(name, kRekey, [&](std::string_view checked) -> Status {
        latzero_rekey_options own = LATZERO_REKEY_OPTIONS_INIT;
        Status status = read_options("the rekey options", options, own);
        if (status != Status::ok) return status;
        constexpr std::uint32_t kKnown = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
        if ((own.flags & ~kKnown) != 0)
            return fail(Status::invalid_argument, "the rekey options have unknown flags 0x%x", own.flags);
        status = check_reserved("the rekey options", own.reserved);
        if (status != Status::ok) return status;
        if (old_key == nullptr || new_key == nullptr) return null_argument("the old or the new auth key");
        std::optional<value::AuthKey> before, after;
        value::KdfCost cost;
        status = check_auth_key(old_key, old_key_len, (own.flags & LATZERO_REKEY_OLD_IS_RAW) != 0, before);
        if (status == Status::ok)
            status = check_auth_key(new_key, new_key_len, (own.flags & LATZERO_REKEY_NEW_IS_RAW) != 0, after);
        if (status == Status::ok) status = check_cost(own.kdf_memory_bytes, own.kdf_passes, cost);
        if (status != Status::ok) return status;
        // What is 0 depends on the pool.
        cost = {own.kdf_passes, own.kdf_memory_bytes};
        return pool::rekey(checked, *before, *after, cost, to_ceiling(own.kdf_memory_most, own.kdf_work_most));
    });
}

latzero_status latzero_pool_destroy(const char *name) {
    return with_name(name, kDestroy, [](std::string_view checked) {
        const Status destroyed = pool::destroy(checked);
        if (destroyed == Status::ok) client::tell_destroyed(checked);
        return destroyed;
    });
}

latzero_status latzero_pool_exists(const char *name, int32_t *exists) {
    return with_name(name, kExists, [&](std::string_view checked) -> Status {
        if (exists == nullptr) return null_argument("exists");
        bool found = false;
        const Status status = pool::exists(checked, found);
        if (status == Status::ok) *exists = found;
        return status;
    });
}

latzero_status latzero_pool_list(uint32_t struct_size, latzero_pool_info **pools, size_t *count) {
    return guarded_slow([&]() -> Status {
        if (pools == nullptr || count == nullptr) return null_argument("pools or count");
        const Status checked =
            check_stride("latzero_pool_info", struct_size, sizeof struct_size, alignof(latzero_pool_info));
        if (checked != Status::ok) return checked;
        std::vector<pool::PoolSummary> found;
        const Status listed = logged(kList, {}, [&] { return pool::list(found); });
        if (listed != Status::ok) return listed;
        *pools = give_array<latzero_pool_info>(found, struct_size, to_info);
        *count = found.size();
        return Status::ok;
    });
}

latzero_status latzero_pool_cleanup(size_t *removed) {
    return guarded_slow([&]() -> Status {
        std::size_t number = 0;
        const Status status = logged(kCleanup, {}, [&] { return pool::cleanup(number); });
        if (status == Status::ok && removed != nullptr) *removed = number;
        return status;
    });
}

latzero_status latzero_global_stats(latzero_global_info *info) {
    return guarded_slow([&]() -> Status {
        if (info == nullptr) return null_argument("info");
        std::vector<pool::PoolSummary> found;
        const Status listed = logged(kList, {}, [&] { return pool::list(found); });
        if (listed != Status::ok) return listed;
        latzero_global_info total = LATZERO_GLOBAL_INFO_INIT;
        for (const pool::PoolSummary &pool : found) {
            total.pool_count += pool.asked != pool::Asked::not_sound;
            total.not_asked += pool.asked == pool::Asked::not_in_time;
            total.total_clients += pool.clients;
            total.total_keys += pool.keys;
            total.total_used_bytes += pool.used_bytes;
            total.total_capacity_bytes += pool.capacity_bytes;
        }
        return write_info(total, info);
    });
}

latzero_status latzero_auto_cleanup(int64_t interval_ms) {
    return guarded_slow([&]() -> Status {
        if (interval_ms < 0) return fail(Status::invalid_argument, "the clean-up interval is negative");
        return background::set_auto_cleanup(interval_ms);
    });
}
}
