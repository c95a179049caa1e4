/* Threads on one connection that holds fast sets back: nothing is lost, everybody gets on, and calls that read and
 * write in one do so in the pool. */
#include <pthread.h>

#include "abi/test.h"

enum { threads = 4 };

typedef struct worker {
    latzero_client *client;
    int number;
} worker;

static latzero_client *shared;
static volatile int over;

static void *set_own_keys(void *argument) {
    const worker *self = argument;
    char key[32];
    int64_t i, value;
    for (i = 0; i < (int64_t)scaled(3000); i++) {
        sprintf(key, "key-%d-%d", self->number, (int)i);
        CHECK_OK(latzero_set_fast(self->client, key, LATZERO_CSTR, LATZERO_TYPE_INT64, &i, sizeof i, NULL));
        CHECK_OK(latzero_get_i64(self->client, key, LATZERO_CSTR, &value));
        CHECK_EQUAL(value, i);
        if (i % 50 == self->number) CHECK_OK(latzero_flush(self->client));
        if (i % 70 == self->number) CHECK_OK(latzero_increment(self->client, "sum", 3, 1, 0, NULL));
    }
    return NULL;
}

static void threads_lose_nothing(void **state) {
    const char *name = pool_name("threads");
    latzero_client *client = create_and_join(name, 0), *other = join(name, 0);
    worker workers[threads];
    char key[32];
    int64_t value, k;
    int i;
    (void)state;
    for (i = 0; i < threads; i++) workers[i].client = client, workers[i].number = i;
    in_threads(set_own_keys, workers, threads, sizeof *workers);
    leave(client);
    for (i = 0; i < threads; i++) {
        for (k = 0; k < (int64_t)scaled(3000); k++) {
            sprintf(key, "key-%d-%d", i, (int)k);
            CHECK_OK(latzero_get_i64(other, key, LATZERO_CSTR, &value));
            CHECK_EQUAL(value, k);
        }
    }
    leave(other);
}

static void *set_one_key_without_end(void *unused) {
    int64_t i;
    (void)unused;
    for (i = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); i++)
        CHECK_OK(latzero_set_fast(shared, "k", 1, LATZERO_TYPE_INT64, &i, sizeof i, NULL));
    return NULL;
}

/* What is pending has no version yet: nothing may wait for it to come true. */
static void swaps_beside_fast_sets_get_on(void **state) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    const char *name = pool_name("swaps");
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_client *keeper = create_and_join(name, 0);
    pthread_t ids[threads];
    int k;
    int64_t old = 0;
    uint64_t i, version = 0;
    latzero_status status;
    (void)state;
    options.timeout_ms = 1000;
    CHECK_OK(latzero_connect(name, &options, &shared));
    over = 0;
    for (k = 0; k < threads; k++) CHECK(pthread_create(&ids[k], NULL, set_one_key_without_end, NULL) == 0);
    for (i = 0; i < scaled(300000); i++) {
        CHECK_OK(latzero_swap(shared, "k", 1, LATZERO_TYPE_INT64, &old, 8, NULL, &old, 8, &info));
        CHECK_EQUAL(info.flags, 0);
        CHECK(info.version == 0 || info.version > version);
        if (info.version != 0) version = info.version;
        status = latzero_take(shared, "k", 1, &old, 8, &info);
        CHECK(status == LATZERO_NOT_FOUND || (status == LATZERO_OK && info.version > version && info.flags == 0));
        if (status == LATZERO_OK) version = info.version;
    }
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    for (k = 0; k < threads; k++) CHECK(pthread_join(ids[k], NULL) == 0);
    leave(shared);
    leave(keeper);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(threads_lose_nothing),
        TEST(swaps_beside_fast_sets_get_on),
    };
    return RUN_TESTS(tests);
}
