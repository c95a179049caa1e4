/* How values are stored is nobody's business: compressed or not, as JSON text or not, every reader gets the same. */
#include "abi/every_call.h"

static void configure(uint32_t prefer_msgpack, int64_t compress_threshold) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.prefer_msgpack = prefer_msgpack;
    options.compress_threshold = compress_threshold;
    options.compress_encrypted = 1;
    CHECK_OK(latzero_configure_serializer(&options));
}

static latzero_value_info info_of(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    void *value = NULL;
    latzero_borrowed *borrowed = NULL;
    CHECK_OK(latzero_borrow(client, key, LATZERO_CSTR, (const void **)&value, &info, &borrowed));
    CHECK_OK(latzero_return(borrowed));
    return info;
}

static int is_compressed(latzero_client *client, const char *key) {
    return (info_of(client, key).flags & LATZERO_VALUE_COMPRESSED) != 0;
}

/* Repetitive text, which gets smaller. */
static void fill_text(char *text, size_t size) {
    size_t i;
    for (i = 0; i < size; i++) text[i] = "the same words again and again, "[i % 32];
}

static void the_threshold_is_a_number_of_bytes(void **state) {
    static const int64_t thresholds[] = {100, 1024, 2048, 5000, 100000};
    latzero_client *client = create_and_join(pool_name("threshold"), 0);
    char *text = malloc(100001);
    size_t i;
    (void)state;
    fill_text(text, 100001);
    for (i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        const size_t at = (size_t)thresholds[i];
        configure(1, thresholds[i]);
        CHECK_OK(latzero_set_string(client, "at", 2, text, at, NULL));
        CHECK_OK(latzero_set_string(client, "above", 5, text, at + 1, NULL));
        CHECK_EQUAL(is_compressed(client, "at"), 0);
        CHECK_EQUAL(is_compressed(client, "above"), 1);
        configure(1, -1);
        CHECK_OK(latzero_set_string(client, "never", 5, text, at + 1, NULL));
        CHECK_EQUAL(is_compressed(client, "never"), 0);
        /* What was stored before stays as it is. */
        CHECK_EQUAL(is_compressed(client, "above"), 1);
    }
    CHECK_OK(latzero_configure_serializer(NULL));
    CHECK_OK(latzero_set_string(client, "at", 2, text, 1024, NULL));
    CHECK_OK(latzero_set_string(client, "above", 5, text, 1025, NULL));
    CHECK_EQUAL(is_compressed(client, "at"), 0);
    CHECK_EQUAL(is_compressed(client, "above"), !tests_are_sealed());
    free(text);
    leave(client);
}

/* A threshold of 0 tries everything, also what is too short to get smaller, and numbers. */
static void what_does_not_get_smaller_stays_as_it_is(void **state) {
    static const size_t sizes[] = {1, 15, 16, 17, 1025, 2049, 20000, 1000000};
    latzero_client *client = create_and_join(pool_name("random"), 0);
    int64_t number = 0;
    size_t i;
    (void)state;
    configure(1, 0);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK_OK(set_pattern(client, "k", sizes[i], i));
        check_pattern(client, "k", sizes[i], i);
        CHECK_EQUAL(is_compressed(client, "k"), 0);
    }
    CHECK_OK(latzero_set_bytes(client, "k", 1, NULL, 0, NULL));
    check_pattern(client, "k", 0, 0);
    CHECK_OK(latzero_set_i64(client, "n", 1, 0, NULL));
    CHECK_OK(latzero_increment(client, "n", 1, 1, 0, &number));
    CHECK_EQUAL(number, 1);
    for (i = 0; i < every_call_count; i++) {
        if (!(every_call[i].traits & HAS_KEY)) continue;
        ready_for(&every_call[i], client, "k");
        check_status(every_call[i].run(client, "k", 1), LATZERO_OK, every_call[i].name, __FILE__, __LINE__);
    }
    leave(client);
}

