// Walks and batches.
#include "cpp_test.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <set>
#include <vector>

namespace {

static_assert(std::ranges::input_range<latzero::Keys> && std::ranges::view<latzero::Keys>);
static_assert(std::ranges::input_range<latzero::Items<>> && std::ranges::view<latzero::Items<int>>);
static_assert(!std::ranges::forward_range<latzero::Keys> && !std::copyable<latzero::Keys>);
// A walk's keys end with its next step, so they are no batch.
static_assert(!latzero::KeyRange<latzero::Keys> && !latzero::PairRange<latzero::Items<>>);
static_assert(latzero::KeyRange<std::vector<std::string> &> && latzero::KeyRange<std::set<std::string_view>>);

Client filled(const char *suffix) {
    Client client = fresh(suffix);
    client.mset({{"user:1", "Alice"}, {"user:2", 2}, {"pet:1", nullptr}});
    return client;
}

void keys() {
    const Client client = filled("keys");
    std::set<std::string> met;
    for (std::string_view key : client.keys("user:*")) met.emplace(key);
    CHECK(met == std::set<std::string>({"user:1", "user:2"}));
    met.clear();
    std::ranges::for_each(client.keys(), [&](std::string_view key) { met.emplace(key); });
    CHECK_EQUAL(met.size(), 3);
    auto pets = client.keys() | std::views::filter([](std::string_view key) { return key.starts_with("pet"); });
    CHECK(std::ranges::distance(pets) == 1);
    auto none = client.keys("none");
    CHECK(none.begin() == none.end());
    auto walk = client.keys("pet:*");
    auto moved = std::move(walk);
    CHECK(*moved.begin() == "pet:1");
}

void items() {
    Client client = filled("items");
    std::map<std::string, Value> met;
    for (auto &&[key, value] : client.items()) met.emplace(key, std::move(value));
    CHECK_EQUAL(met.size(), 3);
    CHECK(met["user:1"] == "Alice" && met["user:2"] == 2 && met["pet:1"].is_null());
    for (const auto &[key, value] : client.items<latzero::ValueView>("user:1")) CHECK(value.text() == "Alice");
    for (const auto &item : client.items<int>("user:2")) CHECK_EQUAL(item.value, 2);
    CHECK_THROWS(client.items<int>("user:1").begin(), Status::type_mismatch, "key 'user:1' in pool");
}

void items_of_other_types() {
    Client client = filled("others");
    std::map<std::string, std::optional<int>> told;
    for (auto &&[key, value] : client.items<std::optional<int>>()) told.emplace(key, value);
    CHECK((told == std::map<std::string, std::optional<int>>{{"user:1", {}}, {"user:2", 2}, {"pet:1", {}}}));
    int met = 0;
    for (const auto &[key, value] : client.items<int>("*", latzero::OtherTypes::skip)) met += value;
    CHECK_EQUAL(met, 2);
    CHECK_THROWS(std::ranges::distance(client.items<int>()), Status::type_mismatch, "has type");
}

void prefixes() {
    Client client = filled("prefixes");
    client.set("user*", 5);
    CHECK(std::ranges::distance(client.keys(latzero::prefix("user"))) == 3);
    for (const auto &[key, value] : client.items<int>(latzero::prefix("user*"))) CHECK(key == "user*" && value == 5);
    CHECK(client.scan(0, 1000, latzero::prefix("user:")).keys().size() == 2);
    CHECK(client.size("user*") == 3 && client.size(latzero::prefix("user*")) == 1 &&
          client.size(std::string("x")) == 0);
    CHECK(client.clear(latzero::prefix("user*")) == 1 && client.clear("pet:?") == 1 && client.size() == 2);
}

void scans() {
    Client client = fresh("scans");
    for (int i = 0; i < 500; i++) client.set("key:" + std::to_string(i), i);
    client.set("other", 1);
    std::set<std::string> met;
    std::uint64_t cursor = 0;
    do {
        const latzero::ScanStep step = client.scan(cursor, 50, "key:*");
        for (const std::string_view key : step.keys()) met.emplace(key);
        cursor = step.cursor();
        CHECK(step.done() == (cursor == 0));
    } while (cursor != 0);
    CHECK_EQUAL(met.size(), 500);
    CHECK_THROWS(client.scan(0, 0), Status::invalid_argument, "count");
}

void stores_many() {
    Client client = fresh("mset");
    client.mset(std::map<std::string, int>{{"a", 1}, {"b", 2}}, {.ttl = 1h});
    CHECK(client.get<int>("b") == 2 && client.ttl("a") <= 1h);
    const std::vector<std::pair<const char *, std::string_view>> pairs{{"c", "three"}, {"d", ""}};
    client.mset(pairs);
    CHECK(client.get<std::string>("c") == "three" && client.get<std::string>("d") == "");
    struct Pair {
        std::string key;
        bool value;
    };
    client.mset(std::array{Pair{"e", true}});
    CHECK(client.get<bool>("e") == true);
    client.mset({{"opaque", latzero::Opaque{5, {}}}, {"null", nullptr}});
    CHECK_EQUAL(client.get("opaque")->view().tag, 5);
    client.mset(std::map<std::string, int>());
    CHECK_THROWS(client.mset({{"f", 6}, {"", 7}, {"g", 8}}), Status::invalid_argument, "the key has no bytes");
    CHECK(client.get<int>("f") == 6 && client.get<int>("g") == 8);
    CHECK_THROWS(client.mset({{"f", "\xff"}}), Status::invalid_argument, "UTF-8");
    CHECK_THROWS(client.mset(std::map<std::string, std::uint64_t>{{"h", ~std::uint64_t{0}}}), Status::overflow, "'h'");
}

void reads_many() {
    Client client = filled("mget");
    client.set("large", std::string(100000, 'x'));
    client.set("small", "x");
    const auto values = client.mget({"user:1", "none", "large", "user:2", "user:1"});
    CHECK_EQUAL(values.size(), 5);
    CHECK(values[0] == Value("Alice") && !values[1] && values[3] == Value(2) && values[4] == values[0]);
    CHECK_EQUAL(values[2]->view().size(), 100000);
    const std::list<std::string> names{"user:2", "none"};
    const auto numbers = client.mget<int>(names);
    CHECK(numbers[0] == 2 && !numbers[1]);
    const auto texts = client.mget<std::string>(std::array{"small", "large"});
    CHECK(texts[0] == "x" && texts[1]->size() == 100000);
    CHECK(client.mget(std::vector<std::string_view>()).empty());
    CHECK_THROWS(client.mget<int>({"user:2", "user:1"}), Status::type_mismatch, "key 'user:1' in pool");
    CHECK_THROWS(client.mget({"large", "", "none"}), Status::invalid_argument, "the key has no bytes");
    CHECK_THROWS(client.mget({"", "large", "none"}), Status::invalid_argument, "the key has no bytes");
    CHECK_THROWS(client.mget({"large", std::string(65536, 'k')}), Status::invalid_argument, "65,535");
    std::vector<std::string> lengths;
    for (std::size_t size = 1; size < 40; size++) lengths.emplace_back(size, 'k');
    for (const std::string &key : lengths) client.set(key, std::string(40 - key.size(), 'v'));
    const auto padded = client.mget<std::string>(lengths);
    for (std::size_t at = 0; at < lengths.size(); at++) CHECK_EQUAL(padded[at]->size(), 40 - lengths[at].size());
}

void erases_many() {
    Client client = filled("erase");
    CHECK_EQUAL(client.delete_many({"user:1", "none"}), 1);
    CHECK_EQUAL(client.delete_many(std::vector<std::string>{"user:2", "pet:1", "pet:1"}), 2);
    CHECK(client.empty());
}

void in_a_namespace() {
    Client client = fresh("namespaces");
    Client users = client.namespace_view("user");
    Client admins = users.namespace_view("admin");
    users.set("1", "Alice");
    admins.set("1", "Bob");
    client.set("other", 1);
    CHECK(client.get<std::string>("user:1") == "Alice" && client.get<std::string>("user:admin:1") == "Bob");
    CHECK_EQUAL(users.size(), 2);
    CHECK_EQUAL(admins.size(), 1);
    for (const std::string_view key : admins.keys()) CHECK(key == "1");
    CHECK_EQUAL(users.mget({"1", "admin:1"}).size(), 2);
    CHECK_THROWS(users.get<int>("1"), Status::type_mismatch, "key '1'");
    CHECK_THROWS(client.namespace_view(""), Status::invalid_argument, "");
    users.clear();
    CHECK_EQUAL(client.size(), 1);
    client.disconnect();
    users.set("1", "the connection lives with its views");
    CHECK(users.contains("1"));
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(keys),       CPP_TEST(items),       CPP_TEST(items_of_other_types),
        CPP_TEST(prefixes),   CPP_TEST(scans),       CPP_TEST(stores_many),
        CPP_TEST(reads_many), CPP_TEST(erases_many), CPP_TEST(in_a_namespace),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
