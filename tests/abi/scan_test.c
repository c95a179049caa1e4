/* Patterns, and walks that keep no state: whatever is there throughout is returned, however the tables change. */
#include <pthread.h>

#include "abi/test.h"

static int64_t scanned(latzero_client *client, size_t count, const char *pattern, unsigned *met, size_t keys) {
    latzero_key *found = NULL;
    uint64_t cursor = 0;
    size_t number = 0, i;
    int64_t steps = 0;
    if (met != NULL) memset(met, 0, keys * sizeof *met);
    do {
        CHECK_OK(latzero_scan(client, &cursor, count, pattern, LATZERO_CSTR, &found, &number));
        CHECK((found == NULL) == (number == 0));
        for (i = 0; i < number; i++) {
            CHECK_EQUAL(found[i].key[found[i].key_len], 0);
            CHECK_EQUAL(strlen(found[i].key), found[i].key_len);
            if (met != NULL && strncmp(found[i].key, "key-", 4) == 0) met[strtoul(found[i].key + 4, NULL, 10)]++;
        }
        latzero_free(found);
        CHECK(++steps < 10000000);
    } while (cursor != 0);
    return steps;
}

/* The keys that match, in order, each with a blank behind it; found by an iterator and by scans of several lengths. */
static void check_matches(latzero_client *client, const char *pattern, size_t length, const char *expected) {
    static const char *const keys[] = {"a", "ab", "abc", "b", "a*c", "[x]", "a-z", "A", "\\", "\xff", "a\nb", "zz"};
    static const size_t counts[] = {1, 10, 1000000};
    char found[256] = "";
    latzero_iter *iter = NULL;
    latzero_key *scanned_keys = NULL;
    const char *key;
    int met[12] = {0}, i, k;
    size_t size, number, at;
    uint64_t cursor;
    CHECK_OK(latzero_iter_open(client, pattern, length, &iter));
    while (latzero_iter_next(iter, &key, &size, NULL, NULL) == LATZERO_OK)
        for (i = 0; i < 12; i++) met[i] += size == strlen(keys[i]) && memcmp(key, keys[i], size) == 0;
    latzero_iter_close(iter);
    for (i = 0; i < 12; i++)
        if (met[i]) strcat(strcat(found, keys[i]), " ");
    if (strcmp(found, expected) != 0) fprintf(stderr, "'%s' finds %s, expected %s\n", pattern, found, expected);
    CHECK(strcmp(found, expected) == 0);
    for (k = 0; k < 3; k++) {
        int again[12] = {0};
        cursor = 0;
        do {
            CHECK_OK(latzero_scan(client, &cursor, counts[k], pattern, length, &scanned_keys, &number));
            for (at = 0; at < number; at++)
                for (i = 0; i < 12; i++) again[i] += strcmp(scanned_keys[at].key, keys[i]) == 0;
            latzero_free(scanned_keys);
        } while (cursor != 0);
        for (i = 0; i < 12; i++) CHECK_EQUAL(again[i], met[i]);
    }
}

static void patterns_choose_keys(void **state) {
    static const struct {
        const char *pattern, *expected;
    } cases[] = {
        {"*", "a ab abc b a*c [x] a-z A \\ \xff a\nb zz "},
        {"**", "a ab abc b a*c [x] a-z A \\ \xff a\nb zz "},
        {"", ""},
        {"a", "a "},
        {"?", "a b A \\ \xff "},
        {"??", "ab zz "},
        {"a*", "a ab abc a*c a-z a\nb "},
        {"*c", "abc a*c "},
        {"*b*", "ab abc b a\nb "},
        {"a?c", "abc a*c "},
        {"a\\*c", "a*c "},
        {"a\\?c", ""},
        {"\\\\", "\\ "},
        {"\\", "\\ "},
        {"[ab]", "a b "},
        {"[a-z]", "a b "},
        {"[a-z]*", "a ab abc b a*c a-z a\nb zz "},
        {"[^a-z]", "A \\ \xff "},
        {"[!a-z]", "A \\ \xff "},
        {"[!a-z]*", "[x] A \\ \xff "},
        {"[[]x]", "[x] "},
        {"\\[x\\]", "[x] "},
        {"[", ""},
        {"[x", ""},
        {"[x]", ""},
        {"a[-]z", "a-z "},
        {"a[]-]z", "a-z "},
        {"a[\\-]z", "a-z "},
        {"[\xf0-\xff]", "\xff "},
        {"a[\n]b", "a\nb "},
        {"*a*b*c*", "abc "},
        {"********************************c", "abc a*c "},
    };
    latzero_client *client = create_and_join(pool_name("patterns"), 0), *view = NULL, *outer = NULL;
    static const char *const keys[] = {"a", "ab", "abc", "b", "a*c", "[x]", "a-z", "A", "\\", "\xff", "a\nb", "zz"};
    size_t i;
    (void)state;
    /* In the pool, and in a namespace whose prefix looks like a pattern. */
    CHECK_OK(latzero_namespace(client, "other", 5, &outer));
    CHECK_OK(latzero_namespace(outer, "n*[a]", 5, &view));
    for (i = 0; i < 12; i++) CHECK_OK(latzero_set_null(view, keys[i], LATZERO_CSTR, NULL));
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        check_matches(view, cases[i].pattern, i % 2 ? LATZERO_CSTR : strlen(cases[i].pattern), cases[i].expected);
    check_matches(view, NULL, 0, cases[0].expected);
    check_matches(view, NULL, LATZERO_CSTR, cases[0].expected);
    check_matches(view, "a*no", 2, cases[6].expected);
    check_matches(client, "*", 1, "");
    CHECK_OK(latzero_clear(view));
    for (i = 0; i < 12; i++) CHECK_OK(latzero_set_null(client, keys[i], LATZERO_CSTR, NULL));
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        check_matches(client, cases[i].pattern, LATZERO_CSTR, cases[i].expected);
    leave(view);
    leave(outer);
    leave(client);
}

