/* Pools that a stopped process holds, or that it takes long to remove: each call on all pools ends in its own time,
 * tells of every pool, and keeps no other one waiting; nor does the clean-up thread. As a user with no other pools. */
#include <sys/syscall.h>

#include "neighbours/holder.h"

enum { HELD = 3, LONGEST_MS = 6500, BRIEF_MS = 1500, KEYS = 500, ORPHANS = 40, REMOVAL_MS = 100 };

static const char *name_of(int number) {
    static const char *const suffixes[] = {"held-a", "held-b", "held-c", "free"};
    return pool_name(suffixes[number]);
}

/* Where the older library leaves a pool out there is no entry. */
static uint32_t state_of(const char *name) {
    latzero_pool_info info;
    memset(&info, 0, sizeof info);
    CHECK(is_listed(name, &info));
    return info.state;
}

static void check_took(const char *what, int64_t began, int64_t most) {
    const int64_t took = now_ms() - began;
    if (took > most) fprintf(stderr, "%s took %lld ms\n", what, (long long)took);
    CHECK(took <= most);
}

static void list_amid_held_pools(char **arguments) {
    latzero_global_info all = LATZERO_GLOBAL_INFO_INIT;
    latzero_pool_info *pools = NULL;
    holder holders[HELD];
    size_t count = 0, i, removed = 0;
    int32_t exists = 0;
    int64_t began;
    int n;
    (void)arguments;
    for (n = 0; n <= HELD; n++) make_kept_pool(name_of(n), 5);
    for (n = 0; n < HELD; n++) hold_life(&holders[n], name_of(n), 0);

    began = now_ms();
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    check_took("latzero_pool_list", began, LONGEST_MS);
    CHECK_EQUAL(count, HELD + 1);
    for (i = 0; i < count; i++) {
        const int is_free = strcmp(pools[i].name, name_of(HELD)) == 0;
        if (i > 0) CHECK(strcmp(pools[i - 1].name, pools[i].name) < 0);
        CHECK_EQUAL(pools[i].state, is_free ? LATZERO_STATE_ASKED : LATZERO_STATE_NOT_ASKED);
        CHECK_EQUAL(pools[i].key_count, is_free ? 5 : 0);
        CHECK_EQUAL(pools[i].capacity_bytes, is_free ? 1 << 20 : 0);
    }
    latzero_free(pools);

    began = now_ms();
    CHECK_OK(latzero_global_stats(&all));
    check_took("latzero_global_stats", began, LONGEST_MS);
    CHECK_EQUAL(all.pool_count, HELD + 1);
    CHECK_EQUAL(all.not_asked, HELD);
    CHECK_EQUAL(all.total_keys, 5);

    began = now_ms();
    CHECK_OK(latzero_pool_cleanup(&removed));
    check_took("latzero_pool_cleanup", began, LONGEST_MS);
    CHECK_EQUAL(removed, 0);

    began = now_ms();
    CHECK_STATUS(latzero_pool_exists(name_of(0), &exists), LATZERO_TIMEOUT);
    check_took("latzero_pool_exists", began, LONGEST_MS);

    for (n = 0; n < HELD; n++) let_go(&holders[n]);
    began = now_ms();
    for (n = 0; n <= HELD; n++) CHECK_EQUAL(state_of(name_of(n)), LATZERO_STATE_ASKED);
    check_took("four lists", began, BRIEF_MS);
    for (n = 0; n <= HELD; n++) CHECK_OK(latzero_pool_destroy(name_of(n)));
}

static void held_pools_are_told_in_time(void **state) {
    (void)state;
    in_child_alone(list_amid_held_pools, NULL);
}

/* Pools that are let go in time are asked, in whatever order that happens. */
static void list_as_they_let_go(char **arguments) {
    holder holders[HELD];
    int n;
    (void)arguments;
    for (n = 0; n <= HELD; n++) make_kept_pool(name_of(n), 1);
    for (n = 0; n < HELD; n++) hold_life(&holders[n], name_of(n), 2000 - 600 * n);
    {
        latzero_global_info all = LATZERO_GLOBAL_INFO_INIT;
        const int64_t began = now_ms();
        CHECK_OK(latzero_global_stats(&all));
        check_took("latzero_global_stats", began, 4000);
        CHECK_EQUAL(all.pool_count, HELD + 1);
        CHECK_EQUAL(all.not_asked, 0);
        CHECK_EQUAL(all.total_keys, HELD + 1);
    }
    for (n = 0; n < HELD; n++) let_go(&holders[n]);
    for (n = 0; n <= HELD; n++) CHECK_OK(latzero_pool_destroy(name_of(n)));
}

static void pools_that_are_let_go_in_time_are_asked(void **state) {
    (void)state;
    in_child_alone(list_as_they_let_go, NULL);
}

