/* Every verb, and the statuses that it answers with. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "script.h"

enum { FAST = 10 };

static latzero_status set_int(latzero_client *client, const char *key, int64_t number, int64_t ttl_ms) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = ttl_ms;
    return latzero_set(client, key, LATZERO_CSTR, LATZERO_TYPE_INT64, &number, sizeof number, &options);
}

/* No key, or another one, opens nothing; nor does any where none is asked for. */
static void doors(const char *pool) {
    latzero_client *client = NULL;
    char wrong[64];
    snprintf(wrong, sizeof wrong, "%s!", auth_key());
    CHECK(join_with(pool, wrong, &client) == LATZERO_AUTHENTICATION);
    if (*auth_key() != 0) CHECK(join_with(pool, "", &client) == LATZERO_AUTHENTICATION);
}

static void conditions(latzero_client *view, const char *pool) {
    const int64_t one = 1, two = 2, three = 3, four = 4;
    int64_t old = 0;
    uint64_t version = 0;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const char *const key = "verbs:one";
    const size_t z = LATZERO_CSTR;
    const uint32_t i64 = LATZERO_TYPE_INT64;
    CHECK(latzero_replace(view, key, z, i64, &one, 8, NULL) == LATZERO_NOT_FOUND);
    CHECK(strstr(latzero_last_error(), key) != NULL && strstr(latzero_last_error(), pool) != NULL);
    CHECK_OK(latzero_add(view, key, z, i64, &one, 8, NULL));
    CHECK(latzero_add(view, key, z, i64, &two, 8, NULL) == LATZERO_EXISTS);
    CHECK_OK(latzero_replace(view, key, z, i64, &two, 8, NULL));
    CHECK_OK(latzero_get(view, key, z, &old, sizeof old, &info));
    CHECK(old == 2);
    CHECK_OK(latzero_compare_and_set(view, key, z, info.version, i64, &three, 8, NULL, &version));
    CHECK(version > info.version);
    CHECK(latzero_compare_and_set(view, key, z, info.version, i64, &four, 8, NULL, NULL) == LATZERO_CONFLICT);
    CHECK(latzero_compare_and_set(view, key, z, 0, i64, &four, 8, NULL, NULL) == LATZERO_CONFLICT);
    CHECK_OK(latzero_swap(view, key, z, i64, &four, 8, NULL, &old, sizeof old, &info));
    CHECK(old == 3 && info.version == version);
    CHECK(latzero_take(view, key, z, NULL, 0, &info) == LATZERO_TOO_SMALL && info.size == 8);
    CHECK_OK(latzero_take(view, key, z, &old, sizeof old, &info));
    CHECK(old == 4);
    CHECK(latzero_delete(view, key, z) == LATZERO_NOT_FOUND);
    CHECK(latzero_get_i64(view, "string", z, &old) == LATZERO_TYPE_MISMATCH);
    CHECK(latzero_increment(view, "int64_max", z, 1, 0, NULL) == LATZERO_OVERFLOW);
    CHECK(strcmp(latzero_status_name(LATZERO_CONFLICT), "CONFLICT") == 0);
}

static void fast_sets(latzero_client *view, latzero_client *other, const char *me) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char key[64];
    int32_t exists = -1;
    int64_t number = 0;
    int i;
    for (i = 0; i < FAST; i++) {
        number = i;
        sprintf(key, "verbs:fast:%d", i);
        CHECK_OK(latzero_set_fast(view, key, LATZERO_CSTR, LATZERO_TYPE_INT64, &number, sizeof number, NULL));
    }
    sprintf(key, "%s:verbs:fast:9", me);
    CHECK_OK(latzero_exists(other, key, LATZERO_CSTR, &exists));
    CHECK(exists == 0);
    CHECK_OK(latzero_get(view, "verbs:fast:9", LATZERO_CSTR, &number, sizeof number, &info));
    CHECK(number == 9 && info.flags == LATZERO_VALUE_PENDING && info.version == 0);
    CHECK_OK(latzero_flush(view));
    CHECK_OK(latzero_exists(other, key, LATZERO_CSTR, &exists));
    CHECK(exists == 1);
}

static void lifetimes(latzero_client *view) {
    const struct timespec forty_ms = {0, 40000000};
    int64_t left = 0;
    CHECK_OK(latzero_ttl(view, "verbs:fast:0", LATZERO_CSTR, &left));
    CHECK(left == -1);
    CHECK_OK(latzero_expire(view, "verbs:fast:0", LATZERO_CSTR, 60000));
    CHECK_OK(latzero_ttl(view, "verbs:fast:0", LATZERO_CSTR, &left));
    CHECK(left > 30000 && left <= 60000);
    CHECK_OK(latzero_persist(view, "verbs:fast:0", LATZERO_CSTR));
    CHECK_OK(latzero_ttl(view, "verbs:fast:0", LATZERO_CSTR, &left));
    CHECK(left == -1);
    CHECK_OK(set_int(view, "verbs:brief", 1, 20));
    nanosleep(&forty_ms, NULL);
    CHECK(latzero_get_i64(view, "verbs:brief", LATZERO_CSTR, &left) == LATZERO_NOT_FOUND);
}

