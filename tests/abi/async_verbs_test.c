/* Each verb of a queue does what the call of its name does, and tells what that tells. */
#include "abi/queues.h"

static void bytes_of(latzero_op *op, uint32_t type, const void *value, size_t size) {
    op->type = type;
    op->value = value;
    op->size = size;
}

static void into(latzero_op *op, void *buffer, size_t capacity) {
    op->buffer = buffer;
    op->capacity = capacity;
}

static void pools_are_made_and_unmade(void **state) {
    const char *name = pool_name("made");
    latzero_async *queue = open_queue(0, 0);
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_global_info global = LATZERO_GLOBAL_INFO_INIT;
    latzero_op op = make_op(LATZERO_OP_POOL_CREATE, NULL, name);
    size_t i, met = 0;
    (void)state;
    seal_new_pool(&options);
    options.max_bytes = 5 << 20;
    op.options = &options;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_POOL_EXISTS);
    op = make_op(LATZERO_OP_POOL_EXISTS, NULL, name);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    op = make_op(LATZERO_OP_POOL_CHECK, NULL, name);
    op.buffer = &report;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(report.sound == 1 && report.stripes == 64);
    op = make_op(LATZERO_OP_POOL_LIST, NULL, NULL);
    op.size = sizeof(latzero_pool_info);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    for (i = 0; i < op.count; i++) {
        const latzero_pool_info *info = (const latzero_pool_info *)op.result + i;
        if (strcmp(info->name, name) == 0) met += info->max_bytes == 5 << 20;
    }
    CHECK_EQUAL(met, 1);
    latzero_free(op.result);
    op = make_op(LATZERO_OP_GLOBAL_STATS, NULL, NULL);
    op.buffer = &global;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(global.pool_count > 0);
    op = make_op(LATZERO_OP_POOL_CLEANUP, NULL, NULL);
    op.count = 777777;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.count != 777777);
    op = make_op(LATZERO_OP_POOL_DESTROY, NULL, name);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_POOL_NOT_FOUND);
    CHECK(strstr(op.error, name) != NULL);
    CHECK_OK(latzero_async_close(queue));
}

static void an_auth_key_is_changed(void **state) {
    static const char old_key[] = "the first key of 32 random bytes", new_key[] = "another key, of 32 random bytes!";
    const char *name = pool_name("rekey");
    latzero_async *queue = open_queue(1, 1);
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_rekey_options how = LATZERO_REKEY_OPTIONS_INIT;
    latzero_connect_options with_new = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    latzero_op op = make_op(LATZERO_OP_POOL_REKEY, NULL, name);
    (void)state;
    options.flags = LATZERO_POOL_RAW_KEY;
    options.auth_key = old_key;
    options.auth_key_len = 32;
    CHECK_OK(latzero_pool_create(name, &options));
    how.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
    op.options = &how;
    bytes_of(&op, 0, old_key, 32);
    into(&op, (void *)new_key, 32);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_AUTHENTICATION);
    with_new.flags = LATZERO_CONNECT_RAW_KEY;
    with_new.auth_key = new_key;
    with_new.auth_key_len = 32;
    CHECK_OK(latzero_connect(name, &with_new, &client));
    leave(client);
    CHECK_OK(latzero_async_close(queue));
}

static void connections_are_made_and_closed(void **state) {
    const char *name = pool_name("connected");
    latzero_async *queue = open_queue(1, 0);
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options how = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    latzero_op op = make_op(LATZERO_OP_CONNECT, NULL, name);
    latzero_client *client;
    (void)state;
    seal_new_pool(&options);
    give_test_key(&how);
    op.options = &how;
    CHECK_STATUS(do_op(queue, &op), LATZERO_POOL_NOT_FOUND);
    CHECK(op.client == NULL);
    how.flags |= LATZERO_CONNECT_CREATE;
    how.create_options = &options;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    client = op.client;
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    op = make_op(LATZERO_OP_STATS, client, NULL);
    op.buffer = &stats;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(strcmp(stats.name, name) == 0 && stats.key_count == 1);
    op = make_op(LATZERO_OP_CLIENTS, client, NULL);
    op.size = sizeof(latzero_client_info);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    CHECK_EQUAL(((latzero_client_info *)op.result)->process, getpid());
    latzero_free(op.result);
    op = make_op(LATZERO_OP_DISCONNECT, client, NULL);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK_OK(latzero_async_close(queue));
}

