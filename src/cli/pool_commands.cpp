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

#include <algorithm>
#include <cstdio>

namespace latzero::cli {

using nlohmann::ordered_json;

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
    check(latzero_pool_create(arguments.pool.c_str(), &options));
    if (arguments.hold) {
        hold_pool(arguments);
    } else if (!arguments.persistent) {
        std::fprintf(stderr,
                     "latzero: note: pool '%s' vanishes as this process ends; --hold keeps it until a signal, "
                     "--persistent until it is destroyed\n",
                     printable(arguments.pool, LATZERO_NAME_MAX).c_str());
    }
}

static ordered_json pool_json(const latzero_pool_info &pool) {
    ordered_json shown = {{"name", text_json(pool.name)},
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

void global_stats(Arguments &arguments) {
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    check(latzero_global_stats(&info));
    const PoolList pools;
    const auto encrypted = std::count_if(pools.begin(), pools.end(), [](const latzero_pool_info &pool) {
        return (pool.flags & LATZERO_POOL_ENCRYPTED) != 0;
    });
    if (arguments.json) {
        const ordered_json stats = {{"pool_count", info.pool_count},
                                    {"total_clients", info.total_clients},
                                    {"total_keys", info.total_keys},
                                    {"total_used_bytes", info.total_used_bytes},
                                    {"total_capacity_bytes", info.total_capacity_bytes},
                                    {"encrypted_pools", encrypted}};
        std::printf("%s\n", stats.dump().c_str());
        return;
    }
    Table table("lr");
    table.add({"pools", grouped(info.pool_count)});
    table.add({"encrypted", grouped(static_cast<uint64_t>(encrypted))});
    table.add({"clients", grouped(info.total_clients)});
    table.add({"keys", grouped(info.total_keys)});
    table.add({"used", human_bytes(info.total_used_bytes)});
    table.add({"capacity", human_bytes(info.total_capacity_bytes)});
    table.print();
}

}  // namespace latzero::cli
