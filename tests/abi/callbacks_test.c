/* What the thread of a connection does for its watches: callbacks, and descriptors for event loops. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

/* What a callback has been told. */
typedef struct told {
    latzero_client *client;
    atomic_int events, values, in_order, off_status;
    atomic_ullong last, registration;
    int64_t number;
} told;

static void note(const latzero_event *event, void *user_data) {
    told *noted = user_data;
    if (event->value != NULL) atomic_fetch_add(&noted->values, 1);
    if (event->revision <= atomic_load(&noted->last)) atomic_store(&noted->in_order, 0);
    atomic_store(&noted->last, event->revision);
    atomic_fetch_add(&noted->events, 1);
}

static void await_events(told *noted, int count) {
    const int64_t begun = now_ms();
    while (atomic_load(&noted->events) < count) {
        CHECK(now_ms() - begun < 10000);
        usleep(1000);
    }
}

static void a_callback_is_told_each_event(void **state) {
    latzero_client *client = create_and_join(pool_name("told"), 0);
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    told noted = {.client = client, .in_order = 1};
    uint64_t registration = 0;
    int i;
    (void)state;
    options.what = LATZERO_WATCH_UPDATES | LATZERO_WATCH_VALUES;
    options.history = 4096;
    CHECK_OK(latzero_on(client, &options, note, &noted, &registration));
    CHECK(registration != 0);
    for (i = 0; i < 1000; i++) CHECK_OK(latzero_set_i64(client, "key", 3, i, NULL));
    await_events(&noted, 1000);
    usleep(20000);
    CHECK_EQUAL(noted.events, 1000);
    CHECK_EQUAL(noted.values, 1000);
    CHECK(noted.in_order);
    CHECK_OK(latzero_off(client, registration));
    CHECK_OK(latzero_set_i64(client, "key", 3, i, NULL));
    usleep(20000);
    CHECK_EQUAL(noted.events, 1000);
    CHECK_STATUS(latzero_off(client, registration), LATZERO_INVALID_ARGUMENT);
    leave(client);
}

/* Calls everything that a callback may. */
static void call_back(const latzero_event *event, void *user_data) {
    told *noted = user_data;
    (void)event;
    CHECK_OK(latzero_get_i64(noted->client, "key", 3, &noted->number));
    CHECK_STATUS(latzero_disconnect(noted->client), LATZERO_INVALID_ARGUMENT);
    atomic_store(&noted->off_status, latzero_off(noted->client, atomic_load(&noted->registration)));
    atomic_fetch_add(&noted->events, 1);
}

static void a_callback_may_call_the_library(void **state) {
    latzero_client *client = create_and_join(pool_name("calls"), 0);
    told noted = {.client = client, .off_status = 77}, other = {.client = client, .in_order = 1};
    uint64_t registration = 0, second = 0;
    (void)state;
    CHECK_OK(latzero_on(client, NULL, call_back, &noted, &registration));
    atomic_store(&noted.registration, registration);
    CHECK_OK(latzero_on(client, NULL, note, &other, &second));
    CHECK_OK(latzero_set_i64(client, "key", 3, 8, NULL));
    await_events(&noted, 1);
    await_events(&other, 1);
    CHECK_EQUAL(noted.off_status, LATZERO_OK);
    CHECK_EQUAL(noted.number, 8);
    CHECK_OK(latzero_set_i64(client, "key", 3, 9, NULL));
    await_events(&other, 2);
    CHECK_EQUAL(noted.events, 1);
    /* The other one ends with the client. */
    leave(client);
}

static void wait_in_callback(const latzero_event *event, void *user_data) {
    told *noted = user_data;
    (void)event;
    atomic_fetch_add(&noted->events, 1);
    usleep(200000);
    atomic_fetch_add(&noted->values, 1);
}

static void off_waits_for_the_callback_that_runs(void **state) {
    latzero_client *client = create_and_join(pool_name("off"), 0);
    told noted = {.client = client};
    uint64_t registration = 0;
    (void)state;
    CHECK_OK(latzero_on(client, NULL, wait_in_callback, &noted, &registration));
    CHECK_OK(latzero_set_i64(client, "key", 3, 8, NULL));
    await_events(&noted, 1);
    CHECK_EQUAL(noted.values, 0);
    CHECK_OK(latzero_off(client, registration));
    CHECK_EQUAL(noted.values, 1);
    leave(client);
}

static int is_readable(intptr_t fd, int wait_ms) {
    struct pollfd polled = {(int)fd, POLLIN, 0};
    return poll(&polled, 1, wait_ms) == 1 && (polled.revents & POLLIN) != 0;
}

