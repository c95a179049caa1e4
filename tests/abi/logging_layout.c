/* As struct_layout.c, of the log. */
#include "abi/pin.h"

static void options_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_logging_options, 32);
    FIELD(latzero_logging_options, struct_size, 0, 4);
    FIELD(latzero_logging_options, level, 4, 4);
    FIELD(latzero_logging_options, format, 8, 4);
    FIELD(latzero_logging_options, descriptor, 12, 4);
    FIELD(latzero_logging_options, sink, 16, 8);
    FIELD(latzero_logging_options, user_data, 24, 8);
}

static void levels_and_formats_keep_their_numbers(void **state) {
    (void)state;
    NUMBER(LATZERO_LOG_OFF, 0);
    NUMBER(LATZERO_LOG_ERROR, 1);
    NUMBER(LATZERO_LOG_WARNING, 2);
    NUMBER(LATZERO_LOG_INFO, 3);
    NUMBER(LATZERO_LOG_DEBUG, 4);
    NUMBER(LATZERO_LOG_SIMPLE, 0);
    NUMBER(LATZERO_LOG_JSON, 1);
}

static void nothing_is_logged_unless_asked_for(void **state) {
    const latzero_logging_options options = LATZERO_LOGGING_OPTIONS_INIT;
    (void)state;
    assert_int_equal(options.struct_size, sizeof options);
    assert_int_equal(options.level, LATZERO_LOG_OFF);
    assert_int_equal(options.format, LATZERO_LOG_SIMPLE);
    assert_int_equal(options.descriptor, -1);
    assert_null(options.sink);
    assert_null(options.user_data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_keep_their_layout),
        cmocka_unit_test(levels_and_formats_keep_their_numbers),
        cmocka_unit_test(nothing_is_logged_unless_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
