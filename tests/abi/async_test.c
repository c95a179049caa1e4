/* Queues of operations: their order, what is full, called off or closed, and how their ends are told. */
#include <fcntl.h>
#include <pthread.h>

#include "abi/queues.h"
#include "abi/text_check.h"

static void operations_keep_their_order(void **state) {
    enum { many = 200 };
    latzero_client *client = create_and_join(pool_name("order"), 0);
    latzero_async *queue = open_queue(1, many);
    latzero_op ops[many], *all[many];
    size_t i, reaped = 0, count, k;
    (void)state;
    for (i = 0; i < many; i++) {
        ops[i] = make_op(LATZERO_OP_APPEND, client, "list");
        ops[i].type = LATZERO_TYPE_STRING;
        ops[i].value = "x";
        ops[i].size = 1;
        ops[i].user_data = i;
        all[i] = &ops[i];
    }
    submit_ops(queue, all, many);
    for (; reaped < many; reaped += count) {
        CHECK_OK(latzero_async_reap(queue, all, 7, -1, &count));
        CHECK(count >= 1 && count <= 7);
        for (k = 0; k < count; k++) {
            CHECK_STATUS(all[k]->status, LATZERO_OK);
            CHECK(all[k]->user_data == reaped + k && all[k]->count == reaped + k + 1);
        }
    }
    check_nothing_is_done(queue);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

/* What runs and what nobody has reaped has its place, too. */
static void a_full_queue_says_so(void **state) {
    latzero_client *client = create_and_join(pool_name("full"), 0);
    latzero_async *queue = open_queue(1, 3);
    latzero_op ops[5], *all[5];
    gate held;
    size_t i, taken = 77;
    (void)state;
    for (i = 0; i < 5; i++) ops[i] = make_op(LATZERO_OP_SIZE, client, NULL), all[i] = &ops[i];
    enter_gate(&held, pool_name("gate"), queue);
    CHECK_STATUS(latzero_async_submit(queue, all, 5, &taken), LATZERO_BUSY);
    CHECK_EQUAL(taken, 2);
    CHECK_SENTENCE("full");
    CHECK_STATUS(latzero_async_submit(queue, all + 2, 1, &taken), LATZERO_BUSY);
    CHECK_EQUAL(taken, 0);
    open_gate(&held);
    CHECK(reap_op(queue) == &held.op);
    CHECK(reap_op(queue) == &ops[0]);
    CHECK_STATUS(latzero_async_submit(queue, all + 2, 3, &taken), LATZERO_BUSY);
    CHECK_EQUAL(taken, 2);
    for (i = 1; i < 4; i++) {
        CHECK(reap_op(queue) == &ops[i]);
        CHECK_STATUS(ops[i].status, LATZERO_OK);
    }
    check_nothing_is_done(queue);
    CHECK_EQUAL(ops[4].status, 77);
    submit_ops(queue, all, 0);
    remove_gate(&held);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void what_has_not_begun_is_called_off(void **state) {
    latzero_client *client = create_and_join(pool_name("cancel"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op ops[3], *all[3], foreign = make_op(LATZERO_OP_SIZE, client, NULL);
    gate held;
    size_t i;
    (void)state;
    for (i = 0; i < 3; i++) ops[i] = make_op(LATZERO_OP_CLEAR, client, NULL), all[i] = &ops[i];
    enter_gate(&held, pool_name("gate"), queue);
    submit_ops(queue, all, 3);
    CHECK_OK(latzero_async_cancel(queue, &ops[1]));
    CHECK_STATUS(latzero_async_cancel(queue, &ops[1]), LATZERO_BUSY);
    CHECK_STATUS(latzero_async_cancel(queue, &held.op), LATZERO_BUSY);
    CHECK_STATUS(latzero_async_cancel(queue, &foreign), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_cancel(queue, NULL), LATZERO_INVALID_ARGUMENT);
    /* It is done at once, before what still runs. */
    CHECK(reap_op(queue) == &ops[1]);
    CHECK_STATUS(ops[1].status, LATZERO_CANCELLED);
    CHECK(strstr(ops[1].error, "called off") != NULL);
    CHECK_STATUS(latzero_async_cancel(queue, &ops[1]), LATZERO_INVALID_ARGUMENT);
    open_gate(&held);
    CHECK(reap_op(queue) == &held.op);
    CHECK(reap_op(queue) == &ops[0]);
    CHECK(reap_op(queue) == &ops[2]);
    CHECK(ops[0].status == LATZERO_OK && ops[2].status == LATZERO_OK);
    remove_gate(&held);
    /* What was called off may be submitted again. */
    CHECK_STATUS(do_op(queue, &ops[1]), LATZERO_OK);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void *open_gate_later(void *argument) {
    pause_ms(50);
    open_gate(argument);
    return NULL;
}

static void closing_waits_for_what_has_begun(void **state) {
    latzero_client *client = create_and_join(pool_name("close"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op ops[3], *all[3], done = make_op(LATZERO_OP_SIZE, client, NULL);
    pthread_t opener;
    gate held;
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    CHECK_STATUS(do_op(queue, &done), LATZERO_OK);
    for (i = 0; i < 3; i++) ops[i] = make_op(LATZERO_OP_CLEAR, client, NULL), all[i] = &ops[i];
    submit_op(queue, &done);
    enter_gate(&held, pool_name("gate"), queue);
    submit_ops(queue, all, 3);
    CHECK(pthread_create(&opener, NULL, open_gate_later, &held) == 0);
    CHECK_OK(latzero_async_close(queue));
    CHECK(pthread_join(opener, NULL) == 0);
    CHECK_STATUS(done.status, LATZERO_OK);
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(ops[i].status, LATZERO_CANCELLED);
        CHECK(is_text(ops[i].error));
    }
    check_keys(client, 1);
    remove_gate(&held);
    CHECK_STATUS(latzero_async_close(queue), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("queue");
    leave(client);
}

typedef struct reaper {
    latzero_async *queue;
    latzero_status status;
    size_t reaped;
} reaper;

static void *reap_until_closed(void *argument) {
    reaper *self = argument;
    latzero_op *op;
    size_t count;
    while ((self->status = latzero_async_reap(self->queue, &op, 1, -1, &count)) == LATZERO_OK) self->reaped += count;
    return NULL;
}

static void closing_lets_reapers_go(void **state) {
    reaper reapers[2];
    pthread_t threads[2];
    latzero_async *queue = open_queue(3, 0);
    size_t i;
    (void)state;
    for (i = 0; i < 2; i++) {
        memset(&reapers[i], 0, sizeof reapers[i]);
        reapers[i].queue = queue;
        CHECK(pthread_create(&threads[i], NULL, reap_until_closed, &reapers[i]) == 0);
    }
    pause_ms(20);
    CHECK_OK(latzero_async_close(queue));
    for (i = 0; i < 2; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK_STATUS(reapers[i].status, LATZERO_CANCELLED);
    }
}

static void a_callback_cannot_close_its_queue(void **state) {
    latzero_async *queue = open_queue(1, 0);
    gate held;
    (void)state;
    enter_gate(&held, pool_name("gate"), queue);
    held.closes = queue;
    open_gate(&held);
    CHECK(reap_op(queue) == &held.op);
    remove_gate(&held);
    CHECK_OK(latzero_async_close(queue));
}

static void reaping_waits_as_long_as_told(void **state) {
    latzero_async *queue = open_queue(1, 0);
    latzero_op *op = NULL;
    pthread_t opener;
    gate held;
    size_t count = 77;
    int64_t begin = now_ms();
    (void)state;
    CHECK_STATUS(latzero_async_reap(queue, &op, 1, 60, &count), LATZERO_TIMEOUT);
    CHECK(now_ms() - begin >= 60 && now_ms() - begin < limit_of(5000));
    enter_gate(&held, pool_name("gate"), queue);
    CHECK(pthread_create(&opener, NULL, open_gate_later, &held) == 0);
    begin = now_ms();
    CHECK_OK(latzero_async_reap(queue, &op, 1, INT64_MAX, &count));
    CHECK(now_ms() - begin < limit_of(20000));
    CHECK(op == &held.op && count == 1);
    CHECK(pthread_join(opener, NULL) == 0);
    remove_gate(&held);
    CHECK_OK(latzero_async_close(queue));
}

/* With two threads a slow operation holds nobody up; threads live from open to close. */
static void threads_work_side_by_side(void **state) {
    const size_t before = running_threads();
    latzero_client *client = create_and_join(pool_name("beside"), 0);
    latzero_async *queue = open_queue(2, 0);
    latzero_op op = make_op(LATZERO_OP_SIZE, client, NULL);
    gate first, second;
    size_t i;
    (void)state;
    CHECK_EQUAL(running_threads(), before + 2);
    enter_gate(&first, pool_name("gate"), queue);
    for (i = 0; i < 10; i++) CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    enter_gate(&second, pool_name("gate-2"), queue);
    open_gate(&second);
    CHECK(reap_op(queue) == &second.op);
    open_gate(&first);
    CHECK(reap_op(queue) == &first.op);
    remove_gate(&first);
    remove_gate(&second);
    CHECK_OK(latzero_async_close(queue));
    CHECK(threads_become(before));
    leave(client);
}

static latzero_async *inherited;
static intptr_t inherited_fd;

static void use_the_parent_s(void *argument) {
    latzero_op *op = argument;
    latzero_async *own;
    latzero_op other = make_op(LATZERO_OP_POOL_LIST, NULL, NULL);
    size_t count = 77;
    intptr_t fd = 77;
    CHECK_STATUS(latzero_async_submit(inherited, &op, 1, &count), LATZERO_FORKED);
    CHECK_STATUS(latzero_async_cancel(inherited, op), LATZERO_FORKED);
    CHECK_STATUS(latzero_async_reap(inherited, &op, 1, -1, &count), LATZERO_FORKED);
    CHECK_STATUS(latzero_async_fd(inherited, &fd), LATZERO_FORKED);
    CHECK(count == 77 && fd == 77 && fcntl(inherited_fd, F_GETFD) < 0);
    own = open_queue(2, 0);
    other.size = sizeof(latzero_pool_info);
    CHECK_STATUS(do_op(own, &other), LATZERO_OK);
    latzero_free(other.result);
    CHECK_OK(latzero_async_close(inherited));
    CHECK_STATUS(latzero_async_close(inherited), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_async_close(own));
}

static void exit_with_the_parent_s(void *argument) {
    (void)argument;
    exit(0);
}

static void a_child_has_no_queue_of_its_parent(void **state) {
    latzero_client *client;
    latzero_op op;
    gate held;
    (void)state;
    skip_under_sanitizers();
    client = create_and_join(pool_name("fork"), 0);
    op = make_op(LATZERO_OP_SIZE, client, NULL);
    inherited = open_queue(2, 0);
    CHECK_OK(latzero_async_fd(inherited, &inherited_fd));
    enter_gate(&held, pool_name("gate"), inherited);
    in_fork(use_the_parent_s, &op);
    in_fork(exit_with_the_parent_s, NULL);
    CHECK_STATUS(do_op(inherited, &op), LATZERO_OK);
    open_gate(&held);
    CHECK(reap_op(inherited) == &held.op);
    remove_gate(&held);
    CHECK_OK(latzero_async_close(inherited));
    leave(client);
}

static void exit_in_a_callback(void *name) {
    latzero_async *queue = open_queue(2, 0);
    gate held;
    enter_gate(&held, name, queue);
    held.exits = 1;
    open_gate(&held);
    for (;;) pause();
}

static void a_callback_may_end_the_process(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    (void)state;
    skip_under_sanitizers();
    strcpy(name, pool_name("exit"));
    in_fork(exit_in_a_callback, name);
    CHECK_EQUAL(pool_exists(name), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(operations_keep_their_order),
        TEST(a_full_queue_says_so),
        TEST(what_has_not_begun_is_called_off),
        TEST(closing_waits_for_what_has_begun),
        TEST(closing_lets_reapers_go),
        TEST(a_callback_cannot_close_its_queue),
        TEST(reaping_waits_as_long_as_told),
        TEST(threads_work_side_by_side),
        TEST(a_child_has_no_queue_of_its_parent),
        TEST(a_callback_may_end_the_process),
    };
    return RUN_TESTS(tests);
}
