/* How pools live and end by themselves: with their last client, their creator, their idle time; and who tidies up. */
#include "abi/test.h"

/* Takes part in a pool's life until it is told to end, or killed: as its creator, or by a connection with flags. */
static void participate(char **arguments) {
    const char *name = arguments[0], *flags = arguments[1];
    if (flags != NULL)
        (void)join(name, (uint32_t)atoi(flags));
    else
        CHECK_OK(latzero_pool_create(name, NULL));
    say("ready");
    await_order("end");
    exit(0);
}

static child_process start_creator(const char *name) {
    child_process child = start_child(participate, name, NULL);
    expect_line(&child, "ready");
    return child;
}

static child_process start_client(const char *name, uint32_t flags) {
    child_process child = start_child(participate, name, decimal(flags), NULL);
    expect_line(&child, "ready");
    return child;
}

static void end_by_exit(child_process *child) {
    tell(child, "end");
    expect_end(child, 0);
}

static void end_by_kill(child_process *child) {
    kill_child(child);
    expect_end(child, CHILD_KILLED);
}

static void a_pool_ends_with_its_last_client(void **state) {
    const char *name = pool_name("last");
    latzero_client *writer, *reader;
    int64_t value = 0;
    (void)state;
    writer = create_and_join(name, 0);
    leave(writer);
    CHECK(!file_exists(pool_path(name)));
    writer = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(writer, "k", 1, 42, NULL));
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    leave(writer);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_get_i64(reader, "k", 1, &value));
    CHECK_EQUAL(value, 42);
    leave(reader);
    CHECK(!file_exists(pool_path(name)));
}

/* The creator's own connection hands the pool over, of either kind. */
static void a_creator_s_connection_of_either_kind_counts(void **state) {
    const char *name = pool_name("handed-over");
    (void)state;
    CHECK_OK(latzero_pool_create(name, NULL));
    leave(join(name, LATZERO_CONNECT_READ_ONLY));
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK_OK(latzero_pool_create(name, NULL));
    leave(join(name, 0));
    CHECK_EQUAL(pool_exists(name), 0);
}

static void create_and_end(char **arguments) {
    const char *name = pool_name("creator");
    int by_kill;
    (void)arguments;
    for (by_kill = 0; by_kill < 2; by_kill++) {
        child_process creator = start_creator(name);
        CHECK_EQUAL(pool_exists(name), 1);
        if (by_kill)
            end_by_kill(&creator);
        else
            end_by_exit(&creator);
        /* A process that exits tidies up after itself. */
        CHECK_EQUAL(file_exists(pool_path(name)), by_kill);
        CHECK_EQUAL(pool_exists(name), 0);
        CHECK(!file_exists(pool_path(name)));
    }
}

static void a_pool_nobody_joined_ends_with_its_creator(void **state) {
    (void)state;
    in_child_alone(create_and_end, NULL);
}

static void a_creator_s_end_does_not_end_a_joined_pool(void **state) {
    const char *name = pool_name("handed");
    child_process creator = start_creator(name);
    latzero_client *reader = join(name, LATZERO_CONNECT_READ_ONLY), *writer;
    (void)state;
    end_by_exit(&creator);
    CHECK_EQUAL(pool_exists(name), 1);
    writer = join(name, 0);
    leave(reader);
    CHECK_EQUAL(pool_exists(name), 1);
    leave(writer);
    CHECK(!file_exists(pool_path(name)));
}

/* Killed clients of both kinds leave a file; the next call that looks at pools removes it. */
static void kill_clients(char **arguments) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    const char *name = pool_name("killed");
    size_t i, count;
    latzero_pool_info *pools = NULL;
    (void)arguments;
    for (i = 0; i < 6; i++) {
        latzero_client *first = create_and_join(name, 0);
        child_process client = start_client(name, kinds[i % 2]);
        leave(first);
        end_by_kill(&client);
        CHECK(file_exists(pool_path(name)));
        if (i / 2 == 0) CHECK_EQUAL(pool_exists(name), 0);
        if (i / 2 == 1) CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
        if (i / 2 == 1) latzero_free(pools);
        if (i / 2 == 2) CHECK_OK(latzero_pool_cleanup(NULL));
        CHECK(!file_exists(pool_path(name)));
    }
}

static void killed_clients_leave_nothing_for_long(void **state) {
    (void)state;
    in_child_alone(kill_clients, NULL);
}

static void an_orphan_s_name_is_free_at_once(void **state) {
    const char *name = pool_name("orphan");
    latzero_client *first = create_and_join(name, 0), *next = NULL;
    child_process client = start_client(name, 0);
    int32_t exists = -1;
    (void)state;
    CHECK_OK(latzero_set_null(first, "old", 3, NULL));
    leave(first);
    end_by_kill(&client);
    CHECK_STATUS(latzero_connect(name, NULL, &next), LATZERO_POOL_NOT_FOUND);
    next = create_and_join(name, 0);
    CHECK_OK(latzero_exists(next, "old", 3, &exists));
    CHECK_EQUAL(exists, 0);
    leave(next);
}

static void a_persistent_pool_outlives_its_clients(void **state) {
    const char *name = pool_name("persistent");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client;
    int64_t value = 0;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    client = join(name, 0);
    CHECK_EQUAL(stats_of(client).flags, LATZERO_POOL_PERSISTENT);
    CHECK_OK(latzero_set_i64(client, "k", 1, 42, NULL));
    leave(client);
    CHECK_OK(latzero_pool_cleanup(NULL));
    client = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_get_i64(client, "k", 1, &value));
    CHECK_EQUAL(value, 42);
    leave(client);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_EQUAL(pool_exists(name), 0);
}

static void create_persistent(char **arguments) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(arguments[0], &options));
    exit(0);
}

