/* Batches: each key as its single call, in order, with a status of its own. */
#include "abi/test.h"

enum { most = 1000 };

static char names[most][16];
static char buffers[most][32];

/* Entries of a newer caller, who asks for nothing that only his header knows. */
typedef struct longer_entry {
    latzero_entry entry;
    uint64_t more[3];
} longer_entry;

static void fill_entries(longer_entry *entries, size_t count) {
    size_t i;
    memset(entries, 0, count * sizeof *entries);
    for (i = 0; i < count; i++) {
        latzero_entry *entry = &entries[i].entry;
        sprintf(names[i], "key-%zu", i);
        sprintf(buffers[i], "value %zu", i);
        entry->key = names[i];
        entry->key_len = i % 2 ? strlen(names[i]) : LATZERO_CSTR;
        entry->value = buffers[i];
        entry->size = strlen(buffers[i]);
        entry->capacity = sizeof buffers[i];
        entry->type = i % 3 == 0 ? LATZERO_TYPE_STRING : i % 3 == 1 ? LATZERO_TYPE_BYTES : LATZERO_TYPE_OPAQUE;
        entry->tag = i % 3 == 2 ? (uint32_t)i : 0;
        entry->ttl_ms = i % 5 == 0 ? 100000 : 0;
        entry->status = 77;
    }
}

static void check_tails(const longer_entry *entries, size_t count) {
    size_t i, k;
    for (i = 0; i < count; i++)
        for (k = 0; k < 3; k++) CHECK(entries[i].more[k] == 0);
}

/* Single calls read what these entries hold. */
static void check_stored(latzero_client *single, const char *prefix, const longer_entry *entries, size_t count) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    size_t i;
    char key[32], value[32];
    for (i = 0; i < count; i++) {
        const latzero_entry *entry = &entries[i].entry;
        sprintf(key, "%s%s", prefix, names[i]);
        CHECK_OK(latzero_get(single, key, LATZERO_CSTR, value, sizeof value, &info));
        CHECK(info.size == strlen(buffers[i]) && memcmp(value, buffers[i], info.size) == 0);
        CHECK(info.type == entry->type && info.tag == entry->tag);
        CHECK(entry->status == LATZERO_OK && entry->version == info.version);
        CHECK(i % 5 == 0 ? info.ttl_ms > 80000 : info.ttl_ms == -1);
    }
}

/* What a batch stored is what single calls read, and what a batch reads. */
static void check_batch(latzero_client *client, latzero_client *single, const char *prefix, size_t count) {
    static longer_entry entries[most];
    size_t i, found = 77;
    char value[32];
    fill_entries(entries, count);
    CHECK_OK(latzero_mset(client, sizeof *entries, &entries[0].entry, count));
    check_stored(single, prefix, entries, count);
    memset(buffers, 0, sizeof buffers);
    for (i = 0; i < count; i++)
        entries[i].entry.version = UINT64_MAX, entries[i].entry.type = entries[i].entry.tag = 99;
    CHECK_OK(latzero_mget(client, sizeof *entries, &entries[0].entry, count, &found));
    CHECK_EQUAL(found, count);
    for (i = 0; i < count; i++) {
        const latzero_entry *entry = &entries[i].entry;
        sprintf(value, "value %zu", i);
        CHECK(entry->status == LATZERO_OK && entry->size == strlen(value) && strcmp(buffers[i], value) == 0);
        CHECK(entry->version != UINT64_MAX && entry->tag == (i % 3 == 2 ? i : 0));
        CHECK(i % 5 == 0 ? entry->ttl_ms > 90000 : entry->ttl_ms == -1);
    }
    CHECK_OK(latzero_delete_many(client, sizeof *entries, &entries[0].entry, count, &found));
    CHECK_EQUAL(found, count);
    /* As they were read, so they can be stored again. */
    CHECK_OK(latzero_mset(client, sizeof *entries, &entries[0].entry, count));
    check_stored(single, prefix, entries, count);
    CHECK_OK(latzero_delete_many(client, sizeof *entries, &entries[0].entry, count, &found));
    check_tails(entries, count);
    CHECK_OK(latzero_mget(client, sizeof *entries, &entries[0].entry, count, &found));
    CHECK_EQUAL(found, 0);
    for (i = 0; i < count; i++) CHECK_EQUAL(entries[i].entry.status, LATZERO_NOT_FOUND);
    CHECK_OK(latzero_delete_many(client, sizeof *entries, &entries[0].entry, count, &found));
    CHECK_EQUAL(found, 0);
    CHECK_EQUAL(stats_of(single).key_count, 0);
}

