/*
 * The documentation of the Python original, block by block, in C: whoever knows it finds here what each call has
 * become. tests/README.md has the table. Authentication, encryption and snapshots have tests of their own.
 */
#include <stdatomic.h>

#include "abi/test.h"

#define KEY(text) text, LATZERO_CSTR

static void set_json(latzero_client *client, const char *key, const char *json) {
    CHECK_OK(latzero_set_json(client, KEY(key), KEY(json), NULL));
}

static uint32_t type_of(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char bytes[256];
    CHECK_OK(latzero_get(client, KEY(key), bytes, sizeof bytes, &info));
    return info.type;
}

/* Core concepts: pools. */
static void pools(void **state) {
    const char *name = pool_name("myPool");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_global_info global = LATZERO_GLOBAL_INFO_INIT;
    latzero_pool_info *listed = NULL;
    size_t count = 0, at;
    int32_t exists = 0;
    latzero_client *client;
    (void)state;
    options.idle_ttl_ms = 3600 * 1000;
    CHECK_OK(latzero_pool_create(name, &options));
    client = join(name, 0);
    CHECK_OK(latzero_pool_exists(name, &exists));
    CHECK_EQUAL(exists, 1);
    CHECK_OK(latzero_pool_list(sizeof *listed, &listed, &count));
    for (at = 0; at < count && strcmp(listed[at].name, name) != 0;) at++;
    CHECK(at < count);
    CHECK_EQUAL(listed[at].idle_ttl_ms, 3600 * 1000);
    latzero_free(listed);
    CHECK_OK(latzero_global_stats(&global));
    CHECK(global.pool_count >= 1 && global.total_clients >= 1);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_OK(latzero_pool_exists(name, &exists));
    CHECK_EQUAL(exists, 0);
    leave(client);
}

/* Core concepts: clients. The pool goes with the last of them. */
static void clients(void **state) {
    const char *name = pool_name("myPool");
    latzero_client *client = NULL;
    (void)state;
    CHECK_OK(latzero_pool_create(name, NULL));
    CHECK_OK(latzero_connect(name, NULL, &client));
    CHECK_OK(latzero_set_string(client, KEY("key"), KEY("value"), NULL));
    CHECK_OK(latzero_disconnect(client));
    CHECK(!pool_exists(name));
}

/* Core concepts: keys and values. */
static void keys_and_values(void **state) {
    static const unsigned char tuple[] = {0x93, 1, 2, 3};
    latzero_client *client = create_and_join(pool_name("values"), 0);
    latzero_set_options pickled = LATZERO_SET_OPTIONS_INIT;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char bytes[16];
    (void)state;
    CHECK_OK(latzero_set_string(client, KEY("string"), KEY("hello"), NULL));
    CHECK_OK(latzero_set_i64(client, KEY("number"), 42, NULL));
    CHECK_OK(latzero_set_f64(client, KEY("float"), 3.14159, NULL));
    CHECK_OK(latzero_set_bool(client, KEY("bool"), 1, NULL));
    set_json(client, "list", "[1, 2, 3]");
    set_json(client, "dict", "{\"nested\": {\"deep\": true}}");
    CHECK_OK(latzero_set(client, KEY("tuple"), LATZERO_TYPE_TUPLE, tuple, sizeof tuple, NULL));
    CHECK_OK(latzero_set_bytes(client, KEY("bytes"), "\x00\x01\x02", 3, NULL));
    CHECK_OK(latzero_set_null(client, KEY("none"), NULL));
    CHECK_EQUAL(type_of(client, "string"), LATZERO_TYPE_STRING);
    CHECK_EQUAL(type_of(client, "number"), LATZERO_TYPE_INT64);
    CHECK_EQUAL(type_of(client, "float"), LATZERO_TYPE_DOUBLE);
    CHECK_EQUAL(type_of(client, "bool"), LATZERO_TYPE_BOOL);
    CHECK_EQUAL(type_of(client, "list"), LATZERO_TYPE_LIST);
    CHECK_EQUAL(type_of(client, "dict"), LATZERO_TYPE_DICT);
    CHECK_EQUAL(type_of(client, "tuple"), LATZERO_TYPE_TUPLE);
    CHECK_EQUAL(type_of(client, "bytes"), LATZERO_TYPE_BYTES);
    CHECK_EQUAL(type_of(client, "none"), LATZERO_TYPE_NULL);
    check_json(client, "dict", "{\"nested\":{\"deep\":true}}");
    check_json(client, "tuple", "{\"$tuple\":[1,2,3]}");
    /* A custom object: the caller's own bytes, with a tag that tells him what they are. */
    pickled.tag = 80;
    CHECK_OK(latzero_set(client, KEY("user"), LATZERO_TYPE_OPAQUE, "Alice, 30", 9, &pickled));
    CHECK_OK(latzero_get(client, KEY("user"), bytes, sizeof bytes, &info));
    CHECK(info.type == LATZERO_TYPE_OPAQUE && info.tag == 80 && memcmp(bytes, "Alice, 30", 9) == 0);
    leave(client);
}

