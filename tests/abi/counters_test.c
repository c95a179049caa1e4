/* increment and decrement: sums, bounds, types, and exactness between processes. */
#include "abi/test.h"

static int64_t value_of(latzero_client *client, const char *key) {
    int64_t value = 0;
    CHECK_OK(latzero_get_i64(client, key, LATZERO_CSTR, &value));
    return value;
}

static void counters_count(void **state) {
    latzero_client *client = create_and_join(pool_name("count"), 0);
    int64_t sum = 77;
    (void)state;
    CHECK_OK(latzero_increment(client, "absent", LATZERO_CSTR, 5, 0, &sum));
    CHECK_EQUAL(sum, 5);
    CHECK_OK(latzero_increment(client, "absent", LATZERO_CSTR, -7, 0, &sum));
    CHECK_EQUAL(sum, -2);
    CHECK_OK(latzero_decrement(client, "absent", LATZERO_CSTR, 40, 0, &sum));
    CHECK_EQUAL(sum, -42);
    CHECK_EQUAL(value_of(client, "absent"), -42);
    CHECK_OK(latzero_increment(client, "absent", LATZERO_CSTR, 1, 0, NULL));
    CHECK_OK(latzero_decrement(client, "absent", LATZERO_CSTR, 2, 0, NULL));
    CHECK_EQUAL(value_of(client, "absent"), -43);
    CHECK_OK(latzero_decrement(client, "down", LATZERO_CSTR, 3, 0, &sum));
    CHECK_EQUAL(sum, -3);
    CHECK_OK(latzero_increment(client, "zero", LATZERO_CSTR, 0, 0, &sum));
    CHECK_EQUAL(sum, 0);
    CHECK_EQUAL(stats_of(client).key_count, 3);
    CHECK_OK(latzero_set_i64(client, "zero", LATZERO_CSTR, 100, NULL));
    CHECK_OK(latzero_increment(client, "zero", LATZERO_CSTR, 1, 0, &sum));
    CHECK_EQUAL(sum, 101);
    leave(client);
}

/* Each start with each delta, judged by what fits. */
static void sums_that_do_not_fit_change_nothing(void **state) {
    static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, -2, -1, 0, 1, 2, INT64_MAX - 1, INT64_MAX};
    enum { count = sizeof numbers / sizeof *numbers };
    latzero_client *client = create_and_join(pool_name("overflow"), 0);
    int i, k, minus;
    (void)state;
    for (i = 0; i < count; i++) {
        for (k = 0; k < count; k++) {
            for (minus = 0; minus < 2; minus++) {
                int64_t expected = 0, sum = 77;
                const int fits = minus ? !__builtin_sub_overflow(numbers[i], numbers[k], &expected)
                                       : !__builtin_add_overflow(numbers[i], numbers[k], &expected);
                CHECK_OK(latzero_set_i64(client, "k", 1, numbers[i], NULL));
                CHECK_STATUS(minus ? latzero_decrement(client, "k", 1, numbers[k], 0, &sum)
                                   : latzero_increment(client, "k", 1, numbers[k], 0, &sum),
                             fits ? LATZERO_OK : LATZERO_OVERFLOW);
                if (!fits) CHECK_SENTENCE("'k'");
                CHECK_EQUAL(sum, fits ? expected : 77);
                CHECK_EQUAL(value_of(client, "k"), fits ? expected : numbers[i]);
            }
        }
    }
    leave(client);
}

static void the_least_number_as_a_delta_works_where_it_fits(void **state) {
    latzero_client *client = create_and_join(pool_name("least"), 0),
                   *reader = join(pool_name("least"), LATZERO_CONNECT_READ_ONLY);
    int64_t sum = 77;
    int32_t exists = -1;
    (void)state;
    CHECK_OK(latzero_increment(client, "up", 2, INT64_MIN, 0, &sum));
    CHECK_EQUAL(sum, INT64_MIN);
    sum = 77;
    CHECK_STATUS(latzero_decrement(client, "down", 4, INT64_MIN, 0, &sum), LATZERO_OVERFLOW);
    CHECK_EQUAL(sum, 77);
    CHECK_OK(latzero_exists(client, "down", 4, &exists));
    CHECK_EQUAL(exists, 0);
    /* It is no excuse for not looking at the rest. */
    CHECK_STATUS(latzero_decrement(NULL, "k", 1, INT64_MIN, 0, &sum), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_decrement(client, "", 0, INT64_MIN, 0, &sum), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_decrement(reader, "k", 1, INT64_MIN, 0, &sum), LATZERO_READ_ONLY);
    leave(reader);
    leave(client);
}

