/* Values of any type and size in one call, and what is known of them without one. */
#include "abi/test.h"

static void check_copy(latzero_client *client, const char *key, size_t size, uint32_t type, uint32_t tag) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT, alone = LATZERO_VALUE_INFO_INIT, got = LATZERO_VALUE_INFO_INIT;
    char *buffer = malloc(size + 1);
    void *value = NULL;
    CHECK_OK(latzero_get_copy(client, key, LATZERO_CSTR, &value, &info));
    CHECK_OK(latzero_info(client, key, LATZERO_CSTR, &alone));
    CHECK_OK(latzero_get(client, key, LATZERO_CSTR, buffer, size, &got));
    CHECK(info.size == size && info.type == type && info.tag == tag);
    CHECK(memcmp(value, buffer, size) == 0 && ((const char *)value)[size] == 0);
    if (info.ttl_ms != -1) alone.ttl_ms = got.ttl_ms = info.ttl_ms;
    CHECK(memcmp(&info, &alone, sizeof info) == 0 && memcmp(&info, &got, sizeof info) == 0);
    latzero_free(value);
    value = NULL;
    CHECK_OK(latzero_get_copy(client, key, LATZERO_CSTR, &value, NULL));
    latzero_free(value);
    free(buffer);
}

static void any_size_comes_in_one_call(void **state) {
    static const size_t sizes[] = {0, 1, 247, 248, 249, 4000, 20000, 3000000};
    latzero_client *client = create_and_join(pool_name("sizes"), 0), *view = NULL;
    char key[16];
    size_t i;
    (void)state;
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        CHECK_OK(set_pattern(i % 2 ? view : client, key, sizes[i], i));
        check_copy(i % 2 ? view : client, key, sizes[i], LATZERO_TYPE_BYTES, 0);
    }
    leave(view);
    leave(client);
}

static void any_type_comes_as_it_is(void **state) {
    latzero_serializer_options text = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("types"), 0);
    char large[5000];
    (void)state;
    CHECK_OK(latzero_set_null(client, "null", LATZERO_CSTR, NULL));
    check_copy(client, "null", 0, LATZERO_TYPE_NULL, 0);
    CHECK_OK(set_i64_for(client, "ends", 7, 100000));
    check_copy(client, "ends", 8, LATZERO_TYPE_INT64, 0);
    options.tag = 77;
    CHECK_OK(latzero_set(client, "opaque", LATZERO_CSTR, LATZERO_TYPE_OPAQUE, "x", 1, &options));
    check_copy(client, "opaque", 1, LATZERO_TYPE_OPAQUE, 77);
    CHECK_OK(latzero_append(client, "list", LATZERO_CSTR, LATZERO_TYPE_NULL, NULL, 0, NULL));
    check_copy(client, "list", 2, LATZERO_TYPE_LIST, 0);
    /* Compressed, and kept as JSON. */
    memset(large, 'x', sizeof large);
    text.prefer_msgpack = 0;
    CHECK_OK(latzero_configure_serializer(&text));
    CHECK_OK(latzero_set_string(client, "large", LATZERO_CSTR, large, sizeof large, NULL));
    check_copy(client, "large", sizeof large, LATZERO_TYPE_STRING, 0);
    CHECK_OK(latzero_set_json(client, "json", LATZERO_CSTR, "{\"a\": [1, 2]}", LATZERO_CSTR, NULL));
    check_copy(client, "json", 6, LATZERO_TYPE_DICT, 0);
    store_plain(NULL);
    CHECK_OK(latzero_set_fast(client, "waits", LATZERO_CSTR, LATZERO_TYPE_BYTES, "w", 1, NULL));
    check_copy(client, "waits", 1, LATZERO_TYPE_BYTES, 0);
    leave(client);
}

static void what_is_not_there_gives_nothing(void **state) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_client *client = create_and_join(pool_name("absent"), 0);
    void *value = NULL;
    (void)state;
    CHECK_STATUS(latzero_get_copy(client, "k", 1, &value, &info), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'k'");
    CHECK_STATUS(latzero_delete(client, "other", LATZERO_CSTR), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_info(client, "k", 1, &info), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'k'");
    CHECK_OK(set_i64_for(client, "k", 7, 1));
    pause_ms(5);
    CHECK_STATUS(latzero_get_copy(client, "k", 1, &value, &info), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_info(client, "k", 1, &info), LATZERO_NOT_FOUND);
    CHECK_OK(set_i64_for(client, "k", 7, 0));
    CHECK_STATUS(latzero_get_copy(client, "k", 1, NULL, &info), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_info(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    info.struct_size = 3;
    CHECK_STATUS(latzero_get_copy(client, "k", 1, &value, &info), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_info(client, "k", 1, &info), LATZERO_INVALID_ARGUMENT);
    CHECK(value == NULL && info.version == 0);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(any_size_comes_in_one_call), TEST(any_type_comes_as_it_is),
                                       TEST(what_is_not_there_gives_nothing)};
    return RUN_TESTS(tests);
}
