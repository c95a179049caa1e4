/* Processes whose time namespace has another boot clock: what one of them stores ends for all at the same moment, and
 * none of them takes a pool in use for an idle one. Needs the right to make such a namespace. */
#include <fcntl.h>
#include <sched.h>

#include "abi/test.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

enum { TTL_MS = 400, IDLE_MS = 60000 };

/* For the children that are started from now on. */
static int shift_boot_clock(const char *seconds) {
    char text[64];
    int file, shifted;
    if (unshare(CLONE_NEWTIME) != 0) return 0;
    file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    snprintf(text, sizeof text, "boottime %s 0\n", seconds);
    shifted = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) close(file);
    return shifted;
}

static void set_briefly(void *argument) {
    latzero_client *client = join(argument, 0);
    CHECK_OK(set_i64_for(client, "theirs", 1, TTL_MS));
    CHECK(ttl_of(client, "theirs") <= TTL_MS && ttl_of(client, "theirs") > 0);
    CHECK(ttl_of(client, "ours") <= TTL_MS && ttl_of(client, "ours") > 0);
    leave(client);
}

/* It looks first, before anything has told it the time. */
static void look_and_set_briefly(void *argument) {
    CHECK_OK(latzero_pool_cleanup(NULL));
    CHECK_EQUAL(pool_exists(argument), 1);
    CHECK_EQUAL(is_listed(argument, NULL), 1);
    set_briefly(argument);
}

typedef struct world {
    const char *name, *seconds;
} world;

/* A process of its own, since its children are in another namespace from then on. */
static void live_in_another_time(void *argument) {
    const world *other = argument;
    if (!shift_boot_clock(other->seconds)) _exit(77);
    in_fork(look_and_set_briefly, (void *)(size_t)other->name);
    /* Its own clock is the initial one, although its children's is not. */
    CHECK_EQUAL(pool_exists(other->name), 1);
}

static void check_time(const char *seconds) {
    world other = {pool_name("times"), seconds};
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client;
    int64_t value = 0, began;
    int ended;
    options.idle_ttl_ms = IDLE_MS;
    CHECK_OK(latzero_pool_create(other.name, &options));
    client = join(other.name, 0);
    CHECK_OK(set_i64_for(client, "ours", 1, TTL_MS));
    began = now_ms();
    ended = end_of_fork(live_in_another_time, &other);
    if (ended == 77) {
        leave(client);
        fprintf(stderr, "no time namespace: not tested\n");
        skip();
    }
    CHECK_EQUAL(ended, 0);
    /* Ours too was seen by them while it lasted; theirs ends in time, not in a day. */
    if (now_ms() - began < TTL_MS / 2) CHECK(latzero_get_i64(client, "theirs", LATZERO_CSTR, &value) == LATZERO_OK);
    pause_ms(TTL_MS + 50);
    CHECK_STATUS(latzero_get_i64(client, "theirs", LATZERO_CSTR, &value), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_get_i64(client, "ours", LATZERO_CSTR, &value), LATZERO_NOT_FOUND);
    CHECK_EQUAL(pool_exists(other.name), 1);
    leave(client);
}

static void a_clock_a_day_ahead(void **state) {
    (void)state;
    check_time("86400");
}

static void a_clock_behind(void **state) {
    (void)state;
    check_time("-120");
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(a_clock_a_day_ahead), TEST(a_clock_behind)};
    return RUN_TESTS(tests);
}
