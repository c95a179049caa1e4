// Pools, connections and what they throw.
#include "cpp_test.hpp"

#include <algorithm>

namespace {

using latzero::Pool;

static_assert(!std::copy_constructible<Client> && std::is_nothrow_move_constructible_v<Client>);
static_assert(std::is_nothrow_move_assignable_v<Client> && std::is_nothrow_move_assignable_v<Pool>);
static_assert(!std::copy_constructible<latzero::Borrowed> && std::movable<latzero::Borrowed>);
static_assert(!std::copy_constructible<latzero::Reserved> && std::movable<latzero::Reserved>);
static_assert(!std::convertible_to<const char *, Client>);

void life() {
    const std::string name = pool_name("life");
    CHECK(!Pool::exists(name) && !Pool::destroy(name));
    Pool::create(name, {.max_bytes = 2 << 20, .persistent = true, .idle_ttl = 1h});
    CHECK(Pool::exists(name));
    CHECK_THROWS(Pool::create(name), Status::pool_exists, name);
    const auto pools = Pool::list();
    const auto found = std::ranges::find(pools, name, &latzero::PoolInfo::name);
    CHECK(found != pools.end());
    CHECK(found->persistent && found->max_bytes == 2 << 20 && found->idle_ttl == 1h && found->clients == 0);
    const auto age = std::chrono::system_clock::now() - found->created;
    CHECK(age > -1s && age < 60s);
    CHECK(found->state == latzero::PoolState::asked);
    CHECK(latzero::Pool::global_stats().pool_count >= 1);
    (void)Pool::cleanup();
    CHECK(Pool::destroy(name) && !Pool::exists(name));
}

void owners() {
    const std::string name = pool_name("owner"), other = pool_name("other");
    {
        Pool owner(name);
        CHECK(owner.name() == name && Pool::exists(name));
        Pool moved = std::move(owner);
        CHECK(Pool::exists(name));
        moved = Pool(other);
        CHECK(!Pool::exists(name) && Pool::exists(other));
        Client client(other);
        client.set("key", 1);
        moved = Pool(name);
        CHECK_THROWS(client.get("key"), Status::destroyed, other);
    }
    CHECK(!Pool::exists(name) && !Pool::exists(other));
}

void connections() {
    const char *name = pool_name("connect");
    CHECK_THROWS(Client(name), Status::pool_not_found, name);
    CHECK_THROWS(Client("a/b"), Status::invalid_argument, "'/'");
    CHECK_THROWS(Client(std::string_view("a\0b", 3)), Status::invalid_argument, "NUL");
    CHECK_THROWS(Client(name, {.read_only = true, .create_if_absent = true}), Status::invalid_argument, "");
    Client client(name, {.create_if_absent = true, .create = {.max_bytes = 3 << 20}, .timeout = 100ms});
    CHECK_EQUAL(client.stats().max_bytes, 3 << 20);
    client.set("key", 1);

    Client reader(name, {.read_only = true});
    CHECK(reader.read_only() && !client.read_only() && reader.namespace_view("x").read_only());
    CHECK(reader.get<int>("key") == 1);
    CHECK_THROWS(reader.set("key", 2), Status::read_only, "'key'");
    const latzero::PoolStats stats = reader.stats();
    CHECK(stats.name == name && stats.read_only && stats.clients == 2 && stats.key_count == 1 && !stats.persistent);
    const std::vector<latzero::ClientInfo> clients = reader.clients();
    CHECK_EQUAL(clients.size(), 2);
    CHECK(!clients[0].read_only && !clients[0].self && clients[0].process == static_cast<std::uint32_t>(getpid()));
    CHECK(clients[0].connected && std::chrono::system_clock::now() - *clients[0].connected < 60s);
    CHECK(clients[1].read_only && clients[1].self && !clients[1].connected && clients[1].stripes == 0);
    CHECK(!clients[1].holds_pages && !clients[1].holds_life && !clients[1].holds_loan);
    reader.disconnect();
    CHECK_EQUAL(client.stats().clients, 1);
}

void moves() {
    Client client = fresh("moves");
    client.set("key", 1);
    Client moved = std::move(client);
    CHECK(moved.get<int>("key") == 1 && client.handle() == nullptr);
    CHECK_THROWS(client.get("key"), Status::invalid_argument, "");
    Client other = fresh("moves-other");
    other = std::move(moved);
    CHECK(other.get<int>("key") == 1 && !pool_exists(pool_name("moves-other")));
    Client &self = other;
    other = std::move(self);
    CHECK(other.get<int>("key") == 1);
}

void errors_are_exceptions() {
    Client client(pool_name("full"), {.create_if_absent = true, .create = {.max_bytes = 1 << 20}});
    CHECK_THROWS(client.set("key", std::string(std::size_t{8} << 20, 'x')), Status::too_large, "max_bytes");
    try {
        (void)Client("");
        CHECK(false);
    } catch (const std::runtime_error &error) {
        CHECK(std::strlen(error.what()) > 0);
    }
    CHECK(std::strcmp(latzero::name_of(Status::memory_full), "MEMORY_FULL") == 0);
}

void cleaning_up() {
    const std::size_t before = running_threads();
    {
        const latzero::AutoCleanup guard(1h);
        CHECK(threads_become(before + 1));
        { const latzero::AutoCleanup another(2h); }
        CHECK(threads_become(before + 1));
    }
    CHECK(threads_become(before));
    CHECK_THROWS(latzero::AutoCleanup(0ms), Status::invalid_argument, "at least 1");
}

void checks() {
    const std::string name = pool_name("check");
    Client client = fresh("check");
    client.set("key", 1);
    const latzero::CheckResult result = latzero::Pool::check(name);
    CHECK(result.sound && result.findings.empty() && result.report.keys == 1);
    CHECK(latzero::Pool::check(name, {.repair = true, .timeout = 1s}).sound);
    CHECK_THROWS(latzero::Pool::check(name, {.auth_key = latzero::AuthKey("x")}), Status::authentication, name);
}

void settings() {
    latzero::configure_serializer({.compress_threshold = -1});
    Client client = fresh("settings");
    client.set("key", std::string(100000, 'x'));
    const auto used = client.stats().used_bytes;
    CHECK(used >= 100000);
    latzero::configure_serializer({});
    client.set("key", std::string(100000, 'x'));
    CHECK(client.stats().used_bytes < used);
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(life),
        CPP_TEST(owners),
        CPP_TEST(connections),
        CPP_TEST(moves),
        CPP_TEST(errors_are_exceptions),
        CPP_TEST(cleaning_up),
        CPP_TEST(checks),
        CPP_TEST(settings),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
