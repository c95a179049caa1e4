// nlohmann::json as a value; and the header in two files of one program.
#include <latzero/json.hpp>

#include "cpp_test.hpp"

#include <map>
#include <vector>

#include "json_unit.hpp"

namespace {

using nlohmann::json;

void there_and_back() {
    Client client = fresh("json");
    const std::vector<std::pair<json, Type>> cases{
        {nullptr, Type::null},
        {true, Type::boolean},
        {-5, Type::int64},
        {std::uint64_t{1} << 62, Type::int64},
        {1.25, Type::float64},
        {"text", Type::string},
        {json::binary({0, 255}), Type::bytes},
        {json::array(), Type::list},
        {json::array({1, "two", nullptr, json::binary({1})}), Type::list},
        {json::object(), Type::dict},
        {{{"nested", {{"list", {1, 2.5, false}}}}}, Type::dict},
    };
    for (const auto &[value, type] : cases) {
        client.set("key", value);
        CHECK(client.get<json>("key") == value);
        CHECK(client.get("key")->type() == type);
        CHECK(Value(value).as<json>() == value);
    }
    client.mset(std::map<std::string, json>{{"a", 1}, {"b", {1, 2}}});
    CHECK(client.mget<json>({"a", "b", "c"})[1] == json({1, 2}));
    CHECK(client.swap<json>("b", json("x")) == json({1, 2}));
}

void braces() {
    Client client = fresh("braces");
    client.set("user", {{"name", "Alice"}, {"age", 30}}, {.ttl = 1h});
    CHECK(client.get_json("user") == R"({"age":30,"name":"Alice"})" && client.ttl("user") <= 1h);
    client.update("user", {{"age", 31}});
    CHECK(client.get<json>("user")->at("age") == 31);
    client.set("texts", {"a", "b"});
    CHECK(client.get_json("texts") == R"(["a","b"])");
    client.set("one", {5});
    CHECK(client.get_json("one") == "[5]");
    CHECK_EQUAL(client.append("texts", {"c", {1, 2}}), 3);
    CHECK(client.get_json("texts") == R"(["a","b",["c",[1,2]]])");
    CHECK(!client.add("user", {{"name", "Bob"}}) && client.replace("user", {{"name", "Bob"}}));
    CHECK(client.get_json("user") == R"({"name":"Bob"})");
}

struct Person {
    std::string name;
    int age;
    bool operator==(const Person &) const = default;
    NLOHMANN_DEFINE_TYPE_INTRUSIVE(Person, name, age)
};

void what_json_knows() {
    Client client = fresh("known");
    client.set("numbers", std::vector<int>{1, 2, 3});
    CHECK(client.get<std::vector<int>>("numbers") == std::vector<int>({1, 2, 3}));
    client.set("map", std::map<std::string, double>{{"a", 1.5}});
    CHECK((client.get<std::map<std::string, double>>("map")->at("a") == 1.5));
    client.mset(std::map<std::string, Person>{{"alice", {"Alice", 30}}, {"bob", {"Bob", 31}}});
    CHECK(client.get<Person>("alice") == Person({"Alice", 30}));
    CHECK(client.get("alice")->type() == Type::dict);
    for (const auto &[key, person] : client.items<Person>("bob")) CHECK_EQUAL(person.age, 31);
    CHECK_THROWS(client.get<Person>("map"), Status::type_mismatch, "another shape");
    CHECK_THROWS(client.get<std::vector<int>>("map"), Status::type_mismatch, "key 'map' in pool");
}

void what_is_no_json() {
    Client client = fresh("no-json");
    client.set("opaque", latzero::Opaque{1, {}});
    CHECK_THROWS(client.get<json>("opaque"), Status::unsupported, "opaque");
    client.set("keys", latzero::Packed{Type::dict, {std::byte{0x81}, std::byte{1}, std::byte{2}}});
    CHECK_THROWS(client.get<json>("keys"), Status::unsupported, "key 'keys' in pool");
    CHECK_THROWS(client.set("key", json(~std::uint64_t{0})), Status::overflow, "key 'key'");
    CHECK_THROWS(client.set("key", json(json::value_t::discarded)), Status::invalid_argument, "parse");
    CHECK_THROWS(client.set("key", json("\xff")), Status::invalid_argument, "UTF-8");
}

void tuples_are_arrays() {
    Client client = fresh("tuples");
    // ((1, [(2,)]),) as Python would have it: inside, a tuple is an extension that holds an array.
    const auto tuple = json::binary({0x91, 2}, LATZERO_MSGPACK_TUPLE);
    const auto packed = json::to_msgpack({1, json::array({tuple})});
    const json nested = json::array({json::binary(packed, LATZERO_MSGPACK_TUPLE)});
    const auto bytes = json::to_msgpack(nested);
    client.set("key", latzero::ValueView{Type::tuple, std::as_bytes(std::span(bytes))});
    CHECK(client.get("key")->type() == Type::tuple);
    CHECK(client.get<json>("key") == json::parse("[[1,[[2]]]]"));
    CHECK(client.get_json("key") == R"({"$tuple":[{"$tuple":[1,[{"$tuple":[2]}]]}]})");
}

void in_two_files() {
    Client client = fresh("units");
    write_elsewhere(client);
    CHECK(client.get<json>("elsewhere") == json({{"a", 1}}));
    // An exception of one file is caught in the other.
    CHECK_THROWS(fail_elsewhere(client), Status::type_mismatch, "'elsewhere'");
    CHECK_EQUAL(count_elsewhere(client.keys()), 1);
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(there_and_back),    CPP_TEST(braces),       CPP_TEST(what_json_knows), CPP_TEST(what_is_no_json),
        CPP_TEST(tuples_are_arrays), CPP_TEST(in_two_files),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
