/* A handle says of what kind it is: none passes for one of another kind, whatever else is open. */
#include "abi/every_call.h"

/* One handle of each kind, the first of its kind in this process: so all have the same place and generation. */
typedef struct handles {
    latzero_client *client, *view;
    latzero_iter *iter;
    latzero_borrowed *borrowed;
    latzero_reserved *reserved;
    latzero_async *queue;
    void *memory;
} handles;

static handles open_all(const char *name) {
    handles open;
    const void *value = NULL;
    memset(&open, 0, sizeof open);
    open.client = create_and_join(name, 0);
    CHECK_OK(set_pattern(open.client, "k", 50000, 1));
    CHECK_OK(latzero_iter_open(open.client, NULL, 0, &open.iter));
    CHECK_OK(latzero_borrow(open.client, "k", 1, &value, NULL, &open.borrowed));
    CHECK_OK(latzero_reserve(open.client, "r", 1, LATZERO_TYPE_BYTES, 50000, NULL, &open.memory, &open.reserved));
    CHECK_OK(latzero_async_open(NULL, &open.queue));
    return open;
}

static void close_all(handles *open) {
    CHECK_OK(latzero_async_close(open->queue));
    CHECK_OK(latzero_abandon(open->reserved));
    CHECK_OK(latzero_return(open->borrowed));
    latzero_iter_close(open->iter);
    if (open->view != NULL) leave(open->view);
    check_pattern(open->client, "k", 50000, 1);
    check_keys(open->client, 1);
    leave(open->client);
}

static void check_is_no_client(void *handle, const char *kind) {
    check_every_call(handle, "k", 1, 0, LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
    CHECK_STATUS(latzero_disconnect(handle), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
}

static void check_is_no_iterator(void *handle, const char *kind) {
    const char *key = NULL;
    size_t size = 77;
    CHECK_STATUS(latzero_iter_next(handle, &key, &size, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
    CHECK(key == NULL && size == 77);
    latzero_iter_close(handle);
}

static void check_is_no_borrow(void *handle, const char *kind) {
    CHECK_STATUS(latzero_return(handle), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
}

static void check_is_no_reservation(void *handle, const char *kind) {
    CHECK_STATUS(latzero_commit(handle), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
    CHECK_STATUS(latzero_abandon(handle), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
}

static void check_is_no_queue(void *handle, const char *kind) {
    latzero_op *op = NULL;
    size_t count = 77;
    intptr_t fd = 77;
    CHECK_STATUS(latzero_async_submit(handle, &op, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_cancel(handle, op), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_reap(handle, &op, 1, 0, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_async_fd(handle, &fd), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
    CHECK_STATUS(latzero_async_close(handle), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(kind);
    CHECK(op == NULL && count == 77 && fd == 77);
}

static void a_handle_passes_for_no_client(void **state) {
    handles open = open_all(pool_name("clients"));
    (void)state;
    check_is_no_client(open.iter, "that of an iterator");
    check_is_no_client(open.borrowed, "that of a borrow");
    check_is_no_client(open.reserved, "that of a reservation");
    check_is_no_client(open.queue, "that of a queue");
    close_all(&open);
}

static void a_handle_passes_for_no_iterator(void **state) {
    handles open = open_all(pool_name("iterators"));
    (void)state;
    check_is_no_iterator(open.client, "that of a client");
    check_is_no_iterator(open.borrowed, "that of a borrow");
    check_is_no_iterator(open.reserved, "that of a reservation");
    check_is_no_iterator(open.queue, "that of a queue");
    close_all(&open);
}

static void a_handle_passes_for_no_loan(void **state) {
    handles open = open_all(pool_name("loans"));
    (void)state;
    check_is_no_borrow(open.client, "that of a client");
    check_is_no_borrow(open.iter, "that of an iterator");
    check_is_no_borrow(open.reserved, "that of a reservation");
    check_is_no_reservation(open.client, "that of a client");
    check_is_no_reservation(open.iter, "that of an iterator");
    check_is_no_reservation(open.borrowed, "that of a borrow");
    check_is_no_borrow(open.queue, "that of a queue");
    check_is_no_reservation(open.queue, "that of a queue");
    close_all(&open);
}

static void a_handle_passes_for_no_queue(void **state) {
    handles open = open_all(pool_name("queues"));
    (void)state;
    check_is_no_queue(open.client, "that of a client");
    check_is_no_queue(open.iter, "that of an iterator");
    check_is_no_queue(open.borrowed, "that of a borrow");
    check_is_no_queue(open.reserved, "that of a reservation");
    close_all(&open);
}

/* A namespace is a client to every call, and its number says what it is. */
static void a_namespace_is_a_client(void **state) {
    handles open = open_all(pool_name("views"));
    (void)state;
    CHECK_OK(latzero_namespace(open.client, "view", LATZERO_CSTR, &open.view));
    CHECK_OK(latzero_set_null(open.view, "n", 1, NULL));
    CHECK_OK(latzero_delete(open.view, "n", 1));
    check_is_no_iterator(open.view, "that of a namespace");
    check_is_no_borrow(open.view, "that of a namespace");
    check_is_no_reservation(open.view, "that of a namespace");
    check_is_no_queue(open.view, "that of a namespace");
    close_all(&open);
}

/* One that was closed does not come back as something else when its place is taken. */
static void a_closed_handle_is_no_other(void **state) {
    const char *name = pool_name("closed");
    int round;
    (void)state;
    for (round = 0; round < 50; round++) {
        handles open = open_all(name), closed = open;
        close_all(&open);
        open = open_all(name);
        check_is_no_client(closed.iter, "handle");
        check_is_no_client(closed.borrowed, "handle");
        check_is_no_client(closed.client, "handle");
        check_is_no_borrow(closed.client, "borrow");
        check_is_no_borrow(closed.borrowed, "borrow");
        check_is_no_reservation(closed.borrowed, "reservation");
        check_is_no_queue(closed.queue, "queue");
        check_is_no_queue(closed.client, "queue");
        close_all(&open);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_handle_passes_for_no_client), TEST(a_handle_passes_for_no_iterator), TEST(a_handle_passes_for_no_loan),
        TEST(a_handle_passes_for_no_queue),  TEST(a_namespace_is_a_client),         TEST(a_closed_handle_is_no_other),
    };
    return RUN_TESTS(tests);
}
