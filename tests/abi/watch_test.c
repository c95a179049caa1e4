/* Watches: what each change is told as, to whom, and how a watch waits, resumes and ends. */
#include <pthread.h>

#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

static const uint32_t all_kinds = LATZERO_WATCH_UPDATES | LATZERO_WATCH_DELETES | LATZERO_WATCH_EXPIRIES;

static void each_verb_tells_what_it_does(void **state) {
    /* In a sealed pool nothing changes in place. */
    const uint32_t in_place = tests_are_sealed() ? LATZERO_EVENT_SET : LATZERO_EVENT_CHANGED;
    latzero_client *client = create_and_join(pool_name("verbs"), 0);
    latzero_watch *watch = open_watch(client, all_kinds);
    latzero_event event;
    int64_t sum;
    (void)state;
    expect_no_event(watch);
    CHECK_OK(latzero_set_string(client, "text", 4, "one", 3, NULL));
    event = expect_event(watch, LATZERO_EVENT_CREATED, "text");
    if (!tests_are_sealed()) CHECK_EQUAL(event.version, version_of(client, "text"));
    CHECK_EQUAL(event.client_process, getpid());
    CHECK(event.value == NULL && event.revision % LATZERO_STRIPES == event.stripe);
    CHECK_OK(latzero_set_string(client, "text", 4, "another", 7, NULL));
    CHECK(expect_event(watch, LATZERO_EVENT_SET, "text").revision > event.revision);
    CHECK_OK(latzero_increment(client, "count", 5, 1, 0, &sum));
    expect_event(watch, LATZERO_EVENT_CREATED, "count");
    CHECK_OK(latzero_increment(client, "count", 5, 1, 0, &sum));
    event = expect_event(watch, in_place, "count");
    if (!tests_are_sealed()) CHECK_EQUAL(event.version, version_of(client, "count"));
    CHECK_OK(latzero_expire(client, "text", 4, 3600000));
    expect_event(watch, LATZERO_EVENT_TTL, "text");
    CHECK_OK(latzero_delete(client, "text", 4));
    expect_event(watch, LATZERO_EVENT_ERASED, "text");
    CHECK_STATUS(latzero_delete(client, "text", 4), LATZERO_NOT_FOUND);
    expect_no_event(watch);
    CHECK_OK(latzero_clear(client));
    expect_event(watch, LATZERO_EVENT_ERASED, "count");
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
}

static void a_watch_filters_what_it_delivers(void **state) {
    latzero_client *client = create_and_join(pool_name("filter"), 0), *view = NULL;
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_watch *updates = open_watch(client, LATZERO_WATCH_UPDATES), *deletes, *within = NULL, *others;
    int i;
    (void)state;
    deletes = open_watch(client, LATZERO_WATCH_DELETES);
    others = open_watch(client, LATZERO_WATCH_UPDATES | LATZERO_WATCH_OTHERS);
    CHECK_OK(latzero_namespace(client, "room", LATZERO_CSTR, &view));
    options.what = LATZERO_WATCH_UPDATES;
    options.pattern = "b*";
    options.pattern_len = LATZERO_CSTR;
    CHECK_OK(latzero_watch_open(view, &options, &within));
    CHECK_OK(latzero_set_i64(client, "bare", 4, 1, NULL));
    CHECK_OK(latzero_set_i64(view, "bed", 3, 2, NULL));
    CHECK_OK(latzero_set_i64(view, "chair", 5, 3, NULL));
    expect_event(within, LATZERO_EVENT_CREATED, "bed");
    expect_no_event(within);
    for (i = 0; i < 3; i++) CHECK_EQUAL(next_event(updates).kind, LATZERO_EVENT_CREATED);
    CHECK_OK(latzero_delete(view, "chair", 5));
    expect_no_event(updates);
    expect_no_event(others);
    expect_event(deletes, LATZERO_EVENT_ERASED, "room:chair");
    expect_no_event(deletes);
    latzero_watch_close(within);
    latzero_watch_close(updates);
    latzero_watch_close(deletes);
    latzero_watch_close(others);
    leave(view);
    leave(client);
}