/* Core concepts: auto_clean. */
static void auto_clean(void **state) {
    latzero_client *client = create_and_join(pool_name("session"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    (void)state;
    options.ttl_ms = 60;
    CHECK_OK(latzero_set_json(client, KEY("session"), KEY("{\"user_id\": 123}"), &options));
    check_json(client, "session", "{\"user_id\":123}");
    pause_ms(80);
    CHECK_STATUS(latzero_get(client, KEY("session"), NULL, 0, NULL), LATZERO_NOT_FOUND);
    leave(client);
}

/* API reference: SharedMemoryPool. */
static void shared_memory_pool(void **state) {
    const char *name = pool_name("myPool");
    latzero_client *client, *reader;
    (void)state;
    CHECK_OK(latzero_auto_cleanup(60000));
    CHECK_OK(latzero_pool_create(name, NULL));
    CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_POOL_EXISTS);
    client = join(name, 0);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_set_i64(client, KEY("key"), 1, NULL));
    CHECK_OK(latzero_get(reader, KEY("key"), NULL, 0, NULL) == LATZERO_TOO_SMALL ? LATZERO_OK : LATZERO_IO);
    CHECK_STATUS(latzero_set_i64(reader, KEY("key"), 2, NULL), LATZERO_READ_ONLY);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_POOL_NOT_FOUND);
    leave(client);
    leave(reader);
    CHECK_OK(latzero_auto_cleanup(0));
}

/* API reference: basic operations. */
static void basic_operations(void **state) {
    latzero_client *client = create_and_join(pool_name("basic"), 0);
    const int64_t number = 7;
    int64_t got = 0;
    int32_t exists = 1;
    (void)state;
    CHECK_OK(latzero_set_i64(client, KEY("key"), 1, NULL));
    CHECK_OK(latzero_set_fast(client, KEY("fast"), LATZERO_TYPE_INT64, &number, sizeof number, NULL));
    CHECK_OK(latzero_flush(client));
    CHECK_OK(latzero_get_i64(client, KEY("fast"), &got));
    CHECK_EQUAL(got, 7);
    /* A default is what the variable holds before. */
    got = -1;
    CHECK_STATUS(latzero_get_i64(client, KEY("missing"), &got), LATZERO_NOT_FOUND);
    CHECK_EQUAL(got, -1);
    CHECK_OK(latzero_delete(client, KEY("key")));
    CHECK_STATUS(latzero_delete(client, KEY("key")), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_exists(client, KEY("key"), &exists));
    CHECK_EQUAL(exists, 0);
    leave(client);
}

/* API reference: atomic operations. */
static void atomic_operations(void **state) {
    static const char updates[] = "\x82\xa1\x61\x01\xa1\x62\x02"; /* {"a": 1, "b": 2} */
    latzero_client *client = create_and_join(pool_name("atomic"), 0);
    const int64_t element = 4;
    int64_t sum = 0;
    uint64_t length = 0;
    (void)state;
    CHECK_OK(latzero_increment(client, KEY("counter"), 1, 0, &sum));
    CHECK_EQUAL(sum, 1);
    CHECK_OK(latzero_decrement(client, KEY("counter"), 3, 0, &sum));
    CHECK_EQUAL(sum, -2);
    set_json(client, "list", "[1, 2, 3]");
    CHECK_OK(latzero_append(client, KEY("list"), LATZERO_TYPE_INT64, &element, sizeof element, &length));
    CHECK_EQUAL(length, 4);
    check_json(client, "list", "[1,2,3,4]");
    set_json(client, "dict", "{\"a\": 0, \"c\": 3}");
    CHECK_OK(latzero_update(client, KEY("dict"), updates, sizeof updates - 1));
    check_json(client, "dict", "{\"a\":1,\"c\":3,\"b\":2}");
    leave(client);
}

