// Entries of snapshots: whatever a pool can hold comes back to the bit, and nothing else is an entry.
#include "snapshot/entry.hpp"

#include <bit>
#include <random>
#include <string>

#include "snapshot/python_json.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"
#include "value/token.hpp"
#include "value_bytes.hpp"

using namespace latzero::test;
using namespace latzero::snapshot;
using namespace std::string_literals;
using latzero::value::Bytes;
using Pack = latzero::value::Head;
using latzero::value::Type;

namespace {

// Every type, and of MessagePack all that a value may have in it.
class RandomEntry {
public:
    explicit RandomEntry(std::uint64_t seed) : random_(seed) {}

    Entry next() {
        Entry entry;
        entry.key = below(4) == 0 ? bytes(1 + below(20)) : numbered(1);
        entry.value.type = static_cast<std::uint32_t>(below(10));
        entry.value.bytes = value_of(static_cast<Type>(entry.value.type));
        if (entry.value.type == static_cast<std::uint32_t>(Type::opaque))
            entry.tag = static_cast<std::uint32_t>(word());
        if (below(2) == 0) entry.expires_ms = static_cast<std::int64_t>(word() >> (1 + below(63))) + 1;
        return entry;
    }

private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::uint64_t word() { return random_() >> below(64); }

    Bytes bytes(std::size_t size) {
        Bytes made;
        while (made.size() < size) made += static_cast<char>(random_());
        return made;
    }
    Bytes text() {
        static constexpr const char *kPieces[] = {"a", "$", "\"", "\\", "\n", "\x01", "\xc3\xa4", "\xf0\x9f\x98\x80",
                                                  ","};
        Bytes made;
        for (std::uint64_t left = below(8); left > 0; left--) made += kPieces[below(std::size(kPieces))];
        return made;
    }
    // NaNs with any bits, infinities and -0.0 among them.
    std::uint64_t real_bits() {
        switch (below(4)) {
        case 0: return std::uint64_t{0x7ff} << 52 | below(2) << 63 | (below(2) ? word() >> 12 : 0);
        case 1: return std::uint64_t{1} << 63;
        default: return random_();
        }
    }
    Bytes packed(unsigned depth) {
        switch (below(depth == 0 ? 7 : 11)) {
        case 0: return Bytes(Pack::nil());
        case 1: return Bytes(Pack::boolean(below(2) != 0));
        case 2: return Bytes(Pack::integer(static_cast<std::int64_t>(word())));
        case 3: return Bytes(Pack::natural(word()));
        case 4: return Bytes(Pack::real(std::bit_cast<double>(real_bits())));
        case 5: return with_head<&Pack::binary>(bytes(below(20)));
        case 6: return with_head<&Pack::text>(below(4) ? text() : Bytes(form()));
        case 7: return extension(static_cast<std::uint8_t>(random_()), bytes(below(20)));
        case 8: return extension(latzero::value::kTupleExt, container(false, depth - 1));
        default: return container(below(2) == 0, depth - 1);
        }
    }
    const char *form() {
        static constexpr const char *kForms[] = {"$bytes", "$double", "$tuple", "$ext", "$dict"};
        return kForms[below(std::size(kForms))];
    }
    Bytes numbered(std::uint32_t number) {
        Bytes name = text();
        name += std::to_string(number);
        return name;
    }
    template <auto kHead>
    static Bytes with_head(const Bytes &content) {
        Bytes made(kHead(static_cast<std::uint32_t>(content.size())));
        return made.append(content), made;
    }
    Bytes extension(std::uint8_t type, const Bytes &content) {
        if (type == latzero::value::kTupleExt && content.empty()) return Bytes(Pack::nil());
        const bool is_tuple = type == latzero::value::kTupleExt;
        if (is_tuple && latzero::value::check_msgpack(content)) return Bytes(Pack::nil());
        Bytes made(Pack::extension(type, static_cast<std::uint32_t>(content.size())));
        return made.append(content), made;
    }
    Bytes container(bool is_map, unsigned depth) {
        const auto count = static_cast<std::uint32_t>(below(8) == 0 ? below(40) : below(4));
        Bytes made(is_map ? Pack::map(count) : Pack::array(count));
        for (std::uint32_t i = 0; i < count; i++) {
            // Keys that differ: of equal ones only the last counts.
            if (is_map && below(3) == 0)
                made += Pack::natural(i);
            else if (is_map)
                made += with_head<&Pack::text>(i == 0 && count == 1 ? Bytes(form()) : numbered(i));
            made += packed(depth);
        }
        return made;
    }

    Bytes value_of(Type type) {
        const std::uint64_t bits = type == Type::float64 ? real_bits() : word();
        switch (type) {
        case Type::null: return {};
        case Type::boolean: return Bytes(1, static_cast<char>(below(2)));
        case Type::int64:
        case Type::float64: return Bytes(reinterpret_cast<const char *>(&bits), sizeof bits);
        case Type::string: return text();
        case Type::bytes:
        case Type::opaque: return bytes(below(50));
        default: return container(type == Type::dict, 4);
        }
    }

    std::mt19937_64 random_;
};

Bytes line_of(const Entry &entry) {
    Bytes line;
    assert_true(append_entry({entry.key, entry.value.type, entry.value.bytes, entry.tag, entry.expires_ms}, line));
    return line;
}

}  // namespace

