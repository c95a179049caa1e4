/* Pools by name: made, found, listed, destroyed; and what options do. How they end by themselves: pool_life_test.c. */
#include <time.h>

#include "abi/every_call.h"

/* This process's own element of the list, or NULL. Other tests run at the same time. */
static const latzero_pool_info *listed(const latzero_pool_info *pools, size_t count, const char *name) {
    size_t i;
    for (i = 0; i < count; i++)
        if (strcmp(pools[i].name, name) == 0) return &pools[i];
    return NULL;
}

static void a_pool_is_made_found_and_destroyed(void **state) {
    const char *name = pool_name("simple");
    (void)state;
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK_OK(latzero_pool_create(name, NULL));
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK(file_exists(pool_path(name)));
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK(!file_exists(pool_path(name)));
}

static void an_absent_pool_is_said_to_be_absent(void **state) {
    const char *name = pool_name("absent");
    latzero_client *client = NULL;
    (void)state;
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_POOL_NOT_FOUND);
    CHECK_SENTENCE(name);
    CHECK_STATUS(latzero_connect(name, NULL, &client), LATZERO_POOL_NOT_FOUND);
    CHECK_SENTENCE(name);
    CHECK(client == NULL);
}

static void a_taken_name_is_refused(void **state) {
    const char *name = pool_name("taken");
    latzero_client *client;
    int64_t value = 0;
    (void)state;
    client = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(client, "key", LATZERO_CSTR, 7, NULL));
    CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_POOL_EXISTS);
    CHECK_SENTENCE(name);
    CHECK_OK(latzero_get_i64(client, "key", LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 7);
    leave(client);
}

static void destroying_tells_every_client_and_frees_the_name(void **state) {
    const char *name = pool_name("doomed"), *key;
    latzero_client *writer = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY), *next;
    latzero_iter *iter = NULL;
    size_t length;
    int32_t exists = -1;
    (void)state;
    CHECK_OK(latzero_set_i64(writer, "k", 1, 1, NULL));
    CHECK_OK(latzero_iter_open(reader, NULL, 0, &iter));
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(pool_exists(name), 0);
    check_every_call(writer, "k", 1, 0, LATZERO_DESTROYED);
    CHECK_SENTENCE(name);
    check_every_call(reader, "k", 1, 0, LATZERO_DESTROYED);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_DESTROYED);
    latzero_iter_close(iter);
    next = create_and_join(name, 0);
    CHECK_OK(latzero_exists(next, "k", 1, &exists));
    CHECK_EQUAL(exists, 0);
    CHECK_OK(latzero_set_i64(next, "new", 3, 1, NULL));
    /* The clients of the old pool leave without touching the new one. */
    leave(writer);
    leave(reader);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_exists(next, "new", 3, &exists));
    CHECK_EQUAL(exists, 1);
    leave(next);
    CHECK_EQUAL(pool_exists(name), 0);
}

static void connections_of_one_process_are_independent(void **state) {
    const char *name = pool_name("several");
    latzero_client *clients[5];
    int64_t value = 0;
    int i;
    (void)state;
    clients[0] = create_and_join(name, 0);
    for (i = 1; i < 5; i++) clients[i] = join(name, i % 2 ? LATZERO_CONNECT_READ_ONLY : 0);
    CHECK_EQUAL(stats_of(clients[0]).clients, 5);
    CHECK_OK(latzero_set_i64(clients[0], "k", 1, 42, NULL));
    for (i = 0; i < 5; i++) {
        CHECK_OK(latzero_get_i64(clients[i], "k", 1, &value));
        CHECK_EQUAL(value, 42);
        CHECK_EQUAL(stats_of(clients[i]).clients, 5 - i);
        leave(clients[i]);
        CHECK_EQUAL(pool_exists(name), i < 4);
    }
}

/* Slots with gaps between them: the count must see them all. */
static void every_client_is_counted(void **state) {
    enum { many = 300 };
    const char *name = pool_name("crowd");
    latzero_client *clients[many], *watcher = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    int i;
    (void)state;
    for (i = 0; i < many; i++) clients[i] = join(name, i < many / 2 ? LATZERO_CONNECT_READ_ONLY : 0);
    CHECK_EQUAL(stats_of(watcher).clients, many + 1);
    for (i = 0; i < many; i += 2) leave(clients[i]);
    CHECK_EQUAL(stats_of(watcher).clients, many / 2 + 1);
    for (i = 1; i < many; i += 2) leave(clients[i]);
    CHECK_EQUAL(stats_of(watcher).clients, 1);
    leave(watcher);
}