static void a_persistent_pool_outlives_its_creator(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    (void)state;
    strcpy(name, pool_name("kept"));
    in_child(create_persistent, name, NULL);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_pool_destroy(name));
}

static latzero_client *join_idle_pool(const char *name, int64_t idle_ms) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.idle_ttl_ms = idle_ms;
    CHECK_OK(latzero_pool_create(name, &options));
    return join(name, 0);
}

static void an_idle_pool_is_destroyed(void **state) {
    const char *name = pool_name("idle");
    latzero_client *client = join_idle_pool(name, 100);
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    (void)state;
    pause_ms(150);
    CHECK_OK(latzero_pool_cleanup(NULL));
    CHECK(!file_exists(pool_path(name)));
    CHECK_STATUS(latzero_set_null(client, "k", 1, NULL), LATZERO_DESTROYED);
    leave(client);
    /* Its clock runs from the creation. */
    options.idle_ttl_ms = 100;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    pause_ms(150);
    CHECK_EQUAL(pool_exists(name), 0);
}

static void writes_and_connects_keep_a_pool_from_being_idle(void **state) {
    const char *name = pool_name("busy");
    latzero_client *client = join_idle_pool(name, 1500);
    int64_t until = now_ms() + 2500, next_connect = 0;
    (void)state;
    while (now_ms() < until) {
        if (now_ms() < until - 1250)
            CHECK_OK(latzero_increment(client, "k", 1, 1, 0, NULL));
        else if (now_ms() > next_connect)
            leave(join(name, LATZERO_CONNECT_READ_ONLY)), leave(join(name, 0)), next_connect = now_ms() + 200;
        CHECK_EQUAL(pool_exists(name), 1);
        pause_ms(20);
    }
    leave(client);
}

/* The last to leave ends a pool. One that is past its idle time, but has clients, is left to the next call that looks
 * at pools: its clients are told then. */
static void who_leaves_ends_no_idle_pool_of_others(void **state) {
    const char *name = pool_name("left");
    latzero_client *writer = join_idle_pool(name, 100), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    (void)state;
    pause_ms(150);
    leave(reader);
    CHECK(file_exists(pool_path(name)));
    CHECK_OK(latzero_set_null(writer, "k", 1, NULL));
    CHECK_EQUAL(pool_exists(name), 1);
    leave(writer);
    CHECK(!file_exists(pool_path(name)));
}

static void leave_an_orphan(const char *name) {
    child_process creator = start_creator(name);
    end_by_kill(&creator);
}

static void count_removed_as_a_lonely_user(char **arguments) {
    size_t removed = 77;
    (void)arguments;
    CHECK_OK(latzero_pool_cleanup(&removed));
    CHECK_EQUAL(removed, 0);
    leave_an_orphan(pool_name("x"));
    leave_an_orphan(pool_name("y"));
    leave_an_orphan(pool_name("z"));
    CHECK(file_exists(pool_path(pool_name("z"))));
    CHECK_OK(latzero_pool_create(pool_name("living"), NULL));
    CHECK_OK(latzero_pool_cleanup(&removed));
    CHECK_EQUAL(removed, 3);
    CHECK_OK(latzero_pool_destroy(pool_name("living")));
}

static void cleanup_counts_what_it_removes(void **state) {
    (void)state;
    if (!others_can_start_this()) skip();
    in_child_of_another_user(count_removed_as_a_lonely_user, NULL);
}

static void switch_auto_cleanup(char **arguments) {
    const char *name = pool_name("auto");
    const size_t threads = running_threads();
    const int64_t deadline = now_ms() + 5000;
    (void)arguments;
    CHECK_STATUS(latzero_auto_cleanup(-1), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK_OK(latzero_auto_cleanup(INT64_MAX));
    CHECK(threads_become(threads + 1));
    CHECK_OK(latzero_auto_cleanup(20));
    CHECK(threads_become(threads + 1));
    CHECK_OK(latzero_pool_create(pool_name("kept"), NULL));
    leave_an_orphan(name);
    while (file_exists(pool_path(name)) && now_ms() < deadline) pause_ms(5);
    CHECK(!file_exists(pool_path(name)));
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK(threads_become(threads));
    CHECK(file_exists(pool_path(pool_name("kept"))));
    CHECK_OK(latzero_pool_destroy(pool_name("kept")));
    leave_an_orphan(name);
    pause_ms(100);
    CHECK(file_exists(pool_path(name)));
    CHECK_EQUAL(pool_exists(name), 0);
}

static void auto_cleanup_runs_only_while_it_is_on(void **state) {
    (void)state;
    in_child_alone(switch_auto_cleanup, NULL);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(participate),
                                       ROLE(create_and_end),
                                       ROLE(kill_clients),
                                       ROLE(create_persistent),
                                       ROLE(count_removed_as_a_lonely_user),
                                       ROLE(switch_auto_cleanup)};
    const struct CMUnitTest tests[] = {
        TEST(a_pool_ends_with_its_last_client),
        TEST(a_creator_s_connection_of_either_kind_counts),
        TEST(a_pool_nobody_joined_ends_with_its_creator),
        TEST(a_creator_s_end_does_not_end_a_joined_pool),
        TEST(killed_clients_leave_nothing_for_long),
        TEST(an_orphan_s_name_is_free_at_once),
        TEST(a_persistent_pool_outlives_its_clients),
        TEST(a_persistent_pool_outlives_its_creator),
        TEST(an_idle_pool_is_destroyed),
        TEST(writes_and_connects_keep_a_pool_from_being_idle),
        TEST(who_leaves_ends_no_idle_pool_of_others),
        TEST(cleanup_counts_what_it_removes),
        TEST(auto_cleanup_runs_only_while_it_is_on),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
