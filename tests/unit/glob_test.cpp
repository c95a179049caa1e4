#include "value/glob.hpp"

#include <fnmatch.h>

#include <random>
#include <string>

#include "unit_test.hpp"

static bool matches(std::string_view pattern, std::string_view text) {
    return latzero::value::Pattern(pattern).matches(text);
}
using namespace std::string_literals;

static void what_matches(void **) {
    const struct {
        std::string pattern;
        std::string text;
    } rows[] = {
        {"", ""},
        {"abc", "abc"},
        {"*", ""},
        {"*", "any\0thing/.at all"s},
        {"a*", "a"},
        {"*c", "abc"},
        {"a*c*e", "abcbcde"},
        {"**a**", "a"},
        {"?", "\xff"},
        {"a?c", "abc"},
        {"user:*:name", "user:17:name"},
        {"[abc]x", "bx"},
        {"[a-c]", "b"},
        {"[^a-c]", "d"},
        {"[!a-c]", "d"},
        {"[]]", "]"},
        {"[]-a]", "^"},
        {"[^]]", "a"},
        {"[a-]", "-"},
        {"[-a]", "-"},
        {"[a^]", "^"},
        {"[a!]", "!"},
        {"[\\]]", "]"},
        {"[\\^a]", "^"},
        {"[a\\-c]", "-"},
        {"[Z-\\]]", "["},
        {"[\x80-\xff]", "\xc3"},
        {"[*]", "*"},
        {"[?]", "?"},
        {"\\*", "*"},
        {"\\[a]", "[a]"},
        {"\\a", "a"},
        {"\\\\", "\\"},
        {"a\\", "a\\"},
        {"[", "["},
        {"[a", "[a"},
        {"[]", "[]"},
        {"[^]", "[^]"},
        {"[!", "[!"},
        {"[a-", "[a-"},
        {"[a-\\", "[a-\\"},
        {"[\\]", "[]"},
        {"*[x", "a[x"},
        {"[[]", "["},
        {"[[", "[["},
        {"\0*"s, "\0x"s},
    };
    for (const auto &row : rows) {
        if (!matches(row.pattern, row.text)) print_error("%s : %s\n", row.pattern.c_str(), row.text.c_str());
        assert_true(matches(row.pattern, row.text));
    }
}

static void what_does_not(void **) {
    const struct {
        std::string pattern;
        std::string text;
    } rows[] = {
        {"", "a"},          {"a", ""},         {"a", "A"},      {"abc", "ab"},   {"ab", "abc"},    {"?", ""},
        {"??", "a"},        {"?", "\xc3\xa4"}, {"a*", "ba"},    {"*a", "ab"},    {"a*b*c", "acb"}, {"[abc]", "d"},
        {"[abc]", ""},      {"[a-c]", "d"},    {"[^a-c]", "b"}, {"[!a-c]", "b"}, {"[^]]", "]"},    {"[c-a]", "b"},
        {"[]", "]"},        {"[a\\-c]", "b"},  {"\\*", "a"},    {"\\?", "a"},    {"[a", "a"},      {"\\", ""},
        {"a\0b"s, "a\0c"s}, {"[^a]", ""},      {"*[x", "ax"},
    };
    for (const auto &row : rows) {
        if (matches(row.pattern, row.text)) print_error("%s : %s\n", row.pattern.c_str(), row.text.c_str());
        assert_false(matches(row.pattern, row.text));
    }
}

// The C library's function of the same kind, as far as the two mean the same: it knows no \ at the end.
static void as_the_c_library(void **) {
    static constexpr char kPattern[] = "aabbc*?[]^!-\\";
    static constexpr char kText[] = "aabbc[]-";
    std::mt19937 random(6);
    unsigned matched = 0;
    for (unsigned round = 0; round < 300000; round++) {
        std::string pattern;
        std::string text;
        for (auto left = random() % 8; left > 0; left--) pattern += kPattern[random() % (sizeof kPattern - 1)];
        for (auto left = random() % 6; left > 0; left--) text += kText[random() % (sizeof kText - 1)];
        if (pattern.find_last_of('\\') != pattern.npos && pattern.back() == '\\') continue;
        const bool expected = fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
        if (matches(pattern, text) != expected) print_error("%s : %s\n", pattern.c_str(), text.c_str());
        assert_int_equal(matches(pattern, text), expected);
        matched += expected;
    }
    assert_true(matched > 1000);
}

// Patterns that take ages where every star is tried at every place, or every bracket sought again.
static void patterns_made_to_be_slow(void **) {
    std::string pattern;
    for (int i = 0; i < 200; i++) pattern += "a*";
    const std::string text(20000, 'a');
    assert_true(matches(pattern, text));
    assert_false(matches(pattern + "b", text));
    const std::string brackets(4000, '[');
    assert_true(matches("*" + brackets, "x" + brackets));
    assert_false(matches("*" + brackets + "x", std::string(20000, '[')));
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(what_matches), cmocka_unit_test(what_does_not),
                                cmocka_unit_test(as_the_c_library), cmocka_unit_test(patterns_made_to_be_slow)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