static void a_value_comes_as_it_is_by_then(void **state) {
    latzero_client *client = create_and_join(pool_name("values"), 0);
    latzero_watch *watch = open_watch(client, all_kinds | LATZERO_WATCH_VALUES);
    latzero_event event;
    (void)state;
    CHECK_OK(latzero_set_string(client, "k", 1, "old", 3, NULL));
    CHECK_OK(latzero_set_string(client, "k", 1, "newer", 5, NULL));
    event = expect_event(watch, LATZERO_EVENT_CREATED, "k");
    CHECK_OK(event.value_status);
    CHECK_EQUAL(event.info->size, 5);
    CHECK_EQUAL(memcmp(event.value, "newer", 6), 0);
    CHECK_EQUAL(event.version, version_of(client, "k"));
    expect_event(watch, LATZERO_EVENT_SET, "k");
    CHECK_OK(latzero_set_string(client, "gone", 4, "x", 1, NULL));
    CHECK_OK(latzero_delete(client, "gone", 4));
    if (!tests_are_sealed()) {
        event = expect_event(watch, LATZERO_EVENT_CREATED, "gone");
        CHECK_STATUS(event.value_status, LATZERO_NOT_FOUND);
        CHECK(event.value == NULL);
    }
    latzero_watch_close(watch);
    leave(client);
}

static void *wake_later(void *watch) {
    usleep(50000);
    CHECK_OK(latzero_watch_wake(*(latzero_watch **)watch));
    return NULL;
}

static void a_wait_ends_by_an_event_a_wake_or_its_time(void **state) {
    latzero_client *client = create_and_join(pool_name("waits"), 0);
    latzero_watch *watch = open_watch(client, all_kinds);
    latzero_event event = LATZERO_EVENT_INIT;
    int64_t begun = now_ms();
    (void)state;
    CHECK_STATUS(latzero_watch_next(watch, 30, &event), LATZERO_TIMEOUT);
    CHECK_SENTENCE("no event within 30 ms");
    CHECK(now_ms() - begun >= 30);
    CHECK_OK(latzero_watch_wake(watch));
    CHECK_STATUS(latzero_watch_next(watch, -1, &event), LATZERO_CANCELLED);
    expect_no_event(watch);
    {
        pthread_t waker;
        CHECK_EQUAL(pthread_create(&waker, NULL, wake_later, &watch), 0);
        begun = now_ms();
        CHECK_STATUS(latzero_watch_next(watch, -1, &event), LATZERO_CANCELLED);
        CHECK(now_ms() - begun < limit_of(900));
        CHECK_EQUAL(pthread_join(waker, NULL), 0);
    }
    latzero_watch_close(watch);
    leave(client);
}

static void an_expired_key_is_told_in_time(void **state) {
    latzero_client *client = create_and_join(pool_name("expiry"), 0);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_EXPIRIES);
    latzero_set_options brief = LATZERO_SET_OPTIONS_INIT;
    int64_t begun;
    int i;
    (void)state;
    brief.ttl_ms = 120;
    for (i = 0; i < 3; i++) {
        begun = now_ms();
        CHECK_OK(latzero_set_string(client, "brief", 5, "x", 1, &brief));
        expect_event(watch, LATZERO_EVENT_EXPIRED, "brief");
        CHECK(now_ms() - begun >= 120);
        CHECK(now_ms() - begun < limit_of(120 + 300));
    }
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
}