/* API reference: batch operations. */
static void batch_operations(void **state) {
    latzero_client *client = create_and_join(pool_name("batch"), 0);
    latzero_entry entries[3];
    char keys[3][4], values[3][4];
    size_t at, count = 0;
    (void)state;
    memset(entries, 0, sizeof entries);
    for (at = 0; at < 3; at++) {
        snprintf(keys[at], sizeof keys[at], "k%d", (int)at);
        entries[at].key = keys[at];
        entries[at].key_len = LATZERO_CSTR;
        entries[at].type = LATZERO_TYPE_STRING;
        entries[at].value = keys[at];
        entries[at].size = 2;
        entries[at].ttl_ms = 60000;
    }
    CHECK_OK(latzero_mset(client, sizeof *entries, entries, 3));
    for (at = 0; at < 3; at++) {
        entries[at].value = values[at];
        entries[at].capacity = sizeof values[at];
    }
    CHECK_OK(latzero_mget(client, sizeof *entries, entries, 3, &count));
    CHECK_EQUAL(count, 3);
    for (at = 0; at < 3; at++) CHECK(memcmp(values[at], keys[at], 2) == 0 && entries[at].ttl_ms > 0);
    entries[2].key = "missing";
    CHECK_OK(latzero_delete_many(client, sizeof *entries, entries, 3, &count));
    CHECK_EQUAL(count, 2);
    leave(client);
}

/* API reference: iteration. keys(), values() and items() are one walk. */
static void iteration(void **state) {
    latzero_client *client = create_and_join(pool_name("iteration"), 0);
    latzero_iter *iter = NULL;
    const char *key;
    const void *value;
    size_t length, items = 0, scanned = 0, found;
    uint64_t cursor = 0;
    int64_t number;
    (void)state;
    for (number = 0; number < 250; number++) {
        char name[16];
        snprintf(name, sizeof name, "%s:%d", number % 2 ? "user" : "order", (int)number);
        CHECK_OK(latzero_set_i64(client, KEY(name), number, NULL));
    }
    CHECK_OK(latzero_iter_open(client, KEY("user:*"), &iter));
    while (latzero_iter_next(iter, &key, &length, &value, NULL) == LATZERO_OK) {
        memcpy(&number, value, sizeof number);
        CHECK_EQUAL(atoi(key + 5), number);
        items++;
    }
    latzero_iter_close(iter);
    CHECK_EQUAL(items, 125);
    do {
        latzero_key *keys = NULL;
        CHECK_OK(latzero_scan(client, &cursor, 100, NULL, 0, &keys, &found));
        scanned += found;
        latzero_free(keys);
    } while (cursor != 0);
    CHECK_EQUAL(scanned, 250);
    leave(client);
}

/* API reference: info and stats. */
static void info_and_stats(void **state) {
    const char *name = pool_name("myPool");
    latzero_client *client = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    latzero_pool_stats stats;
    uint64_t size = 0;
    (void)state;
    CHECK_OK(latzero_set_i64(client, KEY("key"), 1, NULL));
    CHECK_OK(latzero_size(client, &size));
    CHECK_EQUAL(size, 1);
    stats = stats_of(reader);
    CHECK_EQUAL(strcmp(stats.name, name), 0);
    CHECK_EQUAL(stats.clients, 2);
    CHECK_EQUAL(stats.key_count, 1);
    CHECK_EQUAL(stats.encryption, 0);
    CHECK_EQUAL(stats.read_only, 1);
    CHECK(stats.used_bytes > 0 && stats.capacity_bytes == 1048576 && stats.max_bytes == 104857600);
    CHECK(stats.utilization > 0 && stats.utilization < 1);
    leave(client);
    leave(reader);
}

/* API reference: namespaces. */
static void namespaces(void **state) {
    latzero_client *client = create_and_join(pool_name("spaces"), 0), *users = NULL;
    latzero_iter *iter = NULL;
    const char *key;
    size_t length;
    (void)state;
    CHECK_OK(latzero_namespace(client, KEY("users"), &users));
    set_json(users, "123", "{\"name\": \"Alice\"}");
    check_json(client, "users:123", "{\"name\":\"Alice\"}");
    check_json(users, "123", "{\"name\":\"Alice\"}");
    set_json(client, "elsewhere", "1");
    CHECK_OK(latzero_iter_open(users, NULL, 0, &iter));
    CHECK_OK(latzero_iter_next(iter, &key, &length, NULL, NULL));
    CHECK_EQUAL(strcmp(key, "123"), 0);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    leave(users);
    leave(client);
}

