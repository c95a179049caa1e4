// `latzero stats`: all live pools added up.
#include "commands/options.hpp"
#include "commands/table.hpp"
#include "show/table.hpp"
#include "show/text.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace latzero::cli {

namespace {

struct Totals {
    std::uint64_t pools = 0, encrypted = 0, not_asked = 0, not_sound = 0;
    std::uint64_t clients = 0, keys = 0, used_bytes = 0, capacity_bytes = 0;
};

// From one list, so that all figures are of the same pools, and pools that cannot be asked are waited for once.
Totals add_up(const PoolList &pools) {
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

void print_json(const Totals &totals) {
    const nlohmann::ordered_json stats = {{"pool_count", totals.pools},
                                          {"total_clients", totals.clients},
                                          {"total_keys", totals.keys},
                                          {"total_used_bytes", totals.used_bytes},
                                          {"total_capacity_bytes", totals.capacity_bytes},
                                          {"encrypted_pools", totals.encrypted},
                                          {"not_asked", totals.not_asked},
                                          {"not_sound", totals.not_sound}};
    std::printf("%s\n", stats.dump().c_str());
}

void print_table(const Totals &totals) {
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

class Stats final : public Command {
public:
    void declare(Options &options) override { options.json(json_); }

    void run() override {
        const PoolList pools;
        const Totals totals = add_up(pools);
        if (totals.not_asked > 0) {
            std::fprintf(stderr,
                         "latzero: note: stopped or busy processes hold the pools that were not asked; the figures "
                         "lack theirs, `latzero list` names them\n");
        }
        json_ ? print_json(totals) : print_table(totals);
    }

private:
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> make_stats() { return std::make_unique<Stats>(); }

}  // namespace latzero::cli
