// The commands on whole pools, and on all of them.
#include "commands.hpp"
#include "connection.hpp"
#include "entry.hpp"
#include "key_prompt.hpp"
#include "protection.hpp"
#include "standard_streams.hpp"
#include "table.hpp"
#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

using nlohmann::ordered_json;

// The user who has just chosen a cost need not allow it as well.
static void admit_own_cost(Arguments &arguments) {
    constexpr uint64_t gib = uint64_t{1} << 30;
    const uint64_t passes = arguments.kdf_passes > 0 ? arguments.kdf_passes : 2;
    arguments.kdf_memory_most = std::max(gib, arguments.kdf_memory_bytes);
    arguments.kdf_work_most = std::max(8 * gib, arguments.kdf_memory_bytes * passes);
}

void create_pool(Arguments &arguments) {
    AuthKey &key = arguments.auth_key;
    if (arguments.encryption && !key.given() && can_ask()) {
        key = ask_new_key(arguments.pool);
    }
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags =
        (arguments.persistent ? LATZERO_POOL_PERSISTENT : 0) | (arguments.encryption ? LATZERO_POOL_ENCRYPTED : 0);
    options.max_bytes = arguments.max_bytes;
    options.idle_ttl_ms = arguments.ttl_ms;
    options.auth_key = key.bytes().data();
    options.auth_key_len = key.bytes().size();
    options.cipher = arguments.cipher;
    options.kdf_memory_bytes = arguments.kdf_memory_bytes;
    options.kdf_passes = static_cast<uint32_t>(arguments.kdf_passes);
    check(latzero_pool_create(arguments.pool.c_str(), &options));
    if (arguments.hold) {
        admit_own_cost(arguments);
        hold_pool(arguments);
    } else if (!arguments.persistent) {
        std::fprintf(stderr,
                     "latzero: note: pool '%s' vanishes as this process ends; --hold keeps it until a signal, "
                     "--persistent until it is destroyed\n",
                     printable(arguments.pool, LATZERO_NAME_MAX).c_str());
    }
}

static const char *state_name(const latzero_pool_info &pool) {
    switch (pool.state) {
    case LATZERO_STATE_ASKED: return "asked";
    case LATZERO_STATE_NOT_ASKED: return "not asked";
    default: return "not sound";
    }
}

static ordered_json pool_json(const latzero_pool_info &pool) {
    if (pool.state != LATZERO_STATE_ASKED) {
        return {{"name", text_json(pool.name)}, {"state", state_name(pool)}};
    }
    ordered_json shown = {{"name", text_json(pool.name)},
                          {"state", state_name(pool)},
                          {"clients", pool.clients},
                          {"key_count", pool.key_count},
                          {"used_bytes", pool.used_bytes},
                          {"capacity_bytes", pool.capacity_bytes},
                          {"max_bytes", pool.max_bytes},
                          {"persistent", (pool.flags & LATZERO_POOL_PERSISTENT) != 0},
                          {"idle_ttl_ms", pool.idle_ttl_ms > 0 ? ordered_json(pool.idle_ttl_ms) : ordered_json()},
                          {"created_ns", pool.created_ns}};
    add_protection(shown, pool.flags, pool.cipher);
    return shown;
}

static void print_pools(const PoolList &pools) {
    if (pools.empty()) {
        std::printf("no pools\n");
        return;
    }
    Table table("lrrrrrll");
    table.add({"NAME", "CLIENTS", "KEYS", "USED", "CAPACITY", "CAP", "LIFE", "PROTECTION"});
    for (const latzero_pool_info &pool : pools) {
        if (pool.state != LATZERO_STATE_ASKED) {
            table.add({printable(pool.name, LATZERO_NAME_MAX), "-", "-", "-", "-", "-", state_name(pool), "-"});
            continue;
        }
        table.add({printable(pool.name, LATZERO_NAME_MAX), std::to_string(pool.clients), grouped(pool.key_count),
                   human_bytes(pool.used_bytes), human_bytes(pool.capacity_bytes), human_bytes(pool.max_bytes),
                   (pool.flags & LATZERO_POOL_PERSISTENT) != 0 ? "persistent" : "last client",
                   protection(pool.flags, pool.cipher)});
    }
    table.print();
}

