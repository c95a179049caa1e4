// `latzero list`: the live pools.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "keys/protection.hpp"
#include "show/entry.hpp"
#include "show/table.hpp"
#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

using nlohmann::ordered_json;

namespace {

const char *state_name(const latzero_pool_info &pool) {
    switch (pool.state) {
    case LATZERO_STATE_ASKED: return "asked";
    case LATZERO_STATE_NOT_ASKED: return "not asked";
    default: return "not sound";
    }
}

ordered_json pool_json(const latzero_pool_info &pool) {
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
                          {"events", (pool.flags & LATZERO_POOL_EVENTS) != 0},
                          {"idle_ttl_ms", pool.idle_ttl_ms > 0 ? ordered_json(pool.idle_ttl_ms) : ordered_json()},
                          {"created_ns", pool.created_ns}};
    add_protection(shown, pool.flags, pool.cipher);
    return shown;
}

void print_json(const PoolList &pools) {
    ordered_json list = ordered_json::array();
    for (const latzero_pool_info &pool : pools) {
        list.push_back(pool_json(pool));
    }
    std::printf("%s\n", list.dump().c_str());
}

void print_table(const PoolList &pools) {
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

class List final : public Command {
public:
    void declare(Options &options) override { options.json(json_); }

    void run() override {
        const PoolList pools;
        json_ ? print_json(pools) : print_table(pools);
    }

private:
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_list() { return std::make_unique<List>(); }

}  // namespace latzero::cli
