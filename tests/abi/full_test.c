/* At the cap: what was deleted makes room for the same again, in whatever order and size; no false MEMORY_FULL. */
#include "abi/test.h"

static void name_key(char *key, uint64_t number) { sprintf(key, "key-%08u", (unsigned)number); }

static char *shared_value(void) {
    static char *value;
    if (value == NULL) value = calloc(1, LATZERO_MAX_BYTES_DEFAULT);
    return value;
}

/* A value whose first bytes tell its key. */
static latzero_status set_key(latzero_client *client, uint64_t number, size_t size) {
    char key[32], *value = shared_value();
    name_key(key, number);
    memcpy(value, key, size < 12 ? size : 12);
    return latzero_set_bytes(client, key, 12, value, size, NULL);
}

static void check_key(latzero_client *client, uint64_t number) {
    char key[32], head[12];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    void *value = NULL;
    size_t size = 0;
    name_key(key, number);
    if (latzero_get(client, key, 12, head, sizeof head, &info) == LATZERO_TOO_SMALL) {
        CHECK_OK(latzero_get_bytes(client, key, 12, &value, &size));
        CHECK(memcmp(value, key, 12) == 0);
        latzero_free(value);
    } else {
        CHECK(memcmp(head, key, info.size) == 0);
    }
}

/* If it is there. */
static void delete_key(latzero_client *client, uint64_t number) {
    char key[32];
    name_key(key, number);
    (void)latzero_delete(client, key, 12);
}

static uint64_t fill(latzero_client *client, size_t size) {
    uint64_t number = 0;
    latzero_status status;
    while ((status = set_key(client, number, size)) == LATZERO_OK) number++;
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    return number;
}

/* Fills a pool, then again and again deletes one key and sets another of the same size. */
static latzero_client *churned_pool(uint64_t cap, size_t size, uint64_t rounds) {
    latzero_client *client = create_and_join(pool_name("churn"), cap);
    uint64_t random = 1, next = fill(client, size), count = next, i;
    uint64_t *live = malloc(count * sizeof *live);
    char key[32];
    for (i = 0; i < count; i++) live[i] = i;
    for (i = 0; i < rounds; i++) {
        uint64_t *victim = &live[next_random(&random) % count];
        name_key(key, *victim);
        CHECK_OK(latzero_delete(client, key, 12));
        *victim = next++;
        CHECK_OK(set_key(client, *victim, size));
    }
    CHECK_EQUAL(stats_of(client).key_count, count);
    for (i = 0; i < count; i++) check_key(client, live[i]);
    free(live);
    return client;
}

static void churn_at_the_cap(uint64_t cap, size_t size, uint64_t rounds) { leave(churned_pool(cap, size, rounds)); }

static void one_out_one_in_with_tiny_values(void **state) {
    (void)state;
    churn_at_the_cap(1 << 20, 1, rounds_of(60000));
}

static void one_out_one_in_with_64_bytes(void **state) {
    int i;
    (void)state;
    /* Which stripe a key belongs to is another in each pool, and a stripe that lags behind must have its table, too. */
    for (i = 0; i < 10; i++) churn_at_the_cap(1 << 20, 64, rounds_of(20000));
    churn_at_the_cap((3 << 20) + 8192, 64, rounds_of(100000));
}

static void one_out_one_in_with_1_kib(void **state) {
    (void)state;
    churn_at_the_cap(8 << 20, 1024, rounds_of(30000));
}

static void one_out_one_in_with_pages(void **state) {
    (void)state;
    churn_at_the_cap(8 << 20, 3000, rounds_of(20000));
    churn_at_the_cap(8 << 20, 20000, rounds_of(20000));
}

static void one_out_one_in_with_1_mb(void **state) {
    (void)state;
    churn_at_the_cap(0, 1000000, rounds_of(500));
}

static void one_out_one_in_in_a_default_pool(void **state) {
    (void)state;
    churn_at_the_cap(0, 64, rounds_of(10000));
}

static void delete_all(latzero_client *client, uint64_t count) {
    uint64_t i;
    char key[32];
    for (i = 0; i < count; i++) {
        name_key(key, i);
        CHECK_OK(latzero_delete(client, key, 12));
    }
    CHECK_EQUAL(stats_of(client).key_count, 0);
}

/* A pool that was full of one size and emptied holds about as much of another as a new one; emptied key by key it keeps
 * its index tables. */
static void an_emptied_pool_holds_other_sizes(void **state) {
    static const size_t sizes[] = {64, 2500, 16, 1000, 100000, 300, 30000, 64};
    uint64_t fresh[sizeof sizes / sizeof *sizes], count;
    latzero_client *client;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        client = create_and_join(pool_name("fresh"), 8 << 20);
        fresh[i] = fill(client, sizes[i]);
        leave(client);
    }
    client = create_and_join(pool_name("used"), 8 << 20);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        count = fill(client, sizes[i]);
        CHECK(count >= fresh[i] - fresh[i] / 4);
        delete_all(client, count);
    }
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        count = fill(client, sizes[i]);
        CHECK(count >= fresh[i] - fresh[i] / 10);
        CHECK_OK(latzero_clear(client));
    }
    leave(client);
}

