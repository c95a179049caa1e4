/* Options of pools and connections, also as programs built with other headers pass them. */
#include "abi/test.h"

typedef struct newer_pool_options {
    latzero_pool_options known;
    unsigned char later[40];
} newer_pool_options;

typedef struct newer_connect_options {
    latzero_connect_options known;
    unsigned char later[40];
} newer_connect_options;

static void check_refused(const char *name, const latzero_pool_options *options) {
    CHECK_STATUS(latzero_pool_create(name, options), LATZERO_INVALID_ARGUMENT);
    CHECK(!file_exists(pool_path(name)));
}

static void a_shorter_struct_of_pool_options_keeps_the_other_defaults(void **state) {
    const char *name = pool_name("older");
    latzero_pool_options options;
    (void)state;
    memset(&options, 0xff, sizeof options);
    options.struct_size = 8;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_EQUAL(pool_info_of(name).flags, LATZERO_POOL_PERSISTENT);
    CHECK_EQUAL(pool_info_of(name).max_bytes, LATZERO_MAX_BYTES_DEFAULT);
    CHECK_EQUAL(pool_info_of(name).idle_ttl_ms, 0);
    CHECK_OK(latzero_pool_destroy(name));
}

static void a_longer_struct_of_pool_options_is_read_as_far_as_known(void **state) {
    const char *name = pool_name("newer");
    newer_pool_options options;
    const latzero_pool_options defaults = LATZERO_POOL_OPTIONS_INIT;
    (void)state;
    memset(&options, 0, sizeof options);
    options.known = defaults;
    options.known.struct_size = sizeof options;
    options.known.max_bytes = 2 * LATZERO_MAX_BYTES_LEAST;
    options.known.idle_ttl_ms = 5000;
    CHECK_OK(latzero_pool_create(name, &options.known));
    CHECK_EQUAL(pool_info_of(name).max_bytes, 2 * LATZERO_MAX_BYTES_LEAST);
    CHECK_EQUAL(pool_info_of(name).idle_ttl_ms, 5000);
    CHECK_OK(latzero_pool_destroy(name));
}

static void pool_options_out_of_bounds_are_refused(void **state) {
    const char *name = pool_name("odd");
    const latzero_pool_options defaults = LATZERO_POOL_OPTIONS_INIT;
    latzero_pool_options options = defaults;
    (void)state;
    options.struct_size = 0;
    check_refused(name, &options);
    CHECK_SENTENCE("struct_size");
    options.struct_size = 3;
    check_refused(name, &options);
    options = defaults;
    options.flags = 0x80000000u;
    check_refused(name, &options);
    CHECK_SENTENCE("flags");
    options = defaults;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST - 1;
    check_refused(name, &options);
    CHECK_SENTENCE("max_bytes");
    options.max_bytes = LATZERO_MAX_BYTES_MOST + 1;
    check_refused(name, &options);
    options.max_bytes = UINT64_MAX;
    check_refused(name, &options);
    options = defaults;
    options.idle_ttl_ms = -1;
    check_refused(name, &options);
    CHECK_SENTENCE("TTL");
}

static void the_least_and_the_greatest_cap_work(void **state) {
    const uint64_t caps[] = {LATZERO_MAX_BYTES_LEAST, LATZERO_MAX_BYTES_LEAST + 4097, LATZERO_MAX_BYTES_MOST};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof caps / sizeof *caps; i++) {
        const char *name = pool_name("cap");
        latzero_client *client = create_and_join(name, caps[i]);
        const latzero_pool_stats stats = stats_of(client);
        CHECK_EQUAL(stats.max_bytes, caps[i] / 4096 * 4096);
        CHECK(stats.capacity_bytes <= stats.max_bytes);
        CHECK_OK(set_pattern(client, "key", 100000, i));
        check_pattern(client, "key", 100000, i);
        leave(client);
    }
}

