/* Pools with LATZERO_POOL_EVENTS: their changes are noted also while nobody watches. */
#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

/* Creates a persistent pool that keeps its events: so many of each stripe. */
static const char *create_with_history(const char *suffix, uint32_t history) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    const char *name = pool_name(suffix);
    seal_new_pool(&options);
    options.flags |= LATZERO_POOL_EVENTS | LATZERO_POOL_PERSISTENT;
    options.history = history;
    CHECK_OK(latzero_pool_create(name, &options));
    return name;
}

static const char *create_with_events(const char *suffix) { return create_with_history(suffix, 0); }

/* What happened while nobody watched, or was there, and no more. */
static void a_pool_with_events_keeps_what_nobody_heard(void **state) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    const char *name = create_with_events("kept");
    latzero_client *client = join(name, 0);
    latzero_watch *watch = open_watch(client, 0);
    latzero_pool_info info;
    latzero_revision revision;
    int i;
    (void)state;
    CHECK(stats_of(client).flags & LATZERO_POOL_EVENTS);
    CHECK(is_listed(name, &info) && (info.flags & LATZERO_POOL_EVENTS) != 0);
    CHECK_OK(latzero_watch_revision(watch, &revision));
    latzero_watch_close(watch);
    options.from = &revision;
    /* The look for watchers comes once in 1,024 commits. */
    for (i = 0; i < 3000; i++) CHECK_OK(latzero_set_i64(client, "often", 5, i, NULL));
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    CHECK(expect_event(watch, LATZERO_EVENT_LOST, NULL).lost < 3000);
    latzero_watch_close(watch);
    leave(client);
    client = join(name, 0);
    watch = open_watch(client, 0);
    CHECK_OK(latzero_watch_revision(watch, &revision));
    latzero_watch_close(watch);
    CHECK_OK(latzero_set_i64(client, "kept", 4, 1, NULL));
    leave(client);
    client = join(name, 0);
    CHECK_OK(latzero_delete(client, "kept", 4));
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    expect_event(watch, LATZERO_EVENT_CREATED, "kept");
    expect_event(watch, LATZERO_EVENT_ERASED, "kept");
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
}

/* From the first change on, with no watch before. */
static void a_pool_with_events_has_them_from_the_start(void **state) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    const char *name = create_with_events("start");
    latzero_client *client = join(name, 0);
    latzero_revision start;
    latzero_watch *watch;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "first", 5, 1, NULL));
    watch = open_watch(client, 0);
    CHECK_OK(latzero_watch_revision(watch, &start));
    latzero_watch_close(watch);
    memset(start.commits, 0, sizeof start.commits);
    options.from = &start;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    expect_event(watch, LATZERO_EVENT_CREATED, "first");
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
}

/* Sets a key so often behind the watch that there was; how many of these one that resumes is told, or 0 if some are
 * lost. The history that it asks for changes nothing. */
static int told_behind_a_pause(latzero_client *client, int sets) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_watch *watch = open_watch(client, 0);
    latzero_revision revision;
    int i, told = 0, is_lost = 0;
    CHECK_OK(latzero_watch_revision(watch, &revision));
    latzero_watch_close(watch);
    for (i = 0; i < sets; i++) CHECK_OK(latzero_set_i64(client, "often", 5, i, NULL));
    options.from = &revision;
    options.history = 4096;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    while (latzero_watch_next(watch, 0, &event) == LATZERO_OK) {
        is_lost |= event.kind == LATZERO_EVENT_LOST;
        told++;
    }
    latzero_watch_close(watch);
    return is_lost ? 0 : told;
}

static void a_pool_keeps_as_many_events_as_it_was_made_for(void **state) {
    const struct {
        uint32_t history;
        int kept;
    } rows[] = {{16, 16}, {0, 64}, {1024, 1024}};
    size_t row;
    (void)state;
    for (row = 0; row < sizeof rows / sizeof *rows; row++) {
        const char *name = create_with_history("history", rows[row].history);
        latzero_client *client = join(name, 0);
        CHECK_EQUAL(told_behind_a_pause(client, rows[row].kept), rows[row].kept);
        CHECK_EQUAL(told_behind_a_pause(client, rows[row].kept + 1), 0);
        leave(client);
        /* It stays so when nobody is there. */
        client = join(name, 0);
        CHECK_EQUAL(told_behind_a_pause(client, rows[row].kept), rows[row].kept);
        leave(client);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

static void a_history_that_cannot_be_is_refused(void **state) {
    const char *name = pool_name("refused");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    const uint32_t odd[] = {1, 8, 63, 8192, UINT32_MAX};
    size_t at;
    (void)state;
    options.history = 64;
    CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("LATZERO_POOL_EVENTS");
    options.flags = LATZERO_POOL_EVENTS;
    for (at = 0; at < sizeof odd / sizeof *odd; at++) {
        options.history = odd[at];
        CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("a power of two from 16 to 4096");
    }
    options.history = 4096;
    CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("max_bytes of 268435456");
    options.max_bytes = 268435456;
    options.reserved = 1;
    CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_UNSUPPORTED);
    CHECK(!file_exists(pool_path(name)));
    options.reserved = 0;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(latzero_pool_destroy(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_pool_with_events_keeps_what_nobody_heard), TEST(a_pool_with_events_has_them_from_the_start),
        TEST(a_pool_keeps_as_many_events_as_it_was_made_for), TEST(a_history_that_cannot_be_is_refused)};
    return RUN_TESTS(tests);
}