/* Everything that tells of a compressed value tells of the plain one. */
static void check_plain(latzero_client *client, uint32_t type, const char *bytes, size_t size, uint32_t tag) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT, stepped = LATZERO_VALUE_INFO_INIT;
    latzero_entry entry;
    latzero_iter *iter = NULL;
    const void *value = NULL;
    const char *key;
    char *buffer = malloc(size + 1);
    size_t length, found = 0;
    memset(&entry, 0, sizeof entry);
    buffer[size] = 0x5a;
    CHECK_STATUS(latzero_get(client, "k", 1, buffer, size - 1, &info), LATZERO_TOO_SMALL);
    CHECK(info.type == type && info.size == size);
    CHECK_STATUS(latzero_get(client, "k", 1, NULL, 0, &stepped), LATZERO_TOO_SMALL);
    CHECK_OK(latzero_get(client, "k", 1, buffer, size, &info));
    CHECK(stepped.ttl_ms >= info.ttl_ms && (stepped.ttl_ms == -1) == (info.ttl_ms == -1));
    stepped.ttl_ms = info.ttl_ms;
    CHECK(memcmp(&stepped, &info, sizeof info) == 0);
    CHECK(info.type == type && info.size == size && info.tag == tag && info.flags == LATZERO_VALUE_COMPRESSED);
    CHECK(memcmp(buffer, bytes, size) == 0 && buffer[size] == 0x5a);
    memset(buffer, 0, size);
    entry.key = "k", entry.key_len = 1, entry.value = buffer, entry.capacity = size - 1;
    CHECK_STATUS(latzero_mget(client, sizeof entry, &entry, 1, &found), LATZERO_TOO_SMALL);
    CHECK_EQUAL(entry.size, size);
    entry.capacity = size;
    CHECK_OK(latzero_mget(client, sizeof entry, &entry, 1, &found));
    CHECK(entry.size == size && entry.tag == tag && entry.type == type && memcmp(buffer, bytes, size) == 0);
    CHECK_OK(latzero_iter_open(client, "k", 1, &iter));
    CHECK_OK(latzero_iter_next(iter, &key, &length, NULL, &stepped));
    CHECK(stepped.size == size && stepped.version == info.version && stepped.flags == info.flags);
    latzero_iter_close(iter);
    CHECK_OK(latzero_iter_open(client, "k", 1, &iter));
    CHECK_OK(latzero_iter_next(iter, &key, &length, &value, &stepped));
    CHECK(stepped.size == size && memcmp(value, bytes, size) == 0);
    latzero_iter_close(iter);
    free(buffer);
}

static void compressed_values_look_like_plain_ones(void **state) {
    enum { size = 30000 };
    static const uint32_t types[] = {LATZERO_TYPE_STRING, LATZERO_TYPE_BYTES, LATZERO_TYPE_LIST,
                                     LATZERO_TYPE_TUPLE,  LATZERO_TYPE_DICT,  LATZERO_TYPE_OPAQUE};
    latzero_client *client = create_and_join(pool_name("plain"), 0);
    latzero_client *reader = join(pool_name("plain"), LATZERO_CONNECT_READ_ONLY);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    char text[size];
    size_t i;
    (void)state;
    for (i = 0; i < sizeof types / sizeof *types; i++) {
        const int is_map = types[i] == LATZERO_TYPE_DICT;
        fill_text(text, size);
        /* As an array or map, of small numbers. */
        if (types[i] == LATZERO_TYPE_LIST || types[i] == LATZERO_TYPE_TUPLE || is_map) {
            const size_t count = is_map ? (size - 3) / 2 : size - 3;
            text[0] = is_map ? '\xde' : '\xdc';
            text[1] = (char)(count >> 8);
            text[2] = (char)count;
        }
        options.tag = types[i] == LATZERO_TYPE_OPAQUE ? 0xfedcba98 : 0;
        configure(1, 1024);
        CHECK_OK(latzero_set(client, "k", 1, types[i], text, is_map ? size - 1 : size, &options));
        check_plain(client, types[i], text, is_map ? size - 1 : size, options.tag);
        configure(0, -1);
        check_plain(client, types[i], text, is_map ? size - 1 : size, options.tag);
        check_plain(reader, types[i], text, is_map ? size - 1 : size, options.tag);
        /* A new life does not change it. */
        CHECK_OK(latzero_expire(client, "k", 1, 3600000));
        check_plain(reader, types[i], text, is_map ? size - 1 : size, options.tag);
    }
    leave(reader);
    leave(client);
}

