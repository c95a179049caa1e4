// Each conversion, both ways.
#include "cpp_test.hpp"

#include <array>
#include <limits>
#include <sstream>
#include <vector>

namespace {

template <typename T>
constexpr bool stored_and_read = latzero::Storable<T> &&latzero::Readable<T>;

static_assert(stored_and_read<bool> && stored_and_read<std::int8_t> && stored_and_read<std::uint64_t>);
static_assert(stored_and_read<double> && stored_and_read<float>);
static_assert(stored_and_read<std::string> && stored_and_read<Value> && stored_and_read<latzero::Bytes>);
static_assert(stored_and_read<std::vector<char>> && stored_and_read<std::vector<unsigned char>>);
static_assert(latzero::Storable<std::nullptr_t> && latzero::Storable<const char *> && latzero::Storable<char[4]>);
// What would dangle, and what would be taken for something else.
static_assert(!latzero::Readable<std::string_view> && !latzero::Readable<const char *>);
static_assert(!latzero::Readable<std::span<const std::byte>> && !latzero::Readable<latzero::ValueView>);
static_assert(!latzero::Storable<char> && !latzero::Storable<char32_t> && !latzero::Storable<const void *>);
static_assert(!latzero::Storable<int *> && !latzero::Storable<Client> && !latzero::Storable<long double>);

template <typename T>
void there_and_back(Client &client, const T &value, Type type) {
    client.set("key", value);
    CHECK(client.get<T>("key") == value);
    CHECK(client.get("key")->type() == type);
    CHECK(client.get("key") == Value(value));
}

void every_type() {
    Client client = fresh("types");
    there_and_back(client, true, Type::boolean);
    there_and_back(client, false, Type::boolean);
    there_and_back(client, 42, Type::int64);
    there_and_back(client, std::int8_t{-128}, Type::int64);
    there_and_back(client, std::uint8_t{255}, Type::int64);
    there_and_back(client, std::numeric_limits<std::int64_t>::min(), Type::int64);
    there_and_back(client, std::uint64_t{1} << 62, Type::int64);
    there_and_back(client, 2.5, Type::float64);
    there_and_back(client, std::numeric_limits<double>::infinity(), Type::float64);
    there_and_back(client, std::string("h\xc3\xa9llo"), Type::string);
    there_and_back(client, std::string("with\0nul", 8), Type::string);
    there_and_back(client, std::string(), Type::string);
    there_and_back(client, latzero::Bytes{std::byte{0}, std::byte{255}}, Type::bytes);
    there_and_back(client, std::vector<char>{'a', '\0'}, Type::bytes);
    there_and_back(client, std::vector<unsigned char>(), Type::bytes);
    const latzero::Bytes one_two{std::byte{0x92}, std::byte{1}, std::byte{2}};
    there_and_back(client, latzero::Packed{Type::list, one_two}, Type::list);
    there_and_back(client, latzero::Packed{Type::tuple, one_two}, Type::tuple);
    there_and_back(client, latzero::Packed{Type::dict, {std::byte{0x80}}}, Type::dict);
    there_and_back(client, latzero::Opaque{7, one_two}, Type::opaque);
    there_and_back(client, Value(1.5), Type::float64);
}

void every_size() {
    Client client = fresh("sizes");
    for (const std::size_t size : {std::size_t{0}, std::size_t{511}, std::size_t{512}, std::size_t{513},
                                   std::size_t{70000}, std::size_t{300000}}) {
        there_and_back(client, std::string(size, 'x'), Type::string);
        there_and_back(client, latzero::Bytes(size, std::byte{7}), Type::bytes);
    }
}

void what_is_stored_alone() {
    Client client = fresh("stored");
    client.set("null", nullptr);
    CHECK(client.get("null")->is_null());
    client.set("float", 1.5F);
    CHECK(client.get<double>("float") == 1.5 && client.get<float>("float") == 1.5F);
    client.set("tenth", 0.1F);
    CHECK(client.get<float>("tenth") == 0.1F && client.get<double>("tenth") == double{0.1F});
    client.set("huge", 1e300);
    CHECK_THROWS(client.get<float>("huge"), Status::overflow, "float");
    client.set("infinite", -std::numeric_limits<double>::infinity());
    CHECK(client.get<float>("infinite") == -std::numeric_limits<float>::infinity());
    const char *pointer = "a pointer is no bool";
    client.set("pointer", pointer);
    CHECK(client.get<std::string>("pointer") == pointer);
    client.set("literal", "text");
    CHECK(client.get<std::string>("literal") == "text");
    client.set("view", std::string_view("a view").substr(2));
    CHECK(client.get<std::string>("view") == "view");
    const std::array bytes{std::byte{1}, std::byte{2}};
    const latzero::Bytes expected(bytes.begin(), bytes.end());
    client.set("array", bytes);
    CHECK(client.get<latzero::Bytes>("array") == expected);
    client.set("span", std::span<const std::byte>(bytes));
    CHECK(client.get<latzero::Bytes>("span") == expected);
    client.set("as it is", latzero::ValueView{Type::opaque, bytes, 9});
    CHECK(client.get("as it is") == Value(latzero::Opaque{9, expected}));
}

void what_is_not_there() {
    Client client = fresh("absent");
    CHECK(!client.get("key"));
    CHECK(!client.get<int>("key"));
    CHECK(!client.get<std::string>("key"));
    CHECK(!client.get_versioned("key"));
    CHECK(!client.get_json("key"));
    CHECK(!client.get_msgpack("key"));
    CHECK(!client.borrow("key"));
    CHECK(!client.get_into("key", {}));
    CHECK(!client.take("key"));
    CHECK(!client.ttl("key"));
}

void other_types_are_refused() {
    Client client = fresh("mismatch");
    const std::string where = "key 'text' in pool '" + client.stats().name + "'";
    client.set("text", "text");
    client.set("long", std::string(5000, 'x'));
    client.set("number", 300);
    CHECK_THROWS(client.get<int>("text"), Status::type_mismatch, where);
    CHECK_THROWS(client.get<int>("text"), Status::type_mismatch, "has type string, not int64");
    CHECK_THROWS(client.get<bool>("text"), Status::type_mismatch, "not bool");
    CHECK_THROWS(client.get<double>("text"), Status::type_mismatch, "not double");
    CHECK_THROWS(client.get<latzero::Bytes>("text"), Status::type_mismatch, "not bytes");
    CHECK_THROWS(client.get<latzero::Bytes>("long"), Status::type_mismatch, "not bytes");
    CHECK_THROWS(client.get<latzero::Packed>("long"), Status::type_mismatch, "not list");
    CHECK_THROWS(client.get<latzero::Opaque>("long"), Status::type_mismatch, "not opaque");
    CHECK_THROWS(client.get<std::string>("number"), Status::type_mismatch, "not string");
    CHECK_THROWS(client.get<double>("number"), Status::type_mismatch, "not double");
    CHECK_THROWS(client.get("text")->as<int>(), Status::type_mismatch, "has type string");
    const std::string odd(100, '\n');
    client.set(odd, 1);
    CHECK_THROWS(client.get<bool>(odd), Status::type_mismatch, "\\x0a...'");
}

void numbers_fit_or_throw() {
    Client client = fresh("ranges");
    client.set("n", 300);
    CHECK(client.get<std::int16_t>("n") == 300);
    CHECK(client.get<std::uint16_t>("n") == 300);
    CHECK_THROWS(client.get<std::uint8_t>("n"), Status::overflow, "the number 300 does not fit");
    client.set("n", -1);
    CHECK_THROWS(client.get<std::uint64_t>("n"), Status::overflow, "the number -1 does not fit");
    CHECK_THROWS(client.set("n", std::numeric_limits<std::uint64_t>::max()), Status::overflow, "key 'n'");
    CHECK_THROWS(client.increment("n", std::numeric_limits<std::uint64_t>::max()), Status::overflow, "64");
    CHECK_THROWS(Value(std::numeric_limits<std::uint64_t>::max()), Status::overflow, "64");
}

void bad_text_is_refused() {
    Client client = fresh("utf8");
    CHECK_THROWS(client.set("key", "\xff"), Status::invalid_argument, "UTF-8");
    CHECK_THROWS(client.set("key", latzero::Packed{Type::dict, {std::byte{1}}}), Status::invalid_argument, "");
    CHECK(!client.contains("key"));
}

void into_a_buffer() {
    Client client = fresh("into");
    std::array<std::byte, 8> buffer{};
    client.set("text", "12345678");
    const auto view = client.get_into("text", buffer);
    CHECK(view && view->type == Type::string && view->text() == "12345678");
    CHECK(view->bytes.data() == buffer.data());
    client.set("number", 5);
    CHECK_EQUAL(client.get_into("number", buffer)->as<int>(), 5);
    client.set("text", "123456789");
    bool thrown = false;
    try {
        (void)client.get_into("text", buffer);
    } catch (const latzero::TooSmall &error) {
        thrown = error.needed() == 9 && error.status() == Status::too_small;
    }
    CHECK(thrown);
}

void values_of_any_type() {
    Value value;
    CHECK(value.is_null() && value == nullptr);
    value = "text";
    CHECK(value.type() == Type::string && *value.get_if<std::string>() == "text" && value != nullptr);
    value = 5;
    CHECK(value == 5 && value.as<std::uint8_t>() == 5 && value.get_if<double>() == nullptr);
    *value.get_if<std::int64_t>() = 6;
    CHECK(value == 6 && value != 6.0 && value != true);
    value = latzero::Opaque{3, {}};
    CHECK(value.view().tag == 3 && value.view().type == Type::opaque);
    const Value copy = value;
    const Value moved = std::move(value);
    CHECK(copy == moved);
    CHECK(std::holds_alternative<latzero::Opaque>(copy.variant()));
    CHECK(std::strcmp(latzero::name_of(Type::float64), "double") == 0);
    CHECK(std::strcmp(latzero::name_of(static_cast<Type>(99)), "unknown") == 0);
}

void as_text_and_packed() {
    Client client = fresh("json");
    client.set_json("dict", R"({"a": [1, 2.5, null]})", {.ttl = 1h});
    CHECK(client.get("dict")->type() == Type::dict);
    CHECK(client.ttl("dict") < 2h);
    CHECK(client.get_json("dict") == R"({"a":[1,2.5,null]})");
    CHECK_THROWS(client.set_json("dict", "{"), Status::invalid_argument, "");
    client.set("number", 5);
    CHECK(client.get_msgpack("number") == latzero::Bytes{std::byte{5}});
    client.set_msgpack("list", std::array{std::byte{0x91}, std::byte{0xc3}});
    CHECK(client.get_json("list") == "[true]");
    client.set("opaque", latzero::Opaque{1, {}});
    CHECK_THROWS(client.get_json("opaque"), Status::unsupported, "opaque");
    CHECK_THROWS(client.get_msgpack("opaque"), Status::unsupported, "opaque");
    client.set("bytes", latzero::Bytes{std::byte{0xff}});
    CHECK(client.get_json("bytes") == R"({"$bytes":"/w=="})");
}

void joins_in_every_form() {
    Client client = fresh("forms");
    CHECK_EQUAL(client.append_json("list", R"({"$tuple": [1]})"), 1);
    CHECK_EQUAL(client.append_msgpack("list", std::array{std::byte{0xc3}}), 2);
    CHECK_EQUAL(client.append_opaque("list", {1, {std::byte{'x'}}}), 3);
    CHECK(client.get_json("list") == R"([{"$tuple":[1]},true,{"$ext":[79,"AAAAAXg="]}])");
    CHECK_THROWS(client.append_json("list", "[1"), Status::invalid_argument, "key 'list'");
    CHECK_THROWS(client.append_msgpack("list", {}), Status::invalid_argument, "");
    client.update_json("dict", R"({"a": 1})");
    client.update_json("dict", R"({"$dict": [[1, 2]]})");
    CHECK(client.get_json("dict") == R"({"$dict":[["a",1],[1,2]]})");
    CHECK_THROWS(client.update_json("dict", "[]"), Status::invalid_argument, "object");
    CHECK_THROWS(client.update_json("list", "{}"), Status::type_mismatch, "");
}

void as_json_and_back() {
    for (const std::string text : {"null", "-7", "0.5", R"("x")", R"([{"$bytes":""}])", R"({"$tuple":[]})",
                                   R"({"$double":"NaN"})", R"({"$dict":[[1,2]]})"})
        CHECK(latzero::to_json(latzero::from_json(text).view()) == text);
    CHECK_THROWS(latzero::to_json(Value(latzero::Opaque{1, {}}).view()), Status::unsupported, "opaque");
    CHECK_THROWS(latzero::from_json("[1,"), Status::invalid_argument, "byte 3");
}

// A program's own type.
struct Point {
    std::int32_t x, y;
};

}  // namespace