static void the_list_describes_each_pool(void **state) {
    const char *first = pool_name("a"), *second = pool_name("b");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_pool_info *pools = NULL;
    const latzero_pool_info *a, *b;
    latzero_client *client, *reader;
    latzero_pool_stats stats;
    struct timespec now;
    size_t count = 0, i;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST + 5000;
    options.idle_ttl_ms = 3600000;
    CHECK_OK(latzero_pool_create(second, &options));
    client = create_and_join(first, 0);
    reader = join(first, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_set_i64(client, "k", 1, 42, NULL));
    stats = stats_of(client);
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 1; i < count; i++) CHECK(strcmp(pools[i - 1].name, pools[i].name) < 0);
    a = listed(pools, count, first);
    b = listed(pools, count, second);
    CHECK(a != NULL && b != NULL && a < b);
    CHECK_EQUAL(a->struct_size, sizeof *pools);
    CHECK_EQUAL(a->flags, 0);
    CHECK_EQUAL(a->clients, 2);
    CHECK_EQUAL(a->key_count, 1);
    CHECK_EQUAL(a->used_bytes, stats.used_bytes);
    CHECK_EQUAL(a->capacity_bytes, 1 << 20);
    CHECK_EQUAL(a->max_bytes, LATZERO_MAX_BYTES_DEFAULT);
    CHECK_EQUAL(a->idle_ttl_ms, 0);
    clock_gettime(CLOCK_REALTIME, &now);
    CHECK(a->created_ns / 1000000000 <= now.tv_sec && a->created_ns / 1000000000 > now.tv_sec - 60);
    CHECK_EQUAL(b->flags, LATZERO_POOL_PERSISTENT);
    CHECK_EQUAL(b->clients, 0);
    CHECK_EQUAL(b->max_bytes, LATZERO_MAX_BYTES_LEAST + 4096); /* rounded down to a page */
    CHECK_EQUAL(b->idle_ttl_ms, 3600000);
    latzero_free(pools);
    leave(reader);
    leave(client);
    CHECK_OK(latzero_pool_destroy(second));
}

/* The list as callers of older and newer headers see it. */
static void the_list_has_the_caller_s_stride(void **state) {
    static const uint32_t strides[] = {216, 224, sizeof(latzero_pool_info), sizeof(latzero_pool_info) + 64};
    const char *name = pool_name("stride");
    latzero_client *client = create_and_join(name, 0);
    size_t i, n, k, count = 0, found;
    (void)state;
    for (i = 0; i < sizeof strides / sizeof *strides; i++) {
        latzero_pool_info *pools = NULL;
        found = 0;
        CHECK_OK(latzero_pool_list(strides[i], &pools, &count));
        for (n = 0; n < count; n++) {
            const char *element = (const char *)pools + n * strides[i];
            latzero_pool_info info;
            memset(&info, 0, sizeof info);
            memcpy(&info, element, strides[i] < sizeof info ? strides[i] : sizeof info);
            CHECK_EQUAL(info.struct_size, strides[i]);
            if (strcmp(info.name, name) != 0) continue;
            found++;
            if (strides[i] >= 224) CHECK_EQUAL(info.clients, 1);
            for (k = sizeof info; k < strides[i]; k++) CHECK_EQUAL(element[k], 0);
        }
        CHECK_EQUAL(found, 1);
        latzero_free(pools);
    }
    leave(client);
}

static void lists_refuse_nonsense(void **state) {
    latzero_pool_info *pools = NULL;
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    size_t count = 77;
    (void)state;
    CHECK_STATUS(latzero_pool_list(0, &pools, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_list(3, &pools, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_list(sizeof *pools, NULL, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_list(sizeof *pools, &pools, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK(pools == NULL && count == 77);
    CHECK_STATUS(latzero_pool_exists("x", NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_global_stats(NULL), LATZERO_INVALID_ARGUMENT);
    info.struct_size = 0;
    CHECK_STATUS(latzero_global_stats(&info), LATZERO_INVALID_ARGUMENT);
}

static void count_as_a_lonely_user(char **arguments) {
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT, part;
    latzero_pool_info *pools = (void *)"";
    latzero_client *a, *b;
    size_t count = 77;
    (void)arguments;
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    CHECK(pools == NULL && count == 0);
    CHECK_OK(latzero_global_stats(&info));
    CHECK_EQUAL(info.pool_count + info.total_clients + info.total_keys + info.total_capacity_bytes, 0);
    a = create_and_join(pool_name("one"), 0);
    b = create_and_join(pool_name("two"), 0);
    CHECK_OK(latzero_set_i64(a, "k", 1, 1, NULL));
    CHECK_OK(latzero_set_i64(b, "k", 1, 1, NULL));
    CHECK_OK(latzero_set_i64(b, "l", 1, 1, NULL));
    CHECK_OK(latzero_global_stats(&info));
    CHECK_EQUAL(info.pool_count, 2);
    CHECK_EQUAL(info.total_clients, 2);
    CHECK_EQUAL(info.total_keys, 3);
    CHECK_EQUAL(info.total_used_bytes, stats_of(a).used_bytes + stats_of(b).used_bytes);
    CHECK_EQUAL(info.total_capacity_bytes, 2 << 20);
    memset(&part, 0x5a, sizeof part);
    part.struct_size = 16;
    CHECK_OK(latzero_global_stats(&part));
    CHECK_EQUAL(part.pool_count, 2);
    CHECK_EQUAL(part.total_clients, UINT64_C(0x5a5a5a5a5a5a5a5a));
    leave(a);
    leave(b);
}

static void pools_of_a_user_add_up(void **state) {
    (void)state;
    in_child_of_another_user(count_as_a_lonely_user, NULL);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(count_as_a_lonely_user)};
    const struct CMUnitTest tests[] = {
        TEST(a_pool_is_made_found_and_destroyed),
        TEST(an_absent_pool_is_said_to_be_absent),
        TEST(a_taken_name_is_refused),
        TEST(destroying_tells_every_client_and_frees_the_name),
        TEST(connections_of_one_process_are_independent),
        TEST(every_client_is_counted),
        TEST(the_list_describes_each_pool),
        TEST(the_list_has_the_caller_s_stride),
        TEST(lists_refuse_nonsense),
        TEST(pools_of_a_user_add_up),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
