/* Queues beside everything at once: threads that submit, call off and reap, while others close. */
#include <pthread.h>

#include "abi/queues.h"

enum { threads = 4, each = 16 };

/* Some submit their own operations, which anybody reaps; user_data counts how often. */
typedef struct worker {
    latzero_async *queue;
    latzero_client *client;
    latzero_op ops[each];
    int64_t delta, added, called_off;
    int in_flight[each]; /* changed by whoever reaps */
} worker;

static latzero_status reap_some(latzero_async *queue, int64_t timeout_ms) {
    latzero_op *ops[5];
    size_t count = 0, i;
    const latzero_status status = latzero_async_reap(queue, ops, 5, timeout_ms, &count);
    for (i = 0; i < count; i++) {
        latzero_op *op = ops[i];
        worker *owner = (worker *)(uintptr_t)op->user_data;
        CHECK(op->status == LATZERO_OK || op->status == LATZERO_CANCELLED);
        __atomic_add_fetch(op->status == LATZERO_OK ? &owner->added : &owner->called_off, 1, __ATOMIC_RELAXED);
        __atomic_store_n(&owner->in_flight[op - owner->ops], 0, __ATOMIC_RELEASE);
    }
    return status;
}

static void make_worker(worker *made, latzero_async *queue, latzero_client *client) {
    size_t i;
    memset(made, 0, sizeof *made);
    made->queue = queue;
    made->client = client;
    made->delta = 1;
    for (i = 0; i < each; i++) {
        made->ops[i] = make_op(LATZERO_OP_INCREMENT, client, "sum");
        made->ops[i].value = &made->delta;
        made->ops[i].user_data = (uintptr_t)made;
    }
}

static void *submit_and_reap(void *argument) {
    worker *self = argument;
    const uint64_t rounds = rounds_of(20000);
    uint64_t round;
    for (round = 0; round < rounds; round++) {
        const size_t at = round % each;
        latzero_op *op = &self->ops[at];
        size_t taken = 0;
        while (__atomic_load_n(&self->in_flight[at], __ATOMIC_ACQUIRE)) (void)reap_some(self->queue, 1);
        __atomic_store_n(&self->in_flight[at], 1, __ATOMIC_RELAXED);
        while (latzero_async_submit(self->queue, &op, 1, &taken) == LATZERO_BUSY) (void)reap_some(self->queue, 1);
        CHECK_EQUAL(taken, 1);
        /* It may be reaped by somebody else at any time, and is not looked at here. */
        if (round % 7 == 0) (void)latzero_async_cancel(self->queue, op);
    }
    return NULL;
}

static void each_operation_is_done_once(void **state) {
    latzero_client *client = create_and_join(pool_name("once"), 0);
    latzero_async *queue = open_queue(3, 40);
    worker workers[threads];
    int64_t added = 0, called_off = 0, sum = 0;
    intptr_t fd;
    size_t i;
    (void)state;
    CHECK_OK(latzero_async_fd(queue, &fd));
    for (i = 0; i < threads; i++) make_worker(&workers[i], queue, client);
    in_threads(submit_and_reap, workers, threads, sizeof *workers);
    while (reap_some(queue, 200) == LATZERO_OK) {
    }
    for (i = 0; i < threads; i++) added += workers[i].added, called_off += workers[i].called_off;
    CHECK_EQUAL(added + called_off, threads * rounds_of(20000));
    CHECK_OK(latzero_get_i64(client, "sum", 3, &sum));
    CHECK_EQUAL(sum, added);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void *call_until_closed(void *argument) {
    worker *self = argument;
    latzero_op *ops[each];
    size_t i, count = 0;
    latzero_status status;
    intptr_t fd;
    for (i = 0; i < each; i++) ops[i] = &self->ops[i];
    (void)latzero_async_submit(self->queue, ops, each, &count);
    do {
        (void)latzero_async_fd(self->queue, &fd);
        (void)latzero_async_cancel(self->queue, ops[0]);
        status = reap_some(self->queue, 1000);
    } while (status == LATZERO_OK || status == LATZERO_TIMEOUT);
    CHECK(status == LATZERO_CANCELLED || status == LATZERO_INVALID_ARGUMENT);
    return NULL;
}

static void *close_soon(void *argument) {
    worker *self = argument;
    if (self->delta % 2) pause_ms(1);
    CHECK_OK(latzero_async_close(self->queue));
    return NULL;
}

static void *call_or_close(void *argument) {
    worker *self = argument;
    return self->ops[0].verb == 0 ? close_soon(self) : call_until_closed(self);
}

static void a_queue_is_closed_beside_calls(void **state) {
    latzero_client *client = create_and_join(pool_name("closed"), 0);
    const uint64_t rounds = rounds_of(1000);
    worker workers[threads];
    uint64_t round;
    size_t i;
    (void)state;
    for (round = 0; round < rounds; round++) {
        latzero_async *queue = open_queue(1 + (uint32_t)(round % 3), 0);
        for (i = 0; i < threads; i++) make_worker(&workers[i], queue, client);
        workers[threads - 1].delta = (int64_t)round;
        workers[threads - 1].ops[0].verb = 0;
        in_threads(call_or_close, workers, threads, sizeof *workers);
    }
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(each_operation_is_done_once), TEST(a_queue_is_closed_beside_calls)};
    return RUN_TESTS(tests);
}
