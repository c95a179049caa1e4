// `latzero inspect`: a pool from within, with its clients and its first keys.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "keys/protection.hpp"
#include "show/client_table.hpp"
#include "show/entry.hpp"
#include "show/table.hpp"
#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

struct Inspection {
    latzero_pool_stats stats;
    std::vector<Entry> entries;
    bool truncated;  // there are more keys
};

Inspection look_into(const Connection &connection, std::uint64_t max_keys) {
    Inspection seen = {LATZERO_POOL_STATS_INIT, {}, false};
    KeyWalk walk(connection);
    std::string key;
    while (walk.next(key)) {
        if (seen.entries.size() >= max_keys) {
            seen.truncated = true;
            break;
        }
        Entry entry;
        const latzero_status status = read_entry(connection, key, entry);
        // Deleted, expired or damaged since the walk met it: walks leave out what does not verify.
        if (status != LATZERO_NOT_FOUND && status != LATZERO_INTEGRITY) {
            check(status);
            seen.entries.push_back(std::move(entry));
        }
    }
    check(latzero_stats(connection.get(), &seen.stats));  // by now with what did not verify on the way
    return seen;
}

ordered_json inspection_json(const Inspection &seen, const ClientList &clients) {
    ordered_json keys = ordered_json::array();
    for (const Entry &entry : seen.entries) {
        keys.push_back(entry_json(entry));
    }
    ordered_json shown = {{"name", text_json(seen.stats.name)},
                          {"clients", seen.stats.clients},
                          {"key_count", seen.stats.key_count},
                          {"used_bytes", seen.stats.used_bytes},
                          {"capacity_bytes", seen.stats.capacity_bytes},
                          {"max_bytes", seen.stats.max_bytes},
                          {"utilization", seen.stats.utilization},
                          {"free_bytes", seen.stats.free_bytes},
                          {"huge_bytes", seen.stats.huge_bytes},
                          {"commits", seen.stats.commits},
                          {"persistent", (seen.stats.flags & LATZERO_POOL_PERSISTENT) != 0},
                          {"events", (seen.stats.flags & LATZERO_POOL_EVENTS) != 0}};
    add_protection(shown, seen.stats.flags, seen.stats.cipher);
    shown["integrity_failures"] = seen.stats.integrity_failures;
    shown["connected"] = clients_json(clients);
    shown["keys"] = std::move(keys);
    shown["truncated"] = seen.truncated;
    return shown;
}

void print_pool(const latzero_pool_stats &stats) {
    Table table("ll");
    table.add({"pool", printable(stats.name, LATZERO_NAME_MAX)});
    table.add({"life", (stats.flags & LATZERO_POOL_PERSISTENT) != 0 ? "persistent" : "until the last client is gone"});
    table.add({"clients", grouped(stats.clients)});
    table.add({"keys", grouped(stats.key_count)});
    table.add({"used", human_bytes(stats.used_bytes) + " of " + human_bytes(stats.capacity_bytes) + ", cap " +
                           human_bytes(stats.max_bytes)});
    if (stats.huge_bytes > 0) {
        table.add({"huge pages", human_bytes(stats.huge_bytes)});
    }
    table.add({"commits", grouped(stats.commits)});
    if ((stats.flags & LATZERO_POOL_EVENTS) != 0) {
        table.add({"events", "noted also while nobody watches"});
    }
    table.add({"protection", protection(stats.flags, stats.cipher)});
    if (stats.integrity_failures > 0) {
        table.add(
            {"failures", grouped(stats.integrity_failures) + " times a record was read that is not as it was sealed"});
    }
    table.print();
}

void print_entries(const Inspection &seen) {
    if (seen.entries.empty()) {
        return;
    }
    Table table("llrrl");
    table.add({"KEY", "TYPE", "SIZE", "TTL", "VALUE"});
    for (const Entry &entry : seen.entries) {
        const std::string ttl =
            entry.info.ttl_ms < 0 ? "-" : grouped(static_cast<std::uint64_t>(entry.info.ttl_ms)) + " ms";
        table.add({printable(entry.key, 48), type_name(entry.info.type), grouped(entry.info.size), ttl,
                   printable(value_text(entry), 48)});
    }
    std::printf("\n");
    table.print();
    if (seen.truncated) {
        std::printf("... and more: --max-keys shows them\n");
    }
}

class Inspect final : public Command {
public:
    void declare(Options &options) override {
        options.pool(admission_.pool)
            .number("--max-keys", max_keys_, "Show so many keys (default 50)")
            .auth_key(admission_.auth_key)
            .key_ceiling(admission_.ceiling)
            .json(json_);
    }

    void run() override {
        const Connection connection = connect(admission_, Access::read_only);
        const Inspection seen = look_into(connection, max_keys_);
        const ClientList clients(connection);
        if (json_) {
            std::printf("%s\n", inspection_json(seen, clients).dump().c_str());
            return;
        }
        print_pool(seen.stats);
        std::printf("\n");
        print_clients(clients);
        print_entries(seen);
    }

private:
    Admission admission_;
    std::uint64_t max_keys_ = 50;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_inspect() { return std::make_unique<Inspect>(); }

}  // namespace latzero::cli
