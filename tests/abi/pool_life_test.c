/* How pools live and end by themselves: with their last client, their creator, their idle time; and who tidies up. */
#include <signal.h>

#include "abi_test.h"

/* A child that takes part in a pool's life until it is told to end, or killed. */
typedef struct participant {
    const char *name;
    uint32_t flags;
    int connects;
    bell ready;
    bell end;
} participant;

static void participate(void *argument) {
    const participant *self = argument;
    if (self->connects)
        (void)join(self->name, self->flags);
    else
        CHECK_OK(latzero_pool_create(self->name, NULL));
    ring(&self->ready);
    await_bell(&self->end);
    exit(0);
}

static pid_t start_participant(participant *self) {
    pid_t child;
    make_bell(&self->ready);
    make_bell(&self->end);
    child = start_child(participate, self);
    await_bell(&self->ready);
    return child;
}

/* Ends the child by exit(), or by SIGKILL. */
static void end_participant(participant *self, pid_t child, int by_kill) {
    if (by_kill)
        kill(child, SIGKILL);
    else
        ring(&self->end);
    CHECK_EQUAL(end_of_child(child), by_kill ? 1000 + SIGKILL : 0);
    close_bell(&self->ready);
    close_bell(&self->end);
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

static void create_and_end(void *unused) {
    int by_kill;
    (void)unused;
    for (by_kill = 0; by_kill < 2; by_kill++) {
        participant creator = {pool_name("creator"), 0, 0, {{0, 0}}, {{0, 0}}};
        const pid_t child = start_participant(&creator);
        CHECK_EQUAL(pool_exists(creator.name), 1);
        end_participant(&creator, child, by_kill);
        /* Who exits tidies up after itself. */
        CHECK_EQUAL(file_exists(pool_path(creator.name)), by_kill);
        CHECK_EQUAL(pool_exists(creator.name), 0);
        CHECK(!file_exists(pool_path(creator.name)));
    }
}

static void a_pool_nobody_joined_ends_with_its_creator(void **state) {
    (void)state;
    in_child_alone(create_and_end, NULL);
}

static void a_creator_s_end_does_not_end_a_joined_pool(void **state) {
    participant creator = {pool_name("handed"), 0, 0, {{0, 0}}, {{0, 0}}};
    const pid_t child = start_participant(&creator);
    latzero_client *reader = join(creator.name, LATZERO_CONNECT_READ_ONLY), *writer;
    (void)state;
    end_participant(&creator, child, 0);
    CHECK_EQUAL(pool_exists(creator.name), 1);
    writer = join(creator.name, 0);
    leave(reader);
    CHECK_EQUAL(pool_exists(creator.name), 1);
    leave(writer);
    CHECK(!file_exists(pool_path(creator.name)));
}

/* Killed clients of both kinds leave a file; whoever looks next removes it. */
static void kill_clients(void *unused) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    size_t i, count;
    latzero_pool_info *pools = NULL;
    (void)unused;
    for (i = 0; i < 6; i++) {
        participant client = {pool_name("killed"), kinds[i % 2], 1, {{0, 0}}, {{0, 0}}};
        latzero_client *first = create_and_join(client.name, 0);
        const pid_t child = start_participant(&client);
        leave(first);
        end_participant(&client, child, 1);
        CHECK(file_exists(pool_path(client.name)));
        if (i / 2 == 0) CHECK_EQUAL(pool_exists(client.name), 0);
        if (i / 2 == 1) CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
        if (i / 2 == 1) latzero_free(pools);
        if (i / 2 == 2) CHECK_OK(latzero_pool_cleanup(NULL));
        CHECK(!file_exists(pool_path(client.name)));
    }
}

static void killed_clients_leave_nothing_for_long(void **state) {
    (void)state;
    in_child_alone(kill_clients, NULL);
}

static void an_orphan_s_name_is_free_at_once(void **state) {
    participant client = {pool_name("orphan"), 0, 1, {{0, 0}}, {{0, 0}}};
    latzero_client *first = create_and_join(client.name, 0), *next = NULL;
    const pid_t child = start_participant(&client);
    int32_t exists = -1;
    (void)state;
    CHECK_OK(latzero_set_null(first, "old", 3, NULL));
    leave(first);
    end_participant(&client, child, 1);
    CHECK_STATUS(latzero_connect(client.name, NULL, &next), LATZERO_POOL_NOT_FOUND);
    next = create_and_join(client.name, 0);
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

static void create_persistent(void *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    exit(0);
}

static void a_persistent_pool_outlives_its_creator(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    (void)state;
    strcpy(name, pool_name("kept"));
    in_child(create_persistent, name);
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

/* Who leaves ends a pool that nobody is in. One that is past its time, but has clients, is for who looks at it next:
 * they are told then. */
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

static void count_removed_as_a_lonely_user(void *unused) {
    int i;
    size_t removed = 77;
    (void)unused;
    CHECK_OK(latzero_pool_cleanup(&removed));
    CHECK_EQUAL(removed, 0);
    for (i = 0; i < 3; i++) {
        participant creator = {pool_name(i == 0 ? "x" : i == 1 ? "y" : "z"), 0, 0, {{0, 0}}, {{0, 0}}};
        const pid_t child = start_participant(&creator);
        end_participant(&creator, child, 1);
    }
    CHECK_OK(latzero_pool_create(pool_name("living"), NULL));
    CHECK_OK(latzero_pool_cleanup(&removed));
    CHECK_EQUAL(removed, 3);
    CHECK_OK(latzero_pool_destroy(pool_name("living")));
}

static void cleanup_counts_what_it_removes(void **state) {
    (void)state;
    in_child_of_another_user(count_removed_as_a_lonely_user, NULL);
}

static void leave_an_orphan(const char *name) {
    participant creator = {name, 0, 0, {{0, 0}}, {{0, 0}}};
    const pid_t child = start_participant(&creator);
    end_participant(&creator, child, 1);
    CHECK(file_exists(pool_path(name)));
}

static void switch_auto_cleanup(void *unused) {
    const char *name = pool_name("auto");
    const size_t threads = running_threads();
    const int64_t deadline = now_ms() + 5000;
    (void)unused;
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

int main(void) {
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
    return RUN_TESTS(tests);
}
