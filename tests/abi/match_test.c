/* Patterns as the beginning of keys; counting and clearing what matches; how many keys a step of a scan looks at. */
#include "abi/test.h"

enum { prefix = LATZERO_MATCH_PREFIX };

/* How many keys match, counted in every way. */
static void check_matching(latzero_client *client, const char *pattern, uint32_t flags, uint64_t expected) {
    uint64_t size = 77, walked = 0, scanned = 0, cursor = 0;
    latzero_iter *iter = NULL;
    latzero_key *keys = NULL;
    const char *key;
    size_t found;
    latzero_status status;
    CHECK_OK(latzero_size_match(client, pattern, LATZERO_CSTR, flags, &size));
    CHECK_EQUAL(size, expected);
    CHECK_OK(latzero_iter_match(client, pattern, LATZERO_CSTR, flags, &iter));
    while ((status = latzero_iter_next(iter, &key, NULL, NULL, NULL)) == LATZERO_OK) {
        CHECK(!(flags & prefix) || pattern == NULL || strncmp(key, pattern, strlen(pattern)) == 0);
        walked++;
    }
    CHECK_STATUS(status, LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    do {
        CHECK_OK(latzero_scan_match(client, &cursor, 7, pattern, LATZERO_CSTR, flags, &keys, &found));
        scanned += found;
        latzero_free(keys);
    } while (cursor != 0);
    CHECK(walked == expected && scanned == expected);
}

static void fill(latzero_client *client) {
    char key[32];
    int i;
    for (i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "user:%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
        snprintf(key, sizeof key, "user*%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
    }
    CHECK_OK(latzero_set_i64(client, "user", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "use", LATZERO_CSTR, 1, NULL));
    CHECK_OK(set_i64_for(client, "user:brief", 1, 1));
    pause_ms(5);
}

static void a_prefix_has_no_special_bytes(void **state) {
    latzero_client *client = create_and_join(pool_name("prefix"), 0), *view = NULL, *by;
    uint64_t removed = 77;
    int i;
    (void)state;
    CHECK_OK(latzero_namespace(client, "user:", LATZERO_CSTR, &view));
    fill(client);
    fill(view);
    for (i = 0; i < 2; i++) {
        by = i == 0 ? view : client;
        check_matching(by, "user*", prefix, 40);
        check_matching(by, "user:3", prefix, 11);
        check_matching(by, "user[:]3", 0, 1);
        check_matching(by, "user:3?", 0, 10);
        check_matching(by, "nobody", prefix, 0);
        check_matching(by, NULL, prefix, i == 0 ? 82 : 164);
        check_matching(by, "", prefix, i == 0 ? 82 : 164);
        check_matching(by, "", 0, 0);
    }
    check_matching(client, "user", prefix, 81 + 82);
    check_matching(client, "user::", prefix, 82);
    /* Those of a view alone are cleared. */
    CHECK_OK(latzero_clear_match(view, "user*", LATZERO_CSTR, prefix, &removed));
    CHECK_EQUAL(removed, 40);
    check_matching(view, NULL, 0, 42);
    check_matching(client, "user*", prefix, 40);
    CHECK_OK(latzero_clear_match(client, "user[:*]?", LATZERO_CSTR, 0, &removed));
    CHECK_EQUAL(removed, 20);
    CHECK_OK(latzero_clear_match(client, "none", LATZERO_CSTR, 0, &removed));
    CHECK_EQUAL(removed, 0);
    CHECK_OK(latzero_clear_match(client, NULL, 0, 0, NULL));
    check_keys(client, 0);
    leave(view);
    leave(client);
}

static void fast_sets_are_seen(void **state) {
    latzero_client *client = create_and_join(pool_name("fast"), 0);
    uint64_t removed = 77;
    (void)state;
    CHECK_OK(latzero_set_fast(client, "a1", 2, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(latzero_set_fast(client, "b1", 2, LATZERO_TYPE_NULL, NULL, 0, NULL));
    check_matching(client, "a", prefix, 1);
    CHECK_OK(latzero_set_fast(client, "a2", 2, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(latzero_clear_match(client, "a", 1, prefix, &removed));
    CHECK_EQUAL(removed, 2);
    check_keys(client, 1);
    leave(client);
}

static void what_is_refused_does_nothing(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    latzero_client *reader = join(pool_name("refused"), LATZERO_CONNECT_READ_ONLY);
    static char pattern[LATZERO_PATTERN_MAX + 1];
    latzero_iter *iter = NULL;
    latzero_key *keys = NULL;
    uint64_t cursor = 0, number = 77;
    size_t found = 77;
    (void)state;
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    memset(pattern, 'k', sizeof pattern);
    CHECK_STATUS(latzero_iter_match(client, "k", 1, 2, &iter), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("0x2");
    CHECK_STATUS(latzero_scan_match(client, &cursor, 1, "k", 1, 2, &keys, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_clear_match(client, "k", 1, 2, &number), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_size_match(client, "k", 1, 2, &number), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_clear_match(client, pattern, sizeof pattern, prefix, &number), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_size_match(client, pattern, sizeof pattern, 0, &number), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_size_match(client, "k", 1, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_clear_match(reader, "k", 1, 0, &number), LATZERO_READ_ONLY);
    CHECK_OK(latzero_size_match(reader, "k", 1, 0, &number));
    CHECK(number == 1 && iter == NULL && keys == NULL && found == 77 && cursor == 0);
    check_keys(client, 1);
    leave(reader);
    leave(client);
}

/* A step counts keys, not the places that they might lie in. */
static void a_step_meets_as_many_keys_as_it_is_asked_for(void **state) {
    latzero_client *client = create_and_join(pool_name("steps"), 0);
    latzero_key *keys = NULL;
    uint64_t cursor;
    size_t found, all, steps, size;
    char key[32];
    (void)state;
    for (size = 0; size < 10000; size++) {
        snprintf(key, sizeof key, "key-%zu", size);
        CHECK_OK(latzero_set_null(client, key, LATZERO_CSTR, NULL));
        if (size + 1 != 100 && size + 1 != 10000) continue;
        for (cursor = all = steps = 0; steps == 0 || cursor != 0; steps++) {
            CHECK_OK(latzero_scan(client, &cursor, 100, NULL, 0, &keys, &found));
            CHECK(found < 400);
            all += found;
            latzero_free(keys);
        }
        CHECK_EQUAL(all, size + 1);
        CHECK(steps <= (size + 1) / 100 + 1);
    }
    /* Where few keys are left, no step looks for them for long. */
    CHECK_OK(latzero_clear_match(client, "key-?*?", LATZERO_CSTR, 0, NULL));
    for (cursor = all = steps = 0; steps == 0 || cursor != 0; steps++) {
        CHECK_OK(latzero_scan(client, &cursor, 1, NULL, 0, &keys, &found));
        all += found;
        latzero_free(keys);
    }
    CHECK(all == 10 && steps > 20);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_prefix_has_no_special_bytes), TEST(fast_sets_are_seen),
                                       TEST(what_is_refused_does_nothing),
                                       TEST(a_step_meets_as_many_keys_as_it_is_asked_for)};
    return RUN_TESTS(tests);
}
