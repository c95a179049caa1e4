// Pools with an auth key, encrypted and not.
#include "cpp_test.hpp"

#include <algorithm>
#include <array>

namespace {

using latzero::AuthKey;
using latzero::Cipher;
using latzero::Pool;

using Raw = std::array<std::byte, 32>;

static_assert(std::convertible_to<const char *, AuthKey> && std::convertible_to<std::string, AuthKey>);
static_assert(std::convertible_to<Raw, AuthKey> && std::convertible_to<std::span<const std::byte, 32>, AuthKey>);
static_assert(!std::convertible_to<std::array<std::byte, 31>, AuthKey>);
static_assert(!std::convertible_to<std::vector<std::byte>, AuthKey>);

constexpr latzero::KeyCost cheap{.memory_bytes = 8192, .passes = 1};

Raw raw_key(unsigned char first) {
    Raw key{};
    for (std::size_t at = 0; at < key.size(); at++) key[at] = static_cast<std::byte>(first + at);
    return key;
}

latzero::PoolInfo info_of(std::string_view name) {
    const auto pools = Pool::list();
    const auto found = std::ranges::find(pools, name, &latzero::PoolInfo::name);
    CHECK(found != pools.end());
    return *found;
}

void what_a_key_refers_to() {
    const std::string text("a\0b", 3);
    const Raw raw = raw_key(0);
    CHECK(AuthKey().data() == nullptr && AuthKey().size() == 0 && !AuthKey().is_raw());
    CHECK(AuthKey(text).data() == text.data() && AuthKey(text).size() == 3 && !AuthKey(text).is_raw());
    CHECK(AuthKey(raw).data() == reinterpret_cast<const char *>(raw.data()));
    CHECK(AuthKey(raw).size() == 32 && AuthKey(raw).is_raw());
    // An empty key is a mistake, and must not pass for none.
    CHECK(AuthKey(std::string_view()).data() != nullptr);
    CHECK_THROWS(Pool::create(pool_name("empty"), {.auth_key = std::string_view()}), Status::invalid_argument, "empty");
}

void a_gate() {
    const std::string name = pool_name("gate");
    const Pool pool(name, {.auth_key = "open sesame", .key_cost = cheap});
    CHECK(info_of(name).has_auth_key && !info_of(name).cipher);
    CHECK_THROWS(Client(name), Status::authentication, name);
    CHECK_THROWS(Client(name, {.auth_key = "open barley"}), Status::authentication, name);
    CHECK_THROWS(Client(name, {.read_only = true}), Status::authentication, name);
    CHECK_THROWS(Client(name, {.auth_key = raw_key(0)}), Status::authentication, name);
    const std::string key = "open sesame";
    const Client client(name, {.auth_key = key}), reader(name, {.read_only = true, .auth_key = std::string_view(key)});
    const latzero::PoolStats stats = reader.stats();
    CHECK(stats.has_auth_key && !stats.encryption && !stats.cipher && stats.clients == 3);

    const Client plain = fresh("plain");
    CHECK_THROWS(Client(pool_name("plain"), {.auth_key = key}), Status::authentication, "plain");
    CHECK(!plain.stats().has_auth_key && !info_of(pool_name("plain")).has_auth_key);
}

void sealed_values() {
    const std::string name = pool_name("sealed");
    const Raw key = raw_key(1);
    Client client(name, {.create_if_absent = true, .create = {.auth_key = key, .encrypted = true}});
    const Client reader(name, {.read_only = true, .auth_key = std::span<const std::byte, 32>(key)});
    CHECK_THROWS(Client(name, {.auth_key = raw_key(2)}), Status::authentication, name);
    client.set("text", "Alice", {.ttl = 1h});
    client.append("list", 1);
    CHECK_EQUAL(client.append("list", "two"), 2);
    CHECK_EQUAL(client.increment("count", 41), 41);
    CHECK_EQUAL(client.increment("count"), 42);
    CHECK(reader.get<std::string>("text") == "Alice" && reader.ttl("text") > 59min);
    CHECK(reader.get_json("list") == "[1,\"two\"]" && reader.get<int>("count") == 42);
    const latzero::PoolStats stats = reader.stats();
    CHECK(stats.encryption && stats.has_auth_key && stats.cipher && stats.integrity_failures == 0);
    CHECK(info_of(name).has_auth_key && info_of(name).cipher == stats.cipher);
}

void choices() {
    const std::string name = pool_name("choice");
    CHECK_THROWS(Pool::create(name, {.encrypted = true}), Status::invalid_argument, "auth key");
    CHECK_THROWS(Pool::create(name, {.auth_key = "k", .cipher = Cipher::xchacha20poly1305}), Status::invalid_argument,
                 "cipher");
    CHECK_THROWS(Pool::create(name, {.auth_key = "k", .key_cost = {.memory_bytes = 1}}), Status::invalid_argument,
                 "cost");
    CHECK_THROWS(Pool::create(name, {.auth_key = "k", .key_cost = {.passes = 101}}), Status::invalid_argument, "cost");
    // A pool that connecting creates gets the connection's key.
    const latzero::PoolOptions sealed{.key_cost = cheap, .encrypted = true, .cipher = Cipher::xchacha20poly1305};
    const Client client(name, {.create_if_absent = true, .create = sealed, .auth_key = "k"});
    CHECK(Client(name, {.auth_key = "k"}).stats().cipher == Cipher::xchacha20poly1305);
}

void another_key() {
    const std::string name = pool_name("rekeyed");
    const Raw raw = raw_key(3);
    const Pool pool(name, {.auth_key = "old", .key_cost = cheap, .encrypted = true});
    Client before(name, {.auth_key = "old"});
    before.set("key", 1);
    CHECK_THROWS(Pool::rekey(name, "older", raw), Status::authentication, name);
    CHECK_THROWS(Pool::rekey(name, "old", {}), Status::invalid_argument, "");
    CHECK_THROWS(Pool::rekey("no such pool", "old", raw), Status::pool_not_found, "no such pool");
    Pool::rekey(name, "old", raw);
    CHECK_THROWS(Client(name, {.auth_key = "old"}), Status::authentication, name);
    CHECK(Client(name, {.auth_key = raw}).get<int>("key") == 1);
    Pool::rekey(name, raw, "new", cheap);
    CHECK_THROWS(Client(name, {.auth_key = raw}), Status::authentication, name);
    CHECK(Client(name, {.auth_key = "new"}).get<int>("key") == 1 && before.get<int>("key") == 1);
    CHECK_THROWS(Pool::rekey(name, "new", "newer", {.passes = 101}), Status::invalid_argument, "cost");
}

// A pool that is costlier to open than the caller allows is refused; who makes one is let in.
void ceilings() {
    constexpr std::uint64_t kMiB = 1 << 20;
    const std::string name = pool_name("costly");
    const latzero::KeyCost cost{.memory_bytes = 2 * kMiB, .passes = 3};
    const latzero::KeyCeiling memory{.kdf_memory_most = kMiB}, work{.kdf_work_most = 5 * kMiB};
    const latzero::KeyCeiling enough{.kdf_memory_most = 2 * kMiB, .kdf_work_most = 6 * kMiB};
    const latzero::PoolOptions options{.auth_key = "k", .key_cost = cost};
    const Client creator(name, {.create_if_absent = true, .create = options, .key_ceiling = memory});
    CHECK_THROWS(Client(name, {.auth_key = "k", .key_ceiling = memory}), Status::authentication, "kdf_memory_most");
    CHECK_THROWS(Client(name, {.auth_key = "k", .key_ceiling = work}), Status::authentication, "kdf_work_most");
    CHECK_THROWS(Pool::check(name, {.auth_key = "k", .key_ceiling = work}), Status::authentication, "kdf_work_most");
    CHECK_THROWS(Pool::rekey(name, "k", "l", {}, memory), Status::authentication, "kdf_memory_most");
    CHECK(Client(name, {.auth_key = "k", .key_ceiling = enough}).stats().has_auth_key);
    CHECK(Pool::check(name, {.auth_key = "k", .key_ceiling = enough}).sound);
    Pool::rekey(name, "k", "l", cost, enough);
    CHECK(Client(name, {.auth_key = "l", .key_ceiling = enough}).stats().has_auth_key);
}

// An owner connects to what it has made, whatever that costs: here a little more than the usual ceiling.
void an_owner_pays_what_it_asked_for() {
    constexpr std::uint64_t kGiB = 1 << 30;
    using latzero::detail::ceiling_of;
    CHECK(ceiling_of({}).kdf_memory_most == kGiB && ceiling_of({}).kdf_work_most == 8 * kGiB);
    CHECK(ceiling_of({.memory_bytes = 3 * kGiB}).kdf_memory_most == 3 * kGiB);
    CHECK(ceiling_of({.memory_bytes = 3 * kGiB, .passes = 4}).kdf_work_most == 12 * kGiB);
    CHECK(ceiling_of({.passes = 100}).kdf_work_most == 8 * kGiB);
    const std::string name = pool_name("owned");
    const Pool owner(name, {.auth_key = "k", .key_cost = {.memory_bytes = kGiB + 8192, .passes = 1}});
    CHECK_THROWS(Client(name, {.auth_key = "k"}), Status::authentication, "kdf_memory_most to 1073750016");
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(what_a_key_refers_to),
        CPP_TEST(a_gate),
        CPP_TEST(sealed_values),
        CPP_TEST(choices),
        CPP_TEST(another_key),
        CPP_TEST(ceilings),
        CPP_TEST(an_owner_pays_what_it_asked_for),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