void list_pools(Arguments &arguments) {
    const PoolList pools;
    if (!arguments.json) {
        print_pools(pools);
        return;
    }
    ordered_json list = ordered_json::array();
    for (const latzero_pool_info &pool : pools) {
        list.push_back(pool_json(pool));
    }
    std::printf("%s\n", list.dump().c_str());
}

void clear_pool(Arguments &arguments) {
    require_consent(arguments.yes, "clear removes all keys of pool '" + printable(arguments.pool, 80) + "'");
    const Connection connection = connect(arguments, Access::ReadWrite);
    check(latzero_clear(connection.get()));
}

void destroy_pool(Arguments &arguments) {
    require_consent(arguments.yes,
                    "destroy removes pool '" + printable(arguments.pool, 80) + "', whoever is connected");
    check(latzero_pool_destroy(arguments.pool.c_str()));
}

void cleanup_pools(Arguments &arguments) {
    size_t removed = 0;
    check(latzero_pool_cleanup(&removed));
    if (arguments.json) {
        std::printf("%s\n", ordered_json{{"removed", removed}}.dump().c_str());
    } else {
        std::printf("removed %zu pool%s\n", removed, removed == 1 ? "" : "s");
    }
}

struct Totals {
    uint64_t pools = 0, encrypted = 0, not_asked = 0, not_sound = 0;
    uint64_t clients = 0, keys = 0, used_bytes = 0, capacity_bytes = 0;
};

// From one list, so that all figures are of the same pools, and pools that cannot be asked are waited for once.
static Totals add_up(const PoolList &pools) {
    Totals totals;
    for (const latzero_pool_info &pool : pools) {
        totals.pools += pool.state != LATZERO_STATE_NOT_SOUND;
        totals.not_asked += pool.state == LATZERO_STATE_NOT_ASKED;
        totals.not_sound += pool.state == LATZERO_STATE_NOT_SOUND;
        totals.encrypted += (pool.flags & LATZERO_POOL_ENCRYPTED) != 0;
        totals.clients += pool.clients;
        totals.keys += pool.key_count;
        totals.used_bytes += pool.used_bytes;
        totals.capacity_bytes += pool.capacity_bytes;
    }
    return totals;
}

void global_stats(Arguments &arguments) {
    const PoolList pools;
    const Totals totals = add_up(pools);
    if (totals.not_asked > 0) {
        std::fprintf(stderr,
                     "latzero: note: stopped or busy processes hold the pools that were not asked; the figures "
                     "lack theirs, `latzero list` names them\n");
    }
    if (arguments.json) {
        const ordered_json stats = {{"pool_count", totals.pools},
                                    {"total_clients", totals.clients},
                                    {"total_keys", totals.keys},
                                    {"total_used_bytes", totals.used_bytes},
                                    {"total_capacity_bytes", totals.capacity_bytes},
                                    {"encrypted_pools", totals.encrypted},
                                    {"not_asked", totals.not_asked},
                                    {"not_sound", totals.not_sound}};
        std::printf("%s\n", stats.dump().c_str());
        return;
    }
    Table table("lr");
    table.add({"pools", grouped(totals.pools)});
    table.add({"encrypted", grouped(totals.encrypted)});
    table.add({"clients", grouped(totals.clients)});
    table.add({"keys", grouped(totals.keys)});
    table.add({"used", human_bytes(totals.used_bytes)});
    table.add({"capacity", human_bytes(totals.capacity_bytes)});
    if (totals.not_asked > 0) table.add({"not asked", grouped(totals.not_asked)});
    if (totals.not_sound > 0) table.add({"not sound", grouped(totals.not_sound)});
    table.print();
}

}  // namespace latzero::cli
