// `latzero inspect`: a pool from within, with its first keys.
#include "commands.hpp"
#include "connection.hpp"
#include "entry.hpp"
#include "table.hpp"
#include "text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

using nlohmann::ordered_json;

struct Inspection {
    latzero_pool_stats stats;
    std::vector<Entry> entries;
    bool truncated;  // there are more keys
};

static Inspection look_into(const Connection &connection, uint64_t max_keys) {
    Inspection seen = {LATZERO_POOL_STATS_INIT, {}, false};
    check(latzero_stats(connection.get(), &seen.stats));
    KeyWalk walk(connection);
    std::string key;
    while (walk.next(key)) {
        if (seen.entries.size() >= max_keys) {
            seen.truncated = true;
            break;
        }
        Entry entry;
        const latzero_status status = read_entry(connection, key, entry);
        if (status != LATZERO_NOT_FOUND) {  // deleted or expired since the walk met it
            check(status);
            seen.entries.push_back(std::move(entry));
        }
    }
    return seen;
}

static ordered_json inspection_json(const Inspection &seen) {
    ordered_json keys = ordered_json::array();
    for (const Entry &entry : seen.entries) {
        keys.push_back(entry_json(entry));
    }
    return {{"name", text_json(seen.stats.name)},
            {"clients", seen.stats.clients},
            {"key_count", seen.stats.key_count},
            {"used_bytes", seen.stats.used_bytes},
            {"capacity_bytes", seen.stats.capacity_bytes},
            {"max_bytes", seen.stats.max_bytes},
            {"utilization", seen.stats.utilization},
            {"free_bytes", seen.stats.free_bytes},
            {"commits", seen.stats.commits},
            {"persistent", (seen.stats.flags & LATZERO_POOL_PERSISTENT) != 0},
            {"keys", std::move(keys)},
            {"truncated", seen.truncated}};
}

static void print_pool(const latzero_pool_stats &stats) {
    Table table("ll");
    table.add({"pool", printable(stats.name, LATZERO_NAME_MAX)});
    table.add({"life", (stats.flags & LATZERO_POOL_PERSISTENT) != 0 ? "persistent" : "until the last client is gone"});
    table.add({"clients", grouped(stats.clients)});
    table.add({"keys", grouped(stats.key_count)});
    table.add({"used", human_bytes(stats.used_bytes) + " of " + human_bytes(stats.capacity_bytes) + ", cap " +
                           human_bytes(stats.max_bytes)});
    table.add({"commits", grouped(stats.commits)});
    table.print();
}

static void print_entries(const Inspection &seen) {
    if (seen.entries.empty()) {
        return;
    }
    Table table("llrrl");
    table.add({"KEY", "TYPE", "SIZE", "TTL", "VALUE"});
    for (const Entry &entry : seen.entries) {
        const std::string ttl = entry.info.ttl_ms < 0 ? "-" : grouped(static_cast<uint64_t>(entry.info.ttl_ms)) + " ms";
        table.add({printable(entry.key, 48), type_name(entry.info.type), grouped(entry.info.size), ttl,
                   printable(value_text(entry), 48)});
    }
    std::printf("\n");
    table.print();
    if (seen.truncated) {
        std::printf("... and more: --max-keys shows them\n");
    }
}

void inspect_pool(const Arguments &arguments) {
    const Connection connection(arguments.pool, Access::ReadOnly);
    const Inspection seen = look_into(connection, arguments.max_keys);
    if (arguments.json) {
        std::printf("%s\n", inspection_json(seen).dump().c_str());
        return;
    }
    print_pool(seen.stats);
    print_entries(seen);
}

}  // namespace latzero::cli
