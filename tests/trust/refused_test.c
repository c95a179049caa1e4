/* A sealed value that a call refused was never the key's: whoever edits the pool's bytes cannot make it so. As the
 * control, the same edits put back what was the key's before, which abi/layout.md does not rule out. */
#include "forger.h"
#include "keyed_pools.h"

static const char *const key = "the key", *const absent = "absent";

static const size_t sizes[] = {16, 500, 1500, 2100, 4000, 4060, 5000, 70000, 1000000, 3000000};
enum { SIZES = sizeof sizes / sizeof *sizes };

typedef struct refusal {
    const char *title;
    const char *key;
    latzero_status (*call)(latzero_client *client, const char *key, const void *value, size_t size);
    latzero_status expected;
} refusal;

static latzero_status add(latzero_client *client, const char *name, const void *value, size_t size) {
    return latzero_add(client, name, LATZERO_CSTR, LATZERO_TYPE_BYTES, value, size, NULL);
}

static latzero_status set_if_absent(latzero_client *client, const char *name, const void *value, size_t size) {
    return latzero_compare_and_set(client, name, LATZERO_CSTR, 0, LATZERO_TYPE_BYTES, value, size, NULL, NULL);
}

static latzero_status set_if_version(latzero_client *client, const char *name, const void *value, size_t size) {
    return latzero_compare_and_set(client, name, LATZERO_CSTR, 64, LATZERO_TYPE_BYTES, value, size, NULL, NULL);
}

static latzero_status replace(latzero_client *client, const char *name, const void *value, size_t size) {
    return latzero_replace(client, name, LATZERO_CSTR, LATZERO_TYPE_BYTES, value, size, NULL);
}

static const refusal refusals[] = {
    {"add: EXISTS", "the key", add, LATZERO_EXISTS},
    {"compare_and_set of an absent key: CONFLICT", "the key", set_if_absent, LATZERO_CONFLICT},
    {"compare_and_set of another version: CONFLICT", "the key", set_if_version, LATZERO_CONFLICT},
    {"replace: NOT_FOUND", "absent", replace, LATZERO_NOT_FOUND},
};

static latzero_client *make_pool(const char *name, uint32_t cipher) {
    latzero_pool_options options = options_of(&pool_kinds[0]);
    latzero_client *client;
    char filler[32];
    int i;
    options.max_bytes = 32 << 20;
    options.cipher = cipher;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(connect_as(name, &pool_kinds[0], 0, &client));
    /* So many that each stripe has an index. */
    for (i = 0; i < 1000; i++) {
        snprintf(filler, sizeof filler, "filler %d", i);
        CHECK_OK(latzero_set_i64(client, filler, LATZERO_CSTR, i, NULL));
    }
    CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, 42, NULL));
    return client;
}

/* Whether a get answers that value. */
static int reads(latzero_client *client, const char *name, const void *value, size_t size) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    void *got = malloc(size + 1);
    const latzero_status status = latzero_get(client, name, LATZERO_CSTR, got, size + 1, &info);
    const int same = status == LATZERO_OK && info.size == size && memcmp(got, value, size) == 0;
    free(got);
    return same;
}

/* Whether the record can be made the key's. */
static int can_be_forged(latzero_client *client, const pool_bytes *pool, uint64_t record, const char *name,
                         const void *value, size_t size) {
    uint64_t versions[LIKELY_VERSIONS];
    int i, believed = 0;
    likely_versions(pool, record, versions);
    for (i = 0; i < LIKELY_VERSIONS && !believed; i++) {
        const forgery made = forge(pool, record, versions[i]);
        believed = reads(client, name, value, size);
        take_back(pool, &made);
    }
    return believed;
}

/* How many records could be a refused value, and how many of them were believed. */
typedef struct trial {
    uint64_t tried, believed;
} trial;

/* Refuses one value and tries all that could be it. */
static void refuse_and_forge(const char *name, latzero_client *client, const refusal *how, size_t size, trial *sum) {
    void *value = malloc(size);
    const uint32_t sealed = message_size(strlen(how->key), size);
    pool_bytes pool;
    uint64_t record = 0;
    fill_pattern(value, size, size);
    CHECK_STATUS(how->call(client, how->key, value, size), how->expected);
    pool = look_at_pool(name);
    while ((record = find_sealed(&pool, record + 16, sealed, 0)) != 0) {
        sum->tried++;
        if (!can_be_forged(client, &pool, record, how->key, value, size)) continue;
        sum->believed++;
        printf("%s, %zu bytes: a refused value became the key's\n", how->title, size);
    }
    forget_pool(&pool);
    free(value);
}

