/* As struct_layout.c, of items, of how patterns are taken, and of how to count. */
#include "abi/pin.h"

static void heads_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_item, 56);
    FIELD(latzero_item, struct_size, 0, 4);
    FIELD(latzero_item, key_len, 4, 4);
    FIELD(latzero_item, item_size, 8, 8);
    FIELD(latzero_item, size, 16, 8);
    FIELD(latzero_item, version, 24, 8);
    FIELD(latzero_item, ttl_ms, 32, 8);
    FIELD(latzero_item, type, 40, 4);
    FIELD(latzero_item, tag, 44, 4);
    FIELD(latzero_item, flags, 48, 4);
    FIELD(latzero_item, status, 52, 4);
}

static void count_options_keep_their_layout(void **state) {
    const latzero_count_options options = LATZERO_COUNT_OPTIONS_INIT, zero = {0};
    (void)state;
    SIZE(latzero_count_options, 24);
    FIELD(latzero_count_options, struct_size, 0, 4);
    FIELD(latzero_count_options, flags, 4, 4);
    FIELD(latzero_count_options, ttl_ms, 8, 8);
    FIELD(latzero_count_options, initial, 16, 8);
    assert_int_equal(options.struct_size, sizeof options);
    assert_memory_equal(&options.flags, &zero.flags, sizeof options - sizeof options.struct_size);
}

static void an_item_begins_empty(void **state) {
    const latzero_item item = LATZERO_ITEM_INIT, zero = {0};
    (void)state;
    assert_int_equal(item.struct_size, sizeof item);
    assert_memory_equal(&item.key_len, &zero.key_len, sizeof item - sizeof item.struct_size);
}

static void flags_keep_their_numbers(void **state) {
    (void)state;
    NUMBER(LATZERO_MATCH_PREFIX, 1);
    NUMBER(LATZERO_MSGPACK_OPAQUE, 0x4f);
    NUMBER(LATZERO_TAG_MSGPACK, 0x4d50434b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_keep_their_layout),
        cmocka_unit_test(count_options_keep_their_layout),
        cmocka_unit_test(an_item_begins_empty),
        cmocka_unit_test(flags_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
