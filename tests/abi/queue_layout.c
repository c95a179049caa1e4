/* The binary face of latzero.h, as in struct_layout.c: queues and their operations. */
#include "abi/pin.h"

static void structs_of_queues_keep_their_layout(void **state) {
    (void)state;
    SIZE(latzero_op, 384);
    FIELD(latzero_op, struct_size, 0, 4);
    FIELD(latzero_op, verb, 4, 4);
    FIELD(latzero_op, client, 8, 8);
    FIELD(latzero_op, key, 16, 8);
    FIELD(latzero_op, key_len, 24, 8);
    FIELD(latzero_op, value, 32, 8);
    FIELD(latzero_op, size, 40, 8);
    FIELD(latzero_op, buffer, 48, 8);
    FIELD(latzero_op, capacity, 56, 8);
    FIELD(latzero_op, options, 64, 8);
    FIELD(latzero_op, user_data, 72, 8);
    FIELD(latzero_op, status, 80, 4);
    FIELD(latzero_op, type, 84, 4);
    FIELD(latzero_op, tag, 88, 4);
    FIELD(latzero_op, flags, 92, 4);
    FIELD(latzero_op, ttl_ms, 96, 8);
    FIELD(latzero_op, version, 104, 8);
    FIELD(latzero_op, count, 112, 8);
    FIELD(latzero_op, error, 120, 256);
    FIELD(latzero_op, result, 376, 8);

    SIZE(latzero_async_options, 16);
    FIELD(latzero_async_options, struct_size, 0, 4);
    FIELD(latzero_async_options, threads, 4, 4);
    FIELD(latzero_async_options, depth, 8, 4);
    FIELD(latzero_async_options, reserved, 12, 4);
}

static void verbs_keep_their_numbers(void **state) {
    (void)state;
    NUMBER(LATZERO_ASYNC_THREADS_MAX, 64);
    NUMBER(LATZERO_ASYNC_DEPTH_MAX, 65536);
    NUMBER(LATZERO_ASYNC_DEPTH_DEFAULT, 256);
    NUMBER(LATZERO_OP_POOL_CREATE, 1);
    NUMBER(LATZERO_OP_POOL_DESTROY, 2);
    NUMBER(LATZERO_OP_POOL_EXISTS, 3);
    NUMBER(LATZERO_OP_POOL_REKEY, 4);
    NUMBER(LATZERO_OP_POOL_CHECK, 5);
    NUMBER(LATZERO_OP_POOL_LIST, 6);
    NUMBER(LATZERO_OP_POOL_CLEANUP, 7);
    NUMBER(LATZERO_OP_GLOBAL_STATS, 8);
    NUMBER(LATZERO_OP_CONNECT, 9);
    NUMBER(LATZERO_OP_DISCONNECT, 10);
    NUMBER(LATZERO_OP_SET, 11);
    NUMBER(LATZERO_OP_GET, 12);
    NUMBER(LATZERO_OP_DELETE, 13);
    NUMBER(LATZERO_OP_EXISTS, 14);
    NUMBER(LATZERO_OP_CLEAR, 15);
    NUMBER(LATZERO_OP_SIZE, 16);
    NUMBER(LATZERO_OP_SET_FAST, 17);
    NUMBER(LATZERO_OP_FLUSH, 18);
    NUMBER(LATZERO_OP_TTL, 19);
    NUMBER(LATZERO_OP_EXPIRE, 20);
    NUMBER(LATZERO_OP_PERSIST, 21);
    NUMBER(LATZERO_OP_INCREMENT, 22);
    NUMBER(LATZERO_OP_INCREMENT_F64, 23);
    NUMBER(LATZERO_OP_APPEND, 24);
    NUMBER(LATZERO_OP_UPDATE, 25);
    NUMBER(LATZERO_OP_ADD, 26);
    NUMBER(LATZERO_OP_REPLACE, 27);
    NUMBER(LATZERO_OP_COMPARE_AND_SET, 28);
    NUMBER(LATZERO_OP_SWAP, 29);
    NUMBER(LATZERO_OP_TAKE, 30);
    NUMBER(LATZERO_OP_MSET, 31);
    NUMBER(LATZERO_OP_MGET, 32);
    NUMBER(LATZERO_OP_DELETE_MANY, 33);
    NUMBER(LATZERO_OP_SCAN, 34);
    NUMBER(LATZERO_OP_STATS, 35);
    NUMBER(LATZERO_OP_CLIENTS, 36);
    NUMBER(LATZERO_OP_ADD_VERSIONED, 37);
    NUMBER(LATZERO_OP_COMPARE_AND_DELETE, 38);
    NUMBER(LATZERO_OP_APPEND_JSON, 39);
    NUMBER(LATZERO_OP_APPEND_MSGPACK, 40);
    NUMBER(LATZERO_OP_APPEND_OPAQUE, 41);
    NUMBER(LATZERO_OP_UPDATE_JSON, 42);
    NUMBER(LATZERO_OP_GET_COPY, 43);
    NUMBER(LATZERO_OP_INFO, 44);
    NUMBER(LATZERO_OP_MGET_COPY, 45);
    NUMBER(LATZERO_OP_MSET_PACKED, 46);
    NUMBER(LATZERO_OP_ITEMS, 47);
    NUMBER(LATZERO_OP_SCAN_MATCH, 48);
    NUMBER(LATZERO_OP_CLEAR_MATCH, 49);
    NUMBER(LATZERO_OP_SIZE_MATCH, 50);
    NUMBER(LATZERO_OP_COUNT, 51);
    NUMBER(LATZERO_OP_POP_FRONT, 52);
    NUMBER(LATZERO_OP_POP_BACK, 53);
}

static void inits_state_the_size_and_nothing_else(void **state) {
    (void)state;
    INITIALISED(latzero_op, LATZERO_OP_INIT);
    INITIALISED(latzero_async_options, LATZERO_ASYNC_OPTIONS_INIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_of_queues_keep_their_layout),
        cmocka_unit_test(verbs_keep_their_numbers),
        cmocka_unit_test(inits_state_the_size_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
