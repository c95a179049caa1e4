/* What queues tell: a descriptor of what can be reaped, operations of failures, and calls of what they refuse. */
#include <fcntl.h>
#include <poll.h>

#include "abi/queues.h"
#include "abi/text_check.h"

static int polls_readable(intptr_t fd) {
    struct pollfd polled = {0, POLLIN, 0};
    polled.fd = (int)fd;
    CHECK(poll(&polled, 1, 0) >= 0);
    return (polled.revents & POLLIN) != 0;
}

static void the_descriptor_tells_what_can_be_reaped(void **state) {
    latzero_client *client = create_and_join(pool_name("fd"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op first = make_op(LATZERO_OP_SIZE, client, NULL), second = first, *both[2] = {&first, &second};
    struct pollfd polled = {0, POLLIN, 0};
    intptr_t fd = -1, again = -1;
    gate held;
    (void)state;
    CHECK_OK(latzero_async_fd(queue, &fd));
    CHECK_OK(latzero_async_fd(queue, &again));
    CHECK(fd > 2 && again == fd && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(!polls_readable(fd));
    enter_gate(&held, pool_name("gate"), queue);
    submit_ops(queue, both, 2);
    CHECK(!polls_readable(fd));
    CHECK_OK(latzero_async_cancel(queue, &second));
    CHECK(polls_readable(fd) && polls_readable(fd));
    CHECK(reap_op(queue) == &second);
    CHECK(!polls_readable(fd));
    open_gate(&held);
    polled.fd = (int)fd;
    CHECK_EQUAL(poll(&polled, 1, 60000), 1);
    CHECK(reap_op(queue) == &held.op);
    CHECK_EQUAL(poll(&polled, 1, 60000), 1);
    CHECK(reap_op(queue) == &first);
    CHECK(!polls_readable(fd));
    check_nothing_is_done(queue);
    remove_gate(&held);
    CHECK_OK(latzero_async_close(queue));
    CHECK(fcntl(fd, F_GETFD) < 0);
    leave(client);
}

/* Asked for when something is done already; and what the host does to it harms nobody else's file. */
static void a_late_descriptor_tells_the_same(void **state) {
    latzero_client *client = create_and_join(pool_name("late"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op op = make_op(LATZERO_OP_SIZE, client, NULL), *one = &op;
    intptr_t fd = -1;
    int ends[2];
    gate held;
    (void)state;
    enter_gate(&held, pool_name("gate"), queue);
    submit_ops(queue, &one, 1);
    CHECK_OK(latzero_async_cancel(queue, &op));
    CHECK_OK(latzero_async_fd(queue, &fd));
    CHECK(polls_readable(fd));
    CHECK(reap_op(queue) == &op);
    CHECK(!polls_readable(fd));
    open_gate(&held);
    CHECK(reap_op(queue) == &held.op);
    remove_gate(&held);
    CHECK(pipe(ends) == 0 && dup2(ends[1], fd) == fd);
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK(!polls_readable(ends[0]));
    CHECK_OK(latzero_async_close(queue));
    CHECK(fcntl(fd, F_GETFD) >= 0);
    close((int)fd);
    close(ends[0]);
    close(ends[1]);
    leave(client);
}

static void failures_travel_with_the_operation(void **state) {
    char name[LATZERO_NAME_MAX + 1], own[1024];
    latzero_client *client = create_and_join(pool_name("errors"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op op = make_op(LATZERO_OP_DELETE, client, "no-such-key");
    size_t i;
    (void)state;
    CHECK_STATUS(latzero_delete(client, "mine", 4), LATZERO_NOT_FOUND);
    snprintf(own, sizeof own, "%s", latzero_last_error());
    CHECK_STATUS(do_op(queue, &op), LATZERO_NOT_FOUND);
    CHECK(strstr(op.error, "no-such-key") != NULL && is_text(op.error));
    CHECK(strcmp(latzero_last_error(), own) == 0);
    CHECK_OK(latzero_set_null(client, "no-such-key", LATZERO_CSTR, NULL));
    CHECK_STATUS(do_op(queue, &op), LATZERO_OK);
    CHECK_EQUAL(op.error[0], 0);
    op.client = NULL;
    CHECK_STATUS(do_op(queue, &op), LATZERO_INVALID_ARGUMENT);
    /* A sentence that is too long ends with a whole character. */
    for (i = 0; i + 2 < sizeof name; i += 2) memcpy(name + i, "\xc3\xa4", 2);
    name[i] = 0;
    op = make_op(LATZERO_OP_CONNECT, NULL, name);
    CHECK_STATUS(do_op(queue, &op), LATZERO_POOL_NOT_FOUND);
    CHECK(strlen(op.error) < sizeof op.error && is_text(op.error));
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void wrong_operations_are_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    latzero_async *queue = open_queue(1, 0);
    latzero_op ops[3], *all[3], *none = NULL;
    struct {
        latzero_op op;
        uint64_t newer;
    } larger;
    size_t i, taken = 77;
    (void)state;
    for (i = 0; i < 3; i++) ops[i] = make_op(LATZERO_OP_SIZE, client, NULL), all[i] = &ops[i];
    ops[1].verb = 0;
    CHECK_STATUS(latzero_async_submit(queue, all, 3, &taken), LATZERO_UNSUPPORTED);
    CHECK_EQUAL(taken, 1);
    CHECK_SENTENCE("verb");
    CHECK(reap_op(queue) == &ops[0]);
    check_nothing_is_done(queue);
    ops[1].verb = LATZERO_OP_POP_BACK + 1;
    CHECK_STATUS(latzero_async_submit(queue, all + 1, 2, &taken), LATZERO_UNSUPPORTED);
    ops[1].verb = LATZERO_OP_SIZE;
    ops[1].struct_size = sizeof ops[1] - 8;
    CHECK_STATUS(latzero_async_submit(queue, all + 1, 1, &taken), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_submit(queue, &none, 1, &taken), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_submit(queue, NULL, 1, &taken), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_submit(queue, all, 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(taken, 0);
    /* A newer program says nothing that this library does not know, or it does. */
    larger.op = make_op(LATZERO_OP_SIZE, client, NULL);
    larger.op.struct_size = sizeof larger;
    larger.newer = 0;
    CHECK_STATUS(do_op(queue, &larger.op), LATZERO_OK);
    larger.newer = 1;
    all[0] = &larger.op;
    CHECK_STATUS(latzero_async_submit(queue, all, 1, &taken), LATZERO_UNSUPPORTED);
    check_nothing_is_done(queue);
    CHECK_OK(latzero_async_close(queue));
    leave(client);
}

static void wrong_calls_are_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("calls"), 0);
    latzero_async_options options = LATZERO_ASYNC_OPTIONS_INIT;
    latzero_async *queue = NULL;
    latzero_op *op = NULL;
    size_t count = 77;
    intptr_t fd = 77;
    (void)state;
    CHECK_STATUS(latzero_async_open(NULL, NULL), LATZERO_INVALID_ARGUMENT);
    options.threads = LATZERO_ASYNC_THREADS_MAX + 1;
    CHECK_STATUS(latzero_async_open(&options, &queue), LATZERO_INVALID_ARGUMENT);
    options.threads = 0;
    options.depth = LATZERO_ASYNC_DEPTH_MAX + 1;
    CHECK_STATUS(latzero_async_open(&options, &queue), LATZERO_INVALID_ARGUMENT);
    options.depth = 0;
    options.reserved = 1;
    CHECK_STATUS(latzero_async_open(&options, &queue), LATZERO_UNSUPPORTED);
    CHECK(queue == NULL);
    /* An older program has no more than this. */
    options.struct_size = 8;
    CHECK_OK(latzero_async_open(&options, &queue));
    CHECK_STATUS(latzero_async_reap(queue, NULL, 1, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_reap(queue, &op, 1, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_reap(queue, &op, 0, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_reap(queue, &op, 1, -2, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_fd(queue, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_null((latzero_client *)queue, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("that of a queue");
    CHECK_OK(latzero_async_close(queue));
    queue = (latzero_async *)client;
    CHECK_STATUS(latzero_async_submit(queue, &op, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_cancel(queue, op), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_reap(queue, &op, 1, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_fd(queue, &fd), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_close(queue), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("that of a client");
    CHECK(op == NULL && count == 77 && fd == 77);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_descriptor_tells_what_can_be_reaped),
        TEST(a_late_descriptor_tells_the_same),
        TEST(failures_travel_with_the_operation),
        TEST(wrong_operations_are_refused),
        TEST(wrong_calls_are_refused),
    };
    return RUN_TESTS(tests);
}
