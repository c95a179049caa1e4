// What JSON has no words for, both ways.
#include "value/json_forms.hpp"

#include "json_oracle.hpp"
#include "random_packed.hpp"
#include "value/base64.hpp"
#include "value/json.hpp"
#include "value/msgpack.hpp"
#include "value_bytes.hpp"

using namespace latzero::test;
using namespace latzero::value;
using namespace std::string_literals;

static std::uint32_t number_of(Type type) { return static_cast<std::uint32_t>(type); }

// The value says that text, which says that value.
static void assert_both_ways(Type type, const std::string &bytes, const std::string &text) {
    Bytes written;
    TypedValue back;
    assert_null(to_json(number_of(type), bytes, written).why);
    assert_string_equal(written.c_str(), text.c_str());
    assert_null(from_json(text, back).why);
    assert_int_equal(back.type, type);
    assert_true(std::string_view(back.bytes) == bytes);
}

static std::string nan_of(std::uint64_t bits) { return raw(std::bit_cast<double>(bits)); }

static void each_form(void **) {
    const double infinity = std::numeric_limits<double>::infinity();
    assert_both_ways(Type::bytes, "", R"({"$bytes":""})");
    assert_both_ways(Type::bytes, "\xff\0z"s, R"({"$bytes":"/wB6"})");
    assert_both_ways(Type::float64, nan_of(0x7ff8000000000000), R"({"$double":"NaN"})");
    assert_both_ways(Type::float64, nan_of(0xfff8000000000000), R"_({"$double":"NaN(0xfff8000000000000)"})_");
    assert_both_ways(Type::float64, nan_of(0x7ff0000000000001), R"_({"$double":"NaN(0x7ff0000000000001)"})_");
    assert_both_ways(Type::float64, raw(infinity), R"({"$double":"Infinity"})");
    assert_both_ways(Type::float64, raw(-infinity), R"({"$double":"-Infinity"})");
    assert_both_ways(Type::float64, raw(-0.0), "-0.0");
    assert_both_ways(Type::tuple, "\x90", R"({"$tuple":[]})");
    assert_both_ways(Type::tuple, "\x92\x01\xd4\x54\x90", R"({"$tuple":[1,{"$tuple":[]}]})");
    assert_both_ways(Type::list, "\x91\xd4\x54\x90", R"([{"$tuple":[]}])");
    assert_both_ways(Type::list, "\x92\xc4\x01\xff\xc4\x02\xff\xff", R"([{"$bytes":"/w=="},{"$bytes":"//8="}])");
    assert_both_ways(Type::list, "\x91\xd4\x01\xff", R"([{"$ext":[1,"/w=="]}])");
    assert_both_ways(Type::list, "\x91\xc7\x00\xff"s, R"([{"$ext":[-1,""]}])");
    assert_both_ways(Type::list, "\x92\xd4\x80\x00\xd4\x7f\x00"s, R"([{"$ext":[-128,"AA=="]},{"$ext":[127,"AA=="]}])");
    assert_both_ways(Type::dict, "\x81\x01\x02", R"({"$dict":[[1,2]]})");
    assert_both_ways(Type::dict, "\x82\xa1k\x01\xc4\x01k\x02", R"({"$dict":[["k",1],[{"$bytes":"aw=="},2]]})");
    assert_both_ways(Type::dict, "\x81\x90\x81\xc0\xc0", R"({"$dict":[[[],{"$dict":[[null,null]]}]]})");
    assert_both_ways(Type::dict, "\x81\xa1$\x01", R"({"$dict":[["$",1]]})");
    assert_both_ways(Type::dict, "\x81\xa4$ref\x01", R"({"$dict":[["$ref",1]]})");
    assert_both_ways(Type::dict, "\x82\xa4$ref\x01\xa6$tuple\x02", R"({"$ref":1,"$tuple":2})");
    assert_both_ways(Type::dict, "\x81\xa0\xc4\x00"s, R"({"":{"$bytes":""}})");
}

// Texts that nobody wrote here say the same.
static void other_texts(void **) {
    const std::pair<const char *, std::string> rows[] = {
        {R"( [ { "$bytes" : "" } ] )", "\x91\xc4\x00"s},
        {R"([{"\u0024byte\u0073":"\u002fw=="}])", "\x91\xc4\x01\xff"},
        {R"([{"$dict":[]}])", "\x91\x80"},
        {R"([{"$dict":[["k",1]]}])", "\x91\x81\xa1k\x01"},
        {R"([{"$dict":[[1,2],[3,4],[1,5]]}])", "\x91\x82\x01\x05\x03\x04"},
        {R"([{"$ref":1}])", "\x91\x81\xa4$ref\x01"},
        {R"([{"$bytes":1,"a":2}])", "\x91\x82\xa6$bytes\x01\xa1\x61\x02"},
        {R"([{"a":2,"$bytes":1}])", "\x91\x82\xa1\x61\x02\xa6$bytes\x01"},
        {R"([{"$tuple":{"$tuple":[]},"$dict":3}])", "\x91\x82\xa6$tuple\xd4\x54\x90\xa5$dict\x03"},
        {R"([{"$bytes":1,"$bytes":"/w=="}])", "\x91\xc4\x01\xff"},
    };
    for (const auto &[text, bytes] : rows) {
        TypedValue value;
        assert_null(from_json(text, value).why);
        assert_true(std::string_view(value.bytes) == bytes);
    }
    Bytes packed;
    assert_null(msgpack_of_json(R"({"$ext":[5,"AA=="]})", packed).why);
    assert_true(std::string_view(packed) == "\xd4\x05\0"s);
}

static void what_is_not_of_its_form(void **) {
    static const std::pair<const char *, const char *> kRows[] = {
        {R"({"$bytes":1})", "$bytes"},
        {R"({"$bytes":[]})", "$bytes"},
        {R"({"$bytes":{"$bytes":""}})", "$bytes"},
        {R"({"$bytes":"/w"})", "$bytes"},
        {R"({"$bytes":"/w="})", "$bytes"},
        {R"({"$bytes":"/x=="})", "$bytes"},
        {R"({"$bytes":"/w==/w=="})", "$bytes"},
        {R"({"$bytes":"/w== "})", "$bytes"},
        {R"({"$bytes":"===="})", "$bytes"},
        {R"({"$bytes":"-_8="})", "$bytes"},
        {R"({"$double":1.5})", "$double"},
        {R"({"$double":"1.5"})", "$double"},
        {R"({"$double":""})", "$double"},
        {R"({"$double":"nan"})", "$double"},
        {R"({"$double":"+Infinity"})", "$double"},
        {R"_({"$double":"NaN(0x7ff8000000000000)"})_", "$double"},
        {R"_({"$double":"NaN(0x7ff0000000000000)"})_", "$double"},
        {R"_({"$double":"NaN(0xFFF8000000000000)"})_", "$double"},
        {R"_({"$double":"NaN(0x3ff8000000000000)"})_", "$double"},
        {R"_({"$double":"NaN(0xfff8000000000000"})_", "$double"},
        {R"({"$tuple":1})", "$tuple"},
        {R"({"$tuple":{}})", "$tuple"},
        {R"({"$tuple":"[]"})", "$tuple"},
        {R"({"$ext":1})", "$ext"},
        {R"({"$ext":[]})", "$ext"},
        {R"({"$ext":[1]})", "$ext"},
        {R"({"$ext":[1,"",""]})", "$ext"},
        {R"({"$ext":[1.0,""]})", "$ext"},
        {R"({"$ext":["1",""]})", "$ext"},
        {R"({"$ext":[128,""]})", "$ext"},
        {R"({"$ext":[-129,""]})", "$ext"},
        {R"({"$ext":[18446744073709551615,""]})", "$ext"},
        {R"({"$ext":[84,"kA=="]})", "$ext"},
        {R"({"$ext":[1,"A"]})", "$ext"},
        {R"({"$ext":[1,{"$bytes":""}]})", "$ext"},
        {R"({"$dict":1})", "$dict"},
        {R"({"$dict":{}})", "$dict"},
        {R"({"$dict":[1,2]})", "$dict"},
        {R"({"$dict":[[1,2],[]]})", "$dict"},
        {R"({"$dict":[[1,2,3]]})", "$dict"},
        {R"({"$dict":[{"a":1}]})", "$dict"},
        {R"({"$bytes":"","$bytes":1})", "$bytes"},
    };
    for (const auto &[text, why] : kRows) {
        TypedValue value{42, "untouched"};
        const std::string inside = "[0,"s + text + "]";
        assert_fault(from_json(text, value), std::strlen(text) - 1, why, text);
        assert_fault(from_json(inside, value), inside.size() - 2, "{\"$dict\": [[key, value]]}", inside);
        assert_true(value.type == 42 && value.bytes == "untouched");
    }
    TypedValue value;
    assert_fault(from_json(R"({"$ext":[5,"AA=="]})", value), 0, "extension");
}

// A value within kDeepest containers can be said whatever these are, and comes back; one deeper is refused where it is
// certain.
static void depth_is_the_values_own(void **) {
    const struct {
        std::string open, close, packed;
    } shells[] = {
        {R"({"$tuple":[)", "]}", ""},
        {R"({"$dict":[[1,)", "]]}", "\x81\x01"},
        {R"({"$dict":[[)", ",1]]}", ""},
        {R"([)", "]", "\x91"},
    };
    for (const auto &[open, close, packed] : shells) {
        for (const std::string scalar : {"1", R"({"$bytes":"/w=="})", R"({"$ext":[7,""]})", "{\"$double\":\"NaN\"}"}) {
            TypedValue value;
            Bytes written;
            const std::string text = repeat(open, kDeepest) + scalar + repeat(close, kDeepest);
            assert_null(from_json(text, value).why);
            if (!packed.empty()) assert_true(value.bytes.starts_with(repeat(packed, kDeepest).c_str()));
            assert_null(to_json(value.type, value.bytes, written).why);
            assert_string_equal(written.c_str(), text.c_str());
        }
        for (const std::string inner : {"[]", "{}", "{\"a\":1}", R"({"$tuple":[]})", R"({"$dict":[[1,2]]})"}) {
            TypedValue none;
            const std::string before = repeat(open, kDeepest), text = before + inner + repeat(close, kDeepest);
            const std::size_t bracket = inner[1] == '"' && inner[2] == '$' ? inner.find('[') : 0;
            assert_fault(from_json(text, none), before.size() + bracket, "more than 64 deep", text);
        }
    }
}

// What began as a form counts once it is an ordinary dict; brackets without end are refused whatever they mean.
static void depth_of_what_is_no_form(void **) {
    TypedValue none;
    const std::string around = repeat("[", kDeepest - 1), end = repeat("]", kDeepest - 1);
    const std::string fits = around + R"({"$tuple":[],"a":1})" + end;
    assert_fault(from_json(fits, none), fits.size(), "more than 64 deep");
    assert_null(from_json(around + R"({"$tuple":1,"a":1})" + end, none).why);
    for (const char *open : {R"({"$bytes":)", R"({"$tuple":)", R"({"$ext":[)", R"({"$dict":[[)", R"({"$dict":)"}) {
        const std::string text = repeat(open, 100000);
        const Fault fault = from_json(text, none);
        assert_non_null(fault.why);
        assert_non_null(std::strstr(fault.why, "more than 64 deep"));
        assert_true(fault.at <= kDeepestForms * std::strlen(open));
    }
}

// --- against other readers -------------------------------------------------------------------------------------------

static void random_values(void **) {
    RandomPacked random(5);
    unsigned forms = 0;
    for (unsigned round = 0; round < 4000; round++) {
        const std::string packed = random.value();
        TypedValue value, back;
        if (from_msgpack(packed, value)) continue;  // an extension, or too large an integer, on its own
        Bytes text, again;
        assert_null(to_json(value.type, value.bytes, text).why);
        assert_null(from_json(text, back).why);
        assert_int_equal(back.type, value.type);
        assert_true(back.bytes == value.bytes);
        assert_null(msgpack_of_json(text, again).why);
        assert_true(std::string_view(again) == packed);
        std::string judged;
        assert_true(JsonOracle::pack(ordered_json::parse(std::string_view(text)), judged));
        assert_true(judged == packed);
        forms += text.find("\"$") != text.npos;
    }
    assert_true(forms > 1000);
}

// Taken or refused as the other reader does, and alike.
static void damaged_forms(void **) {
    static constexpr const char *kPieces[] = {
        "\"$bytes\"", "\"$dict\"", "\"$ext\"",        "[", "]", "{", "}", ":", ",", "1", "\"\"", "\"AA==\"",
        "\"NaN\"",    "[1,2]",     "{\"$tuple\":[]}", "=", "A"};
    RandomPacked random(6);
    unsigned taken = 0, refused = 0;
    for (unsigned round = 0; round < 6000; round++) {
        Bytes written;
        const std::string packed = random.map(3);
        assert_null(to_json(number_of(Type::dict), packed, written).why);
        std::string text(written);
        const std::size_t at = random.below(text.size());
        text.replace(at, random.below(9), kPieces[random.below(std::size(kPieces))]);
        Bytes encoded;
        const Fault fault = msgpack_of_json(text, encoded);
        if (fault && std::strstr(fault.why, "fit") != nullptr) continue;
        if (!ordered_json::accept(text)) {
            assert_non_null(fault.why);
            continue;
        }
        std::string judged;
        assert_int_equal(!fault, JsonOracle::pack(ordered_json::parse(text), judged));
        if (!fault) assert_true(std::string_view(encoded) == judged);
        (fault ? refused : taken)++;
    }
    assert_true(taken > 100 && refused > 100);
}

// The words of RFC 4648, each behind what is there already; and what is none of them.
static void base64(void **) {
    static constexpr std::string_view kWords[][2] = {{"", ""},
                                                     {"f", "Zg=="},
                                                     {"fo", "Zm8="},
                                                     {"foo", "Zm9v"},
                                                     {"foob", "Zm9vYg=="},
                                                     {"fooba", "Zm9vYmE="},
                                                     {"foobar", "Zm9vYmFy"},
                                                     {"\xfb\xff", "+/8="}};
    for (const auto &[bytes, word] : kWords) {
        Bytes text = "before:", back = "before:";
        append_base64(bytes, text);
        assert_true(std::string_view(text) == "before:" + std::string(word));
        assert_true(append_from_base64(word, back));
        assert_true(std::string_view(back) == "before:" + std::string(bytes));
    }
    for (const char *word :
         {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "====", "Zm 9v", "Zm9v\n", "-_8=", "Zg==Zg=="}) {
        Bytes back;
        assert_false(append_from_base64(word, back));
    }
}

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_form),
        cmocka_unit_test(other_texts),
        cmocka_unit_test(what_is_not_of_its_form),
        cmocka_unit_test(depth_is_the_values_own),
        cmocka_unit_test(depth_of_what_is_no_form),
        cmocka_unit_test(random_values),
        cmocka_unit_test(damaged_forms),
        cmocka_unit_test(base64),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