/* Performance: the high-performance pattern. */
static void high_performance_pattern(void **state) {
    latzero_client *client = create_and_join(pool_name("fast"), 0);
    char key[16], data[32];
    int i;
    (void)state;
    for (i = 0; i < 1000; i++) {
        unsigned char dict[] = "\x81\xa4\x64\x61\x74\x61\xcd\0\0"; /* {"data": i} */
        dict[7] = (unsigned char)(i >> 8);
        dict[8] = (unsigned char)i;
        snprintf(key, sizeof key, "key_%d", i);
        CHECK_OK(latzero_set_fast(client, KEY(key), LATZERO_TYPE_DICT, dict, sizeof dict - 1, NULL));
    }
    CHECK_OK(latzero_flush(client));
    for (i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key_%d", i);
        snprintf(data, sizeof data, "{\"data\":%d}", i);
        check_json(client, key, data);
    }
    leave(client);
}

static void count_event(const latzero_event *event, void *counts) {
    atomic_fetch_add((atomic_int *)counts + event->kind, 1);
}

static void await_event(atomic_int *count) {
    int tries;
    for (tries = 0; atomic_load(count) == 0 && tries < 10000; tries++) usleep(1000);
    CHECK_EQUAL(atomic_load(count), 1);
}

/* API: event handlers, which hear of other clients' changes, too. */
static void event_handlers(void **state) {
    static atomic_int counts[LATZERO_EVENT_DESTROYED + 1];
    latzero_client *client = create_and_join(pool_name("events"), 0), *other;
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    uint64_t registration;
    (void)state;
    options.what = LATZERO_WATCH_CLIENTS | LATZERO_WATCH_UPDATES | LATZERO_WATCH_DELETES | LATZERO_WATCH_VALUES;
    CHECK_OK(latzero_on(client, &options, count_event, counts, &registration));
    other = join(pool_name("events"), 0);
    await_event(&counts[LATZERO_EVENT_CONNECT]);
    CHECK_OK(latzero_set_i64(other, KEY("key"), 1, NULL));
    await_event(&counts[LATZERO_EVENT_CREATED]);
    CHECK_OK(latzero_delete(other, KEY("key")));
    await_event(&counts[LATZERO_EVENT_ERASED]);
    leave(other);
    await_event(&counts[LATZERO_EVENT_DISCONNECT]);
    CHECK_OK(latzero_off(client, registration));
    leave(client);
}

static latzero_op *awaited(latzero_async *queue, latzero_op *op) {
    latzero_op *done = NULL;
    size_t count = 0;
    CHECK_OK(latzero_async_submit(queue, &op, 1, &count));
    CHECK_OK(latzero_async_reap(queue, &done, 1, -1, &count));
    CHECK(done == op);
    CHECK_OK(done->status);
    return done;
}

/* Advanced: the async API. */
static void async_api(void **state) {
    latzero_client *client = create_and_join(pool_name("asyncPool"), 0);
    latzero_op op = LATZERO_OP_INIT;
    latzero_async *queue = NULL;
    const int64_t value = 5;
    int64_t found = 0;
    (void)state;
    CHECK_OK(latzero_async_open(NULL, &queue));
    op.verb = LATZERO_OP_SET;
    op.client = client;
    op.key = "key";
    op.key_len = LATZERO_CSTR;
    op.type = LATZERO_TYPE_INT64;
    op.value = &value;
    op.size = sizeof value;
    (void)awaited(queue, &op);
    CHECK_OK(latzero_get_i64(client, KEY("key"), &found));
    CHECK_EQUAL(found, 5);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pools),
        TEST(clients),
        TEST(keys_and_values),
        TEST(auto_clean),
        TEST(shared_memory_pool),
        TEST(basic_operations),
        TEST(atomic_operations),
        TEST(batch_operations),
        TEST(iteration),
        TEST(info_and_stats),
        TEST(event_handlers),
        TEST(namespaces),
        TEST(async_api),
        TEST(high_performance_pattern),
    };
    return RUN_TESTS(tests);
}
