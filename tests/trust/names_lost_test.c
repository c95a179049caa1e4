/* A pool's file is removed under its clients, as systemd's RemoveIPC does, and another pool gets the name: the first
 * ones go on and are told, and nothing that they do or leave touches the second one. */
#include "abi/test.h"

static int is_lost(latzero_client *client) { return (stats_of(client).flags & LATZERO_POOL_NAME_LOST) != 0; }

/* Another process, with a pool of its own under the name. */
static void make_the_second_pool(char **arguments) {
    int64_t owner = 0;
    latzero_client *client = create_and_join(arguments[0], 0);
    CHECK_OK(latzero_set_i64(client, "owner", LATZERO_CSTR, 2, NULL));
    say("ready");
    await_order("end");
    CHECK(!is_lost(client));
    CHECK_OK(latzero_get_i64(client, "owner", LATZERO_CSTR, &owner));
    CHECK_EQUAL(owner, 2);
    CHECK_EQUAL(stats_of(client).key_count, 1);
    leave(client);
}

static child_process start_newcomer(const char *name) {
    child_process child = start_child(make_the_second_pool, name, NULL);
    expect_line(&child, "ready");
    return child;
}

static void end_newcomer(child_process *child, const char *name) {
    CHECK_EQUAL(pool_exists(name), 1);
    tell(child, "end");
    expect_end(child, 0);
    CHECK_EQUAL(pool_exists(name), 0);
}

static void clients_go_on_and_leave_the_second_pool_alone(void **state) {
    const char *name = pool_name("lost");
    latzero_client *writer = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY), *second;
    int64_t owner = 0;
    child_process newcomer;
    (void)state;
    CHECK_OK(latzero_set_i64(writer, "owner", LATZERO_CSTR, 1, NULL));
    CHECK(!is_lost(writer) && !is_lost(reader));
    CHECK(remove(pool_path(name)) == 0);
    CHECK(is_lost(writer) && is_lost(reader));
    newcomer = start_newcomer(name);
    CHECK(is_lost(writer) && is_lost(reader));
    /* Reads, writes and growth. */
    CHECK_OK(latzero_get_i64(reader, "owner", LATZERO_CSTR, &owner));
    CHECK_EQUAL(owner, 1);
    CHECK_OK(set_pattern(writer, "large", 5000000, 7));
    check_pattern(reader, "large", 5000000, 7);
    /* By name there is the second one. */
    second = join(name, 0);
    CHECK(!is_lost(second));
    CHECK_OK(latzero_get_i64(second, "owner", LATZERO_CSTR, &owner));
    CHECK_EQUAL(owner, 2);
    CHECK_EQUAL(pool_info_of(name).clients, 2);
    leave(second);
    CHECK_OK(latzero_auto_cleanup(5));
    pause_ms(50);
    CHECK_OK(latzero_auto_cleanup(0));
    leave(reader);
    leave(writer);
    CHECK_EQUAL(pool_info_of(name).clients, 1);
    end_newcomer(&newcomer, name);
}

/* Created, and not connected to: the creator keeps nothing that has lost its name, and destroys nothing by it. */
static void a_creator_leaves_the_second_pool_alone(void **state) {
    const char *name = pool_name("creation");
    child_process newcomer;
    (void)state;
    create_pool(name, 0);
    CHECK(remove(pool_path(name)) == 0);
    CHECK_EQUAL(pool_exists(name), 0);
    newcomer = start_newcomer(name);
    leave(join(name, 0));
    end_newcomer(&newcomer, name);
}

/* What the second one's owner destroys is the second one. */
static void destroying_by_name_spares_the_first(void **state) {
    const char *name = pool_name("spared");
    latzero_client *first = create_and_join(name, 0), *second;
    (void)state;
    CHECK(remove(pool_path(name)) == 0);
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_POOL_NOT_FOUND);
    second = create_and_join(name, 0);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_STATUS(latzero_set_i64(second, "k", 1, 1, NULL), LATZERO_DESTROYED);
    CHECK_OK(latzero_set_i64(first, "k", 1, 1, NULL));
    leave(second);
    leave(first);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(make_the_second_pool)};
    const struct CMUnitTest tests[] = {
        TEST(clients_go_on_and_leave_the_second_pool_alone),
        TEST(a_creator_leaves_the_second_pool_alone),
        TEST(destroying_by_name_spares_the_first),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
