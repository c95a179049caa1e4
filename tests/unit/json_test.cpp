#include "value/json.hpp"

#include <cstring>
#include <limits>

#include "random_json.hpp"
#include "value/msgpack.hpp"
#include "value_bytes.hpp"

using namespace latzero::test;
using namespace latzero::value;
using namespace std::string_literals;
using nlohmann::json;

static TypedValue parsed(std::string_view text) {
    TypedValue value;
    const Fault fault = from_json(text, value);
    if (fault)
        print_error("%s at byte %llu of %.*s\n", fault.why, static_cast<unsigned long long>(fault.at),
                    static_cast<int>(text.size()), text.data());
    assert_null(fault.why);
    assert_null(check(value.type, value.bytes).why);
    return value;
}

static Bytes written(const TypedValue &value) {
    Bytes text = "replaced";
    assert_null(to_json(value.type, value.bytes, text).why);
    return text;
}

static void texts_as_they_are_read(void **) {
    const struct {
        std::string text;
        Type type;
        std::string bytes;
    } rows[] = {
        {"null", Type::null, ""},
        {"true", Type::boolean, "\x01"},
        {" false\n", Type::boolean, "\x00"s},
        {"0", Type::int64, raw(std::int64_t{0})},
        {"-1", Type::int64, raw(std::int64_t{-1})},
        {"\xef\xbb\xbf"
         "7",
         Type::int64, raw(std::int64_t{7})},
        {"9223372036854775807", Type::int64, raw(std::numeric_limits<std::int64_t>::max())},
        {"-9223372036854775808", Type::int64, raw(std::numeric_limits<std::int64_t>::min())},
        {"1.0", Type::float64, raw(1.0)},
        {"-0.0", Type::float64, raw(-0.0)},
        {"1e2", Type::float64, raw(100.0)},
        {"18446744073709551616.0", Type::float64, raw(18446744073709551616.0)},
        {"1e-999", Type::float64, raw(0.0)},
        {"\"\"", Type::string, ""},
        {R"("\u00e4\ud83d\ude00\u0000\"\\\/\b\f\n\r\t")", Type::string, "\xc3\xa4\xf0\x9f\x98\x80\0\"\\/\b\f\n\r\t"s},
        {"[]", Type::list, "\x90"},
        {"{}", Type::dict, "\x80"},
        {"[1,-1,1.5,null,true,\"x\"]", Type::list, "\x96\x01\xff\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\xc0\xc3\xa1x"s},
        {"[18446744073709551615]", Type::list, "\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff"},
        {R"({"b":[],"a":{"c":1}})", Type::dict, "\x82\xa1\x62\x90\xa1\x61\x81\xa1\x63\x01"},
    };
    for (const auto &row : rows) {
        const TypedValue value = parsed(row.text);
        assert_int_equal(value.type, row.type);
        assert_true(std::string_view(value.bytes) == row.bytes);
    }
}

static void the_last_of_equal_keys(void **) {
    const struct {
        const char *text;
        const char *kept;
    } rows[] = {
        {R"({"a":1,"a":2})", R"({"a":2})"},
        {R"({"a":1,"b":2,"a":[3],"c":4,"b":5})", R"({"a":[3],"b":5,"c":4})"},
        {R"([{"a":{"x":1,"x":2},"a":{"y":1,"y":{"z":1,"z":2}}}])", R"([{"a":{"y":{"z":2}}}])"},
        {R"({"\u0061":1,"a":2,"":3,"":4})", R"({"a":2,"":4})"},
    };
    for (const auto &row : rows) assert_string_equal(written(parsed(row.text)).c_str(), row.kept);
    std::string text = "{\"k\":0";
    for (int i = 0; i < 50; i++) text += ",\"k" + std::to_string(i % 20) + "\":" + std::to_string(i);
    assert_true(json::parse(written(parsed(text + "}"))) == json::parse(text + "}"));
}

