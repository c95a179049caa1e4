/*
 * What patterns may cost: those that are made to be slow, against the longest key. By the processor's time.
 */
#include <time.h>

#include "abi/test.h"
#include "abi/text_check.h"

enum { LONGEST_PATTERN = 4096, LONGEST_KEY = 65535, MOST_MS = 250 };

static int64_t own_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Walks and scans by that pattern; how many keys both find. */
static size_t look(latzero_client *client, const char *pattern, size_t size) {
    latzero_iter *iter = NULL;
    latzero_key *keys = NULL;
    const char *key;
    uint64_t cursor = 0;
    size_t walked = 0, scanned = 0, found;
    CHECK_OK(latzero_iter_open(client, pattern, size, &iter));
    while (latzero_iter_next(iter, &key, NULL, NULL, NULL) == LATZERO_OK) walked++;
    latzero_iter_close(iter);
    do {
        CHECK_OK(latzero_scan(client, &cursor, 1000, pattern, size, &keys, &found));
        scanned += found;
        latzero_free(keys);
    } while (cursor != 0);
    CHECK_EQUAL(scanned, walked);
    return walked;
}

/* The pattern: `first`, then `piece` again and again, then `last`. */
static size_t make(char *pattern, const char *first, const char *piece, const char *last) {
    size_t size = (size_t)sprintf(pattern, "%s", first);
    while (size + strlen(piece) + strlen(last) <= LONGEST_PATTERN) size += (size_t)sprintf(pattern + size, "%s", piece);
    return size + (size_t)sprintf(pattern + size, "%s", last);
}

static void no_pattern_is_slow(void **state) {
    static const struct {
        const char *first, *piece, *last;
        size_t found;
    } rows[] = {{"*", "a", "", 1},
                {"*", "a", "b", 0},
                {"", "a*", "", 1},
                {"", "a*", "b", 0},
                {"", "*?", "b", 0},
                {"*", "?", "b", 0},
                {"*", "[a-z]", "b", 0},
                {"*", "[^b]", "b", 0},
                {"*", "[", "b", 0},
                {"", "[a*", "b", 0},
                {"*", "\\a", "b", 0},
                {"", "*[a-a]", "b", 0},
                {"*a", "*aaaaaaaaa", "*b*", 0}};
    static char key[LONGEST_KEY], pattern[LONGEST_PATTERN + 1];
    latzero_client *client = create_and_join(pool_name("slow"), 0);
    size_t i;
    (void)state;
    memset(key, 'a', sizeof key);
    CHECK_OK(latzero_set_null(client, key, sizeof key, NULL));
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t size = make(pattern, rows[i].first, rows[i].piece, rows[i].last);
        const int64_t begin = own_ms();
        int64_t taken;
        CHECK_EQUAL(look(client, pattern, size), rows[i].found);
        taken = own_ms() - begin;
        if (taken > MOST_MS) fprintf(stderr, "pattern %.20s... takes %lld ms\n", pattern, (long long)taken);
        CHECK(taken <= MOST_MS);
    }
    leave(client);
}

static void a_pattern_has_a_bound(void **state) {
    static char pattern[32768];
    const char *name = pool_name("bound");
    latzero_client *client = create_and_join(name, 0);
    latzero_iter *iter = NULL;
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found = 77;
    (void)state;
    memset(pattern, '*', sizeof pattern - 1);
    CHECK_STATUS(latzero_iter_open(client, pattern, LONGEST_PATTERN + 1, &iter), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("4096 bytes");
    CHECK_SENTENCE(name);
    CHECK(iter == NULL);
    CHECK_STATUS(latzero_iter_open(client, pattern, LATZERO_CSTR, &iter), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_scan(client, &cursor, 5, pattern, LATZERO_CSTR, &keys, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(found, 77);
    CHECK_OK(latzero_scan(client, &cursor, 5, pattern, LONGEST_PATTERN, &keys, &found));
    latzero_free(keys);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(no_pattern_is_slow), TEST(a_pattern_has_a_bound)};
    return RUN_TESTS(tests);
}