static void connect_options_out_of_bounds_are_refused(void **state) {
    const char *name = pool_name("connect");
    const latzero_connect_options defaults = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_connect_options options = defaults;
    latzero_pool_options bad_pool = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client = NULL, *first = create_and_join(name, 0);
    (void)state;
    CHECK_STATUS(latzero_connect(name, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    options.struct_size = 0;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    options = defaults;
    options.flags = 32;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("flags");
    options.flags = LATZERO_CONNECT_READ_ONLY | LATZERO_CONNECT_CREATE;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("read-only");
    options = defaults;
    options.timeout_ms = -1;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("timeout");
    options = defaults;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &bad_pool;
    bad_pool.max_bytes = 1;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK(client == NULL);
    options = defaults;
    options.timeout_ms = INT64_MAX;
    CHECK_OK(latzero_connect(name, &options, &client));
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    leave(client);
    leave(first);
}

static void connect_options_of_other_headers_work(void **state) {
    const char *name = pool_name("headers");
    newer_connect_options newer;
    latzero_connect_options older;
    latzero_client *client = NULL, *reader = NULL;
    (void)state;
    memset(&newer, 0, sizeof newer);
    newer.known.struct_size = sizeof newer;
    newer.known.flags = LATZERO_CONNECT_CREATE;
    CHECK_OK(latzero_connect(name, &newer.known, &client));
    memset(&older, 0xff, sizeof older);
    older.struct_size = 8;
    older.flags = LATZERO_CONNECT_READ_ONLY;
    CHECK_OK(latzero_connect(name, &older, &reader));
    CHECK_EQUAL(stats_of(reader).read_only, 1);
    leave(reader);
    leave(client);
}

static void connecting_creates_only_what_is_absent(void **state) {
    const char *name = pool_name("create");
    latzero_pool_options pool = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *first = NULL, *second = NULL;
    int32_t exists = 0;
    (void)state;
    pool.max_bytes = 3 * LATZERO_MAX_BYTES_LEAST;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &pool;
    CHECK_OK(latzero_connect(name, &options, &first));
    CHECK_EQUAL(stats_of(first).max_bytes, 3 * LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(latzero_set_null(first, "k", 1, NULL));
    pool.max_bytes = 5 * LATZERO_MAX_BYTES_LEAST;
    CHECK_OK(latzero_connect(name, &options, &second));
    CHECK_EQUAL(stats_of(second).max_bytes, 3 * LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(latzero_exists(second, "k", 1, &exists));
    CHECK_EQUAL(exists, 1);
    leave(first);
    leave(second);
    CHECK(!file_exists(pool_path(name)));
}

static void stats_fill_as_much_as_the_caller_knows(void **state) {
    const char *name = pool_name("stats");
    latzero_client *client = create_and_join(name, 0);
    latzero_pool_stats older;
    struct {
        latzero_pool_stats known;
        unsigned char later[40];
    } newer;
    size_t i;
    (void)state;
    memset(&older, 0x5a, sizeof older);
    older.struct_size = offsetof(latzero_pool_stats, key_count);
    CHECK_OK(latzero_stats(client, &older));
    CHECK(strcmp(older.name, name) == 0);
    CHECK_EQUAL(older.clients, 1);
    CHECK_EQUAL(older.key_count, UINT64_C(0x5a5a5a5a5a5a5a5a));
    memset(&newer, 0x5a, sizeof newer);
    newer.known.struct_size = sizeof newer;
    CHECK_OK(latzero_stats(client, &newer.known));
    CHECK_EQUAL(newer.known.struct_size, sizeof newer);
    CHECK_EQUAL(newer.known.capacity_bytes, 1 << 20);
    CHECK_EQUAL(newer.known.encryption, 0);
    for (i = 0; i < sizeof newer.later; i++) CHECK_EQUAL(newer.later[i], 0);
    older.struct_size = 0;
    CHECK_STATUS(latzero_stats(client, &older), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_stats(client, NULL), LATZERO_INVALID_ARGUMENT);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_shorter_struct_of_pool_options_keeps_the_other_defaults),
        TEST(a_longer_struct_of_pool_options_is_read_as_far_as_known),
        TEST(pool_options_out_of_bounds_are_refused),
        TEST(the_least_and_the_greatest_cap_work),
        TEST(connect_options_out_of_bounds_are_refused),
        TEST(connect_options_of_other_headers_work),
        TEST(connecting_creates_only_what_is_absent),
        TEST(stats_fill_as_much_as_the_caller_knows),
    };
    return RUN_TESTS(tests);
}