static void compressed_values_take_less_memory(void **state) {
    latzero_client *client = create_and_join(pool_name("memory"), 0);
    char *text = malloc(1000000), key[16];
    uint64_t plain, small;
    int i;
    (void)state;
    fill_text(text, 1000000);
    configure(1, -1);
    for (i = 0; i < 20; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, text, 10000 * (size_t)(i + 1), NULL));
    }
    plain = stats_of(client).used_bytes;
    configure(1, 1024);
    for (i = 0; i < 20; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, text, 10000 * (size_t)(i + 1), NULL));
    }
    small = stats_of(client).used_bytes;
    CHECK(small < plain / 10);
    /* More than the pool has room for, as it is. */
    leave(client);
    client = create_and_join(pool_name("memory"), LATZERO_MAX_BYTES_LEAST);
    for (i = 0; i < 20; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, text, 500000, NULL));
    }
    configure(1, -1);
    CHECK_STATUS(latzero_set_string(client, "plain", 5, text, 1000000, NULL), LATZERO_TOO_LARGE);
    free(text);
    leave(client);
}

static const char text_of_list[] = " [ 1, 2 ,\"x\",{\"a\" : null} ]\n", list[] = "\x94\1\2\xa1x\x81\xa1\x61\xc0";
static const char text_of_dict[] = "{ \"k\":[1.0], \"k\":2 }", dict[] = "\x81\xa1k\2";

static void check_kept_json(latzero_client *client, uint32_t type, const char *msgpack, size_t size,
                            const char *expected) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[64], *json = NULL;
    void *bytes = NULL;
    size_t length = 0;
    CHECK_STATUS(latzero_get(client, "k", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
    CHECK(info.size == size && info.type == type && info.version == info_of(client, "k").version && info.flags == 0);
    CHECK_STATUS(latzero_get(client, "k", 1, buffer, size - 1, &info), LATZERO_TOO_SMALL);
    CHECK_EQUAL(info.size, size);
    CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &info));
    CHECK(info.size == size && info.type == type && memcmp(buffer, msgpack, size) == 0 && info.flags == 0);
    CHECK_OK(latzero_get_msgpack(client, "k", 1, &bytes, &length));
    CHECK(length == size && memcmp(bytes, msgpack, size) == 0);
    latzero_free(bytes);
    CHECK_OK(latzero_get_json(client, "k", 1, &json, &length));
    CHECK(length == strlen(expected) && strcmp(json, expected) == 0);
    latzero_free(json);
    CHECK_EQUAL(info_of(client, "k").size, size);
}

static void json_that_is_kept_reads_like_msgpack(void **state) {
    latzero_client *client = create_and_join(pool_name("json"), 0);
    latzero_client *reader = join(pool_name("json"), LATZERO_CONNECT_READ_ONLY);
    uint64_t length = 0;
    uint32_t prefer;
    int64_t number = 0;
    (void)state;
    for (prefer = 0; prefer < 2; prefer++) {
        configure(prefer, -1);
        CHECK_OK(latzero_set_json(client, "k", 1, text_of_list, LATZERO_CSTR, NULL));
        check_kept_json(client, LATZERO_TYPE_LIST, list, 9, "[1,2,\"x\",{\"a\":null}]");
        check_kept_json(reader, LATZERO_TYPE_LIST, list, 9, "[1,2,\"x\",{\"a\":null}]");
        CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, &length));
        CHECK_EQUAL(length, 5);
        CHECK_OK(latzero_set_json(client, "k", 1, text_of_dict, LATZERO_CSTR, NULL));
        check_kept_json(client, LATZERO_TYPE_DICT, dict, 4, "{\"k\":2}");
        check_kept_json(reader, LATZERO_TYPE_DICT, dict, 4, "{\"k\":2}");
        CHECK_OK(latzero_expire(client, "k", 1, 3600000));
        check_kept_json(reader, LATZERO_TYPE_DICT, dict, 4, "{\"k\":2}");
        CHECK_OK(latzero_update(client, "k", 1, "\x81\xa1l\3", 4));
        check_kept_json(client, LATZERO_TYPE_DICT, "\x82\xa1k\2\xa1l\3", 7, "{\"k\":2,\"l\":3}");
        CHECK_STATUS(latzero_set_json(client, "k", 1, "[1,", LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
        /* Numbers are numbers. */
        CHECK_OK(latzero_set_json(client, "n", 1, "41", LATZERO_CSTR, NULL));
        CHECK_OK(latzero_increment(client, "n", 1, 1, 0, &number));
        CHECK_EQUAL(number, 42);
    }
    leave(reader);
    leave(client);
}