static void values_come_with_their_keys(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("values"), 0);
    latzero_client *reader = join(pool_name("values"), LATZERO_CONNECT_READ_ONLY);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_iter *iter = NULL;
    const void *value = NULL;
    const char *key;
    unsigned char expected[3000];
    char name[32];
    size_t length, met = 0, i;
    (void)state;
    for (i = 0; i < 300; i++) {
        options.compress_encrypted = 1;
        options.compress_threshold = i % 2 ? 100 : -1;
        CHECK_OK(latzero_configure_serializer(&options));
        sprintf(name, "key-%zu", i);
        memset(expected, (int)i, sizeof expected);
        CHECK_OK(latzero_set_bytes(client, name, LATZERO_CSTR, expected, i * 10, NULL));
    }
    CHECK_OK(store_plain(NULL));
    CHECK_OK(latzero_iter_open(reader, "key-*", LATZERO_CSTR, &iter));
    while (latzero_iter_next(iter, &key, &length, &value, &info) == LATZERO_OK) {
        const size_t number = strtoul(key + 4, NULL, 10);
        memset(expected, (int)number, sizeof expected);
        CHECK(info.size == number * 10 && memcmp(value, expected, info.size) == 0);
        CHECK_EQUAL(((const char *)value)[info.size], 0);
        CHECK_OK(latzero_delete(client, key, length));
        CHECK(memcmp(value, expected, info.size) == 0);
        met++;
    }
    CHECK_EQUAL(met, 300);
    latzero_iter_close(iter);
    leave(reader);
    leave(client);
}

static void steps_of_every_length_return_all(void **state) {
    static const size_t counts[] = {1, 2, 10, 1000, 1000000, SIZE_MAX};
    static const size_t sizes[] = {0, 1, 100, 5000};
    static unsigned met[5000];
    size_t i, k, n;
    char key[32];
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        latzero_client *client = create_and_join(pool_name("steps"), 0);
        latzero_client *reader = join(pool_name("steps"), LATZERO_CONNECT_READ_ONLY);
        for (k = 0; k < sizes[i]; k++) {
            sprintf(key, "key-%zu", k);
            CHECK_OK(set_pattern(client, key, 10, k));
        }
        for (k = 0; k < sizeof counts / sizeof *counts; k++) {
            const int64_t steps = scanned(k % 2 ? reader : client, counts[k], NULL, met, 5000);
            for (n = 0; n < 5000; n++) CHECK_EQUAL(met[n], n < sizes[i]);
            if (counts[k] >= 1000000) CHECK_EQUAL(steps, 1);
            if (counts[k] == 10) CHECK(steps >= (int64_t)sizes[i] / 20);
        }
        leave(reader);
        leave(client);
    }
}

enum { steady = 500 };

static volatile int over;

/* Lets tables grow, be replaced and go, in all stripes, over and over. */
static void *stir(void *argument) {
    latzero_client *client = argument;
    char key[32];
    int round, i;
    for (round = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); round++) {
        const int others = round % 3 == 0 ? 20000 : 3000;
        for (i = 0; i < others; i++) {
            sprintf(key, "other-%d", i);
            CHECK_OK(set_pattern(client, key, (size_t)(i % 100), 1));
        }
        for (i = 0; i < others; i++) {
            sprintf(key, "other-%d", i);
            CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
        }
    }
    return NULL;
}

static void what_stays_is_returned_while_tables_change(void **state) {
    static const size_t counts[] = {1, 7, 100, 5000};
    static unsigned met[steady];
    const char *name = pool_name("stirred");
    latzero_client *client = create_and_join(name, 0), *writer = join(name, 0);
    latzero_client *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    const int64_t end = now_ms() + (int64_t)scaled(1500);
    pthread_t thread;
    uint64_t commits;
    char key[32];
    int i, round;
    (void)state;
    for (i = 0; i < steady; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(set_pattern(client, key, 20, 1));
    }
    commits = stats_of(client).commits;
    over = 0;
    CHECK(pthread_create(&thread, NULL, stir, writer) == 0);
    for (round = 0; round < 8 || now_ms() < end; round++) {
        (void)scanned(round / 4 % 2 ? reader : client, counts[round % 4], "key-*", met, steady);
        for (i = 0; i < steady; i++) CHECK(met[i] > 0);
    }
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(stats_of(client).commits > commits + 1000);
    leave(reader);
    leave(writer);
    leave(client);
}

