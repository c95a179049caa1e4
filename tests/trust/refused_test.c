/* A sealed value that a call refused was never the key's: whoever edits the pool's bytes cannot make it so. What a
 * condition refuses is not even written; what was written and finds the key's stripe locked past the deadline is
 * spoilt. As the control, the same edits put back what was the key's before, which abi/layout.md does not rule out. */
#include <signal.h>

#include "neighbours/forger.h"
#include "neighbours/keyed_pools.h"

static const char key[] = "the key", absent[] = "absent";

static const size_t sizes[] = {16, 500, 2100, 13000, 14000, 14100, 15900, 70000, 1000000, 3000000};
enum { SIZES = sizeof sizes / sizeof *sizes, SMALL_RECORD = 13648 };

typedef struct refusal {
    const char *title;
    const char *key;
    latzero_status (*call)(latzero_client *client, const char *key, const void *value, size_t size);
    latzero_status expected;
    int is_locked; /* the key's stripe, meanwhile */
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

static latzero_status set(latzero_client *client, const char *name, const void *value, size_t size) {
    return latzero_set_bytes(client, name, LATZERO_CSTR, value, size, NULL);
}

static const refusal refusals[] = {
    {"add: EXISTS", key, add, LATZERO_EXISTS, 0},
    {"compare_and_set of an absent key: CONFLICT", key, set_if_absent, LATZERO_CONFLICT, 0},
    {"compare_and_set of another version: CONFLICT", key, set_if_version, LATZERO_CONFLICT, 0},
    {"replace: NOT_FOUND", absent, replace, LATZERO_NOT_FOUND, 0},
    {"set: TIMEOUT", key, set, LATZERO_TIMEOUT, 1},
};

static latzero_client *make_pool(const char *name, uint32_t cipher) {
    latzero_pool_options options = options_of(&pool_kinds[0]);
    latzero_connect_options connect = connect_options_of(&pool_kinds[0]);
    latzero_client *client = NULL;
    char filler[32];
    int i;
    options.max_bytes = 32 << 20;
    options.cipher = cipher;
    CHECK_OK(latzero_pool_create(name, &options));
    connect.timeout_ms = 20;
    CHECK_OK(latzero_connect(name, &connect, &client));
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

typedef struct trial {
    unsigned char stored_key[STORED_KEY_BYTES]; /* of the key that is refused */
    uint64_t tried, believed;                   /* places that could hold a refused value */
} trial;

/* What the index has for that key, which is set for a moment if it is not there. */
static void learn_stored_key(const char *pool, latzero_client *client, const char *name, trial *sum) {
    const uint32_t sealed = message_size(strlen(name), sizeof(int64_t));
    pool_bytes bytes;
    uint64_t record;
    CHECK_OK(latzero_set_i64(client, name, LATZERO_CSTR, 42, NULL));
    bytes = look_at_pool(pool);
    record = find_sealed(&bytes, 0, sealed, 1);
    CHECK(record != 0);
    memcpy(sum->stored_key, stored_key_of(&bytes, record), STORED_KEY_BYTES);
    forget_pool(&bytes);
    if (name == absent) CHECK_OK(latzero_delete(client, name, LATZERO_CSTR));
}

/* What lies in no slot and has the shape of what was refused. */
static void forge_whole_records(latzero_client *client, const pool_bytes *pool, const char *name, const void *value,
                                size_t size, trial *sum) {
    uint64_t record = 0;
    while ((record = find_sealed(pool, record + 16, message_size(strlen(name), size), 0)) != 0) {
        sum->tried++;
        sum->believed += (uint64_t)can_be_forged(client, pool, record, name, value, size);
    }
}

/* What was written meanwhile, with a head made anew: the forger knows all of that but the message. */
static void forge_messages(latzero_client *client, const pool_bytes *before, const pool_bytes *after, const char *name,
                           const void *value, size_t size, trial *sum) {
    unsigned char head[HEAD_BYTES];
    uint64_t at = 0;
    if (record_bytes(message_size(strlen(name), size)) <= SMALL_RECORD) return;
    while ((at = find_written(before, after, at + 1)) != 0) {
        memcpy(head, after->bytes + at, sizeof head);
        rebuild_head(after, at, sum->stored_key, message_size(strlen(name), size));
        sum->tried++;
        sum->believed += (uint64_t)can_be_forged(client, after, at, name, value, size);
        memcpy(after->bytes + at, head, sizeof head);
        write_file_at(pool_path(after->name), (long)at, head, sizeof head);
    }
}

/* Locks a key's stripe in the name of the client in slot 0, which does not take itself for dead; or lets go. */
static void lock_stripe(const char *name, const trial *sum, int is_locked) {
    enum { SLOTS_AT = 36864, LOCK_AT = 64, GENERATION_SHIFT = 12 };
    pool_bytes pool = look_at_pool(name);
    const uint32_t generation = (uint32_t)word_at(&pool, SLOTS_AT);
    const uint32_t owner = is_locked ? 1 | generation << GENERATION_SHIFT : 0;
    const long stripe = STRIPES_AT + STRIPE_BYTES * (sum->stored_key[STORED_KEY_BYTES - 1] >> 2);
    write_file_at(pool_path(name), stripe + LOCK_AT, &owner, sizeof owner);
    forget_pool(&pool);
}

/* Refuses one value and tries all that could be it. */
static void refuse_and_forge(const char *name, latzero_client *client, const refusal *how, size_t size, trial *sum) {
    const uint64_t believed = sum->believed;
    void *value = malloc(size);
    pool_bytes before, after;
    fill_pattern(value, size, size);
    before = look_at_pool(name);
    if (how->is_locked) lock_stripe(name, sum, 1);
    CHECK_STATUS(how->call(client, how->key, value, size), how->expected);
    if (how->is_locked) lock_stripe(name, sum, 0);
    after = look_at_pool(name);
    forge_whole_records(client, &after, how->key, value, size, sum);
    forge_messages(client, &before, &after, how->key, value, size, sum);
    if (sum->believed != believed) printf("%s, %zu bytes: a refused value became the key's\n", how->title, size);
    forget_pool(&before);
    forget_pool(&after);
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
    trial sum = {{0}, 0, 0};
    int64_t value = 0;
    size_t i;
    learn_stored_key(name, client, how->key, &sum);
    for (i = SIZES; i-- > 0;) refuse_and_forge(name, client, how, sizes[i], &sum);
    printf("%s: %d sizes, %llu places tried, %llu believed\n", how->title, SIZES, (unsigned long long)sum.tried,
           (unsigned long long)sum.believed);
    CHECK_OK(latzero_get_i64(client, key, LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 42);
    CHECK_STATUS(latzero_get_i64(client, absent, LATZERO_CSTR, &value), LATZERO_NOT_FOUND);
    leave(client);
    check_sound(name);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(sum.believed, 0);
    CHECK_EQUAL(sum.tried > 0, how->is_locked);
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

static void sets_past_their_deadline_stay_refused(void **state) {
    (void)state;
    try_each_size(&refusals[4], LATZERO_CIPHER_NONE);
}

/* ---- a writer that is killed before it publishes ----------------------------------------------------------------- */

enum { KILLED_SIZE = 14000 }; /* written before the stripe is locked, without a call that needs the lock */

static void set_behind_the_lock(char **arguments) {
    unsigned char value[KILLED_SIZE];
    latzero_client *client = NULL;
    fill_pattern(value, sizeof value, sizeof value);
    CHECK_OK(connect_as(arguments[0], &pool_kinds[0], 0, &client));
    (void)set(client, key, value, sizeof value);
}

static void kill_when_written(const char *name, const pool_bytes *before) {
    child_process child = start_child(set_behind_the_lock, name, NULL);
    int waits, written = 0;
    for (waits = 0; waits < 2000 && !written; waits++) {
        pool_bytes now = look_at_pool(name);
        written = find_written(before, &now, 0) != 0;
        forget_pool(&now);
        pause_ms(1);
    }
    kill_child(&child);
    expect_end(&child, CHILD_KILLED);
    CHECK(written);
}

static void what_a_killed_writer_leaves_is_spoilt(void **state) {
    const char *name = pool_name("killed");
    latzero_client *client = make_pool(name, LATZERO_CIPHER_NONE), *next = NULL;
    unsigned char value[KILLED_SIZE];
    trial sum = {{0}, 0, 0};
    pool_bytes before, after;
    (void)state;
    fill_pattern(value, sizeof value, sizeof value);
    learn_stored_key(name, client, key, &sum);
    before = look_at_pool(name);
    lock_stripe(name, &sum, 1);
    kill_when_written(name, &before);
    lock_stripe(name, &sum, 0);
    CHECK_OK(connect_as(name, &pool_kinds[0], 0, &next)); /* takes the dead one's place, and its pages back */
    leave(next);
    after = look_at_pool(name);
    forge_whole_records(client, &after, key, value, sizeof value, &sum);
    forge_messages(client, &before, &after, key, value, sizeof value, &sum);
    printf("killed: %llu places tried, %llu believed\n", (unsigned long long)sum.tried,
           (unsigned long long)sum.believed);
    if (sum.believed != 0) printf("a killed writer's value became the key's\n");
    forget_pool(&before);
    forget_pool(&after);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK(sum.tried > 0);
    CHECK_EQUAL(sum.believed, 0);
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
    write_file_at(pool_path(name), (long)record + HEAD_BYTES, before.bytes + record + HEAD_BYTES,
                  record_bytes(sealed) - HEAD_BYTES);
    rebuild_head(&before, record, stored_key_of(&before, record), sealed);
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

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(set_behind_the_lock)};
    const struct CMUnitTest tests[] = {
        TEST(refused_additions_stay_refused),         TEST(refused_sets_of_absent_keys_stay_refused),
        TEST(refused_sets_of_a_version_stay_refused), TEST(refused_replacements_stay_refused),
        TEST(sets_past_their_deadline_stay_refused),  TEST(what_a_killed_writer_leaves_is_spoilt),
        TEST(what_was_the_key_s_can_be_put_back),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
