/* Watches among threads: writers, a reader that others wake, callbacks that come and go, a descriptor, and waits. */
#include <poll.h>
#include <stdatomic.h>

#include "abi/test.h"
#include "abi/watches.h"

enum { writers = 2 };

typedef struct worker {
    latzero_client *client;
    latzero_watch *watch;
    int number;
    atomic_int *writing;
} worker;

static void *write_keys(void *of) {
    worker *self = of;
    char key[16];
    int i;
    const int changes = (int)rounds_of(100000);
    for (i = 0; i < changes; i++) {
        sprintf(key, "key-%d", i % 50);
        if (i % 5 == 0)
            (void)latzero_delete(self->client, key, LATZERO_CSTR);
        else
            CHECK_OK(latzero_set_i64(self->client, key, LATZERO_CSTR, i, NULL));
    }
    atomic_fetch_sub(self->writing, 1);
    return NULL;
}

static void *read_events(worker *self) {
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status;
    int events = 0;
    while (atomic_load(self->writing) > 0 || events == 0) {
        status = latzero_watch_next(self->watch, 20, &event);
        if (status == LATZERO_OK) events++;
        CHECK(status == LATZERO_OK || status == LATZERO_TIMEOUT || status == LATZERO_CANCELLED);
    }
    return NULL;
}

static void *poll_events(worker *self) {
    latzero_watch *watch = open_watch(self->client, LATZERO_WATCH_UPDATES | LATZERO_WATCH_VALUES);
    latzero_event event = LATZERO_EVENT_INIT;
    intptr_t fd = -1;
    CHECK_OK(latzero_event_fd(watch, &fd));
    while (atomic_load(self->writing) > 0) {
        struct pollfd polled = {(int)fd, POLLIN, 0};
        (void)poll(&polled, 1, 20);
        while (latzero_watch_next(watch, 0, &event) == LATZERO_OK) {
        }
    }
    latzero_watch_close(watch);
    return NULL;
}

static void count_event(const latzero_event *event, void *count) {
    (void)event;
    atomic_fetch_add((atomic_int *)count, 1);
}

static void *come_and_go(worker *self) {
    atomic_int count = 0;
    uint64_t registration;
    while (atomic_load(self->writing) > 0) {
        CHECK_OK(latzero_on(self->client, NULL, count_event, &count, &registration));
        usleep(1000);
        CHECK_OK(latzero_off(self->client, registration));
    }
    return NULL;
}

static void *wait_for_key(worker *self) {
    uint64_t version = 0, now;
    while (atomic_load(self->writing) > 0) {
        const latzero_status status = latzero_wait(self->client, "key-7", 5, version, 20, &now);
        CHECK(status == LATZERO_OK || status == LATZERO_TIMEOUT);
        if (status == LATZERO_OK) version = now;
        CHECK_OK(latzero_watch_wake(self->watch));
    }
    return NULL;
}

static void *work(void *of) {
    worker *self = of;
    switch (self->number) {
    case 0: return read_events(self);
    case 1: return poll_events(self);
    case 2: return come_and_go(self);
    case 3: return wait_for_key(self);
    default: return write_keys(self);
    }
}

static void watches_and_writers_go_on_side_by_side(void **state) {
    latzero_client *client = create_and_join(pool_name("watches"), 0);
    atomic_int writing = writers;
    worker workers[4 + writers];
    int i;
    (void)state;
    for (i = 0; i < 4 + writers; i++) workers[i] = (worker){client, NULL, i, &writing};
    workers[0].watch = workers[3].watch = open_watch(client, 0);
    in_threads(work, workers, 4 + writers, sizeof *workers);
    latzero_watch_close(workers[0].watch);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(watches_and_writers_go_on_side_by_side)};
    return RUN_TESTS(tests);
}