static void batches(latzero_client *view) {
    static const char *const keys[] = {"verbs:a", "verbs:b", "verbs:absent", "verbs:c"};
    latzero_entry entries[4] = {0};
    int64_t numbers[4] = {1, 2, 0, 3}, got[4] = {0};
    size_t found = 0, deleted = 0, i;
    for (i = 0; i < 4; i++) {
        entries[i].key = keys[i];
        entries[i].key_len = LATZERO_CSTR;
        entries[i].value = &numbers[i];
        entries[i].size = sizeof numbers[i];
        entries[i].type = LATZERO_TYPE_INT64;
        entries[i].ttl_ms = 60000;
    }
    entries[2] = entries[3];
    CHECK_OK(latzero_mset(view, sizeof *entries, entries, 3));
    entries[2].key = keys[2];
    for (i = 0; i < 4; i++) {
        entries[i].value = &got[i];
        entries[i].capacity = sizeof got[i];
    }
    CHECK_OK(latzero_mget(view, sizeof *entries, entries, 4, &found));
    CHECK(found == 3 && entries[2].status == LATZERO_NOT_FOUND);
    CHECK(memcmp(numbers, got, sizeof got) == 0);
    CHECK(entries[3].type == LATZERO_TYPE_INT64 && entries[3].ttl_ms > 30000 && entries[3].version > 0);
    CHECK_OK(latzero_delete_many(view, sizeof *entries, entries, 4, &deleted));
    CHECK(deleted == 3 && entries[0].status == LATZERO_OK && entries[2].status == LATZERO_NOT_FOUND);
}

static void loans(latzero_client *view) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    latzero_reserved *reserved = NULL;
    const void *value = NULL;
    void *memory = NULL;
    CHECK_OK(latzero_reserve(view, "verbs:loan", LATZERO_CSTR, LATZERO_TYPE_BYTES, 20000, NULL, &memory, &reserved));
    memset(memory, 'a', 20000);
    CHECK_OK(latzero_commit(reserved));
    CHECK_OK(latzero_borrow(view, "verbs:loan", LATZERO_CSTR, &value, &info, &borrowed));
    CHECK_OK(latzero_set_null(view, "verbs:loan", LATZERO_CSTR, NULL));
    CHECK(info.size == 20000 && ((const char *)value)[0] == 'a' && ((const char *)value)[19999] == 'a');
    CHECK_OK(latzero_return(borrowed));
    CHECK(latzero_return(borrowed) == LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_reserve(view, "verbs:loan", LATZERO_CSTR, LATZERO_TYPE_BYTES, 1, NULL, &memory, &reserved));
    CHECK_OK(latzero_abandon(reserved));
    CHECK_OK(latzero_delete(view, "verbs:loan", LATZERO_CSTR));
}

static void walks(latzero_client *view) {
    latzero_iter *walk = NULL;
    latzero_key *keys = NULL;
    const char *key = NULL;
    const void *value = NULL;
    size_t size = 0, found = 0, i;
    uint64_t cursor = 0;
    int met = 0, number;
    CHECK_OK(latzero_iter_open(view, "verbs:fast:*", LATZERO_CSTR, &walk));
    while (latzero_iter_next(walk, &key, &size, &value, NULL) == LATZERO_OK) {
        CHECK(sscanf(key, "verbs:fast:%d", &number) == 1 && *(const int64_t *)value == number);
        met |= 1 << number;
    }
    latzero_iter_close(walk);
    CHECK(met == (1 << FAST) - 1);
    met = 0;
    do {
        CHECK_OK(latzero_scan(view, &cursor, 3, "verbs:fast:[0-9]", LATZERO_CSTR, &keys, &found));
        for (i = 0; i < found; i++) met |= 1 << (keys[i].key[keys[i].key_len - 1] - '0');
        latzero_free(keys);
    } while (cursor != 0);
    CHECK(met == (1 << FAST) - 1);
}

static void descriptions(latzero_client *view, const char *pool) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    latzero_pool_info *pools = NULL;
    size_t count = 0, i;
    const uint32_t sealed = *auth_key() != 0;
    int met = 0;
    CHECK_OK(latzero_stats(view, &stats));
    CHECK(strcmp(stats.name, pool) == 0 && stats.clients >= 2 && stats.key_count >= FAST);
    CHECK(stats.max_bytes == LATZERO_MAX_BYTES_DEFAULT && stats.utilization > 0 && stats.utilization <= 1);
    CHECK(stats.encryption == sealed && (stats.cipher != LATZERO_CIPHER_NONE) == sealed);
    CHECK(stats.integrity_failures == 0);
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 0; i < count; i++)
        met += strcmp(pools[i].name, pool) == 0 && pools[i].clients >= 2 && pools[i].cipher == stats.cipher;
    latzero_free(pools);
    CHECK(met == 1);
}

void use_verbs(latzero_client *view, latzero_client *other, const char *pool, const char *me) {
    char key[64];
    uint64_t before = 0, after = 0;
    int i;
    CHECK_OK(latzero_size(view, &before));
    doors(pool);
    conditions(view, pool);
    fast_sets(view, other, me);
    lifetimes(view);
    batches(view);
    loans(view);
    walks(view);
    descriptions(view, pool);
    for (i = 0; i < FAST; i++) {
        sprintf(key, "verbs:fast:%d", i);
        CHECK_OK(latzero_delete(view, key, LATZERO_CSTR));
    }
    CHECK_OK(latzero_size(view, &after));
    CHECK(after == before);
}