static const struct {
    std::string text;
    std::uint64_t at;
    const char *why;
} kRefused[] = {
    {"", 0, "ends too early"},
    {"  ", 2, "ends too early"},
    {"[1,", 3, "ends too early"},
    {"{\"a\"", 4, "ends too early"},
    {"\"abc", 4, "ends too early"},
    {"\"abc\\", 5, "ends too early"},
    {"tru", 3, "ends too early"},
    {"-", 1, "ends too early"},
    {"[1,]", 3, "not JSON"},
    {"[1 2]", 3, "not JSON"},
    {"[1}", 2, "not JSON"},
    {"[1]]", 3, "not JSON"},
    {"1 2", 2, "not JSON"},
    {"{1:2}", 1, "not JSON"},
    {"{\"a\" 1}", 5, "not JSON"},
    {"{\"a\":1,}", 7, "not JSON"},
    {"[trxe]", 3, "not JSON"},
    {"nul1", 3, "not JSON"},
    {"01", 1, "not JSON"},
    {"+1", 0, "not JSON"},
    {".5", 0, "not JSON"},
    {"1.x", 2, "not JSON"},
    {"NaN", 0, "not JSON"},
    {"[Infinity]", 1, "not JSON"},
    {"// no\n1", 0, "not JSON"},
    {"'a'", 0, "not JSON"},
    {"\"a\nb\"", 2, "not JSON"},
    {"\"a\\x\"", 3, "not JSON"},
    {"\"\\u12g4\"", 5, "not JSON"},
    {"\"\\ud800\"", 7, "not JSON"},
    {"\"\\ud800\\u0041\"", 12, "not JSON"},
    {"\"\\udc00\"", 6, "not JSON"},
    {"1\0"s, 1, "not JSON"},
    {"\"\0\""s, 1, "not JSON"},
    {"[1,\"\xc3\x28\"]", 4, "UTF-8"},
    {"\"\xed\xa0\x80\"", 1, "UTF-8"},
    {" 9223372036854775808", 1, "does not fit an int64"},
    {"-9223372036854775809", 0, "does not fit an int64"},
    {"[18446744073709551616]", 1, "does not fit 64 bits"},
    {"{\"a\":-9223372036854775809}", 5, "does not fit 64 bits"},
    {"[\"\\\"[\",123456789012345678901234567890]", 7, "does not fit 64 bits"},
    {"1e999", 4, "does not fit a double"},
    {"[1,-1e400]", 8, "does not fit a double"},
};

static void refused_texts(void **) {
    for (const auto &each : kRefused) {
        TypedValue value{42, "untouched"};
        assert_fault(from_json(each.text, value), each.at, each.why, each.text);
        assert_true(value.type == 42 && value.bytes == "untouched");
    }
}

// Powers of ten beyond what a double has, where the digits make up for it, and where they do not.
static void far_powers(void **) {
    const std::string zeros(400, '0'), nines(20, '9');
    const struct {
        std::string text;
        double number;
    } rows[] = {
        {"1" + zeros + "e-400", 1.0},
        {"0." + zeros + "25e+401", 2.5},
        {"0." + zeros + "1", 0.0},
        {"-0." + zeros + "1e-1", -0.0},
        {"123e-" + nines, 0.0},
        {"-1e-" + nines, -0.0},
        {"0e" + nines, 0.0},
        {"-0." + zeros + "e+400", -0.0},
        {"4.9e-324", 4.9e-324},
        {"2e-324", 0.0},
        {"3e-324", 4.9e-324},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0." + zeros + "1e-" + nines, 0.0},
    };
    for (const auto &row : rows) {
        const TypedValue value = parsed(row.text);
        assert_int_equal(value.type, Type::float64);
        assert_true(std::string_view(value.bytes) == raw(row.number));
    }
    for (const std::string &text : {"1" + zeros + ".0", "1" + zeros + "e-1", "-1e" + nines, "0." + zeros + "1e" + nines,
                                    "1.7976931348623159e308"s, "0." + zeros + "1e+750"}) {
        TypedValue none;
        const Fault fault = from_json(text, none);
        assert_string_equal(fault.why, "the number does not fit a double");
        assert_int_equal(fault.at, text.size() - 1);
    }
}

static void depth_has_a_limit(void **) {
    const std::pair<std::string, std::string> shells[] = {{"[", "]"}, {"{\"[\\\"\":", "}"}};
    for (const auto &[open, close] : shells) {
        const std::string deepest = repeat(open, kDeepest) + "1" + repeat(close, kDeepest);
        const TypedValue value = parsed(deepest);
        assert_true(std::string_view(written(value)) == deepest);
        for (const std::size_t depth : {kDeepest + 1u, 100000u}) {
            TypedValue none;
            assert_fault(from_json(repeat(open, depth) + "1" + repeat(close, depth), none), open.size() * kDeepest,
                         "more than 64 deep");
        }
    }
}