static void only_integers_count(void **state) {
    static const char *const keys[] = {"null", "bool", "double", "string", "bytes"};
    latzero_client *client = create_and_join(pool_name("types"), 0);
    latzero_value_info before = LATZERO_VALUE_INFO_INIT, after = LATZERO_VALUE_INFO_INIT;
    unsigned char bytes[8];
    int64_t sum = 77;
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_null(client, "null", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_bool(client, "bool", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_f64(client, "double", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_string(client, "string", LATZERO_CSTR, "12345678", 8, NULL));
    CHECK_OK(latzero_set_bytes(client, "bytes", LATZERO_CSTR, "\1\0\0\0\0\0\0\0", 8, NULL));
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        CHECK_OK(latzero_get(client, keys[i], LATZERO_CSTR, bytes, 8, &before));
        CHECK_STATUS(latzero_increment(client, keys[i], LATZERO_CSTR, 1, 0, &sum), LATZERO_TYPE_MISMATCH);
        CHECK_SENTENCE(keys[i]);
        CHECK_STATUS(latzero_decrement(client, keys[i], LATZERO_CSTR, 1, 0, &sum), LATZERO_TYPE_MISMATCH);
        CHECK_OK(latzero_get(client, keys[i], LATZERO_CSTR, bytes, 8, &after));
        CHECK(memcmp(&before, &after, sizeof before) == 0 && sum == 77);
    }
    leave(client);
}

enum { workers = 4 };

static void count_up(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    uint64_t rounds = scaled(20000), i;
    for (i = 0; i < rounds; i++) {
        CHECK_OK(latzero_increment(client, "shared", LATZERO_CSTR, 3, 0, NULL));
        CHECK_OK(latzero_decrement(client, "shared", LATZERO_CSTR, 2, 0, NULL));
    }
    leave(client);
}

static void processes_lose_no_count(void **state) {
    const char *name = pool_name("processes");
    latzero_client *client = create_and_join(name, 0);
    child_process children[workers];
    int i;
    (void)state;
    for (i = 0; i < workers; i++) children[i] = start_child(count_up, name, NULL);
    for (i = 0; i < workers; i++) expect_end(&children[i], 0);
    CHECK_EQUAL(value_of(client, "shared"), workers * scaled(20000));
    leave(client);
}

static void a_full_pool_still_counts(void **state) {
    latzero_client *client = create_and_join(pool_name("full"), LATZERO_MAX_BYTES_LEAST);
    latzero_status status = LATZERO_OK;
    int64_t sum = 0;
    char key[32];
    int i;
    (void)state;
    if (tests_are_sealed()) { /* nothing changes in place there */
        leave(client);
        skip();
    }
    CHECK_OK(latzero_increment(client, "counter", LATZERO_CSTR, 1, 0, &sum));
    for (i = 0; status == LATZERO_OK; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        status = latzero_increment(client, key, LATZERO_CSTR, i, 0, NULL);
    }
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    CHECK_SENTENCE(key);
    CHECK_OK(latzero_increment(client, "counter", LATZERO_CSTR, 1, 0, &sum));
    CHECK_EQUAL(sum, 2);
    for (i--; i-- > 0;) {
        snprintf(key, sizeof key, "key-%d", i);
        CHECK_EQUAL(value_of(client, key), i);
    }
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(count_up)};
    const struct CMUnitTest tests[] = {
        TEST(counters_count),
        TEST(sums_that_do_not_fit_change_nothing),
        TEST(the_least_number_as_a_delta_works_where_it_fits),
        TEST(only_integers_count),
        TEST(processes_lose_no_count),
        TEST(a_full_pool_still_counts),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
