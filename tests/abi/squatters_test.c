/* What lies under a pool's name in /dev/shm without being one: refused with a sentence that says what it is, never
 * followed, never changed. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "abi/test.h"

/* Every call that meets the squatter; exists tells that there is no pool, or that the system refuses. */
static void check_squatted(const char *name, latzero_status expected, const char *what) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    const int is_own = strcmp(what, "another user") != 0;
    latzero_pool_info info;
    int32_t exists = 0;
    uint32_t flags;
    latzero_status status;
    CHECK_STATUS(latzero_pool_create(name, NULL), expected);
    CHECK_SENTENCE(name);
    CHECK_SENTENCE(what);
    for (flags = 0; flags <= LATZERO_CONNECT_CREATE; flags++) {
        options.flags = flags;
        CHECK_STATUS(latzero_connect(name, &options, &client), expected);
        CHECK_SENTENCE(name);
        CHECK_SENTENCE(what);
    }
    CHECK_STATUS(latzero_pool_destroy(name), expected);
    CHECK_SENTENCE(name);
    CHECK_SENTENCE(what);
    status = latzero_pool_exists(name, &exists);
    CHECK(status == expected || status == LATZERO_OK);
    CHECK_EQUAL(exists, 0);
    CHECK_OK(latzero_pool_cleanup(NULL));
    /* Whoever owns it is told of it. */
    CHECK_EQUAL(is_listed(name, &info), is_own);
    if (is_own) CHECK_EQUAL(info.state, LATZERO_STATE_NOT_SOUND);
    CHECK(file_exists(pool_path(name)));
}

/* With the squatter gone the name is as good as any. */
static void clear_the_name(const char *name) {
    CHECK(remove(pool_path(name)) == 0);
    leave(create_and_join(name, LATZERO_MAX_BYTES_LEAST));
}

static void plant_file(const char *path, const void *bytes, size_t size) {
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK_EQUAL(write(file, bytes, size), size);
    close(file);
}

static void a_link_is_not_followed(void **state) {
    const char *name = pool_name("link"), *target = pool_name("target");
    latzero_client *client = create_and_join(target, LATZERO_MAX_BYTES_LEAST);
    (void)state;
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    CHECK(symlink(pool_path(target), pool_path(name)) == 0);
    check_squatted(name, LATZERO_PERMISSION, "link");
    CHECK_EQUAL(stats_of(client).key_count, 1);
    CHECK_EQUAL(stats_of(client).clients, 1);
    clear_the_name(name);
    CHECK(symlink("/nowhere/at/all", pool_path(name)) == 0);
    check_squatted(name, LATZERO_PERMISSION, "link");
    CHECK(!file_exists("/nowhere"));
    clear_the_name(name);
    leave(client);
}

static void a_directory_is_no_pool(void **state) {
    const char *name = pool_name("directory");
    (void)state;
    CHECK(mkdir(pool_path(name), 0700) == 0);
    check_squatted(name, LATZERO_CORRUPT, "directory");
    clear_the_name(name);
}

static void a_pipe_is_no_pool(void **state) {
    const char *name = pool_name("pipe");
    (void)state;
    CHECK(mkfifo(pool_path(name), 0600) == 0);
    check_squatted(name, LATZERO_CORRUPT, "pipe");
    clear_the_name(name);
}

static void a_socket_is_no_pool(void **state) {
    const char *name = pool_name("socket");
    struct sockaddr_un address;
    const int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)state;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, pool_path(name));
    CHECK(end >= 0 && bind(end, (struct sockaddr *)&address, sizeof address) == 0);
    check_squatted(name, LATZERO_CORRUPT, "socket");
    close(end);
    clear_the_name(name);
}

static void a_foreign_file_is_left_alone(void **state) {
    static const size_t sizes[] = {0, 1, 16, 511, 512, 4096, 1 << 20};
    const char *name = pool_name("foreign");
    unsigned char *planted = malloc(1 << 20), *found;
    size_t i, zeros, size = 0;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (zeros = 0; zeros < 2; zeros++) {
            fill_pattern(planted, sizes[i], 7);
            if (zeros) memset(planted, 0, sizes[i]);
            plant_file(pool_path(name), planted, sizes[i]);
            check_squatted(name, LATZERO_CORRUPT, "no latzero pool");
            found = read_file(pool_path(name), &size);
            CHECK_EQUAL(size, sizes[i]);
            CHECK(memcmp(found, planted, size) == 0);
            free(found);
            clear_the_name(name);
        }
    }
    free(planted);
}

static void a_file_of_another_user_is_refused(void **state) {
    static const mode_t modes[] = {0600, 0644, 0666};
    const char *name = pool_name("theirs");
    size_t i;
    (void)state;
    if (geteuid() != 0) skip();
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        plant_file(pool_path(name), "theirs", 6);
        CHECK(chmod(pool_path(name), modes[i]) == 0 && chown(pool_path(name), 12345, 12345) == 0);
        check_squatted(name, LATZERO_PERMISSION, "another user");
        clear_the_name(name);
    }
}

/* Where a user namespace maps nobody, a file of others looks like one's own; its mode gives it away. */
static void a_file_that_others_may_open_is_refused(void **state) {
    static const mode_t modes[] = {0666, 0660, 0604, 0610};
    const char *name = pool_name("open");
    latzero_client *client = NULL;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        latzero_client *keeper = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
        CHECK(chmod(pool_path(name), modes[i]) == 0);
        check_squatted(name, LATZERO_PERMISSION, "other users");
        CHECK_SENTENCE("chmod 600");
        /* Whose it really is says so. */
        CHECK(chmod(pool_path(name), 0600) == 0);
        CHECK_OK(latzero_connect(name, NULL, &client));
        leave(client);
        leave(keeper);
    }
}

static void meet_a_file_of_root(char **arguments) {
    char name[LATZERO_NAME_MAX + 1];
    (void)arguments;
    strcpy(name, pool_name("root-s"));
    await_order("planted");
    check_squatted(name, LATZERO_PERMISSION, "another user");
}

/* A user who is not root cannot even open the file. The visitor's number is 100000 + its process. */
static void a_file_of_root_is_refused(void **state) {
    static const mode_t modes[] = {0600, 0644, 0666};
    size_t i;
    char path[512];
    (void)state;
    if (geteuid() != 0) skip();
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        child_process child = start_child_of_another_user(meet_a_file_of_root, NULL);
        object_path(path, sizeof path, 100000 + (uid_t)child.process, pool_name("root-s"));
        plant_file(path, "root", 4);
        CHECK(chmod(path, modes[i]) == 0);
        tell(&child, "planted");
        expect_end(&child, 0);
        CHECK(remove(path) == 0);
    }
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(meet_a_file_of_root)};
    const struct CMUnitTest tests[] = {
        TEST(a_link_is_not_followed),
        TEST(a_directory_is_no_pool),
        TEST(a_pipe_is_no_pool),
        TEST(a_socket_is_no_pool),
        TEST(a_foreign_file_is_left_alone),
        TEST(a_file_of_another_user_is_refused),
        TEST(a_file_of_root_is_refused),
        TEST(a_file_that_others_may_open_is_refused),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