static void whatever_a_pool_holds_comes_back(void **) {
    RandomEntry random(22);
    int tried = 0;
    for (int round = 0; round < 20000; round++) {
        const Entry entry = random.next();
        if (latzero::value::check(entry.value.type, entry.value.bytes)) continue;
        tried++;
        const Bytes line = line_of(entry);
        Entry again;
        const char *why = read_entry(line, again);
        if (why != nullptr) print_error("%s: %s\n", why, line.c_str());
        assert_null(why);
        assert_true(line.find('\n') == line.npos);
        assert_true(again.key == entry.key && again.tag == entry.tag && again.expires_ms == entry.expires_ms);
        assert_int_equal(again.value.type, entry.value.type);
        if (again.value.bytes != entry.value.bytes) print_error("%s\n", line.c_str());
        assert_true(again.value.bytes == entry.value.bytes);
        assert_true(line_of(again) == line);
    }
    assert_true(tried > 15000);
}

static void what_is_no_entry_is_refused(void **) {
    static constexpr const char *kNone[] = {
        "",
        "{}",
        "[]",
        R"({"key": "a", "type": "int64"})",
        R"({"key": "a", "value": 1})",
        R"({"type": "int64", "value": 1})",
        R"({"key": "", "type": "int64", "value": 1})",
        R"({"key": 1, "type": "int64", "value": 1})",
        R"({"key": {"$bytes": "YQ=="}, "type": "int64", "value": 1})",
        R"({"key": "a", "type": "int", "value": 1})",
        R"({"key": "a", "type": "int64", "value": 1.0})",
        R"({"key": "a", "type": "double", "value": 1})",
        R"({"key": "a", "type": "bytes", "value": "YQ=="})",
        R"({"key": "a", "type": "list", "value": {"$tuple": [1]}})",
        R"({"key": "a", "type": "opaque", "value": {"$bytes": "YQ=="}})",
        R"({"key": "a", "type": "opaque", "value": {"$bytes": "YQ=="}, "tag": 4294967296})",
        R"({"key": "a", "type": "opaque", "value": {"$bytes": "YQ=="}, "tag": -1})",
        R"({"key": "a", "type": "int64", "value": 1, "tag": 1})",
        R"({"key": "a", "type": "int64", "value": 1, "expires": 0})",
        R"({"key": "a", "type": "int64", "value": 1, "expires": -5})",
        R"({"key": "a", "type": "int64", "value": 1, "expires": 1.5})",
        R"({"key": "a", "type": "int64", "value": 1, "value": 2})",
        R"({"key": "a", "type": "int64", "value": 1} )"
        "x",
        R"({"key": "a", "type": "int64", "value": 1)",
        R"({"key": "a", "type": "int64", "value": 1,})",
        R"({"key": "a" "type": "int64", "value": 1})",
        R"({"key": "a", "type": "string", "value": "\ud800"})",
        R"({"key": "a", "type": "dict", "value": {"a": [}})",
    };
    Entry entry;
    for (const char *text : kNone) {
        if (read_entry(text, entry) == nullptr) print_error("taken for an entry: %s\n", text);
        assert_non_null(read_entry(text, entry));
    }
    assert_null(read_entry(R"({"new": [1, {"a": "}"}], "value": 1, "type": "int64", "key": "a"})", entry));
    assert_true(entry.key == "a" && entry.value.type == static_cast<std::uint32_t>(Type::int64));
}

static void pythons_json_becomes_json(void **) {
    static constexpr struct {
        const char *python, *json;  // nullptr: none
    } kRows[] = {
        {"[NaN,1]", "[{\"$double\":\"NaN\"},1]"},
        {"-Infinity", "{\"$double\":\"-Infinity\"}"},
        {"9223372036854775808", "9223372036854775808.0"},
        {"[9223372036854775808]", "[9223372036854775808]"},
        {"18446744073709551615", nullptr},
        {"-9223372036854775809", nullptr},
        {"[18446744073709551617]", nullptr},
        {"-18446744073709551616", "-18446744073709551616.0"},
        {"1e400", "1e400"},
        {"{\"$bytes\":[1,2]}", "{\"$dict\":[[\"$bytes\",[1,2]]]}"},
        {"{\"$bytes\":{\"$ext\":1}}", "{\"$dict\":[[\"$bytes\",{\"$dict\":[[\"$ext\",1]]}]]}"},
        {"{\"$bytes\":1,\"$bytes\":2}", "{\"$dict\":[[\"$bytes\",2]]}"},
        {"{\"$bytes\":1,\"b\":2}", "{\"$bytes\":1,\"b\":2}"},
        {"{\"a\":1,\"$bytes\":2}", "{\"a\":1,\"$bytes\":2}"},
        {"{\"$other\":1}", "{\"$other\":1}"},
        {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\""},
        {"\"\\\\ud83d\"", "\"\\\\ud83d\""},
        {"\"\\ud83d\"", nullptr},
        {"\"\\ude00\\ud83d\"", nullptr},
        {"{\"a\":[\"\\uD83Dx\"]}", nullptr},
    };
    for (const auto &row : kRows) {
        Bytes json;
        const auto cause = append_json(row.python, json);
        assert_true(cause.has_value() == (row.json == nullptr));
        if (row.json != nullptr && json != row.json) print_error("%s became %s\n", row.python, json.c_str());
        if (row.json != nullptr) assert_string_equal(json.c_str(), row.json);
    }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(whatever_a_pool_holds_comes_back),
                                cmocka_unit_test(what_is_no_entry_is_refused),
                                cmocka_unit_test(pythons_json_becomes_json)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
