/* Queues of operations, and operations that last as long as the test wants. */
#ifndef LATZERO_TESTS_ABI_QUEUES_H
#define LATZERO_TESTS_ABI_QUEUES_H

#include "abi/test.h"

latzero_async *open_queue(uint32_t threads, uint32_t depth);
/* An operation of a client, or of none. */
latzero_op make_op(uint32_t verb, latzero_client *client, const char *key);
/* All must be taken. */
void submit_ops(latzero_async *queue, latzero_op **ops, size_t count);
void submit_op(latzero_async *queue, latzero_op *op);
/* The next one that is done, awaited for a minute. */
latzero_op *reap_op(latzero_async *queue);
/* There and back; nothing else is in the queue. */
latzero_status do_op(latzero_async *queue, latzero_op *op);

/* Nothing is to be reaped. */
void check_nothing_is_done(latzero_async *queue);

/* A check of a damaged pool, whose callback waits. */
typedef struct gate {
    char pool[LATZERO_NAME_MAX + 1];
    bell arrived, opened;
    latzero_check_options options;
    latzero_op op;
    latzero_async *closes; /* the callback tries to, and is refused */
    int exits;             /* the callback ends the process, with 0 */
} gate;

/* Submits an operation, and returns when it has begun. */
void enter_gate(gate *made, const char *pool, latzero_async *queue);
void open_gate(const gate *made);
/* When its operation was reaped. */
void remove_gate(gate *made);

#endif