static void a_destroyed_pool_is_told_once(void **state) {
    const char *name = pool_name("destroyed");
    latzero_client *client = create_and_join(name, 0);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    latzero_event event = LATZERO_EVENT_INIT;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "last", 4, 1, NULL));
    CHECK_OK(latzero_pool_destroy(name));
    expect_event(watch, LATZERO_EVENT_CREATED, "last");
    CHECK_EQUAL(expect_event(watch, LATZERO_EVENT_DESTROYED, NULL).stripe, LATZERO_STRIPES);
    CHECK_STATUS(latzero_watch_next(watch, -1, &event), LATZERO_DESTROYED);
    latzero_watch_close(watch);
    leave(client);
}

/* A watcher in another thread that has just looked: its next look of its own is a second away. */
static void *await_the_end(void *watch) {
    latzero_event event = LATZERO_EVENT_INIT;
    CHECK_OK(latzero_watch_next(*(latzero_watch **)watch, -1, &event));
    CHECK_EQUAL(event.kind, LATZERO_EVENT_DESTROYED);
    return NULL;
}

static void a_connected_destroyer_tells_at_once(void **state) {
    const char *name = pool_name("destroyer");
    latzero_client *client = create_and_join(name, 0);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    const int64_t begun = now_ms();
    pthread_t watcher;
    (void)state;
    expect_no_event(watch);
    CHECK_EQUAL(pthread_create(&watcher, NULL, await_the_end, &watch), 0);
    usleep(50000);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(pthread_join(watcher, NULL), 0);
    CHECK(now_ms() - begun < limit_of(900));
    latzero_watch_close(watch);
    leave(client);
}

/* A repair turns a ring off that lies elsewhere than the header says. */
static void a_ring_that_was_turned_off_comes_back(void **state) {
    const char *name = pool_name("repaired");
    latzero_client *client = create_and_join(name, 0);
    latzero_watch *watch = open_watch(client, all_kinds);
    const int64_t begun = now_ms();
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    const uint64_t elsewhere = UINT64_C(1) << 60 | UINT64_C(6) << 32 | 4096;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "key", 3, 1, NULL));
    event = expect_event(watch, LATZERO_EVENT_CREATED, "key");
    write_file_at(pool_path(name), STRIPES_AT + (long)event.stripe * STRIPE_BYTES + STRIPE_EVENTS_AT, &elsewhere,
                  sizeof elsewhere);
    options.flags = LATZERO_CHECK_REPAIR;
    CHECK_OK(latzero_pool_check(name, &options, NULL));
    do {
        CHECK(now_ms() - begun < 10000);
        CHECK_OK(latzero_set_i64(client, "key", 3, 2, NULL));
        event = next_event(watch);
    } while (event.kind == LATZERO_EVENT_LOST);
    CHECK_EQUAL(event.kind, LATZERO_EVENT_SET);
    latzero_watch_close(watch);
    leave(client);
}

