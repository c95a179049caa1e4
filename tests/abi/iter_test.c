/* Walks over keys: everything once, and whatever is there throughout exactly once while others change the rest. */
#include <signal.h>

#include "abi/test.h"

static void name_key(char *key, size_t number) { sprintf(key, "key-%05u", (unsigned)number); }

/* Walks and counts how often each of `count` numbered keys is met; returns how many others were. */
static size_t walk(latzero_client *client, unsigned char *met, size_t count) {
    latzero_iter *iter = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_status status;
    const char *key = NULL;
    size_t length, others = 0;
    memset(met, 0, count);
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    while ((status = latzero_iter_next(iter, &key, &length, NULL, &info)) == LATZERO_OK) {
        CHECK_EQUAL(key[length], 0);
        if (length == 9 && memcmp(key, "key-", 4) == 0) {
            const size_t number = strtoul(key + 4, NULL, 10);
            CHECK(number < count);
            met[number]++;
        } else {
            CHECK(memcmp(key, "other-", 6) == 0);
            others++;
        }
    }
    CHECK_STATUS(status, LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    return others;
}

static void check_each_once(const unsigned char *met, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) CHECK_EQUAL(met[i], 1);
}

static void every_key_is_met_once(void **state) {
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 1000, 10000};
    unsigned char *met = malloc(10000);
    char key[16];
    size_t i, k;
    (void)state;
    for (i = 0; i < sizeof counts / sizeof *counts; i++) {
        latzero_client *client = create_and_join(pool_name("once"), 0);
        latzero_client *reader = join(pool_name("once"), LATZERO_CONNECT_READ_ONLY);
        for (k = 0; k < counts[i]; k++) {
            name_key(key, k);
            CHECK_OK(set_pattern(client, key, k % 100, k));
        }
        CHECK_EQUAL(walk(client, met, counts[i]), 0);
        check_each_once(met, counts[i]);
        CHECK_EQUAL(walk(reader, met, counts[i]), 0);
        check_each_once(met, counts[i]);
        /* Every third one goes, and is not met any more. */
        for (k = 0; k < counts[i]; k += 3) {
            name_key(key, k);
            CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
        }
        CHECK_EQUAL(walk(client, met, counts[i]), 0);
        for (k = 0; k < counts[i]; k++) CHECK_EQUAL(met[k], k % 3 != 0);
        CHECK_OK(latzero_clear(client));
        CHECK_EQUAL(walk(reader, met, counts[i]), 0);
        for (k = 0; k < counts[i]; k++) CHECK_EQUAL(met[k], 0);
        leave(reader);
        leave(client);
    }
    free(met);
}

static void a_step_describes_its_value(void **state) {
    latzero_client *client = create_and_join(pool_name("describe"), 0);
    latzero_set_options hour = LATZERO_SET_OPTIONS_INIT;
    latzero_iter *iter = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT, got = LATZERO_VALUE_INFO_INIT;
    const char *key;
    char buffer[100];
    size_t length, steps = 0;
    (void)state;
    hour.ttl_ms = 3600000;
    CHECK_OK(latzero_set_i64(client, "i", 1, 1, NULL));
    CHECK_OK(latzero_set_string(client, "nul\0inside", 10, "text", 4, &hour));
    CHECK_OK(latzero_set_null(client, "null", 4, NULL));
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, &length, NULL, &info) == LATZERO_OK) {
        CHECK_OK(latzero_get(client, key, length, buffer, sizeof buffer, &got));
        CHECK(info.type == got.type && info.size == got.size && info.version == got.version);
        CHECK((info.ttl_ms == -1) == (length != 10));
        if (length == 10) CHECK(info.ttl_ms >= got.ttl_ms && memcmp(key, "nul\0inside", 11) == 0);
        steps++;
    }
    CHECK_EQUAL(steps, 3);
    latzero_iter_close(iter);
    leave(client);
}

/* Iterators do not disturb each other, and a key (whose length nobody asks) stays where it is until the next step. */
static void iterators_are_independent(void **state) {
    enum { many = 20 };
    latzero_client *client = create_and_join(pool_name("independent"), 0);
    latzero_iter *iters[many];
    const char *keys[many];
    char key[16], copies[many][16];
    size_t i, step;
    (void)state;
    for (i = 0; i < 100; i++) {
        name_key(key, i);
        CHECK_OK(latzero_set_null(client, key, LATZERO_CSTR, NULL));
    }
    for (i = 0; i < many; i++) CHECK_OK(latzero_iter_open(client, NULL, 0, &iters[i]));
    for (step = 0; step < 100; step++) {
        for (i = 0; i < many; i++) {
            CHECK_OK(latzero_iter_next(iters[i], &keys[i], NULL, NULL, NULL));
            strcpy(copies[i], keys[i]);
        }
        for (i = 0; i < many; i++) CHECK(strcmp(keys[i], copies[i]) == 0 && strcmp(keys[i], keys[0]) == 0);
    }
    for (i = 0; i < many; i++) {
        CHECK_STATUS(latzero_iter_next(iters[i], &keys[i], NULL, NULL, NULL), LATZERO_NOT_FOUND);
        latzero_iter_close(iters[i]);
    }
    leave(client);
}