static void batches_of_every_length_work(void **state) {
    static const size_t counts[] = {0, 1, 15, 16, 17, 31, 32, 33, 1000};
    latzero_client *client = create_and_join(pool_name("lengths"), 0), *single = join(pool_name("lengths"), 0);
    latzero_client *view = NULL, *nested = NULL;
    size_t i;
    (void)state;
    CHECK_OK(latzero_namespace(client, "a", 1, &view));
    CHECK_OK(latzero_namespace(view, "b", 1, &nested));
    for (i = 0; i < sizeof counts / sizeof *counts; i++) {
        check_batch(client, single, "", counts[i]);
        check_batch(view, single, "a:", counts[i]);
        check_batch(nested, view, "b:", counts[i]);
    }
    leave(nested);
    leave(view);
    leave(single);
    leave(client);
}

static void each_key_has_its_own_status(void **state) {
    latzero_client *client = create_and_join(pool_name("statuses"), LATZERO_MAX_BYTES_LEAST);
    longer_entry many[20];
    latzero_entry entries[20];
    char *large = calloc(1, LATZERO_MAX_BYTES_LEAST);
    size_t found = 77, i;
    (void)state;
    fill_entries(many, 20);
    for (i = 0; i < 20; i++) entries[i] = many[i].entry;
    entries[1].key = NULL;
    entries[2].key_len = 0;
    entries[3].key_len = LATZERO_KEY_MAX + 1;
    entries[4].type = 10;
    entries[5].ttl_ms = -2;
    entries[6].tag = 7;
    entries[7].value = NULL;
    entries[9].value = large, entries[9].size = LATZERO_MAX_BYTES_LEAST;
    entries[10].type = LATZERO_TYPE_INT64, entries[10].size = 7;
    entries[12].value = "\xff", entries[12].size = 1;
    entries[13].value = NULL, entries[13].size = 0;
    CHECK_STATUS(latzero_mset(client, sizeof *entries, entries, 20), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("key");
    for (i = 0; i < 20; i++) {
        const latzero_status expected = i == 9                                   ? LATZERO_TOO_LARGE
                                        : i == 0 || i == 8 || i == 11 || i >= 13 ? LATZERO_OK
                                                                                 : LATZERO_INVALID_ARGUMENT;
        CHECK_STATUS(entries[i].status, expected);
        CHECK((entries[i].version != 0) == (expected == LATZERO_OK));
    }
    CHECK_EQUAL(stats_of(client).key_count, 10);
    free(large);
    /* Reading: what is not there is no failure, a buffer that is too small is one. */
    fill_entries(many, 20);
    for (i = 0; i < 20; i++) entries[i] = many[i].entry;
    CHECK_OK(latzero_mget(client, sizeof *entries, entries, 20, &found));
    CHECK_EQUAL(found, 10);
    entries[0].capacity = entries[0].size - 1;
    entries[14].capacity = 0, entries[14].value = NULL;
    entries[15].value = NULL;
    entries[16].key = NULL;
    CHECK_STATUS(latzero_mget(client, sizeof *entries, entries, 20, &found), LATZERO_TOO_SMALL);
    CHECK_SENTENCE("'key-0'");
    CHECK_EQUAL(found, 6);
    CHECK(entries[0].status == LATZERO_TOO_SMALL && entries[0].size == 7);
    CHECK(entries[14].status == LATZERO_TOO_SMALL && entries[14].size == 8);
    CHECK(entries[15].status == LATZERO_INVALID_ARGUMENT && entries[16].status == LATZERO_INVALID_ARGUMENT);
    CHECK(entries[1].status == LATZERO_NOT_FOUND && entries[13].status == LATZERO_OK && entries[13].size == 0);
    CHECK_STATUS(latzero_delete_many(client, sizeof *entries, entries, 20, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(stats_of(client).key_count, 1);
    leave(client);
}

/* In the array's order: the last of a key's values stays, and its second removal finds nothing. */
static void a_key_may_come_twice(void **state) {
    latzero_client *client = create_and_join(pool_name("twice"), 0);
    latzero_entry entries[40];
    int64_t numbers[40], value = 0;
    size_t i, deleted = 0;
    (void)state;
    memset(entries, 0, sizeof entries);
    for (i = 0; i < 40; i++) {
        numbers[i] = (int64_t)i;
        entries[i].key = i % 2 ? "odd" : "even";
        entries[i].key_len = LATZERO_CSTR;
        entries[i].type = LATZERO_TYPE_INT64;
        entries[i].value = &numbers[i];
        entries[i].size = entries[i].capacity = 8;
    }
    CHECK_OK(latzero_mset(client, sizeof *entries, entries, 40));
    for (i = 2; i < 40; i++) CHECK(entries[i].version > entries[i - 2].version);
    CHECK_OK(latzero_get_i64(client, "odd", 3, &value));
    CHECK_EQUAL(value, 39);
    CHECK_OK(latzero_get_i64(client, "even", 4, &value));
    CHECK_EQUAL(value, 38);
    CHECK_OK(latzero_increment(client, "even", 4, 1, 0, NULL));
    CHECK_OK(latzero_mget(client, sizeof *entries, entries, 40, NULL));
    for (i = 0; i < 40; i++) CHECK_EQUAL(numbers[i], 39);
    CHECK_OK(latzero_delete_many(client, sizeof *entries, entries, 40, &deleted));
    CHECK_EQUAL(deleted, 2);
    for (i = 0; i < 40; i++) CHECK_STATUS(entries[i].status, i < 2 ? LATZERO_OK : LATZERO_NOT_FOUND);
    leave(client);
}

static void nonsense_is_refused(void **state) {
    static const uint32_t strides[] = {0, 3, 8, sizeof(latzero_entry) - 8, sizeof(latzero_entry) - 1};
    latzero_client *client = create_and_join(pool_name("nonsense"), 0), *view = NULL;
    latzero_client *reader = join(pool_name("nonsense"), LATZERO_CONNECT_READ_ONLY);
    longer_entry many[2];
    latzero_entry entries[2];
    char *key = calloc(1, LATZERO_KEY_MAX + 1);
    size_t count = 77, i;
    (void)state;
    fill_entries(many, 2);
    for (i = 0; i < 2; i++) entries[i] = many[i].entry;
    for (i = 0; i < sizeof strides / sizeof *strides; i++) {
        CHECK_STATUS(latzero_mset(client, strides[i], entries, 2), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("sizeof(latzero_entry)");
        CHECK_STATUS(latzero_mget(client, strides[i], entries, 2, &count), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_delete_many(client, strides[i], entries, 2, &count), LATZERO_INVALID_ARGUMENT);
    }
    CHECK_STATUS(latzero_mset(client, sizeof *entries, NULL, 1), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mget(client, sizeof *entries, NULL, 1, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_delete_many(client, sizeof *entries, NULL, 1, &count), LATZERO_INVALID_ARGUMENT);
    CHECK(count == 77 && entries[0].status == 77);
    CHECK_OK(latzero_mset(client, sizeof *entries, NULL, 0));
    CHECK_OK(latzero_mget(client, sizeof *entries, NULL, 0, &count));
    CHECK_EQUAL(count, 0);
    CHECK_STATUS(latzero_mset(reader, sizeof *entries, entries, 2), LATZERO_READ_ONLY);
    CHECK(entries[0].status == LATZERO_READ_ONLY && entries[1].status == LATZERO_READ_ONLY);
    CHECK_STATUS(latzero_delete_many(reader, sizeof *entries, entries, 2, NULL), LATZERO_READ_ONLY);
    CHECK_OK(latzero_mset(client, sizeof *entries, entries, 2));
    CHECK_OK(latzero_mget(reader, sizeof *entries, entries, 2, &count));
    CHECK_EQUAL(count, 2);
    /* With its prefix the first key is too long. */
    CHECK_OK(latzero_namespace(client, "view", 4, &view));
    memset(key, 'k', LATZERO_KEY_MAX);
    entries[0].ttl_ms = entries[1].ttl_ms = 0;
    entries[0].key = key, entries[0].key_len = LATZERO_KEY_MAX - 4;
    CHECK_STATUS(latzero_mset(view, sizeof *entries, entries, 2), LATZERO_INVALID_ARGUMENT);
    CHECK(entries[0].status == LATZERO_INVALID_ARGUMENT && entries[1].status == LATZERO_OK);
    entries[0].key_len--;
    CHECK_OK(latzero_mset(view, sizeof *entries, entries, 2));
    free(key);
    leave(view);
    leave(reader);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(batches_of_every_length_work),
        TEST(each_key_has_its_own_status),
        TEST(a_key_may_come_twice),
        TEST(nonsense_is_refused),
    };
    return RUN_TESTS(tests);
}