/* ---- the clean-up thread ----------------------------------------------------------------------------------------- */

static void set_brief_keys(latzero_client *client) {
    char key[32];
    int i;
    for (i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "brief %d", i);
        CHECK_OK(set_i64_for(client, key, i, 50));
    }
}

/* The bytes tell: an expired key is not counted, but lies there until it is swept. */
static void check_is_swept_soon(latzero_client *client) {
    const int64_t began = now_ms();
    while (stats_of(client).used_bytes > 4096 && now_ms() - began < BRIEF_MS) pause_ms(10);
    if (stats_of(client).used_bytes > 4096) fprintf(stderr, "expired keys lie in a pool that nobody holds\n");
    CHECK(stats_of(client).used_bytes <= 4096);
}

static void stop_cleaning_up(void) {
    const int64_t began = now_ms();
    CHECK_OK(latzero_auto_cleanup(0));
    check_took("the clean-up thread's end", began, BRIEF_MS);
}

static void sweep_beside_a_held_life(char **arguments) {
    latzero_client *client;
    holder other;
    (void)arguments;
    make_kept_pool(name_of(0), 1);
    client = create_and_join(name_of(HELD), 0);
    hold_life(&other, name_of(0), 0);
    CHECK_OK(latzero_auto_cleanup(20));
    pause_ms(100);
    set_brief_keys(client);
    check_is_swept_soon(client);
    stop_cleaning_up();
    let_go(&other);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name_of(0)));
}

static void sweeping_waits_for_no_other_pool_s_life_lock(void **state) {
    (void)state;
    in_child_alone(sweep_beside_a_held_life, NULL);
}

static void sweep_beside_held_stripes(char **arguments) {
    latzero_client *held, *client;
    holder writer;
    (void)arguments;
    held = create_and_join(name_of(0), 0); /* the first connection is swept first */
    client = create_and_join(name_of(HELD), 0);
    set_brief_keys(held);
    stop_writer(&writer, name_of(0), 1);
    pause_ms(60);
    CHECK_OK(latzero_auto_cleanup(20));
    pause_ms(100);
    set_brief_keys(client);
    check_is_swept_soon(client);
    stop_cleaning_up();
    end_holder(&writer);
    leave(client);
    leave(held);
}

static void sweeping_waits_for_no_other_pool_s_stripes(void **state) {
    (void)state;
    in_child_alone(sweep_beside_held_stripes, NULL);
}

/* ---- removals that take long ------------------------------------------------------------------------------------- */

static volatile int removal_ms, removals;

/* The library's, too. As of a pool with much memory. */
int unlink(const char *path) {
    const int result = (int)syscall(SYS_unlink, path);
    if (removal_ms > 0) {
        removals++;
        usleep((useconds_t)removal_ms * 1000);
    }
    return result;
}

static void leave_orphans(char **arguments) {
    int i;
    (void)arguments;
    for (i = 0; i < ORPHANS; i++) {
        char suffix[16];
        snprintf(suffix, sizeof suffix, "orphan-%d", i);
        CHECK_OK(latzero_pool_create(pool_name(suffix), NULL));
    }
}

static void sweep_beside_removals(char **arguments) {
    latzero_client *client;
    size_t removed = 0;
    int before;
    (void)arguments;
    in_child(leave_orphans, NULL);
    client = create_and_join(name_of(HELD), 0);
    removal_ms = REMOVAL_MS;
    CHECK_OK(latzero_auto_cleanup(20));
    while (removals == 0) pause_ms(5);
    set_brief_keys(client);
    check_is_swept_soon(client);
    before = removals;
    while (removals == before) pause_ms(5);
    stop_cleaning_up();
    CHECK(removals < ORPHANS); /* else nothing was in the way */
    removal_ms = 0;
    CHECK_OK(latzero_pool_cleanup(&removed));
    CHECK_EQUAL(removed, ORPHANS - removals);
    leave(client);
}

static void sweeping_waits_for_no_removals(void **state) {
    (void)state;
    in_child_alone(sweep_beside_removals, NULL);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {HOLDER_ROLES,
                                       ROLE(list_amid_held_pools),
                                       ROLE(list_as_they_let_go),
                                       ROLE(sweep_beside_a_held_life),
                                       ROLE(sweep_beside_held_stripes),
                                       ROLE(leave_orphans),
                                       ROLE(sweep_beside_removals)};
    const struct CMUnitTest tests[] = {
        TEST(held_pools_are_told_in_time),
        TEST(pools_that_are_let_go_in_time_are_asked),
        TEST(sweeping_waits_for_no_other_pool_s_life_lock),
        TEST(sweeping_waits_for_no_other_pool_s_stripes),
        TEST(sweeping_waits_for_no_removals),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
