#include <string>

#include "unit_test.hpp"
#include "value/utf8.hpp"

using latzero::value::is_utf8;
using latzero::value::sound_utf8;
using namespace std::string_literals;

static void sound_text(void **) {
    for (const std::string &text :
         {""s, "plain"s, "gr\xc3\xbc\xc3\x9f"s, "\xe2\x82\xac"s, "\xf0\x9f\x98\x80"s, "\0nul"s, "\xed\x9f\xbf"s,
          "\xee\x80\x80"s, "\xf4\x8f\xbf\xbf"s, "eight by eight \xc3\xa4 and on"s})
        assert_true(is_utf8(text));
}

static void malformed_text(void **) {
    for (const std::string &text : {"\x80"s, "\xc3"s, "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x80\xaf"s, "\xed\xa0\x80"s,
                                    "\xf0\x80\x80\xaf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xff"s, "\xe2\x82"s,
                                    "\xe2\x28\xa1"s, "seven..\xe2\x82"s, "\xf0\x9f\x98"s})
        assert_false(is_utf8(text));
}

static void where_it_goes_wrong(void **) {
    assert_int_equal(sound_utf8(""), 0);
    assert_int_equal(sound_utf8("\xff"), 0);
    for (const std::string &bad : {"\xff"s, "\xe2\x82"s, "\xf0\x9f\x98"s, "\xed\xa0\x80"s})
        for (std::size_t before = 0; before < 20; before++)
            for (const std::string &behind : {""s, "behind it"s}) {
                const std::string sound = std::string(before, 'x') + "\xe2\x82\xac";
                assert_int_equal(sound_utf8(sound + bad + behind), sound.size());
            }
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(sound_text), cmocka_unit_test(malformed_text),
                                cmocka_unit_test(where_it_goes_wrong)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
