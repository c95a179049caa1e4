/* Operations of a queue that give items, go by patterns, or take values in the caller's form: each is its call. */
#include "abi/queues.h"
#include "abi/test.h"

static void give(latzero_op *op, const void *bytes, size_t size) {
    op->value = bytes;
    op->size = size;
}

static void locks_are_let_go_by_their_holder(void **state) {
    latzero_client *client = create_and_join(pool_name("locks"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op add = make_op(LATZERO_OP_ADD_VERSIONED, client, "k"), op;
    (void)state;
    add.type = LATZERO_TYPE_STRING;
    give(&add, "me", 2);
    CHECK_STATUS(do_op(queue, &add), LATZERO_OK);
    CHECK_EQUAL(add.version, version_of(client, "k"));
    op = add;
    CHECK_STATUS(do_op(queue, &op), LATZERO_EXISTS);
    op = make_op(LATZERO_OP_COMPARE_AND_DELETE, client, "k");
    op.version = add.version + 64;
    CHECK_STATUS(do_op(queue, &op), LATZERO_CONFLICT);
    op.version = add.version;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(version_of(client, "k"), 0);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void values_come_in_every_form(void **state) {
    latzero_client *client = create_and_join(pool_name("forms"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op op = make_op(LATZERO_OP_APPEND_JSON, client, "l");
    (void)state;
    give(&op, "[1]", 3);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    op = make_op(LATZERO_OP_APPEND_MSGPACK, client, "l");
    give(&op, "\xc0", 1);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 2);
    check_json(client, "l", "[[1],null]");
    op = make_op(LATZERO_OP_APPEND_OPAQUE, client, "l");
    op.tag = 7;
    give(&op, "", 0);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    op = make_op(LATZERO_OP_GET_COPY, client, "l");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.type == LATZERO_TYPE_LIST && op.size == 10 && op.ttl_ms == -1);
    CHECK(memcmp(op.result, "\x93\x91\x01\xc0\xd6\x4f\0\0\0\x07", 10) == 0);
    latzero_free(op.result);
    op = make_op(LATZERO_OP_INFO, client, "l");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.type == LATZERO_TYPE_LIST && op.size == 10 && op.version == version_of(client, "l"));
    op.key = "none", op.key_len = 4, op.size = 77;
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    CHECK_EQUAL(op.size, 77);
    op = make_op(LATZERO_OP_UPDATE_JSON, client, "d");
    give(&op, "{\"a\": 1}", 8);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    check_json(client, "d", "{\"a\":1}");
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void items_are_read_and_stored(void **state) {
    latzero_client *client = create_and_join(pool_name("items"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op read = make_op(LATZERO_OP_MGET_COPY, client, NULL), walk = make_op(LATZERO_OP_ITEMS, client, NULL), op;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "a1", 2, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "a2", 2, 2, NULL));
    CHECK_OK(latzero_set_i64(client, "b", 1, 3, NULL));
    give(&read, "\x02\0\0\0a1\x04\0\0\0none\x01\0\0\0b", 19);
    CHECK_STATUS(do_op(queue, &read), LATZERO_OK);
    CHECK(read.count == 2 && read.size == 80 + 72 + 80 - 0);
    walk.capacity = 1000;
    walk.key = "a", walk.key_len = 1;
    walk.flags = LATZERO_MATCH_PREFIX;
    CHECK_STATUS(do_op(queue, &walk), LATZERO_OK);
    CHECK(walk.count == 2 && walk.size == 160 && walk.version == 0);
    op = make_op(LATZERO_OP_SCAN_MATCH, client, "a");
    op.flags = LATZERO_MATCH_PREFIX;
    op.capacity = 1000;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.count == 2 && op.version == 0);
    latzero_free(op.result);
    op = make_op(LATZERO_OP_SIZE_MATCH, client, "?");
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    op = make_op(LATZERO_OP_CLEAR_MATCH, client, "a");
    op.flags = LATZERO_MATCH_PREFIX;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 2);
    check_keys(client, 1);
    op = make_op(LATZERO_OP_MSET_PACKED, client, NULL);
    give(&op, walk.result, 160);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 2);
    check_keys(client, 3);
    op.size = 152;
    CHECK_STATUS(do_op(queue, &op), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(op.count, 1);
    latzero_free(walk.result);
    latzero_free(read.result);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void queues_and_counters(void **state) {
    latzero_client *client = create_and_join(pool_name("queues"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_count_options options = LATZERO_COUNT_OPTIONS_INIT;
    const int64_t delta = 3;
    int64_t sum = 0;
    char buffer[8];
    latzero_op op = make_op(LATZERO_OP_COUNT, client, "n");
    (void)state;
    options.ttl_ms = 60000;
    op.options = &options;
    CHECK_STATUS(do_op(queue, &op), LATZERO_INVALID_ARGUMENT);
    op.value = &delta;
    op.buffer = &sum;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(sum == 3 && ttl_of(client, "n") > 50000);
    CHECK_OK(latzero_set_json(client, "l", 1, "[1, \"two\", 3]", LATZERO_CSTR, NULL));
    op = make_op(LATZERO_OP_POP_FRONT, client, "l");
    op.buffer = buffer;
    op.capacity = 7;
    CHECK_STATUS(do_op(queue, &op), LATZERO_TOO_SMALL);
    CHECK_EQUAL(op.size, 8);
    op.capacity = 8;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.type == LATZERO_TYPE_INT64 && op.size == 8 && op.count == 2 && op.ttl_ms == -1);
    op.verb = LATZERO_OP_POP_BACK;
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.count, 1);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(op.type == LATZERO_TYPE_STRING && op.size == 3 && memcmp(buffer, "two", 3) == 0 && op.count == 0);
    op.version = 0;
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    CHECK(op.version != 0 && op.count == 0);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(locks_are_let_go_by_their_holder), TEST(values_come_in_every_form),
                                       TEST(items_are_read_and_stored), TEST(queues_and_counters)};
    return RUN_TESTS(tests);
}
