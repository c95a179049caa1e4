// Pools that are made and unmade, clients that come and go: each killed at every system call and every change of bytes.
#include <latzero/latzero.h>

#include <memory>
#include <vector>

#include "lifecycle.hpp"
#include "peers.hpp"
#include "pool_state.hpp"
#include "stepper.hpp"

namespace latzero::crash {
namespace {

// The other clients of the pool, and the victim's handle.
struct Fixture {
    PoolKind kind;
    std::string pool = unique_name("pool"), other = unique_name("other");
    std::unique_ptr<PeerClient> peer, neighbour;
    latzero_client *client = nullptr;

    const char *key() const { return kind.encrypted ? kFirstAuthKey : nullptr; }
    bool named(const std::string &name) const { return named_pools().contains(name); }
    void connect_victim(bool create = false) {
        must(create ? create_pool(pool, kind) : Status::ok, "create");
        must(connect(pool, key(), client), "connect the victim");
        must(set_key(client), "set");
    }
    void clear() {
        peer.reset();
        neighbour.reset();
        (void)run_in_child([this]() -> std::string {
            (void)latzero_pool_destroy(pool.c_str());
            (void)latzero_pool_destroy(other.c_str());
            return "";
        });
    }
    // The name is free, and a new pool under it works and vanishes with its last client.
    std::string is_free() {
        if (named(pool)) return "the name is still there";
        PeerClient another(pool, {.encrypted = kind.encrypted});
        if (another.works() != Status::ok) return "a new pool of that name does not work";
        if (another.leave() != Status::ok || named(pool)) return "a new pool of that name does not vanish";
        return "";
    }
    // An orphan counts as absent, the first client that meets it removes it, and the name is free.
    std::string is_over() {
        const std::string wrong = check_as_client(pool, key(), Status::pool_not_found, false);
        return wrong.empty() ? is_free() : wrong;
    }
    // It is whole, works, and holds what it held.
    std::string stands() { return check_as_client(pool, key(), Status::ok, true); }
};

using SharedFixture = std::shared_ptr<Fixture>;

// A case with no other clients, unless set_up is replaced.
LifecycleCase case_of(const char *name, const SharedFixture &fixture) {
    LifecycleCase test_case;
    test_case.name = name;
    test_case.pool = fixture->pool;
    test_case.set_up = [] {};
    test_case.before = [] {};
    test_case.tear_down = [fixture] { fixture->clear(); };
    return test_case;
}

// --- pools -----------------------------------------------------------------------------------------------------------

// The creator is dead, so a pool that vanishes with its clients has ended, named or not; a persistent one exists as a
// whole or not at all.
LifecycleCase create(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of(fixture->kind.persistent ? "create, persistent" : "create", fixture);
    test_case.operation = [fixture] { must(create_pool(fixture->pool, fixture->kind), "create"); };
    test_case.judge = [fixture](bool &done) {
        done = fixture->named(fixture->pool);
        if (!done) return fixture->is_over();
        return fixture->kind.persistent ? check_as_client(fixture->pool, fixture->key(), Status::ok, false)
                                        : fixture->is_over();
    };
    return test_case;
}

// While the creator lives, even if it is stopped, a client that finds the name finds a whole pool.
LifecycleCase create_met(const SharedFixture &fixture) {
    LifecycleCase test_case = create(fixture);
    test_case.name = "create, met by another";
    const auto was_named = std::make_shared<bool>();
    test_case.meet = [fixture, was_named] {
        *was_named = fixture->named(fixture->pool);
        return check_as_client(fixture->pool, fixture->key(), *was_named ? Status::ok : Status::pool_not_found, false);
    };
    test_case.judge = [fixture, was_named](bool &done) {
        done = *was_named;
        return fixture->is_over();
    };
    return test_case;
}

LifecycleCase destroy(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of("destroy", fixture);
    test_case.set_up = [fixture] { fixture->peer = std::make_unique<PeerClient>(fixture->pool, fixture->kind); };
    test_case.operation = [fixture] { must(Status(latzero_pool_destroy(fixture->pool.c_str())), "destroy"); };
    test_case.judge = [fixture](bool &done) -> std::string {
        const Status outcome = fixture->peer->works();
        done = outcome == Status::destroyed;
        if (!done && outcome != Status::ok) return std::string("a client is told ") + status_name(outcome);
        if (done) return fixture->is_over();
        const std::string wrong = fixture->stands();
        return wrong.empty() && fixture->peer->works() != Status::ok ? "a visit ended the pool" : wrong;
    };
    return test_case;
}

LifecycleCase rekey(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of("rekey, killed", fixture);
    test_case.set_up = [fixture] { fixture->peer = std::make_unique<PeerClient>(fixture->pool, fixture->kind); };
    test_case.operation = [fixture] {
        latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
        options.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
        must(Status(latzero_pool_rekey(fixture->pool.c_str(), kFirstAuthKey, 32, kOtherAuthKey, 32, &options)),
             "rekey");
    };
    test_case.judge = [fixture](bool &done) -> std::string {
        done = check_as_client(fixture->pool, kFirstAuthKey, Status::authentication, false).empty();
        const char *good = done ? kOtherAuthKey : kFirstAuthKey, *bad = done ? kFirstAuthKey : kOtherAuthKey;
        std::string wrong = check_as_client(fixture->pool, good, Status::ok, true);
        if (wrong.empty()) wrong = check_as_client(fixture->pool, bad, Status::authentication, false);
        return wrong.empty() && fixture->peer->works() != Status::ok ? "its client cannot go on" : wrong;
    };
    return test_case;
}

// --- clients ---------------------------------------------------------------------------------------------------------

// With another client connected, or in a persistent pool without clients.
void with_another_client(LifecycleCase &test_case, const SharedFixture &fixture) {
    test_case.set_up = [fixture] {
        fixture->peer = std::make_unique<PeerClient>(fixture->pool, fixture->kind);
        if (fixture->kind.persistent) must(fixture->peer->leave(), "leave");
    };
    test_case.judge = [fixture](bool &done) {
        done = true;
        std::string wrong = fixture->stands();
        if (!wrong.empty() || fixture->kind.persistent) return wrong;
        if (fixture->peer->works() != Status::ok) return std::string("the other client cannot go on");
        (void)fixture->peer->leave();
        return fixture->is_free();
    };
}

LifecycleCase join(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of(fixture->kind.persistent ? "connect, persistent" : "connect, killed", fixture);
    with_another_client(test_case, fixture);
    test_case.operation = [fixture] { must(connect(fixture->pool, fixture->key(), fixture->client), "connect"); };
    return test_case;
}

// Alone in a pool that was large once: the end of it goes.
LifecycleCase join_and_shrink(const SharedFixture &fixture) {
    LifecycleCase test_case = join(fixture);
    test_case.name = "connect that shrinks";
    test_case.set_up = [fixture] {
        fixture->peer = std::make_unique<PeerClient>(fixture->pool, fixture->kind);
        must(fixture->peer->swells(), "fill the pool and empty it");
        must(fixture->peer->leave(), "leave");
    };
    test_case.judge = [fixture](bool &done) -> std::string {
        done = true;
        const std::string wrong = fixture->stands();
        if (!wrong.empty()) return wrong;
        const std::uint64_t bytes = bytes_of(fixture->pool);
        return bytes <= store::kFirstCapacity ? "" : "the next client leaves " + std::to_string(bytes) + " bytes";
    };
    return test_case;
}

LifecycleCase join_new(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of("connect that creates", fixture);
    test_case.operation = [fixture] { must(connect(fixture->pool, fixture->key(), fixture->client, true), "connect"); };
    test_case.judge = [fixture](bool &done) {
        done = true;
        return fixture->is_over();
    };
    return test_case;
}

LifecycleCase leave(const SharedFixture &fixture) {
    LifecycleCase test_case =
        case_of(fixture->kind.persistent ? "disconnect, persistent" : "disconnect, killed", fixture);
    with_another_client(test_case, fixture);
    test_case.before = [fixture] { fixture->connect_victim(); };
    test_case.operation = [fixture] { must(Status(latzero_disconnect(fixture->client)), "disconnect"); };
    return test_case;
}

LifecycleCase leave_last(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of("disconnect, the last", fixture);
    test_case.before = [fixture] { fixture->connect_victim(true); };
    test_case.operation = [fixture] { must(Status(latzero_disconnect(fixture->client)), "disconnect"); };
    test_case.judge = [fixture](bool &done) {
        done = true;
        return fixture->is_over();
    };
    return test_case;
}

// The system gives back what the victim had borrowed: no memory is kept for it.
LifecycleCase borrow(const SharedFixture &fixture) {
    LifecycleCase test_case = case_of("borrow and return", fixture);
    test_case.set_up = [fixture] {
        fixture->peer = std::make_unique<PeerClient>(fixture->pool, fixture->kind);
        must(fixture->peer->replaces(), "set a large value");
    };
    test_case.before = [fixture] {
        must(connect(fixture->pool, fixture->key(), fixture->client), "connect the victim");
    };
    test_case.operation = [fixture] {
        const void *value = nullptr;
        latzero_borrowed *borrowed = nullptr;
        must(Status(latzero_borrow(fixture->client, kKey, LATZERO_CSTR, &value, nullptr, &borrowed)), "borrow");
        must(Status(latzero_return(borrowed)), "return");
    };
    test_case.judge = [fixture](bool &done) {
        done = true;
        if (fixture->peer->replaces() != Status::ok) return std::string("memory is kept for the dead");
        return fixture->stands();
    };
    return test_case;
}

// --- orphans ---------------------------------------------------------------------------------------------------------

// With an orphan and a pool whose client lives. Only the orphan is removed.
LifecycleCase tidy(const char *name, const SharedFixture &fixture, latzero_status (*clean)()) {
    LifecycleCase test_case = case_of(name, fixture);
    test_case.set_up = [fixture] {
        PeerClient(fixture->pool, fixture->kind).kill();
        fixture->neighbour = std::make_unique<PeerClient>(fixture->other, fixture->kind);
    };
    test_case.operation = [clean] { must(Status(clean()), "clean up"); };
    test_case.judge = [fixture](bool &done) -> std::string {
        done = !fixture->named(fixture->pool);
        if (fixture->neighbour->works() != Status::ok) return "a pool with a client is gone";
        (void)run_in_child([] { return latzero_pool_cleanup(nullptr) == LATZERO_OK ? "" : "cleaning up again fails"; });
        if (fixture->named(fixture->pool)) return "the orphan stays";
        std::string wrong = fixture->is_over();
        if (wrong.empty() && fixture->neighbour->leave() != Status::ok) wrong = "a client cannot leave its pool";
        return wrong;
    };
    return test_case;
}

latzero_status clean_up() { return latzero_pool_cleanup(nullptr); }

latzero_status list() {
    latzero_pool_info *pools = nullptr;
    std::size_t count = 0;
    const latzero_status listed = latzero_pool_list(sizeof *pools, &pools, &count);
    latzero_free(pools);
    return listed;
}

SharedFixture fixture_of(const PoolKind &kind) {
    auto fixture = std::make_shared<Fixture>();
    fixture->kind = kind;
    return fixture;
}

}  // namespace

void explore_lifecycle(bool encrypted, std::uint32_t samples, const std::string &only, Table &table) {
    const PoolKind vanishing{.encrypted = encrypted}, persistent{.encrypted = encrypted, .persistent = true};
    std::vector<LifecycleCase> cases = {create(fixture_of(vanishing)),    create_met(fixture_of(vanishing)),
                                        create(fixture_of(persistent)),   destroy(fixture_of(vanishing)),
                                        join(fixture_of(vanishing)),      join(fixture_of(persistent)),
                                        join_new(fixture_of(vanishing)),  join_and_shrink(fixture_of(persistent)),
                                        leave(fixture_of(vanishing)),     leave(fixture_of(persistent)),
                                        leave_last(fixture_of(vanishing))};
    // With pools of one kind alone, or what looks into none.
    if (!encrypted) {
        cases.push_back(rekey(fixture_of({.encrypted = true})));
        cases.push_back(tidy("pool cleanup", fixture_of(vanishing), clean_up));
        cases.push_back(tidy("pool list", fixture_of(vanishing), list));
        cases.push_back(borrow(fixture_of(vanishing)));
    }
    for (const LifecycleCase &test_case : cases) {
        if (!only.empty() && only != test_case.name) continue;
        const std::string again = std::string(encrypted ? "--sealed " : "") + "--operation '" + test_case.name + "'";
        explore_case(test_case, samples, again, table.row(test_case.name));
        // What follows tells nothing new, and with broken pools much of it waits.
        if (table.violated()) break;
    }
}

std::vector<std::string> lifecycle_rows(bool encrypted) {
    std::vector<std::string> rows = {"create",
                                     "create, met by another",
                                     "create, persistent",
                                     "destroy",
                                     "connect, killed",
                                     "connect, persistent",
                                     "connect that creates",
                                     "connect that shrinks",
                                     "disconnect, killed",
                                     "disconnect, persistent",
                                     "disconnect, the last"};
    if (!encrypted) rows.insert(rows.end(), {"rekey, killed", "pool cleanup", "pool list", "borrow and return"});
    return rows;
}

}  // namespace latzero::crash
