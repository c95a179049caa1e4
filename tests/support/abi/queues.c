#include "abi/queues.h"

latzero_async *open_queue(uint32_t threads, uint32_t depth) {
    latzero_async_options options = LATZERO_ASYNC_OPTIONS_INIT;
    latzero_async *queue = NULL;
    options.threads = threads;
    options.depth = depth;
    CHECK_OK(latzero_async_open(&options, &queue));
    CHECK(queue != NULL);
    return queue;
}

latzero_op make_op(uint32_t verb, latzero_client *client, const char *key) {
    latzero_op op = LATZERO_OP_INIT;
    op.verb = verb;
    op.client = client;
    op.key = key;
    op.key_len = LATZERO_CSTR;
    op.status = 77;
    return op;
}

void submit_ops(latzero_async *queue, latzero_op **ops, size_t count) {
    size_t taken = 77;
    CHECK_OK(latzero_async_submit(queue, ops, count, &taken));
    CHECK_EQUAL(taken, count);
}

void submit_op(latzero_async *queue, latzero_op *op) { submit_ops(queue, &op, 1); }

latzero_op *reap_op(latzero_async *queue) {
    latzero_op *op = NULL;
    size_t count = 77;
    CHECK_OK(latzero_async_reap(queue, &op, 1, 60000, &count));
    CHECK(count == 1 && op != NULL);
    return op;
}

latzero_status do_op(latzero_async *queue, latzero_op *op) {
    op->status = 77;
    submit_op(queue, op);
    CHECK(reap_op(queue) == op);
    CHECK((op->status == LATZERO_OK) == (op->error[0] == 0));
    return op->status;
}

void check_nothing_is_done(latzero_async *queue) {
    latzero_op *op = NULL;
    size_t count = 77;
    CHECK_STATUS(latzero_async_reap(queue, &op, 1, 0, &count), LATZERO_TIMEOUT);
    CHECK(op == NULL && count == 77);
}

static void wait_in_gate(const latzero_finding *finding, void *user_data) {
    const gate *at = user_data;
    (void)finding;
    ring(&at->arrived);
    await_bell(&at->opened);
    if (at->exits) exit(0);
    if (at->closes != NULL) CHECK_STATUS(latzero_async_close(at->closes), LATZERO_BUSY);
}

void enter_gate(gate *made, const char *pool, latzero_async *queue) {
    const long at_used_pages = 1168;
    const uint64_t wrong = 3;
    memset(made, 0, sizeof *made);
    snprintf(made->pool, sizeof made->pool, "%s", pool);
    create_pool(pool, 0);
    write_file_at(pool_path(pool), at_used_pages, &wrong, sizeof wrong);
    make_bell(&made->arrived);
    make_bell(&made->opened);
    made->options.struct_size = sizeof made->options;
    made->options.callback = wait_in_gate;
    made->options.user_data = made;
    made->op = make_op(LATZERO_OP_POOL_CHECK, NULL, made->pool);
    made->op.options = &made->options;
    submit_op(queue, &made->op);
    await_bell(&made->arrived);
}

void open_gate(const gate *made) { ring(&made->opened); }

void remove_gate(gate *made) {
    CHECK_STATUS(made->op.status, LATZERO_OK);
    close_bell(&made->arrived);
    close_bell(&made->opened);
    CHECK_OK(latzero_pool_destroy(made->pool));
}
