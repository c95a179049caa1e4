#include "value/msgpack.hpp"

#include <cstring>
#include <limits>

#include "random_json.hpp"
#include "value_bytes.hpp"

using namespace latzero::test;
using namespace latzero::value;
using namespace std::string_literals;
using nlohmann::json;

// A value of every format, at its bounds.
static const std::string kSound[] = {
    "\x00"s,
    "\x7f",
    "\xe0",
    "\xff",
    "\xc0",
    "\xc2",
    "\xc3",
    "\xcc\xff",
    "\xcd\xff\xff",
    "\xce\xff\xff\xff\xff",
    "\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    "\xd0\x80",
    "\xd1\x80\x00"s,
    "\xd2\x80\x00\x00\x00"s,
    "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s,
    "\xca\x7f\xc0\x00\x00"s,
    "\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"s,
    "\xa0",
    "\xa3\xe2\x82\xac",
    "\xbf" + repeat("x", 31),
    "\xd9\x02hi",
    "\xda\x00\x02hi"s,
    "\xdb\x00\x00\x00\x02hi"s,
    "\xc4\x00"s,
    "\xc4\x01\xff",
    "\xc5\x00\x01\xff"s,
    "\xc6\x00\x00\x00\x01\xff"s,
    "\xd4\x01\xff",
    "\xd5\x01\xff\xff",
    "\xd6\xff\x00\x00\x00\x00"s,
    "\xd7\x01" + repeat("x", 8),
    "\xd8\x01" + repeat("x", 16),
    "\xc7\x00\x01"s,
    "\xc7\x03\x01xyz",
    "\xc8\x00\x03\x01xyz"s,
    "\xc9\x00\x00\x00\x03\x01xyz"s,
    "\x90",
    "\x93\x01\x02\x03",
    "\xdc\x00\x00"s,
    "\xdc\x00\x01\x01"s,
    "\xdd\x00\x00\x00\x01\x01"s,
    "\x80",
    "\x81\xa1k\x01",
    "\xde\x00\x01\xa1k\x01"s,
    "\xdf\x00\x00\x00\x01\xa1k\x01"s,
    "\x81\xc0\xc0",
    "\x81\x91\x01\x80",
    "\x82\xa1k\x01\xa1k\x02",
    "\xd4\x54\x90",
    "\xd5\x54\x91\x01",
    "\xc7\x03\x54\x92\x01\x02",
    "\x92\xd5\x54\x91\x01\x02",
    "\xc7\x04\x54\x91\xd4\x54\x90",
};

static void sound_values(void **) {
    for (const std::string &bytes : kSound) assert_null(check_msgpack(bytes).why);
}

static void truncated_values(void **) {
    for (const std::string &bytes : kSound)
        for (std::size_t size = 0; size < bytes.size(); size++) {
            const Fault fault = check_msgpack(std::string_view(bytes).substr(0, size));
            assert_non_null(fault.why);
            assert_true(fault.at <= size);
        }
}