enum { steady = 3000 };

/* Sets and deletes other keys without end, so that tables are replaced and the pool grows, and overwrites the steady
 * ones with values of other sizes. */
static void stir(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    uint64_t random = (uint64_t)getpid();
    char key[32];
    size_t i, round;
    for (round = 0;; round++) {
        const size_t others = 500 + next_random(&random) % 6000;
        for (i = 0; i < others; i++) {
            sprintf(key, "other-%d-%zu", (int)getpid(), i);
            CHECK_OK(set_pattern(client, key, next_random(&random) % 300, i));
            if (i % 4 == 0) {
                name_key(key, next_random(&random) % steady);
                CHECK_OK(set_pattern(client, key, next_random(&random) % 3000, i));
            }
        }
        for (i = 0; i < others; i++) {
            sprintf(key, "other-%d-%zu", (int)getpid(), i);
            CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
        }
    }
}

static void what_stays_is_met_once_while_others_change_the_rest(void **state) {
    char name[LATZERO_NAME_MAX + 1], key[16];
    latzero_client *client, *reader;
    unsigned char met[steady];
    const uint64_t rounds = scaled(200);
    uint64_t i, commits;
    size_t others = 0;
    child_process children[2];
    (void)state;
    strcpy(name, pool_name("stirred"));
    client = create_and_join(name, 0);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    for (i = 0; i < steady; i++) {
        name_key(key, i);
        CHECK_OK(set_pattern(client, key, 20, i));
    }
    commits = stats_of(client).commits;
    for (i = 0; i < 2; i++) children[i] = start_child(stir, name, NULL);
    for (i = 0; i < rounds; i++) {
        others += walk(i % 2 ? reader : client, met, steady);
        check_each_once(met, steady);
    }
    /* They did run. */
    CHECK(stats_of(client).commits > commits + 1000 && others > 0);
    for (i = 0; i < 2; i++) {
        kill_child(&children[i]);
        expect_end(&children[i], CHILD_KILLED);
    }
    (void)walk(client, met, steady);
    check_each_once(met, steady);
    leave(reader);
    leave(client);
}

/* One step at a time, with enough writes between two steps to replace tables and grow the pool. */
static void what_stays_is_met_once_however_much_happens_between_steps(void **state) {
    latzero_client *client = create_and_join(pool_name("between"), 0),
                   *reader = join(pool_name("between"), LATZERO_CONNECT_READ_ONLY);
    latzero_iter *iters[2] = {NULL, NULL};
    unsigned char met[2][200];
    char key[32];
    const char *found;
    size_t length, i, k, next = 0, open = 2;
    (void)state;
    memset(met, 0, sizeof met);
    for (i = 0; i < 200; i++) {
        name_key(key, i);
        CHECK_OK(set_pattern(client, key, 20, i));
    }
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iters[0]));
    CHECK_OK(latzero_iter_open(reader, NULL, 0, &iters[1]));
    while (open > 0) {
        for (k = 0; k < 2; k++) {
            latzero_status status =
                iters[k] == NULL ? LATZERO_NOT_FOUND : latzero_iter_next(iters[k], &found, &length, NULL, NULL);
            if (status == LATZERO_OK && memcmp(found, "key-", 4) == 0) met[k][strtoul(found + 4, NULL, 10)]++;
            if (status == LATZERO_OK || iters[k] == NULL) continue;
            CHECK_STATUS(status, LATZERO_NOT_FOUND);
            latzero_iter_close(iters[k]);
            iters[k] = NULL;
            open--;
        }
        for (i = 0; i < 100 && next < 60000; i++) {
            sprintf(key, "other-%zu", next++);
            CHECK_OK(set_pattern(client, key, 100, i));
        }
        for (i = 0; i < 90 && next >= 60000 && next < 115000; i++) {
            sprintf(key, "other-%zu", next++ - 60000);
            CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
        }
    }
    check_each_once(met[0], 200);
    check_each_once(met[1], 200);
    CHECK(stats_of(client).capacity_bytes > LATZERO_MAX_BYTES_LEAST);
    leave(reader);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(stir)};
    const struct CMUnitTest tests[] = {
        TEST(every_key_is_met_once),
        TEST(a_step_describes_its_value),
        TEST(iterators_are_independent),
        TEST(what_stays_is_met_once_while_others_change_the_rest),
        TEST(what_stays_is_met_once_however_much_happens_between_steps),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
