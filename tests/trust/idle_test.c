/* A pool with an idle TTL: a read-only client keeps it by being connected, a read-write one by its reads and writes;
 * who only looks at it does not. */
#include "abi/test.h"

enum { IDLE_MS = 300 };

static void create_idle(const char *name, uint32_t flags) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = flags;
    options.idle_ttl_ms = IDLE_MS;
    seal_new_pool(&options);
    CHECK_OK(latzero_pool_create(name, &options));
}

static void a_connected_reader_keeps_it(void **state) {
    static const uint32_t kinds[] = {0, LATZERO_POOL_PERSISTENT};
    const char *name = pool_name("read");
    latzero_client *writer, *reader;
    int64_t value;
    int i, round;
    (void)state;
    for (i = 0; i < 2; i++) {
        create_idle(name, kinds[i]);
        writer = join(name, 0);
        CHECK_OK(latzero_set_i64(writer, "k", 1, 5, NULL));
        reader = join(name, LATZERO_CONNECT_READ_ONLY);
        leave(writer);
        for (round = 0; round < 8; round++) {
            pause_ms(IDLE_MS / 4);
            CHECK_EQUAL(pool_exists(name), 1);
            CHECK_OK(latzero_pool_cleanup(NULL));
            CHECK_OK(latzero_get_i64(reader, "k", 1, &value));
            CHECK_EQUAL(value, 5);
        }
        leave(reader);
        /* What counts from here on is the last use before. */
        CHECK_EQUAL(pool_exists(name), 0);
        CHECK(!file_exists(pool_path(name)));
    }
}

static void reads_keep_it(void **state) {
    const char *name = pool_name("read-by-writer");
    latzero_client *writer;
    int64_t value;
    int32_t there;
    int round;
    (void)state;
    create_idle(name, LATZERO_POOL_PERSISTENT);
    writer = join(name, 0);
    CHECK_OK(latzero_set_i64(writer, "k", 1, 5, NULL));
    for (round = 0; round < 12; round++) {
        pause_ms(IDLE_MS / 4);
        CHECK_OK(latzero_pool_cleanup(NULL));
        if (round % 2 == 0)
            CHECK_OK(latzero_get_i64(writer, "k", 1, &value));
        else
            CHECK_OK(latzero_exists(writer, "k", 1, &there));
    }
    CHECK_EQUAL(value, 5);
    pause_ms(IDLE_MS + 100);
    CHECK_EQUAL(pool_exists(name), 0);
    leave(writer);
}

static void looks_do_not_keep_it(void **state) {
    const char *name = pool_name("looked-at");
    const int64_t end = now_ms() + IDLE_MS + 200;
    latzero_client *writer;
    (void)state;
    create_idle(name, LATZERO_POOL_PERSISTENT);
    writer = join(name, 0);
    while (now_ms() < end) {
        (void)pool_exists(name);
        (void)is_listed(name, NULL);
        CHECK_OK(latzero_pool_cleanup(NULL));
        pause_ms(20);
    }
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK_STATUS(latzero_set_i64(writer, "k", 1, 5, NULL), LATZERO_DESTROYED);
    leave(writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_connected_reader_keeps_it), TEST(reads_keep_it),
                                       TEST(looks_do_not_keep_it)};
    return RUN_TESTS(tests);
}