static void check_sound(const char *name) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    options.flags = LATZERO_CHECK_RAW_KEY;
    options.auth_key = TEST_RAW_KEY;
    options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    CHECK_OK(latzero_pool_check(name, &options, &report));
    CHECK_EQUAL(report.sound, 1);
    CHECK_EQUAL(report.keys, 1001);
}

static void try_each_size(const refusal *how, uint32_t cipher) {
    const char *name = pool_name("refused");
    latzero_client *client = make_pool(name, cipher);
    trial sum = {0, 0};
    int64_t value = 0;
    size_t i;
    for (i = SIZES; i-- > 0;) refuse_and_forge(name, client, how, sizes[i], &sum);
    printf("%s: %d sizes, %llu records tried, %llu believed\n", how->title, SIZES, (unsigned long long)sum.tried,
           (unsigned long long)sum.believed);
    CHECK_OK(latzero_get_i64(client, key, LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 42);
    CHECK_STATUS(latzero_get_i64(client, absent, LATZERO_CSTR, &value), LATZERO_NOT_FOUND);
    leave(client);
    check_sound(name);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(sum.believed, 0);
}

static void refused_additions_stay_refused(void **state) {
    (void)state;
    try_each_size(&refusals[0], LATZERO_CIPHER_NONE);
}

static void refused_sets_of_absent_keys_stay_refused(void **state) {
    (void)state;
    try_each_size(&refusals[1], LATZERO_CIPHER_XCHACHA20POLY1305);
}

static void refused_sets_of_a_version_stay_refused(void **state) {
    (void)state;
    try_each_size(&refusals[2], LATZERO_CIPHER_NONE);
}

static void refused_replacements_stay_refused(void **state) {
    (void)state;
    try_each_size(&refusals[3], LATZERO_CIPHER_XCHACHA20POLY1305);
}

/* Sets the key twice, and puts the first record back where it was. Whether it is read then. */
static int put_back(const char *name, latzero_client *client, size_t size) {
    const uint32_t sealed = message_size(strlen(key), size);
    void *value = malloc(size);
    pool_bytes before, after;
    uint64_t record;
    forgery made;
    int believed;
    fill_pattern(value, size, 5);
    CHECK_OK(latzero_set_bytes(client, key, LATZERO_CSTR, value, size, NULL));
    before = look_at_pool(name);
    record = find_sealed(&before, 0, sealed, 1);
    CHECK(record != 0);
    CHECK_OK(set_pattern(client, key, 100000, 6));
    after = look_at_pool(name);
    write_file_at(pool_path(name), (long)record, before.bytes + record, record_bytes(sealed));
    made = forge(&before, record, word_at(&before, record));
    believed = reads(client, key, value, size);
    write_file_at(pool_path(name), (long)made.slot_at, after.bytes + made.slot_at, 8);
    write_file_at(pool_path(name), (long)record, after.bytes + record, record_bytes(sealed));
    check_pattern(client, key, 100000, 6);
    free(value);
    forget_pool(&before);
    forget_pool(&after);
    return believed;
}

static void what_was_the_key_s_can_be_put_back(void **state) {
    const char *name = pool_name("control");
    latzero_client *client = make_pool(name, LATZERO_CIPHER_NONE);
    int count = 0;
    size_t i;
    (void)state;
    for (i = 0; i < SIZES; i++) count += put_back(name, client, sizes[i]);
    printf("the control: %d of %d values put back\n", count, SIZES);
    CHECK_EQUAL(count, SIZES);
    leave(client);
    check_sound(name);
    CHECK_OK(latzero_pool_destroy(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(refused_additions_stay_refused),         TEST(refused_sets_of_absent_keys_stay_refused),
        TEST(refused_sets_of_a_version_stay_refused), TEST(refused_replacements_stay_refused),
        TEST(what_was_the_key_s_can_be_put_back),
    };
    return RUN_TESTS(tests);
}