static void values_are_set_and_read(void **state) {
    latzero_client *client = create_and_join(pool_name("values"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    char buffer[16] = "";
    latzero_op set = make_op(LATZERO_OP_SET, client, "k"), get = make_op(LATZERO_OP_GET, client, "k");
    latzero_op op;
    (void)state;
    options.ttl_ms = 3600000;
    options.tag = 9;
    bytes_of(&set, LATZERO_TYPE_OPAQUE, "four", 4);
    set.options = &options;
    CHECK_STATUS(do_op(queue, &set), LATZERO_OK);
    into(&get, buffer, 3);
    CHECK_STATUS(do_op(queue, &get), LATZERO_TOO_SMALL);
    CHECK_EQUAL(get.size, 4);
    into(&get, buffer, sizeof buffer);
    CHECK_STATUS(do_op(queue, &get), LATZERO_OK);
    CHECK(get.type == LATZERO_TYPE_OPAQUE && get.size == 4 && get.tag == 9 && memcmp(buffer, "four", 4) == 0);
    CHECK(get.ttl_ms > 3500000 && get.ttl_ms <= 3600000 && get.version == version_of(client, "k"));
    op = make_op(LATZERO_OP_EXISTS, client, "k");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    op = make_op(LATZERO_OP_SIZE, client, NULL);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    op = make_op(LATZERO_OP_TAKE, client, "k");
    into(&op, buffer, sizeof buffer);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.size == 4 && op.tag == 9);
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    CHECK_STATUS(do_op(queue, &set), LATZERO_OK);
    op = make_op(LATZERO_OP_DELETE, client, "k");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    /* What a failure has no news of stays. */
    CHECK_STATUS(do_op(queue, &get), LATZERO_NOT_FOUND);
    CHECK(get.tag == 9 && get.size == 4);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void fast_sets_wait_for_a_flush(void **state) {
    const char *name = pool_name("fast");
    latzero_client *client = create_and_join(name, 0), *other = join(name, 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op op = make_op(LATZERO_OP_SET_FAST, client, "k");
    (void)state;
    bytes_of(&op, LATZERO_TYPE_STRING, "later", 5);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(latzero_delete(other, "k", 1), LATZERO_NOT_FOUND);
    op = make_op(LATZERO_OP_FLUSH, client, NULL);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    check_json(other, "k", "\"later\"");
    op = make_op(LATZERO_OP_CLEAR, client, NULL);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    check_keys(other, 0);
    CHECK_OK(latzero_async_close(queue));
    leave(other);
    leave(client);
}

static void keys_end_when_they_are_told(void **state) {
    latzero_client *client = create_and_join(pool_name("ends"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op op = make_op(LATZERO_OP_EXPIRE, client, "k");
    (void)state;
    op.ttl_ms = 60000;
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    op = make_op(LATZERO_OP_TTL, client, "k");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.ttl_ms > 0 && op.ttl_ms <= 60000);
    op = make_op(LATZERO_OP_PERSIST, client, "k");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(ttl_of(client, "k"), -1);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void numbers_are_added(void **state) {
    latzero_client *client = create_and_join(pool_name("numbers"), 0);
    latzero_async *queue = open_queue(1, 0);
    const int64_t delta = -3, initial = 10;
    const double step = 0.5, start = 1;
    int64_t sum = 0;
    double total = 0;
    latzero_op op = make_op(LATZERO_OP_INCREMENT, client, "i");
    (void)state;
    CHECK_STATUS(do_op(queue, &op), LATZERO_INVALID_ARGUMENT);
    op.value = &delta;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    op.buffer = &sum;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(sum, -6);
    op.key = "other";
    op.options = &initial;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(sum, 7);
    op = make_op(LATZERO_OP_INCREMENT_F64, client, "f");
    op.value = &step;
    op.options = &start;
    op.buffer = &total;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(total == 1.5);
    op.key = "i";
    CHECK_STATUS(do_op(queue, &op), LATZERO_TYPE_MISMATCH);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void values_are_changed(void **state) {
    latzero_client *client = create_and_join(pool_name("changed"), 0);
    latzero_async *queue = open_queue(1, 0);
    char buffer[16];
    latzero_op op = make_op(LATZERO_OP_APPEND, client, "list");
    (void)state;
    bytes_of(&op, LATZERO_TYPE_STRING, "x", 1);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 2);
    op = make_op(LATZERO_OP_UPDATE, client, "dict");
    bytes_of(&op, 0, "\x81\xa1k\x01", 4);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    check_json(client, "dict", "{\"k\":1}");
    op = make_op(LATZERO_OP_REPLACE, client, "k");
    bytes_of(&op, LATZERO_TYPE_STRING, "a", 1);
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    op.verb = LATZERO_OP_ADD;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_STATUS(do_op(queue, &op), LATZERO_EXISTS);
    op.verb = LATZERO_OP_REPLACE;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    op.verb = LATZERO_OP_COMPARE_AND_SET;
    op.version = version_of(client, "k");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.version, version_of(client, "k"));
    op.version++;
    CHECK_STATUS(do_op(queue, &op), LATZERO_CONFLICT);
    op = make_op(LATZERO_OP_SWAP, client, "k");
    bytes_of(&op, LATZERO_TYPE_BYTES, "swapped", 7);
    into(&op, buffer, sizeof buffer);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.type == LATZERO_TYPE_STRING && op.size == 1 && buffer[0] == 'a');
    CHECK_STATUS(latzero_get(client, "k", 1, buffer, 6, NULL), LATZERO_TOO_SMALL);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void batches_and_scans(void **state) {
    latzero_client *client = create_and_join(pool_name("batches"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_entry entries[3];
    char values[3][4] = {"a", "b", "c"};
    latzero_op op = make_op(LATZERO_OP_MSET, client, NULL);
    size_t i;
    (void)state;
    memset(entries, 0, sizeof entries);
    for (i = 0; i < 3; i++) {
        entries[i].key = values[i];
        entries[i].key_len = 1;
        entries[i].value = values[i];
        entries[i].size = 1;
        entries[i].capacity = sizeof values[i];
        entries[i].type = LATZERO_TYPE_BYTES;
    }
    op.buffer = entries;
    op.size = sizeof *entries;
    op.capacity = 3;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_OK(latzero_delete(client, "b", 1));
    op.verb = LATZERO_OP_MGET;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.count == 2 && entries[0].status == LATZERO_OK && entries[1].status == LATZERO_NOT_FOUND);
    op = make_op(LATZERO_OP_SCAN, client, "[ac]");
    op.capacity = 100;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    for (i = op.count; op.version != 0; i += op.count) {
        latzero_free(op.result);
        CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    }
    latzero_free(op.result);
    CHECK_EQUAL(i, 2);
    op = make_op(LATZERO_OP_DELETE_MANY, client, NULL);
    op.buffer = entries;
    op.size = sizeof *entries;
    op.capacity = 3;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 2);
    check_keys(client, 0);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(pools_are_made_and_unmade), TEST(an_auth_key_is_changed),     TEST(connections_are_made_and_closed),
        TEST(values_are_set_and_read),   TEST(fast_sets_wait_for_a_flush), TEST(keys_end_when_they_are_told),
        TEST(numbers_are_added),         TEST(values_are_changed),         TEST(batches_and_scans),
    };
    return RUN_TESTS(tests);
}