/* One step at a time by clients in turn, with writes between two steps that grow all tables, or empty them. */
static void a_cursor_is_anybody_s(void **state) {
    static unsigned met[steady];
    const char *name = pool_name("cursor");
    latzero_client *clients[3];
    latzero_key *found = NULL;
    uint64_t cursor;
    size_t number, i;
    char key[32];
    int round, step, next = 0, shrinks;
    (void)state;
    clients[0] = create_and_join(name, 0);
    clients[1] = join(name, 0);
    clients[2] = join(name, LATZERO_CONNECT_READ_ONLY);
    for (shrinks = 0; shrinks < 2; shrinks++) {
        for (round = 0; round < 3; round++) {
            CHECK_OK(latzero_clear(clients[0]));
            memset(met, 0, sizeof met);
            if (shrinks)
                for (next = 20000; next > 0; next--) {
                    sprintf(key, "other-%d", next - 1);
                    CHECK_OK(latzero_set_null(clients[0], key, LATZERO_CSTR, NULL));
                }
            /* In the whole pool, or in few stripes: those that the others leave are emptied, and their tables go. */
            for (i = 0; i < (shrinks ? 5 : steady); i++) {
                sprintf(key, "key-%zu", i);
                CHECK_OK(latzero_set_null(clients[0], key, LATZERO_CSTR, NULL));
            }
            for (cursor = 0, step = 0; step == 0 || cursor != 0; step++) {
                CHECK_OK(latzero_scan(clients[step % 3], &cursor, 50, "key-*", 5, &found, &number));
                for (i = 0; i < number; i++) met[strtoul(found[i].key + 4, NULL, 10)]++;
                latzero_free(found);
                for (i = 0; i < 400 && next < 20000; i++) {
                    sprintf(key, "other-%d", next++);
                    if (shrinks)
                        CHECK_OK(latzero_delete(clients[0], key, LATZERO_CSTR));
                    else
                        CHECK_OK(latzero_set_null(clients[0], key, LATZERO_CSTR, NULL));
                }
            }
            for (i = 0; i < (shrinks ? 5 : steady); i++) CHECK(met[i] > 0);
            CHECK(step > 3);
            next = 0;
        }
    }
    for (i = 0; i < 3; i++) leave(clients[i]);
}

static void garbage_cursors_do_no_harm(void **state) {
    latzero_client *client = create_and_join(pool_name("garbage"), 0);
    static const uint64_t cursors[] = {1,
                                       63,
                                       64,
                                       UINT32_MAX,
                                       UINT64_MAX,
                                       UINT64_MAX / 2,
                                       1ull << 32,
                                       63ull << 32,
                                       64ull << 32,
                                       65ull << 32,
                                       (63ull << 32) + UINT32_MAX};
    latzero_key *keys = NULL;
    uint64_t cursor, random = 1;
    size_t found, i;
    char key[32];
    int steps, filled;
    (void)state;
    for (filled = 0; filled < 2; filled++) {
        for (i = 0; i < sizeof cursors / sizeof *cursors + scaled(2000); i++) {
            cursor = i < sizeof cursors / sizeof *cursors ? cursors[i] : next_random(&random);
            if (i % 2) cursor &= (64ull << 32) - 1;
            for (steps = 0; steps == 0 || cursor != 0; steps++) {
                CHECK_OK(latzero_scan(client, &cursor, 100, NULL, 0, &keys, &found));
                CHECK(found <= 200 && steps < 5000);
                latzero_free(keys);
            }
        }
        for (i = 0; i < 1000; i++) {
            sprintf(key, "key-%zu", i);
            CHECK_OK(latzero_set_null(client, key, LATZERO_CSTR, NULL));
        }
    }
    cursor = 5, keys = NULL, found = 77;
    CHECK_STATUS(latzero_scan(client, &cursor, 0, NULL, 0, &keys, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_scan(client, NULL, 1, NULL, 0, &keys, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_scan(client, &cursor, 1, NULL, 0, NULL, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_scan(client, &cursor, 1, NULL, 0, &keys, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK(cursor == 5 && keys == NULL && found == 77);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(patterns_choose_keys),
        TEST(values_come_with_their_keys),
        TEST(steps_of_every_length_return_all),
        TEST(what_stays_is_returned_while_tables_change),
        TEST(a_cursor_is_anybody_s),
        TEST(garbage_cursors_do_no_harm),
    };
    return RUN_TESTS(tests);
}