static const struct {
    std::string bytes;
    std::uint64_t at;
    const char *why;
} kMalformed[] = {
    {"", 0, "ends too early"},
    {"\xc1", 0, "0xc1"},
    {"\x92\x01\xc1", 2, "0xc1"},
    {"\x01\x02", 1, "more behind"},
    {"\x90\x90", 1, "more behind"},
    {"\xa3hi", 0, "ends too early"},
    {"\x93\x01\x02", 0, "ends too early"},
    {"\x92\x91\x01", 3, "ends too early"},
    {"\x92\x01\xa3hi", 2, "ends too early"},
    {"\x92\x01\xcd\xff", 2, "ends too early"},
    {"\x82\xa1k\x01", 0, "ends too early"},
    {"\x82\xa1k\x01\x02", 5, "ends too early"},
    {"\xdd\xff\xff\xff\xff\x01\x02", 0, "ends too early"},
    {"\xdf\xff\xff\xff\xff\x01\x02", 0, "ends too early"},
    {"\xdf\x80\x00\x00\x00\x01\x02"s, 0, "ends too early"},
    {"\xdb\xff\xff\xff\xffhi", 0, "ends too early"},
    {"\xc6\xff\xff\xff\xffhi", 0, "ends too early"},
    {"\xc9\xff\xff\xff\xff\x01hi", 0, "ends too early"},
    {"\xc9\xff\xff\xff\xff\x54hi", 0, "ends too early"},
    {"\xc7\x01", 0, "ends too early"},
    {"\xa2\xc3\x28", 1, "UTF-8"},
    {"\x92\x01\xa4ok\xed\xa0", 5, "UTF-8"},
    {"\x81\xa1\xff\x01", 2, "UTF-8"},
    {"\xc7\x00\x54"s, 3, "holds one array"},
    {"\xd4\x54\xc0", 2, "holds one array"},
    {"\xd4\x54\x91", 2, "holds one array"},
    {"\xd4\x54\x80", 2, "holds one array"},
    {"\x91\xd5\x54\xd4\x54", 3, "holds one array"},
    {"\xd5\x54\x90\x90", 3, "more than its array"},
    {"\xd6\x54\x92\x01\x92\x01\x02\x03", 4, "ends too early"},
    {"\x92\xd5\x54\x91\xa1x", 4, "ends too early"},
};

static void malformed_values(void **) {
    for (const auto &each : kMalformed) assert_fault(check_msgpack(each.bytes), each.at, each.why);
}

static void depth_has_a_limit(void **) {
    for (const std::string &outer : {"\x91"s, "\x81\x01"s}) {
        assert_null(check_msgpack(repeat(outer, kDeepest - 1) + "\x90").why);
        for (const std::size_t depth : {kDeepest + 0u, 100000u})
            assert_fault(check_msgpack(repeat(outer, depth) + "\x90"), outer.size() * kDeepest, "more than 64 deep");
    }
    assert_non_null(check_msgpack(std::string(100000, '\x91')).why);
}

static void a_tuple_is_one_level(void **) {
    Bytes bytes = "\x90";
    for (std::uint32_t depth = 1; depth < kDeepest; depth++) {
        Bytes outer = "\x91";
        assert_true(append_element(7, bytes, outer));
        bytes = outer;
    }
    assert_null(check_msgpack(bytes).why);
    Bytes untouched = "before";
    assert_false(append_element(7, bytes, untouched));
    assert_false(append_element(6, bytes, untouched));
    assert_string_equal(untouched.c_str(), "before");
    assert_non_null(check_msgpack("\x91" + std::string(bytes)).why);
}

// --- types -----------------------------------------------------------------------------------------------------------