static void large_json_is_kept_compressed(void **state) {
    latzero_client *client = create_and_join(pool_name("large"), 0);
    char *json = malloc(60001), *back = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    uint64_t length = 0;
    size_t size = 0, i;
    (void)state;
    for (i = 0; i < 30000; i++) memcpy(json + 2 * i, ",7", 2);
    json[0] = '[', json[60000] = ']';
    configure(0, 1024);
    CHECK_OK(latzero_set_json(client, "k", 1, json, 60001, NULL));
    CHECK_STATUS(latzero_get(client, "k", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
    CHECK_EQUAL(info.size, 30003);
    CHECK_EQUAL(is_compressed(client, "k"), 1);
    CHECK_OK(latzero_get_json(client, "k", 1, &back, &size));
    CHECK(size == 60001 && memcmp(back, json, size) == 0);
    latzero_free(back);
    CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BOOL, "\1", 1, &length));
    CHECK_EQUAL(length, 30001);
    /* A sealed one is stored anew as a whole. */
    CHECK_EQUAL(is_compressed(client, "k"), tests_are_sealed());
    free(json);
    leave(client);
}

static void nonsense_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("nonsense"), 0);
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    char text[2000];
    (void)state;
    fill_text(text, sizeof text);
    configure(1, -1);
    options.compress_threshold = -2;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("threshold");
    options.compress_threshold = INT64_MIN;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    options.compress_threshold = 100;
    options.prefer_msgpack = 2;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    options.prefer_msgpack = UINT32_MAX;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    options.prefer_msgpack = 1;
    options.compress_encrypted = 2;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("compress_encrypted");
    options.compress_encrypted = 1;
    options.reserved = 1;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    options.reserved = 0;
    options.struct_size = 0;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    options.struct_size = 3;
    CHECK_STATUS(latzero_configure_serializer(&options), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_set_string(client, "k", 1, text, sizeof text, NULL));
    CHECK_EQUAL(is_compressed(client, "k"), 0);
    /* An older caller knows the first field alone: the rest is as by default. */
    options.struct_size = 8;
    options.compress_threshold = -1;
    CHECK_OK(latzero_configure_serializer(&options));
    CHECK_OK(latzero_set_string(client, "k", 1, text, sizeof text, NULL));
    CHECK_EQUAL(is_compressed(client, "k"), !tests_are_sealed());
    configure(1, INT64_MAX);
    CHECK_OK(latzero_set_string(client, "k", 1, text, sizeof text, NULL));
    CHECK_EQUAL(is_compressed(client, "k"), 0);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_threshold_is_a_number_of_bytes),
        TEST(what_does_not_get_smaller_stays_as_it_is),
        TEST(compressed_values_look_like_plain_ones),
        TEST(compressed_values_take_less_memory),
        TEST(json_that_is_kept_reads_like_msgpack),
        TEST(large_json_is_kept_compressed),
        TEST(nonsense_is_refused),
    };
    return RUN_TESTS(tests);
}
