#include <string>

#include "random_json.hpp"
#include "unit_test.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"

using namespace latzero::value;
using namespace std::string_literals;
using nlohmann::json;

static void merged_maps(void **) {
    const struct {
        std::string into;
        std::string updates;
        std::string merged;
    } rows[] = {
        {"\x80", "\x80", "\x80"},
        {"\x81\x01\x02", "\x80", "\x81\x01\x02"},
        {"\x80", "\x81\x01\x02", "\x81\x01\x02"},
        {"\x82\x01\x02\x03\x04", "\x82\x05\x06\x01\x07", "\x83\x01\x07\x03\x04\x05\x06"},
        // The last of equal keys counts, at the place of the first.
        {"\x83\x01\x02\x03\x04\x01\x05", "\x80", "\x82\x01\x05\x03\x04"},
        {"\x80", "\x82\x01\x02\x01\x03", "\x81\x01\x03"},
        {"\x82\x01\x02\x01\x03", "\x82\x01\x04\x01\x05", "\x81\x01\x05"},
        // A key in any width is the same key.
        {"\x81\xcc\x01\x02", "\x81\x01\x03", "\x81\xcc\x01\x03"},
        {"\x81\xd3\xff\xff\xff\xff\xff\xff\xff\xff\x02", "\x81\xff\x03",
         "\x81\xd3\xff\xff\xff\xff\xff\xff\xff\xff\x03"},
        {"\x81\xd1\x00\x01\x02"s, "\x81\xcf\x00\x00\x00\x00\x00\x00\x00\x01\x03"s, "\x81\xd1\x00\x01\x03"s},
        {"\x81\xa1k\x02", "\x81\xd9\x01k\x03", "\x81\xa1k\x03"},
        {"\x81\xdb\x00\x00\x00\x01k\x02"s, "\x81\xda\x00\x01k\x03"s, "\x81\xdb\x00\x00\x00\x01k\x03"s},
        {"\x81\xc4\x01k\x02", "\x81\xc5\x00\x01k\x03"s, "\x81\xc4\x01k\x03"},
        {"\x81\xca\x3f\xc0\x00\x00\x02"s, "\x81\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00\x03"s,
         "\x81\xca\x3f\xc0\x00\x00\x03"s},
        {"\x81\xd4\x01k\x02", "\x81\xc7\x01\x01k\x03", "\x81\xd4\x01k\x03"},
        {"\x81\xc0\x02", "\x81\xc0\x03", "\x81\xc0\x03"},
        {"\x81\x91\x01\x02", "\x81\x91\x01\x03", "\x81\x91\x01\x03"},
        // These are not.
        {"\x81\xa1k\x02", "\x81\xc4\x01k\x03", "\x82\xa1k\x02\xc4\x01k\x03"},
        {"\x81\x01\x02", "\x81\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\x03"s,
         "\x82\x01\x02\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\x03"s},
        {"\x81\xc3\x02", "\x81\x01\x03", "\x82\xc3\x02\x01\x03"},
        {"\x81\xff\x02", "\x81\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x03",
         "\x82\xff\x02\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x03"},
        {"\x81\xd4\x01k\x02", "\x81\xd4\x02k\x03", "\x82\xd4\x01k\x02\xd4\x02k\x03"},
        {"\x81\x91\x01\x02", "\x81\x92\x01\x02\x03", "\x82\x91\x01\x02\x92\x01\x02\x03"},
        // Values are replaced as they are, not merged.
        {"\x81\x01\x81\x01\x02", "\x81\x01\x81\x03\x04", "\x81\x01\x81\x03\x04"},
    };
    for (const auto &row : rows) {
        Bytes merged = "replaced";
        assert_true(merge_dicts(row.into, row.updates, merged));
        assert_true(std::string_view(merged) == row.merged);
    }
}

static void what_is_no_map(void **) {
    for (const std::string &other : {""s, "\x90"s, "\xc0"s, "\x81\x01"s, "\x81\xa2k\x01"s, "\x80\x80"s, "\x81\xc1\x01"s,
                                     "\x81\x01\xc1"s, "\xdf\xff\xff\xff\xff\x01\x01"s}) {
        Bytes merged = "untouched";
        assert_false(merge_dicts(other, "\x80", merged));
        assert_false(merge_dicts("\x80", other, merged));
        assert_string_equal(merged.c_str(), "untouched");
    }
}

static TypedValue dict_of(const json &object) {
    TypedValue value;
    assert_null(from_json(object.dump(), value).why);
    return value;
}

static void as_nlohmann_updates(void **) {
    RandomJson random(5);
    for (unsigned round = 0; round < 500; round++) {
        json into = json::object();
        json updates = json::object();
        for (auto left = random.below(60); left > 0; left--) into[std::to_string(random.below(80))] = random.value(2);
        for (auto left = random.below(60); left > 0; left--)
            updates[std::to_string(random.below(80))] = random.value(2);
        Bytes merged;
        assert_true(merge_dicts(dict_of(into).bytes, dict_of(updates).bytes, merged));
        assert_null(check(static_cast<std::uint32_t>(Type::dict), merged).why);
        into.update(updates);
        assert_true(json::from_msgpack(merged) == into);
        assert_int_equal(merged.size(), json::to_msgpack(into).size());
    }
}

// A hundred thousand keys, all of one length and alike but for their ends; each comes twice.
static void many_keys(void **) {
    json into = json::object();
    json updates = json::object();
    for (int i = 0; i < 100000; i++) {
        into[std::string(40, 'k') + std::to_string(1000000 + i)] = i;
        updates[std::string(40, 'k') + std::to_string(1000000 + i)] = -i;
    }
    Bytes merged;
    assert_true(merge_dicts(dict_of(into).bytes, dict_of(updates).bytes, merged));
    assert_true(json::from_msgpack(merged) == updates);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(merged_maps), cmocka_unit_test(what_is_no_map),
                                cmocka_unit_test(as_nlohmann_updates), cmocka_unit_test(many_keys)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
