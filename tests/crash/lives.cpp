// Pools that are made and unmade, clients that come and go: each killed at every system call and every change of bytes.
#include <latzero/latzero.h>

#include <memory>
#include <vector>

#include "life.hpp"
#include "look.hpp"
#include "stepper.hpp"
#include "town.hpp"

namespace latzero::crash {
namespace {

// Everybody around the victim, and its own handle.
struct Town {
    PoolKind kind;
    std::string pool = unique_name("town"), other = unique_name("other");
    std::unique_ptr<Keeper> keeper, neighbour;
    latzero_client *client = nullptr;

    const char *key() const { return kind.encrypted ? kFirstAuthKey : nullptr; }
    bool named(const std::string &name) const { return named_pools().contains(name); }
    void connect_victim(bool create = false) {
        must(create ? create_pool(pool, kind) : Status::ok, "create");
        must(connect(pool, key(), client), "connect the victim");
        must(set_key(client), "set");
    }
    void clear() {
        keeper.reset();
        neighbour.reset();
        (void)ask([this]() -> std::string {
            (void)latzero_pool_destroy(pool.c_str());
            (void)latzero_pool_destroy(other.c_str());
            return "";
        });
    }
    // The name is free, and good for a new pool, which vanishes with its last client.
    std::string is_free() {
        if (named(pool)) return "the name is still there";
        Keeper another(pool, {.encrypted = kind.encrypted});
        if (another.works() != Status::ok) return "a new pool of that name does not work";
        if (another.leave() != Status::ok || named(pool)) return "a new pool of that name does not vanish";
        return "";
    }
    // An orphan counts as absent, is removed by who meets it, and is no longer in the way.
    std::string is_over() {
        const std::string wrong = visit(pool, key(), Status::pool_not_found, false);
        return wrong.empty() ? is_free() : wrong;
    }
    // It is whole, works, and keeps what it had.
    std::string stands() { return visit(pool, key(), Status::ok, true); }
};

using Shared = std::shared_ptr<Town>;

// A life with nobody there at first, as far as the functions do not say more.
Life life_of(const char *name, const Shared &town) {
    Life life;
    life.name = name;
    life.pool = town->pool;
    life.set_up = [] {};
    life.before = [] {};
    life.tear_down = [town] { town->clear(); };
    return life;
}

// --- pools -----------------------------------------------------------------------------------------------------------

// Its creator is dead, so a pool that vanishes is over, named or not; one that stays is there as a whole, or not at
// all.
Life create(const Shared &town) {
    Life life = life_of(town->kind.persistent ? "create, persistent" : "create", town);
    life.operation = [town] { must(create_pool(town->pool, town->kind), "create"); };
    life.judge = [town](bool &done) {
        done = town->named(town->pool);
        if (!done) return town->is_over();
        return town->kind.persistent ? visit(town->pool, town->key(), Status::ok, false) : town->is_over();
    };
    return life;
}

// As long as the creator lives, even if it stands still, whoever finds the name finds a whole pool.
Life create_met(const Shared &town) {
    Life life = create(town);
    life.name = "create, met by another";
    const auto was_named = std::make_shared<bool>();
    life.meet = [town, was_named] {
        *was_named = town->named(town->pool);
        return visit(town->pool, town->key(), *was_named ? Status::ok : Status::pool_not_found, false);
    };
    life.judge = [town, was_named](bool &done) {
        done = *was_named;
        return town->is_over();
    };
    return life;
}

Life destroy(const Shared &town) {
    Life life = life_of("destroy", town);
    life.set_up = [town] { town->keeper = std::make_unique<Keeper>(town->pool, town->kind); };
    life.operation = [town] { must(Status(latzero_pool_destroy(town->pool.c_str())), "destroy"); };
    life.judge = [town](bool &done) -> std::string {
        const Status told = town->keeper->works();
        done = told == Status::destroyed;
        if (!done && told != Status::ok) return std::string("a client is told ") + status_name(told);
        if (done) return town->is_over();
        const std::string wrong = town->stands();
        return wrong.empty() && town->keeper->works() != Status::ok ? "a visit ended the pool" : wrong;
    };
    return life;
}

Life rekey(const Shared &town) {
    Life life = life_of("rekey, killed", town);
    life.set_up = [town] { town->keeper = std::make_unique<Keeper>(town->pool, town->kind); };
    life.operation = [town] {
        latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
        options.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
        must(Status(latzero_pool_rekey(town->pool.c_str(), kFirstAuthKey, 32, kOtherAuthKey, 32, &options)), "rekey");
    };
    life.judge = [town](bool &done) -> std::string {
        done = visit(town->pool, kFirstAuthKey, Status::authentication, false).empty();
        const char *good = done ? kOtherAuthKey : kFirstAuthKey, *bad = done ? kFirstAuthKey : kOtherAuthKey;
        std::string wrong = visit(town->pool, good, Status::ok, true);
        if (wrong.empty()) wrong = visit(town->pool, bad, Status::authentication, false);
        return wrong.empty() && town->keeper->works() != Status::ok ? "its client cannot go on" : wrong;
    };
    return life;
}

// --- clients ---------------------------------------------------------------------------------------------------------

// With another client there, or in a pool that needs none.
void live_beside(Life &life, const Shared &town) {
    life.set_up = [town] {
        town->keeper = std::make_unique<Keeper>(town->pool, town->kind);
        if (town->kind.persistent) must(town->keeper->leave(), "leave");
    };
    life.judge = [town](bool &done) {
        done = true;
        std::string wrong = town->stands();
        if (!wrong.empty() || town->kind.persistent) return wrong;
        if (town->keeper->works() != Status::ok) return std::string("the other client cannot go on");
        (void)town->keeper->leave();
        return town->is_free();
    };
}

Life join(const Shared &town) {
    Life life = life_of(town->kind.persistent ? "connect, persistent" : "connect, killed", town);
    live_beside(life, town);
    life.operation = [town] { must(connect(town->pool, town->key(), town->client), "connect"); };
    return life;
}

Life join_new(const Shared &town) {
    Life life = life_of("connect that creates", town);
    life.operation = [town] { must(connect(town->pool, town->key(), town->client, true), "connect"); };
    life.judge = [town](bool &done) {
        done = true;
        return town->is_over();
    };
    return life;
}

Life leave(const Shared &town) {
    Life life = life_of(town->kind.persistent ? "disconnect, persistent" : "disconnect, killed", town);
    live_beside(life, town);
    life.before = [town] { town->connect_victim(); };
    life.operation = [town] { must(Status(latzero_disconnect(town->client)), "disconnect"); };
    return life;
}

Life leave_last(const Shared &town) {
    Life life = life_of("disconnect, the last", town);
    life.before = [town] { town->connect_victim(true); };
    life.operation = [town] { must(Status(latzero_disconnect(town->client)), "disconnect"); };
    life.judge = [town](bool &done) {
        done = true;
        return town->is_over();
    };
    return life;
}

// Whatever the victim had borrowed is given back by the system: nothing is kept for it.
Life borrow(const Shared &town) {
    Life life = life_of("borrow and return", town);
    life.set_up = [town] {
        town->keeper = std::make_unique<Keeper>(town->pool, town->kind);
        must(town->keeper->replaces(), "set a large value");
    };
    life.before = [town] { must(connect(town->pool, town->key(), town->client), "connect the victim"); };
    life.operation = [town] {
        const void *value = nullptr;
        latzero_borrowed *borrowed = nullptr;
        must(Status(latzero_borrow(town->client, kKey, LATZERO_CSTR, &value, nullptr, &borrowed)), "borrow");
        must(Status(latzero_return(borrowed)), "return");
    };
    life.judge = [town](bool &done) {
        done = true;
        if (town->keeper->replaces() != Status::ok) return std::string("memory is kept for the dead");
        return town->stands();
    };
    return life;
}

// --- orphans ---------------------------------------------------------------------------------------------------------

// An orphan, a pool whose client lives, and one that needs none. Only the orphan goes.
Life tidy(const char *name, const Shared &town, latzero_status (*clean)()) {
    Life life = life_of(name, town);
    life.set_up = [town] {
        Keeper(town->pool, town->kind).kill();
        town->neighbour = std::make_unique<Keeper>(town->other, town->kind);
    };
    life.operation = [clean] { must(Status(clean()), "clean up"); };
    life.judge = [town](bool &done) -> std::string {
        done = !town->named(town->pool);
        if (town->neighbour->works() != Status::ok) return "a pool with a client is gone";
        (void)ask([] { return latzero_pool_cleanup(nullptr) == LATZERO_OK ? "" : "cleaning up again fails"; });
        if (town->named(town->pool)) return "the orphan stays";
        std::string wrong = town->is_over();
        if (wrong.empty() && town->neighbour->leave() != Status::ok) wrong = "a client cannot leave its pool";
        return wrong;
    };
    return life;
}

latzero_status clean_up() { return latzero_pool_cleanup(nullptr); }

latzero_status list() {
    latzero_pool_info *pools = nullptr;
    std::size_t count = 0;
    const latzero_status listed = latzero_pool_list(sizeof *pools, &pools, &count);
    latzero_free(pools);
    return listed;
}

Shared town_of(const PoolKind &kind) {
    auto town = std::make_shared<Town>();
    town->kind = kind;
    return town;
}

}  // namespace

void explore_lives(bool encrypted, std::uint32_t samples, const std::string &only, Table &table) {
    const PoolKind vanishing{.encrypted = encrypted}, persistent{.encrypted = encrypted, .persistent = true};
    std::vector<Life> lives = {create(town_of(vanishing)),
                               create_met(town_of(vanishing)),
                               create(town_of(persistent)),
                               destroy(town_of(vanishing)),
                               rekey(town_of({.encrypted = true})),
                               join(town_of(vanishing)),
                               join(town_of(persistent)),
                               join_new(town_of(vanishing)),
                               leave(town_of(vanishing)),
                               leave(town_of(persistent)),
                               leave_last(town_of(vanishing)),
                               tidy("pool cleanup", town_of(vanishing), clean_up),
                               tidy("pool list", town_of(vanishing), list)};
    if (!encrypted) lives.push_back(borrow(town_of(vanishing)));
    for (const Life &life : lives) {
        if (!only.empty() && only != life.name) continue;
        const std::string again = std::string(encrypted ? "--sealed " : "") + "--operation '" + life.name + "'";
        explore_life(life, samples, again, table.row(life.name));
        // What follows tells nothing new, and where pools are broken much of it waits.
        if (table.violated()) break;
    }
}

std::vector<std::string> life_rows() {
    return {"create",
            "create, met by another",
            "create, persistent",
            "destroy",
            "rekey, killed",
            "connect, killed",
            "connect, persistent",
            "connect that creates",
            "disconnect, killed",
            "disconnect, persistent",
            "disconnect, the last",
            "pool cleanup",
            "pool list"};
}

}  // namespace latzero::crash
