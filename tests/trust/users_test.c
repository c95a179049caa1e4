/* Processes that become another user, and users that cannot be told apart: a connection's name stays that of the user
 * who connected, and nobody takes a file of others for a pool of theirs. Needs root. */
#include <sched.h>
#include <sys/stat.h>

#include "abi/test.h"

enum { OTHER_USER = 54321 };

static void be_user(uid_t user) { CHECK(seteuid(user) == 0); }

/* Two pools of one name, of two users. */
typedef struct pools {
    char name[LATZERO_NAME_MAX + 1], theirs[512], ours[512];
    latzero_client *theirs_client, *ours_client;
} pools;

static pools make_pools(void) {
    pools made;
    strcpy(made.name, pool_name("same"));
    object_path(made.theirs, sizeof made.theirs, OTHER_USER, made.name);
    object_path(made.ours, sizeof made.ours, 0, made.name);
    be_user(OTHER_USER);
    made.theirs_client = create_and_join(made.name, 0);
    be_user(0);
    made.ours_client = create_and_join(made.name, 0);
    CHECK(file_exists(made.theirs) && file_exists(made.ours));
    return made;
}

/* In a child: this process stays root, whatever fails. */
static void in_child_of_root(void (*body)(void *), void *argument) {
    if (geteuid() != 0) skip();
    in_fork(body, argument);
}

/* Connected as another user, left as root: the file that goes is the one that was connected to. */
static void join_as_another(void *unused) {
    pools both = make_pools();
    (void)unused;
    leave(both.theirs_client);
    CHECK(!file_exists(both.theirs));
    CHECK(file_exists(both.ours));
    CHECK_OK(latzero_set_i64(both.ours_client, "k", 1, 1, NULL));
    leave(both.ours_client);
    CHECK(!file_exists(both.ours));
}

static void a_client_leaves_the_pool_that_it_joined(void **state) {
    (void)state;
    in_child_of_root(join_as_another, NULL);
}

/* Root's pool of that name is made, used and left; the other user's lives as long as its creator. */
static void create_as_another(void *unused) {
    const char *name = pool_name("created");
    char theirs[512];
    (void)unused;
    object_path(theirs, sizeof theirs, OTHER_USER, name);
    be_user(OTHER_USER);
    create_pool(name, 0);
    be_user(0);
    CHECK_EQUAL(pool_exists(name), 0);
    leave(create_and_join(name, 0));
    CHECK(file_exists(theirs));
    be_user(OTHER_USER);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_pool_destroy(name));
    be_user(0);
    CHECK(!file_exists(theirs));
}

static void a_creator_keeps_the_pool_that_it_made(void **state) {
    (void)state;
    in_child_of_root(create_as_another, NULL);
}

/* A server that gives up root. It cannot remove the file of root's pool, says so, and leaves its own pool of the name
 * alone; root's next look tidies up. */
static void give_up_root(void *argument) {
    const char *name = argument;
    latzero_client *client = create_and_join(name, 0), *own;
    CHECK(setresuid(OTHER_USER, OTHER_USER, OTHER_USER) == 0);
    CHECK_OK(latzero_set_i64(client, "k", 1, 1, NULL));
    CHECK((stats_of(client).flags & LATZERO_POOL_NAME_LOST) != 0);
    own = create_and_join(name, 0);
    CHECK((stats_of(own).flags & LATZERO_POOL_NAME_LOST) == 0);
    CHECK_STATUS(latzero_disconnect(client), LATZERO_PERMISSION);
    CHECK_SENTENCE("given up the rights of user 0");
    CHECK_OK(latzero_set_i64(own, "k", 1, 2, NULL));
    leave(own);
    CHECK(!file_exists(pool_path(name)));
}

static void a_server_that_gives_up_root_says_what_it_leaves(void **state) {
    const char *name = pool_name("dropped");
    (void)state;
    in_child_of_root(give_up_root, (void *)(size_t)name);
    CHECK(file_exists(pool_path(name)));
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK(!file_exists(pool_path(name)));
}

/* ---- users that cannot be told apart ----------------------------------------------------------------------------- */

/* Nobody is mapped here: this process and the file's owner have one and the same number. */
static void meet_a_foreign_pool(void *argument) {
    const char *name = argument;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    if (unshare(CLONE_NEWUSER) != 0) {
        fprintf(stderr, "no user namespace: not tested\n");
        return;
    }
    for (options.flags = 0; options.flags <= LATZERO_CONNECT_CREATE; options.flags++) {
        CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_PERMISSION);
        CHECK_SENTENCE("other users");
    }
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_PERMISSION);
}

static void a_foreign_pool_is_nobody_s(void **state) {
    const char *name = pool_name("nobody-s");
    char theirs[512], nobodys[512];
    latzero_client *client;
    (void)state;
    if (geteuid() != 0) skip();
    object_path(theirs, sizeof theirs, OTHER_USER, name);
    object_path(nobodys, sizeof nobodys, 65534, name);
    be_user(OTHER_USER);
    client = create_and_join(name, 0);
    be_user(0);
    CHECK(chmod(theirs, 0666) == 0 && rename(theirs, nobodys) == 0);
    in_fork(meet_a_foreign_pool, (void *)(size_t)name);
    CHECK(remove(nobodys) == 0);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_client_leaves_the_pool_that_it_joined),
        TEST(a_creator_keeps_the_pool_that_it_made),
        TEST(a_server_that_gives_up_root_says_what_it_leaves),
        TEST(a_foreign_pool_is_nobody_s),
    };
    return RUN_TESTS(tests);
}