static const struct {
    Type type;
    std::string bytes;
    std::string msgpack;  // in its smallest form
} kTyped[] = {
    {Type::null, "", "\xc0"},
    {Type::boolean, "\x00"s, "\xc2"},
    {Type::boolean, "\x01", "\xc3"},
    {Type::int64, raw(std::int64_t{0}), "\x00"s},
    {Type::int64, raw(std::int64_t{127}), "\x7f"},
    {Type::int64, raw(std::int64_t{128}), "\xcc\x80"},
    {Type::int64, raw(std::int64_t{255}), "\xcc\xff"},
    {Type::int64, raw(std::int64_t{256}), "\xcd\x01\x00"s},
    {Type::int64, raw(std::int64_t{65535}), "\xcd\xff\xff"},
    {Type::int64, raw(std::int64_t{65536}), "\xce\x00\x01\x00\x00"s},
    {Type::int64, raw(std::int64_t{0xffffffff}), "\xce\xff\xff\xff\xff"},
    {Type::int64, raw(std::int64_t{0x100000000}), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"s},
    {Type::int64, raw(std::numeric_limits<std::int64_t>::max()), "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"},
    {Type::int64, raw(std::int64_t{-1}), "\xff"},
    {Type::int64, raw(std::int64_t{-32}), "\xe0"},
    {Type::int64, raw(std::int64_t{-33}), "\xd0\xdf"},
    {Type::int64, raw(std::int64_t{-128}), "\xd0\x80"},
    {Type::int64, raw(std::int64_t{-129}), "\xd1\xff\x7f"},
    {Type::int64, raw(std::int64_t{-32768}), "\xd1\x80\x00"s},
    {Type::int64, raw(std::int64_t{-32769}), "\xd2\xff\xff\x7f\xff"},
    {Type::int64, raw(std::int64_t{-2147483648}), "\xd2\x80\x00\x00\x00"s},
    {Type::int64, raw(std::int64_t{-2147483649}), "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"},
    {Type::int64, raw(std::numeric_limits<std::int64_t>::min()), "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"s},
    {Type::float64, raw(1.5), "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s},
    {Type::string, "", "\xa0"},
    {Type::string, repeat("x", 31), "\xbf" + repeat("x", 31)},
    {Type::string, repeat("x", 32), "\xd9\x20" + repeat("x", 32)},
    {Type::string, repeat("x", 256), "\xda\x01\x00"s + repeat("x", 256)},
    {Type::string, repeat("x", 65536), "\xdb\x00\x01\x00\x00"s + repeat("x", 65536)},
    {Type::bytes, "\xff", "\xc4\x01\xff"},
    {Type::bytes, repeat("\xff", 256), "\xc5\x01\x00"s + repeat("\xff", 256)},
    {Type::bytes, repeat("\xff", 65536), "\xc6\x00\x01\x00\x00"s + repeat("\xff", 65536)},
    {Type::list, "\x91\x01", "\x91\x01"},
    {Type::dict, "\x81\x01\x02", "\x81\x01\x02"},
};

static void there_and_back(void **) {
    for (const auto &each : kTyped) {
        const auto type = static_cast<std::uint32_t>(each.type);
        Bytes msgpack = "replaced";
        Bytes element = "before";
        TypedValue back;
        assert_true(to_msgpack(type, each.bytes, msgpack));
        assert_true(std::string_view(msgpack) == each.msgpack);
        assert_true(append_element(type, each.bytes, element));
        assert_true(std::string_view(element) == "before" + each.msgpack);
        assert_null(from_msgpack(msgpack, back).why);
        assert_int_equal(back.type, type);
        assert_true(std::string_view(back.bytes) == each.bytes);
    }
}

// What other writers write, in whatever width.
static void from_every_width(void **) {
    const struct {
        std::string msgpack;
        Type type;
        std::string bytes;
    } rows[] = {
        {"\xcf\x00\x00\x00\x00\x00\x00\x00\x07"s, Type::int64, raw(std::int64_t{7})},
        {"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", Type::int64, raw(std::int64_t{-1})},
        {"\xd1\x00\x07"s, Type::int64, raw(std::int64_t{7})},
        {"\xca\x3f\xc0\x00\x00"s, Type::float64, raw(1.5)},
        {"\xdb\x00\x00\x00\x02hi"s, Type::string, "hi"},
        {"\xdc\x00\x01\x07"s, Type::list, "\xdc\x00\x01\x07"s},
        {"\xd5\x54\x91\x07", Type::tuple, "\x91\x07"},
        {"\xc9\x00\x00\x00\x02\x54\x91\x07"s, Type::tuple, "\x91\x07"},
    };
    for (const auto &row : rows) {
        TypedValue value;
        assert_null(from_msgpack(row.msgpack, value).why);
        assert_int_equal(value.type, row.type);
        assert_true(std::string_view(value.bytes) == row.bytes);
    }
}

static void what_is_no_value(void **) {
    TypedValue value{42, "untouched"};
    assert_string_equal(from_msgpack("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"s, value).why,
                        "the integer does not fit an int64");
    assert_non_null(std::strstr(from_msgpack("\xd4\x01\x01", value).why, "extension"));
    assert_int_equal(from_msgpack("\x92\x01\xc1", value).at, 2);
    assert_true(value.type == 42 && value.bytes == "untouched");

    Bytes out = "before";
    for (const std::uint32_t type : {9u, 10u, 256u}) {
        assert_false(to_msgpack(type, "", out));
        assert_false(append_element(type, "", out));
    }
    assert_false(to_msgpack(2, "1234567", out));
    assert_false(to_msgpack(4, "\xff", out));
    assert_false(append_element(6, "\x81\x01\x02", out));
    assert_string_equal(out.c_str(), "before");
}

static void a_tuple_stays_one_inside(void **) {
    Bytes out;
    assert_true(to_msgpack(7, "\x91\x01", out));
    assert_string_equal(out.c_str(), "\x91\x01");
    for (std::size_t size = 1; size < 70000; size += size < 40 ? 1 : size) {
        std::string array(array_header_size(static_cast<std::uint32_t>(size)), 0);
        write_array_header(array.data(), static_cast<std::uint32_t>(size));
        array += repeat("\x01", size);
        Bytes element;
        TypedValue value;
        assert_true(append_element(7, array, element));
        assert_null(from_msgpack(element, value).why);
        assert_int_equal(value.type, Type::tuple);
        assert_true(std::string_view(value.bytes) == array);
        // Not a byte more than what nlohmann::json writes for such an extension.
        const json oracle = json::binary(std::vector<std::uint8_t>(array.begin(), array.end()), 0x54);
        assert_int_equal(element.size(), json::to_msgpack(oracle).size());
    }
}

static void array_headers(void **) {
    for (const auto &[count, header] : {std::pair{0u, "\x90"s},
                                        {15u, "\x9f"s},
                                        {16u, "\xdc\x00\x10"s},
                                        {65535u, "\xdc\xff\xff"s},
                                        {65536u, "\xdd\x00\x01\x00\x00"s},
                                        {4294967295u, "\xdd\xff\xff\xff\xff"s}}) {
        std::string written(array_header_size(count), 0);
        write_array_header(written.data(), count);
        assert_true(written == header);
        std::uint32_t read = 0;
        std::uint32_t size = 0;
        assert_true(read_array_header(header, read, size));
        assert_true(read == count && size == header.size());
        assert_false(read_array_header(std::string_view(header).substr(0, header.size() - 1), read, size));
    }
    std::uint32_t read = 0;
    std::uint32_t size = 0;
    for (const char *other : {"\x80", "\xc1", "\xa1x", "\xd4\x54\x90"})
        assert_false(read_array_header(other, read, size));
}

// --- against nlohmann::json ------------------------------------------------------------------------------------------

static std::string encoded(const json &value) {
    const std::vector<std::uint8_t> bytes = json::to_msgpack(value);
    return {bytes.begin(), bytes.end()};
}

// Why nlohmann::json refuses those bytes: its number of the error; 0 if it takes them. Text that is not UTF-8 it only
// notices when writing.
static int refusal(const std::string &bytes) {
    try {
        json::from_msgpack(bytes).dump();
        return 0;
    } catch (const json::exception &error) {
        return error.id;
    }
}

// Damaged bytes: whatever one of the two takes, the other takes too, but for keys that are no strings and tuples.
static void damaged_values(void **) {
    constexpr int kKeyIsNoString = 113;
    RandomJson random(1);
    unsigned taken = 0;
    for (unsigned round = 0; round < 5000; round++) {
        std::string bytes = encoded(random.value());
        assert_null(check_msgpack(bytes).why);
        for (auto left = 1 + random.below(3); left > 0; left--)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        if (bytes.find('\x54') != bytes.npos) continue;
        const int refused = refusal(bytes);
        const Fault fault = check_msgpack(bytes);
        if (refused == 0)
            assert_null(fault.why);
        else if (refused != kKeyIsNoString)
            assert_non_null(fault.why);
        if (!fault) taken++;
    }
    assert_true(taken > 500);
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(sound_values),
        cmocka_unit_test(truncated_values),
        cmocka_unit_test(malformed_values),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(a_tuple_is_one_level),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(from_every_width),
        cmocka_unit_test(what_is_no_value),
        cmocka_unit_test(a_tuple_stays_one_inside),
        cmocka_unit_test(array_headers),
        cmocka_unit_test(damaged_values),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
