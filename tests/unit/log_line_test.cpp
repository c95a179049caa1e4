#include "log/line.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "unit_test.hpp"

using namespace latzero;
using log::Event;
using log::Format;
using log::Level;
using log::Line;

constexpr std::int64_t kNoon = 1'709'208'000'123'456'789;  // 2024-02-29T12:00:00.123456Z

static const Event kWhole{.level = Level::warning,
                          .logger = "latzero.test",
                          .message = "it \"happened\"",
                          .pool = "p\\q",
                          .operation = "connect",
                          .key = "k\n",
                          .duration_ns = 1'002'003,
                          .status = Status::timeout,
                          .process = 42};

static void the_members_are_in_order(void **) {
    const Line line(Format::json, kWhole, kNoon);
    assert_string_equal(line.c_str(),
                        "{\"timestamp\": \"2024-02-29T12:00:00.123456Z\", \"level\": \"WARNING\", \"logger\": "
                        "\"latzero.test\", \"message\": \"it \\\"happened\\\"\", \"pool\": \"p\\\\q\", \"operation\": "
                        "\"connect\", \"key\": \"k\\\\x0a\", \"duration_ms\": 1.002, \"status\": \"TIMEOUT\", "
                        "\"process\": 42}");
    const Line simple(Format::simple, kWhole, kNoon);
    assert_string_equal(simple.c_str(),
                        "2024-02-29T12:00:00.123456Z WARNING latzero.test: it \"happened\" pool=\"p\\\\q\" "
                        "operation=connect key=\"k\\\\x0a\" duration_ms=1.002 status=TIMEOUT process=42");
}

static void what_there_is_not_is_left_out(void **) {
    const Event bare{.level = Level::debug, .logger = "latzero.test", .message = "it"};
    const Line line(Format::json, bare, 0);
    assert_string_equal(line.c_str(),
                        "{\"timestamp\": \"1970-01-01T00:00:00.000000Z\", \"level\": \"DEBUG\", \"logger\": "
                        "\"latzero.test\", \"message\": \"it\"}");
    Line simple(Format::simple, bare, -1);
    assert_string_equal(simple.c_str(), "1969-12-31T23:59:59.999999Z DEBUG latzero.test: it");
    const std::string_view whole = simple.end_with_newline();
    assert_true(whole.size() == simple.text().size() + 1 && whole.back() == '\n');
}

// The longest lines that there can be are whole, one piece for a pipe, and JSON.
static void no_part_is_too_long(void **) {
    for (const char byte : {'"', '\\', '\1', '\xff', 'x'}) {
        const std::string much(5000, byte);
        Event event = kWhole;
        event.message = event.pool = event.key = much;
        event.duration_ns = ~std::uint64_t{0};
        event.process = ~0u;
        for (const Format format : {Format::json, Format::simple}) {
            Line line(format, event, kNoon);
            assert_true(line.text().size() > 1000);
            assert_true(line.end_with_newline().size() <= 4096);
        }
        const Line line(Format::json, event, kNoon);
        const auto read = nlohmann::json::parse(line.text());
        assert_int_equal(read.size(), 10);
        assert_true(read["key"].get<std::string>().ends_with("..."));
    }
}

int main() {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_members_are_in_order),
        cmocka_unit_test(what_there_is_not_is_left_out),
        cmocka_unit_test(no_part_is_too_long),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