template <>
struct latzero::Codec<Point> {
    static ValueView encode(const Point &point) { return {Type::opaque, std::as_bytes(std::span(&point, 1)), 0x506f}; }
    static Point decode(ValueView view) {
        detail::expect(view.type, Type::opaque);
        Point point;
        if (view.size() != sizeof point) throw Error(Status::type_mismatch, "the value is no point");
        std::memcpy(&point, view.bytes.data(), sizeof point);
        return point;
    }
};

// Structs that are stored as they lie in memory.
struct Pair {
    double first, second;
};
struct Triple {
    std::int32_t numbers[3];
};

template <>
struct latzero::Codec<Pair> : latzero::PlainStruct<Pair> {};
template <>
struct latzero::Codec<Triple> : latzero::PlainStruct<Triple, 0x747270> {};

namespace {

void plain_structs() {
    Client client = fresh("structs");
    client.set("pair", Pair{1.5, 2.5});
    client.set("triple", Triple{{1, 2, 3}});
    CHECK(client.get<Pair>("pair")->second == 2.5 && client.get("pair")->type() == Type::bytes);
    CHECK(client.get<Triple>("triple")->numbers[2] == 3 && client.get("triple")->view().tag == 0x747270);
    CHECK_THROWS(client.get<Pair>("triple"), Status::type_mismatch, "key 'triple'");
    client.set("pair", latzero::Bytes(15));
    CHECK_THROWS(client.get<Pair>("pair"), Status::type_mismatch, "size");
    client.set("triple", latzero::Opaque{1, latzero::Bytes(12)});
    CHECK_THROWS(client.get<Triple>("triple"), Status::type_mismatch, "tag");
}

template <typename T>
std::string printed(const T &value) {
    std::ostringstream stream;
    stream << value;
    return stream.str();
}

void streams() {
    CHECK(printed(Value("text")) == "\"text\"" && printed(Value(-5)) == "-5" && printed(Value()) == "null");
    CHECK(printed(Value(latzero::Packed{Type::list, {std::byte{0x91}, std::byte{0xc3}}})) == "[true]");
    CHECK(printed(Value(latzero::Bytes(3))) == "bytes (3)");
    CHECK(printed(Value(latzero::Opaque{7, latzero::Bytes(2)})) == "opaque 7 (2)");
    CHECK(printed(Type::float64) == "double" && printed(Status::type_mismatch) == "TYPE_MISMATCH");
}

void types_of_the_program() {
    Client client = fresh("codec");
    client.set("point", Point{3, 4});
    CHECK_EQUAL(client.get<Point>("point")->y, 4);
    CHECK_EQUAL(client.get("point")->view().tag, 0x506f);
    client.set("point", latzero::Opaque{});
    CHECK_THROWS(client.get<Point>("point"), Status::type_mismatch, "no point");
}

}  // namespace

int main() {
    const CMUnitTest tests[] = {
        CPP_TEST(every_type),
        CPP_TEST(plain_structs),
        CPP_TEST(streams),
        CPP_TEST(every_size),
        CPP_TEST(what_is_stored_alone),
        CPP_TEST(what_is_not_there),
        CPP_TEST(other_types_are_refused),
        CPP_TEST(numbers_fit_or_throw),
        CPP_TEST(bad_text_is_refused),
        CPP_TEST(into_a_buffer),
        CPP_TEST(values_of_any_type),
        CPP_TEST(as_text_and_packed),
        CPP_TEST(joins_in_every_form),
        CPP_TEST(as_json_and_back),
        CPP_TEST(types_of_the_program),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