static void what_json_cannot_say(void **) {
    const struct {
        Type type;
        std::string bytes;
        std::uint64_t at;
        const char *why;
    } rows[] = {
        {Type::opaque, "x", 0, "opaque"},
        {Type::list, "\x91\xc1", 1, "0xc1"},
        {Type::string, "a\xff", 1, "UTF-8"},
    };
    for (const auto &row : rows) {
        Bytes text = "untouched";
        assert_fault(to_json(static_cast<std::uint32_t>(row.type), row.bytes, text), row.at, row.why);
        assert_string_equal(text.c_str(), "untouched");
    }
}

static void texts_as_they_are_written(void **) {
    const struct {
        Type type;
        std::string bytes;
        const char *text;
    } rows[] = {
        {Type::null, "", "null"},
        {Type::boolean, "\x01", "true"},
        {Type::int64, raw(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808"},
        {Type::float64, raw(1.0), "1.0"},
        {Type::float64, raw(-0.0), "-0.0"},
        {Type::float64, raw(0.1), "0.1"},
        {Type::float64, raw(1e22), "1e+22"},
        {Type::float64, raw(5e-324), "5e-324"},
        {Type::string, "\xc3\xa4 \"\\/\b\f\n\r\t\x01\x1f\x7f",
         "\"\xc3\xa4 \\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {Type::list, "\x92\xc2\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "[false,18446744073709551615]"},
        {Type::tuple, "\x92\x01\xc7\x04\x54\x91\xd4\x54\x90", R"({"$tuple":[1,{"$tuple":[{"$tuple":[]}]}]})"},
        {Type::dict, "\x82\xa1k\x01\xa1k\x02", R"({"k":1,"k":2})"},
        {Type::dict, "\x82\xa1$\x01\xa1$\x02", R"({"$dict":[["$",1],["$",2]]})"},
        {Type::dict, "\x82\xa1\x61\x92\x01\x80\xd9\x01\x62\x81\xa0\x90", R"({"a":[1,{}],"b":{"":[]}})"},
    };
    for (const auto &row : rows)
        assert_string_equal(written({static_cast<std::uint32_t>(row.type), Bytes(row.bytes)}).c_str(), row.text);
}

// --- against nlohmann::json ------------------------------------------------------------------------------------------

static void random_values(void **) {
    RandomJson random(2);
    for (unsigned round = 0; round < 2000; round++) {
        const json oracle = random.value();
        if (oracle.is_number_unsigned() && oracle.get<std::uint64_t>() >> 63) continue;
        const std::string text = oracle.dump(round % 3 == 0 ? 2 : -1, ' ', round % 2 == 0);
        const TypedValue value = parsed(text);
        Bytes msgpack;
        assert_true(to_msgpack(value.type, value.bytes, msgpack));
        assert_true(json::from_msgpack(msgpack) == oracle);
        assert_int_equal(msgpack.size(), json::to_msgpack(oracle).size());
        assert_true(json::parse(written(value)) == oracle);
    }
}

// Every double comes back bit by bit, as a double.
static void random_doubles(void **) {
    RandomJson random(3);
    for (unsigned round = 0; round < 30000; round++) {
        const std::string bytes = raw(random.real());
        const TypedValue back = parsed(written({static_cast<std::uint32_t>(Type::float64), Bytes(bytes)}));
        assert_int_equal(back.type, Type::float64);
        assert_true(std::string_view(back.bytes) == bytes);
    }
}

// Whatever one parser takes, the other takes, but for what is refused on purpose.
static void damaged_texts(void **) {
    static constexpr char kBytes[] = "[]{}\",:\\0129.-+eEtrufalsn \n\x01\x7f\xc3\xa4u";
    RandomJson random(4);
    unsigned taken = 0;
    for (unsigned round = 0; round < 10000; round++) {
        std::string text = random.value(3).dump();
        for (auto left = 1 + random.below(3); left > 0; left--) {
            const std::size_t at = random.below(text.size());
            text.replace(at, random.below(2), 1, kBytes[random.below(sizeof kBytes - 1)]);
        }
        TypedValue value;
        const Fault fault = from_json(text, value);
        const bool on_purpose = fault && std::strstr(fault.why, "does not fit") != nullptr;
        if (!on_purpose) assert_int_equal(!fault, json::accept(text));
        if (fault) continue;
        taken++;
        assert_true(written(parsed(written(value))) == written(value));
    }
    assert_true(taken > 1000);
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(texts_as_they_are_read),
        cmocka_unit_test(the_last_of_equal_keys),
        cmocka_unit_test(refused_texts),
        cmocka_unit_test(far_powers),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(what_json_cannot_say),
        cmocka_unit_test(texts_as_they_are_written),
        cmocka_unit_test(random_values),
        cmocka_unit_test(random_doubles),
        cmocka_unit_test(damaged_texts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
