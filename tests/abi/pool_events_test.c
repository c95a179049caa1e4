/* Pools with LATZERO_POOL_EVENTS: their changes are noted also while nobody watches. */
#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

/* Creates a persistent pool that keeps its events. */
static const char *create_with_events(const char *suffix) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    const char *name = pool_name(suffix);
    seal_new_pool(&options);
    options.flags |= LATZERO_POOL_EVENTS | LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    return name;
}

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

int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_pool_with_events_keeps_what_nobody_heard),
                                       TEST(a_pool_with_events_has_them_from_the_start)};
    return RUN_TESTS(tests);
}