static void set_the_large_value(latzero_client *client) {
    const size_t size = 95000000;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char *value = malloc(size), *got = malloc(size);
    CHECK(value != NULL && got != NULL);
    fill_pattern(value, size, 95);
    CHECK_OK(latzero_set_bytes(client, "large", 5, value, size, NULL));
    CHECK_OK(latzero_get(client, "large", 5, got, size, &info));
    CHECK(info.size == size && memcmp(value, got, size) == 0);
    CHECK_OK(latzero_delete(client, "large", 5));
    free(value);
    free(got);
}

static void a_value_of_95_mb_fits(void **state) {
    latzero_client *client = create_and_join(pool_name("large"), 0);
    (void)state;
    set_the_large_value(client);
    set_the_large_value(client);
    leave(client);
}

static void it_fits_after_many_small_ones_were_cleared(void **state) {
    static const size_t sizes[] = {64, 1000};
    latzero_client *client = create_and_join(pool_name("cleared"), 0);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        (void)fill(client, sizes[i]);
        CHECK_OK(latzero_clear(client));
        set_the_large_value(client);
    }
    leave(client);
}

/* Blocks that went from stripe to stripe lie mixed on the pages. Once all are free, so are the pages. */
static void an_emptied_pool_is_as_good_as_new_after_long_use(void **state) {
    static const size_t sizes[] = {64, 1000};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        latzero_client *client = churned_pool(8 << 20, sizes[i], rounds_of(20000));
        CHECK_OK(latzero_clear(client));
        CHECK_OK(set_key(client, 0, 7500000));
        leave(client);
    }
}

/* 1 byte and 1 MB in turn, with three fifths of the pool in use. */
static void small_and_large_in_turn(void **state) {
    latzero_client *client = create_and_join(pool_name("turn"), 0);
    const uint64_t rounds = rounds_of(1500);
    uint64_t i, random = 7;
    (void)state;
    for (i = 0; i < rounds; i++) {
        const size_t large = 1000000 - next_random(&random) % 2 * (next_random(&random) % 900000);
        CHECK_OK(set_key(client, i % 20000, 1));
        CHECK_OK(set_key(client, 100000 + next_random(&random) % 60, large));
    }
    for (i = 0; i < rounds && i < 20000; i++) check_key(client, i);
    leave(client);
}

/* Walls to the cap but for 24 pages, these full of crumbs, three of four deleted again: half of the 24 are free then,
 * in pieces between tables of stripes. */
static void a_value_fits_among_crumbs(void **state) {
    enum { LEFT = 24 * 4096, CRUMB = 900, CRUMBS = LEFT / CRUMB + 8, FIRST_CRUMB = 1000, VALUE = 30000 };
    const uint64_t pools = rounds_of(60);
    uint64_t pool, i;
    (void)state;
    for (pool = 0; pool < pools; pool++) {
        latzero_client *client = create_and_join(pool_name("crumbs"), 1 << 20);
        for (i = 0; set_key(client, i, LEFT - 200) == LATZERO_OK;) i++;
        for (i = 100; set_key(client, i, 20000) == LATZERO_OK;) i++;
        delete_key(client, 0);
        for (i = 0; i < CRUMBS; i++) (void)set_key(client, FIRST_CRUMB + i, CRUMB);
        for (i = 0; i < CRUMBS; i++)
            if (i % 4 != 0) delete_key(client, FIRST_CRUMB + i);
        CHECK_OK(set_key(client, 99, VALUE));
        check_key(client, 99);
        leave(client);
    }
}

/* The figure of the README: 100 MiB hold 780,000 entries of a 12-byte key and 64 bytes. */
static void the_memory_figure_holds(void **state) {
    latzero_client *client;
    uint64_t i;
    (void)state;
    skip_under_sanitizers();
    client = create_and_join(pool_name("figure"), 0);
    for (i = 0; i < 780000; i++) CHECK_OK(set_key(client, i, 64));
    CHECK_EQUAL(stats_of(client).key_count, 780000);
    for (i = 0; i < 780000; i++) check_key(client, i);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_out_one_in_with_tiny_values),
        TEST(one_out_one_in_with_64_bytes),
        TEST(one_out_one_in_with_1_kib),
        TEST(one_out_one_in_with_pages),
        TEST(one_out_one_in_with_1_mb),
        TEST(one_out_one_in_in_a_default_pool),
        TEST(an_emptied_pool_holds_other_sizes),
        TEST(a_value_of_95_mb_fits),
        TEST(it_fits_after_many_small_ones_were_cleared),
        TEST(an_emptied_pool_is_as_good_as_new_after_long_use),
        TEST(small_and_large_in_turn),
        TEST(a_value_fits_among_crumbs),
        TEST(the_memory_figure_holds),
    };
    return RUN_TESTS(tests);
}
