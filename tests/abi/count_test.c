/* Counters that end: the call that makes one gives it its end, and no other call changes that. */
#include "abi/test.h"

static latzero_status count(latzero_client *client, const char *key, int64_t delta, int64_t ttl_ms, int64_t initial,
                            int64_t *sum) {
    latzero_count_options options = LATZERO_COUNT_OPTIONS_INIT;
    options.ttl_ms = ttl_ms;
    options.initial = initial;
    return latzero_count(client, key, LATZERO_CSTR, delta, &options, sum);
}

static void the_first_count_gives_the_end(void **state) {
    latzero_client *client = create_and_join(pool_name("first"), 0);
    int64_t sum = 77, left;
    (void)state;
    CHECK_OK(count(client, "k", 2, 60000, 40, &sum));
    CHECK_EQUAL(sum, 42);
    left = ttl_of(client, "k");
    CHECK(left > 50000 && left <= 60000);
    /* Neither a longer one nor none. */
    CHECK_OK(count(client, "k", 1, 3600000, 7, &sum));
    CHECK_OK(count(client, "k", -3, 0, 7, &sum));
    CHECK_OK(latzero_count(client, "k", 1, 1, NULL, NULL));
    CHECK_OK(latzero_increment(client, "k", 1, 1, 7, &sum));
    CHECK_EQUAL(sum, 42);
    CHECK(ttl_of(client, "k") <= left);
    CHECK_OK(latzero_count(client, "stays", LATZERO_CSTR, 5, NULL, &sum));
    CHECK_EQUAL(sum, 5);
    CHECK_EQUAL(ttl_of(client, "stays"), -1);
    CHECK_OK(count(client, "stays", 5, 60000, 0, &sum));
    CHECK_EQUAL(sum, 10);
    CHECK_EQUAL(ttl_of(client, "stays"), -1);
    leave(client);
}

static void it_begins_anew_when_it_is_over(void **state) {
    latzero_client *client = create_and_join(pool_name("anew"), 0);
    char *long_key = malloc(LATZERO_KEY_MAX);
    int64_t sum = 0, i;
    (void)state;
    memset(long_key, 'k', LATZERO_KEY_MAX - 1);
    long_key[LATZERO_KEY_MAX - 1] = 0;
    for (i = 0; i < 3; i++) {
        CHECK_OK(count(client, "k", 1, 200, 0, &sum));
        CHECK_EQUAL(sum, 1);
        CHECK_OK(count(client, long_key, 1, 200, 10, &sum));
        CHECK_EQUAL(sum, 11);
        CHECK(ttl_of(client, long_key) <= 200);
        while (latzero_get_i64(client, "k", 1, &sum) == LATZERO_OK) pause_ms(5);
        while (latzero_get_i64(client, long_key, LATZERO_CSTR, &sum) == LATZERO_OK) pause_ms(5);
    }
    free(long_key);
    leave(client);
}

static void what_makes_no_sense_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    latzero_count_options options = LATZERO_COUNT_OPTIONS_INIT;
    int64_t sum = 77;
    int32_t there = 1;
    (void)state;
    CHECK_STATUS(count(client, "k", 1, -1, 0, &sum), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("TTL is -1 ms");
    options.flags = 1;
    CHECK_STATUS(latzero_count(client, "k", 1, 1, &options, &sum), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("unknown flags 0x1");
    CHECK_STATUS(count(client, "k", 1, 1000, INT64_MAX, &sum), LATZERO_OVERFLOW);
    CHECK_OK(latzero_exists(client, "k", 1, &there));
    CHECK_EQUAL(there, 0);
    CHECK_OK(latzero_set_string(client, "text", 4, "t", 1, NULL));
    CHECK_STATUS(count(client, "text", 1, 1000, 0, &sum), LATZERO_TYPE_MISMATCH);
    CHECK_EQUAL(sum, 77);
    leave(client);
}

/* A later one may have more behind the options: zeros ask for nothing, else it is refused, whole. */
static void a_newer_caller_is_told(void **state) {
    struct {
        latzero_count_options known;
        unsigned char rest[8];
    } newer = {LATZERO_COUNT_OPTIONS_INIT, {0}};
    latzero_client *client = create_and_join(pool_name("newer"), 0);
    int64_t sum = 77;
    (void)state;
    newer.known.struct_size = sizeof newer;
    newer.rest[7] = 1;
    CHECK_STATUS(latzero_count(client, "k", 1, 1, &newer.known, &sum), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("count options");
    check_keys(client, 0);
    newer.rest[7] = 0;
    CHECK_OK(latzero_count(client, "k", 1, 1, &newer.known, &sum));
    CHECK_EQUAL(sum, 1);
    leave(client);
}

enum { limit = 10, window_ms = 60000, workers = 4, tries = 20 };

/* Counts how many of its tries are let in. */
static void ask(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    int i, let_in = 0;
    for (i = 0; i < tries; i++) {
        int64_t sum;
        CHECK_OK(count(client, "calls", 1, window_ms, 0, &sum));
        let_in += sum <= limit;
    }
    CHECK_OK(latzero_increment(client, "let in", LATZERO_CSTR, let_in, 0, NULL));
    leave(client);
}

/* A rate limiter between processes: of all tries within one window exactly so many are let in. */
static void a_limit_holds_between_processes(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    child_process children[workers];
    int64_t sum = 0;
    int i;
    (void)state;
    strcpy(name, pool_name("limit"));
    client = create_and_join(name, 0);
    for (i = 0; i < workers; i++) children[i] = start_child(ask, name, NULL);
    for (i = 0; i < workers; i++) expect_end(&children[i], 0);
    CHECK_OK(latzero_get_i64(client, "calls", LATZERO_CSTR, &sum));
    CHECK_EQUAL(sum, workers * tries);
    CHECK_OK(latzero_get_i64(client, "let in", LATZERO_CSTR, &sum));
    CHECK_EQUAL(sum, limit);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(ask)};
    const struct CMUnitTest tests[] = {
        TEST(the_first_count_gives_the_end),   TEST(it_begins_anew_when_it_is_over),
        TEST(what_makes_no_sense_is_refused),  TEST(a_newer_caller_is_told),
        TEST(a_limit_holds_between_processes),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
