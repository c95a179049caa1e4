/*
 * What the header's caveats say happens, and that the cure next to each cures.
 */
#include <signal.h>

#include "abi/test.h"

static const char *name;

/* A value over half the cap cannot be replaced; it can after a delete. */
static void a_large_value_is_deleted_first(void **state) {
    latzero_client *client = create_and_join(pool_name("half"), LATZERO_MAX_BYTES_LEAST);
    (void)state;
    CHECK_OK(set_pattern(client, "large", 500000, 1));
    CHECK_STATUS(set_pattern(client, "large", 500000, 2), LATZERO_MEMORY_FULL);
    CHECK_SENTENCE("max_bytes");
    check_pattern(client, "large", 500000, 1);
    CHECK_OK(latzero_delete(client, "large", LATZERO_CSTR));
    CHECK_OK(set_pattern(client, "large", 500000, 2));
    leave(client);
}

static void read_what_the_parent_borrowed(void *borrowed) {
    const volatile char *bytes = borrowed;
    signal(SIGSEGV, SIG_DFL);
    (void)*bytes;
}

static void borrow_again(void *argument) {
    latzero_client *client = join(name, 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    (void)argument;
    CHECK_OK(latzero_borrow(client, "k", 1, &value, &info, &borrowed));
    CHECK_EQUAL(((const char *)value)[0], 'v');
    CHECK_OK(latzero_return(borrowed));
    leave(client);
}

static void what_is_borrowed_stays_with_the_parent(void **state) {
    latzero_client *client;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    static char bytes[100000]; /* smaller ones may be lent as a copy */
    (void)state;
    skip_under_sanitizers();
    name = pool_name("borrowed");
    client = create_and_join(name, 0);
    memset(bytes, 'v', sizeof bytes);
    CHECK_OK(latzero_set_bytes(client, "k", 1, bytes, sizeof bytes, NULL));
    CHECK_OK(latzero_borrow(client, "k", 1, &value, &info, &borrowed));
    CHECK_EQUAL(end_of_fork(read_what_the_parent_borrowed, (void *)value), 1000 + SIGSEGV);
    in_fork(borrow_again, NULL);
    CHECK_OK(latzero_return(borrowed));
    leave(client);
}

/* A parent that creates a pool, starts its daemon and ends; the daemon connects before that, or after. */
static void daemonise(void *connects_first) {
    const int first = *(const int *)connects_first;
    bell parent_gone, connected;
    make_bell(&parent_gone);
    make_bell(&connected);
    create_pool(name, 0);
    if (fork() != 0) {
        if (first) await_bell(&connected);
        _exit(0);
    }
    if (first) {
        latzero_client *client = join(name, 0);
        ring(&connected);
        while (getppid() != 1) pause_ms(5);
        CHECK_OK(latzero_set_null(client, "k", 1, NULL));
        leave(client);
    }
    _exit(0);
}

static void check_gone_soon(void) {
    int looks;
    for (looks = 0; looks < 400 && pool_exists(name); looks++) pause_ms(5);
    CHECK(!pool_exists(name));
}

static void a_daemon_connects_before_its_parent_leaves(void **state) {
    int first;
    (void)state;
    name = pool_name("daemon");
    for (first = 0; first < 2; first++) {
        CHECK_EQUAL(end_of_fork(daemonise, &first), 0);
        if (first == 0) check_gone_soon();
    }
    check_gone_soon();
}

static void meet_another_pool(char **arguments) {
    latzero_client *client = NULL;
    CHECK_STATUS(latzero_connect(arguments[0], NULL, &client), LATZERO_POOL_NOT_FOUND);
    leave(create_and_join(arguments[0], 0));
}

static void names_are_per_user(void **state) {
    latzero_client *client;
    (void)state;
    if (geteuid() != 0) skip();
    name = pool_name("mine");
    client = create_and_join(name, 0);
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    in_child_of_another_user(meet_another_pool, name, NULL);
    check_keys(client, 1);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(meet_another_pool)};
    const struct CMUnitTest tests[] = {TEST(a_large_value_is_deleted_first),
                                       TEST(what_is_borrowed_stays_with_the_parent),
                                       TEST(a_daemon_connects_before_its_parent_leaves), TEST(names_are_per_user)};
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
