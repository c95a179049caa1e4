#include "value/value.hpp"

#include <string>

#include "value_bytes.hpp"

using namespace latzero::test;
using namespace latzero::value;
using namespace std::string_literals;

static void what_each_type_may_be(void **) {
    const struct {
        Type type;
        std::string bytes;
    } rows[] = {
        {Type::null, ""},           {Type::boolean, "\x00"s},      {Type::boolean, "\x01"},
        {Type::int64, "12345678"},  {Type::float64, "12345678"},   {Type::string, ""},
        {Type::string, "\xc3\xa4"}, {Type::bytes, "\xff"},         {Type::list, "\x90"},
        {Type::tuple, "\x91\x01"},  {Type::dict, "\xde\x00\x00"s}, {Type::opaque, "\xff\xc1"},
    };
    for (const auto &row : rows) assert_null(check(static_cast<std::uint32_t>(row.type), row.bytes).why);
}

static void what_it_may_not_be(void **) {
    const struct {
        std::uint32_t type;
        std::string bytes;
        std::uint64_t at;
        const char *why;
    } rows[] = {
        {0, "x", 0, "no bytes"},
        {1, "", 0, "one byte"},
        {1, "\x02", 0, "0 or 1"},
        {1, "\x01\x01", 0, "one byte"},
        {2, "1234567", 0, "8 bytes"},
        {3, "123456789", 0, "8 bytes"},
        {4, "gr\xc3\xbc\xc3", 4, "UTF-8"},
        {6, "", 0, "too early"},
        {6, "\x80", 0, "array"},
        {6, "\xd4\x54\x90", 0, "array"},
        {6, "\x91\xc1", 1, "0xc1"},
        {6, "\x90\x90", 1, "behind"},
        {7, "\x01", 0, "array"},
        {7, "\x92\x01\xa1\xff", 3, "UTF-8"},
        {8, "\x90", 0, "map"},
        {8, "\x82\x01\x02", 0, "too early"},
        {10, "", 0, "no such type"},
        {256 + 5, "", 0, "no such type"},
        {~0u, "", 0, "no such type"},
    };
    for (const auto &row : rows) assert_fault(check(row.type, row.bytes), row.at, row.why);
}

int main() {
    const CMUnitTest tests[] = {cmocka_unit_test(what_each_type_may_be), cmocka_unit_test(what_it_may_not_be)};
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
