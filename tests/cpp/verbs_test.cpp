// Each verb on one key.
#include "cpp_test.hpp"

#include <array>
#include <limits>
#include <thread>

namespace {

void basic() {
    Client client = fresh("basic");
    CHECK(client.empty() && !client.contains("key") && !client.erase("key"));
    client.set("key", 1);
    CHECK(client.contains("key") && client.size() == 1 && !client.empty());
    const auto info = client.info("key");
    CHECK(info && info->type == latzero::Type::int64 && info->size == 8 &&
          info->version == client.get_versioned("key")->version);
    CHECK(info->ttl == latzero::forever && !info->compressed && info->tag == 0 && !client.info("none"));
    CHECK(client.erase("key") && !client.contains("key"));
    client.set("a", 1);
    client.set("b", 2);
    client.clear();
    CHECK(client.empty());
    CHECK_THROWS(client.set("", 1), Status::invalid_argument, "key");
    CHECK_THROWS(client.set(std::string(70000, 'k'), 1), Status::invalid_argument, "65,535");
}

void locks() {
    Client client = fresh("locks");
    const auto held = client.add_versioned("lock", "me", {.ttl = 1h});
    CHECK(held && !client.add_versioned("lock", "other"));
    const auto seen = client.get_versioned<std::string>("lock");
    CHECK(seen->version == *held && seen->ttl <= 1h && seen->ttl > 30min);
    CHECK(!client.compare_and_erase("lock", *held + 64) && client.compare_and_erase("lock", *held));
    CHECK(!client.compare_and_erase("lock", *held) && client.add_versioned("lock", "other"));
    CHECK(client.get_versioned("lock")->ttl == latzero::forever);
}

void fast() {
    const char *name = pool_name("fast");
    Client writer(name, {.create_if_absent = true});
    const Client reader(name);
    writer.set_fast("key", "text", {.ttl = 1h});
    CHECK(writer.get<std::string>("key") == "text");
    CHECK(!reader.get("key"));
    writer.flush();
    CHECK(reader.get<std::string>("key") == "text" && reader.ttl("key") <= 1h);
    writer.set_fast("key", 2);
    const auto seen = writer.get_versioned<int>("key");
    CHECK(seen && seen->version != 0 && reader.get<int>("key") == 2);
    writer.set_fast("key", 3);
    writer.disconnect();
    CHECK(reader.get<int>("key") == 3);
    CHECK_THROWS(writer.get("key"), Status::invalid_argument, "");
}

void lifetime() {
    Client client = fresh("ttl");
    client.set("key", 1);
    CHECK(client.ttl("key") == latzero::forever);
    client.set("key", 1, {.ttl = 2h});
    CHECK(client.ttl("key") > 1h && client.ttl("key") <= 2h);
    CHECK(client.persist("key") && client.ttl("key") == latzero::forever);
    CHECK(client.expire("key", 3s) && client.ttl("key") <= 3s);
    CHECK(client.expire("key", latzero::forever) && client.ttl("key") == latzero::forever);
    CHECK(!client.persist("none") && !client.expire("none", 1s) && !client.expire("none", latzero::forever));
    CHECK_THROWS(client.set("key", 1, {.ttl = 0ms}), Status::invalid_argument, "at least 1");
    CHECK_THROWS(client.expire("key", -1s), Status::invalid_argument, "-1000 ms");
    client.set("short", 1, {.ttl = 20ms});
    pause_ms(40);
    CHECK(!client.get("short"));
}

void numbers() {
    Client client = fresh("numbers");
    CHECK_EQUAL(client.increment("n"), 1);
    CHECK_EQUAL(client.increment("n", 41U), 42);
    CHECK_EQUAL(client.increment("m", -5, 100), 95);
    CHECK_EQUAL(client.decrement("n"), 41);
    CHECK_EQUAL(client.decrement("n", 40), 1);
    CHECK(client.increment("d", 0.5, 1) == 1.5);
    CHECK(client.decrement("d", 1.0F) == 0.5);
    CHECK_THROWS(client.increment("d"), Status::type_mismatch, "'d'");
    client.set("n", std::numeric_limits<std::int64_t>::max());
    CHECK_THROWS(client.increment("n"), Status::overflow, "'n'");
}

void lists_and_dicts() {
    Client client = fresh("lists");
    CHECK_EQUAL(client.append("list", 1), 1);
    CHECK_EQUAL(client.append("list", "two"), 2);
    CHECK_EQUAL(client.append("list", nullptr), 3);
    CHECK_EQUAL(client.append("list", Value(4.5)), 4);
    CHECK(client.get_json("list") == R"([1,"two",null,4.5])");
    const latzero::Packed dict{Type::dict, {std::byte{0x81}, std::byte{0xa1}, std::byte{'a'}, std::byte{1}}};
    client.update("dict", dict);
    client.update("dict", dict);
    CHECK(client.get_json("dict") == R"({"a":1})");
    CHECK_THROWS(client.append("dict", 1), Status::type_mismatch, "'dict'");
    CHECK_THROWS(client.update("list", dict), Status::type_mismatch, "'list'");
    CHECK_THROWS(client.update("dict", 5), Status::invalid_argument, "of type int64: give a dict");
}

void conditions() {
    Client client = fresh("conditions");
    CHECK(!client.replace("key", 1) && client.add("key", 1) && !client.add("key", 2));
    CHECK(client.get<int>("key") == 1);
    CHECK(client.replace("key", "text", {.ttl = 1h}) && client.ttl("key") <= 1h);

    CHECK(!client.compare_and_set("key", 0, 1));
    const auto made = client.compare_and_set("cas", 0, 1);
    CHECK(made && *made != 0);
    const auto seen = client.get_versioned<int>("cas");
    CHECK(seen && seen->value == 1 && seen->version == *made);
    const auto next = client.compare_and_set("cas", *seen, seen->value + 1);
    CHECK(next && *next > *made);
    CHECK(!client.compare_and_set("cas", *seen, 3));
    CHECK(client.get<int>("cas") == 2);
}

void swaps() {
    Client client = fresh("swaps");
    const std::string large(10000, 'x');
    CHECK(!client.swap("key", 1));
    CHECK(client.swap<int>("key", large) == 1);
    CHECK(client.swap<std::string>("key", large + "y") == large);
    CHECK(client.swap("key", nullptr, {.ttl = 1h}) == Value(large + "y"));
    CHECK(client.ttl("key") <= 1h);
    CHECK(client.take("key") == Value());
    CHECK(!client.take("key"));
    client.set("key", large);
    CHECK_THROWS(client.take<latzero::Bytes>("key"), Status::type_mismatch, "not bytes");
    CHECK(client.take<std::string>("key") == large && !client.contains("key"));
}

void borrows() {
    Client client = fresh("borrows");
    const std::string large(100000, 'x');
    client.set("key", large);
    auto borrowed = client.borrow("key");
    CHECK(borrowed && borrowed->text() == large && borrowed->size() == large.size());
    CHECK(borrowed->type() == Type::string && borrowed->version() != 0 && borrowed->tag() == 0);
    client.set("key", "other");
    CHECK(borrowed->text() == large && borrowed->as<std::string>() == large);
    auto moved = *std::move(borrowed);
    CHECK(borrowed->size() == 0 && moved.bytes().size() == large.size());
    moved = *client.borrow("key");
    CHECK(moved.text() == "other" && moved.view().type == Type::string);
    moved.give_back();
    moved.give_back();
    CHECK(moved.bytes().empty());
    // One that outlives its client lets go of what is gone already.
    const auto late = client.borrow("key");
    client.disconnect();
}

void reservations() {
    Client client = fresh("reservations");
    {
        latzero::Reserved room = client.reserve("key", 5, {.type = Type::string, .ttl = 1h});
        CHECK_EQUAL(room.bytes().size(), 5);
        std::memcpy(room.chars().data(), "hello", 5);
        CHECK(!client.contains("key"));
        room.commit();
        CHECK(room.bytes().empty());
        CHECK_THROWS(room.commit(), Status::invalid_argument, "");
    }
    CHECK(client.get<std::string>("key") == "hello" && client.ttl("key") <= 1h);
    {
        auto dropped = client.reserve("key", 5);
        auto room = client.reserve("opaque", 3, {.type = Type::opaque, .tag = 8});
        std::memcpy(room.bytes().data(), "abc", 3);
        dropped = std::move(room);
        dropped.commit();
    }
    CHECK(client.get<std::string>("key") == "hello");
    CHECK_EQUAL(client.get("opaque")->view().tag, 8);
    {
        auto room = client.reserve("text", 1, {.type = Type::string});
        std::memcpy(room.bytes().data(), "\xff", 1);
        CHECK_THROWS(room.commit(), Status::invalid_argument, "UTF-8");
        std::memcpy(room.bytes().data(), "x", 1);
        room.commit();
    }
    CHECK(client.get<std::string>("text") == "x");
    (void)client.reserve("dropped", 100000);
    CHECK(!client.contains("dropped"));
}

void queues() {
    Client client = fresh("queues");
    CHECK(!client.pop_front("jobs"));
    CHECK(!client.pop_front<int>("jobs", 10ms));
    client.append("jobs", 1);
    client.append("jobs", "two");
    client.append("jobs", std::string(5000, 'x'));
    client.append("jobs", 4.5);
    CHECK(client.pop_front<int>("jobs") == 1);
    CHECK(client.pop_back<double>("jobs") == 4.5);
    CHECK(client.pop_front<std::string>("jobs") == "two");
    CHECK(client.pop_front("jobs", latzero::forever)->as<std::string>().size() == 5000);
    CHECK(!client.pop_back("jobs"));
    client.append("jobs", 5);
    CHECK_THROWS(client.pop_front<std::string>("jobs"), Status::type_mismatch, "'jobs'");
    client.set("text", "t");
    CHECK_THROWS(client.pop_front("text"), Status::type_mismatch, "'text'");
    std::thread producer([&] {
        Client other(pool_name("queues"));
        std::this_thread::sleep_for(20ms);
        other.append("jobs", 6);
    });
    CHECK(client.pop_front<int>("jobs", latzero::forever) == 6);
    producer.join();
}

void counters_that_end() {
    Client client = fresh("counts");
    CHECK_EQUAL(client.count("k", 2, {.ttl = 1h, .initial = 5}), 7);
    CHECK_EQUAL(client.count("k"), 8);
    CHECK(*client.ttl("k") > 50min);
    CHECK_EQUAL(client.count("stays"), 1);
    CHECK(client.ttl("stays") == latzero::forever);
    CHECK_THROWS(client.count("k", 1, {.ttl = -1ms}), Status::invalid_argument, "TTL");
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(basic),      CPP_TEST(locks),           CPP_TEST(fast),    CPP_TEST(lifetime),
        CPP_TEST(numbers),    CPP_TEST(lists_and_dicts), CPP_TEST(queues),  CPP_TEST(counters_that_end),
        CPP_TEST(conditions), CPP_TEST(swaps),           CPP_TEST(borrows), CPP_TEST(reservations),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