/* As an event loop does: when it is readable, until there is nothing any more. The number of events. */
static int drain(latzero_watch *watch, intptr_t fd, int wait_ms) {
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status;
    int events = 0;
    if (!is_readable(fd, wait_ms)) return -1;
    while ((status = latzero_watch_next(watch, 0, &event)) == LATZERO_OK) events++;
    CHECK_STATUS(status, LATZERO_TIMEOUT);
    return events;
}

static int drain_until(latzero_watch *watch, intptr_t fd, int count) {
    const int64_t begun = now_ms();
    int events = 0, more;
    while (events < count && now_ms() - begun < 10000) {
        more = drain(watch, fd, 5000);
        CHECK(more >= 0);
        events += more;
    }
    return events;
}

/* Name. */
static void set_ten(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    int i;
    for (i = 0; i < 10; i++) {
        CHECK_OK(latzero_set_i64(client, "key", 3, i, NULL));
        usleep(20000);
    }
    leave(client);
}

static void a_descriptor_is_readable_while_there_are_events(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    latzero_watch *watch;
    latzero_event event = LATZERO_EVENT_INIT;
    intptr_t fd = -1, again = -1;
    child_process child;
    (void)state;
    strcpy(name, pool_name("fd"));
    client = create_and_join(name, 0);
    watch = open_watch(client, LATZERO_WATCH_UPDATES | LATZERO_WATCH_EXPIRIES);
    CHECK_OK(latzero_event_fd(watch, &fd));
    CHECK_OK(latzero_event_fd(watch, &again));
    CHECK(fd > 2 && fd == again);
    (void)drain(watch, fd, 1000);
    CHECK_OK(latzero_set_i64(client, "key", 3, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "key", 3, 2, NULL));
    CHECK(is_readable(fd, 5000));
    CHECK_OK(latzero_watch_next(watch, 0, &event));
    CHECK(is_readable(fd, 0));
    CHECK_EQUAL(drain_until(watch, fd, 1), 1);
    child = start_child(set_ten, name, NULL);
    CHECK_EQUAL(drain_until(watch, fd, 10), 10);
    expect_end(&child, 0);
    /* Nobody else sweeps: the loop is woken for it. */
    {
        const int64_t begun = now_ms();
        CHECK_OK(set_i64_for(client, "brief", 1, 100));
        CHECK_EQUAL(drain_until(watch, fd, 2), 2);
        CHECK(now_ms() - begun >= 100);
        CHECK(now_ms() - begun < limit_of(100 + 400));
    }
    CHECK_OK(latzero_pool_destroy(name));
    while (latzero_watch_next(watch, 5000, &event) == LATZERO_OK && event.kind != LATZERO_EVENT_DESTROYED) {
    }
    CHECK_EQUAL(event.kind, LATZERO_EVENT_DESTROYED);
    CHECK_STATUS(latzero_watch_next(watch, 0, &event), LATZERO_DESTROYED);
    latzero_watch_close(watch);
    leave(client);
}

static void an_idle_descriptor_is_quiet(void **state) {
    latzero_client *client = create_and_join(pool_name("idle"), 0);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    intptr_t fd = -1;
    int wakes = 0;
    int64_t begun;
    (void)state;
    CHECK_OK(latzero_event_fd(watch, &fd));
    begun = now_ms();
    while (now_ms() - begun < 2500)
        if (drain(watch, fd, 100) >= 0) wakes++;
    CHECK(wakes <= 6);
    latzero_watch_close(watch);
    leave(client);
}

static void *disconnect_child(void *argument) {
    CHECK_OK(latzero_disconnect(argument));
    return NULL;
}

static void leave_in_child(void *argument) { (void)disconnect_child(argument); }

static void a_child_has_no_such_thread(void **state) {
    latzero_client *client = create_and_join(pool_name("child"), 0);
    told noted = {.client = client, .in_order = 1};
    uint64_t registration = 0;
    (void)state;
    CHECK_OK(latzero_on(client, NULL, note, &noted, &registration));
    in_fork(leave_in_child, client);
    CHECK_OK(latzero_set_i64(client, "key", 3, 1, NULL));
    await_events(&noted, 1);
    leave(client);
}

static void what_is_no_callback_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    uint64_t registration = 77;
    intptr_t fd = -1;
    (void)state;
    CHECK_STATUS(latzero_on(client, NULL, NULL, NULL, &registration), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_on(client, NULL, note, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_on(NULL, NULL, note, NULL, &registration), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_off(client, 1), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_event_fd(NULL, &fd), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(registration, 77);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(set_ten)};
    const struct CMUnitTest tests[] = {
        TEST(a_callback_is_told_each_event),        TEST(a_callback_may_call_the_library),
        TEST(off_waits_for_the_callback_that_runs), TEST(a_descriptor_is_readable_while_there_are_events),
        TEST(an_idle_descriptor_is_quiet),          TEST(a_child_has_no_such_thread),
        TEST(what_is_no_callback_is_refused),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