static void a_watch_ends_with_its_client(void **state) {
    latzero_client *client = create_and_join(pool_name("ends"), 0);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_revision revision;
    (void)state;
    leave(client);
    CHECK_STATUS(latzero_watch_next(watch, -1, &event), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("ended with its client");
    CHECK_STATUS(latzero_watch_revision(watch, &revision), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_watch_wake(watch), LATZERO_INVALID_ARGUMENT);
    latzero_watch_close(watch);
    CHECK_STATUS(latzero_watch_next(watch, 0, &event), LATZERO_INVALID_ARGUMENT);
    latzero_watch_close(NULL);
}

static void what_is_overwritten_is_counted(void **state) {
    enum { rounds = 1000 };
    latzero_client *client = create_and_join(pool_name("lost"), 0);
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_watch *watch = NULL;
    uint64_t told = 0, lost = 0, gaps = 0, last = 0;
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status;
    int i;
    (void)state;
    options.history = 16;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    for (i = 0; i < rounds; i++) CHECK_OK(latzero_set_i64(client, "key", 3, i, NULL));
    while ((status = latzero_watch_next(watch, 0, &event)) == LATZERO_OK) {
        if (event.kind == LATZERO_EVENT_LOST) {
            lost += event.lost;
            gaps++;
        } else {
            told++;
        }
        CHECK(event.revision > last);
        last = event.revision;
    }
    CHECK_STATUS(status, LATZERO_TIMEOUT);
    CHECK(gaps > 0 && told > 0);
    CHECK_EQUAL(told + lost, rounds);
    latzero_watch_close(watch);
    leave(client);
}

static void a_watch_resumes_where_another_was(void **state) {
    latzero_client *client = create_and_join(pool_name("resume"), 0);
    latzero_watch *watch = open_watch(client, all_kinds), *keeper = open_watch(client, all_kinds);
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_revision revision, elsewhere;
    uint32_t losses;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "a", 1, 1, NULL));
    expect_event(watch, LATZERO_EVENT_CREATED, "a");
    CHECK_OK(latzero_watch_revision(watch, &revision));
    latzero_watch_close(watch);
    CHECK_OK(latzero_set_i64(client, "a", 1, 2, NULL));
    options.from = &revision;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    expect_event(watch, LATZERO_EVENT_SET, "a");
    expect_no_event(watch);
    latzero_watch_close(watch);
    /* Of another pool nothing is known. */
    elsewhere = revision;
    elsewhere.pool_id[3] ^= 1;
    options.from = &elsewhere;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    for (losses = 0; losses < LATZERO_STRIPES; losses++) {
        const latzero_event event = expect_event(watch, LATZERO_EVENT_LOST, NULL);
        CHECK_EQUAL(event.stripe, losses);
        CHECK_EQUAL(event.lost, 0);
    }
    expect_no_event(watch);
    latzero_watch_close(watch);
    latzero_watch_close(keeper);
    /* While nobody watches, nobody notes. */
    CHECK_OK(latzero_set_i64(client, "a", 1, 3, NULL));
    options.from = &revision;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    CHECK_EQUAL(expect_event(watch, LATZERO_EVENT_LOST, NULL).lost, 2);
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
}

static void what_is_no_watch_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_watch *watch = NULL;
    (void)state;
    CHECK_STATUS(latzero_watch_open(client, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_watch_open(NULL, NULL, &watch), LATZERO_INVALID_ARGUMENT);
    options.what = 1u << 20;
    CHECK_STATUS(latzero_watch_open(client, &options, &watch), LATZERO_INVALID_ARGUMENT);
    options.what = 0;
    options.history = 48;
    CHECK_STATUS(latzero_watch_open(client, &options, &watch), LATZERO_INVALID_ARGUMENT);
    options.history = 0;
    options.reserved = 1;
    CHECK_STATUS(latzero_watch_open(client, &options, &watch), LATZERO_UNSUPPORTED);
    CHECK(watch == NULL);
    CHECK_OK(latzero_watch_open(client, NULL, &watch));
    CHECK_STATUS(latzero_watch_next(watch, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_watch_next(watch, -2, &event), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_watch_next((latzero_watch *)client, 0, &event), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("that of a client");
    /* An event that cannot be written stays. */
    CHECK_OK(latzero_set_i64(client, "a", 1, 1, NULL));
    event.struct_size = 0;
    CHECK_STATUS(latzero_watch_next(watch, 0, &event), LATZERO_INVALID_ARGUMENT);
    expect_event(watch, LATZERO_EVENT_CREATED, "a");
    latzero_watch_close(watch);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_verb_tells_what_it_does),        TEST(a_watch_filters_what_it_delivers),
        TEST(a_value_comes_as_it_is_by_then),      TEST(a_wait_ends_by_an_event_a_wake_or_its_time),
        TEST(an_expired_key_is_told_in_time),      TEST(a_destroyed_pool_is_told_once),
        TEST(a_connected_destroyer_tells_at_once), TEST(a_ring_that_was_turned_off_comes_back),
        TEST(a_watch_ends_with_its_client),        TEST(what_is_overwritten_is_counted),
        TEST(a_watch_resumes_where_another_was),   TEST(what_is_no_watch_is_refused),
    };
    return RUN_TESTS(tests);
}
