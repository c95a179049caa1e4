/* Which names a pool may have, and that its file is its user's alone. Files in the way of a name: squatters_test.c. */
#include <sys/stat.h>

#include "abi/test.h"
#include "abi/text_check.h"

static void check_refused(const char *name) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    int32_t exists = 77;
    options.flags = LATZERO_CONNECT_CREATE;
    CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("name");
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_exists(name, &exists), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("name");
    CHECK(exists == 77 && client == NULL);
}

static void impossible_names_are_refused(void **state) {
    static const char *const names[] = {"",         "/",    "a/b",  "/a",     "a/",       ".",    "..",
                                        "../x",     "./x",  "a\nb", "\n",     "a\t",      "\x7f", "a\x7f",
                                        "\x1b[31m", "a\rb", "\x01", "a/../b", "latzero/", "//",   "..\n"};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof names / sizeof *names; i++) check_refused(names[i]);
    check_refused(NULL);
}

static void every_control_character_is_refused(void **state) {
    char name[64];
    int byte;
    (void)state;
    for (byte = 1; byte < 256; byte++) {
        snprintf(name, sizeof name, "%s", pool_name("byte-x"));
        name[strlen(name) - 1] = (char)byte;
        if (byte < 0x20 || byte == 0x7f || byte == '/') {
            check_refused(name);
        } else {
            leave(create_and_join(name, LATZERO_MAX_BYTES_LEAST));
        }
    }
}

/* A name of `length` bytes that begins as this process's names do. */
static const char *long_name(size_t length) {
    static char name[8192];
    memset(name, 'n', sizeof name);
    memcpy(name, pool_name(""), strlen(pool_name("")));
    name[length] = 0;
    return name;
}

static void the_longest_name_works_and_one_more_is_refused(void **state) {
    static const size_t too_long[] = {201, 254, 255, 256, 257, 4096, 8000};
    latzero_client *client = create_and_join(long_name(LATZERO_NAME_MAX), 0);
    latzero_pool_info *pools = NULL;
    size_t i, count = 0, found = 0;
    (void)state;
    CHECK(strcmp(stats_of(client).name, long_name(LATZERO_NAME_MAX)) == 0);
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 0; i < count; i++) found += strcmp(pools[i].name, long_name(LATZERO_NAME_MAX)) == 0;
    CHECK_EQUAL(found, 1);
    latzero_free(pools);
    CHECK_STATUS(latzero_pool_create(long_name(LATZERO_NAME_MAX), NULL), LATZERO_POOL_EXISTS);
    CHECK_SENTENCE(long_name(LATZERO_NAME_MAX));
    leave(client);
    for (i = 0; i < sizeof too_long / sizeof *too_long; i++) {
        check_refused(long_name(too_long[i]));
        CHECK_SENTENCE("200");
    }
}

static void names_are_bytes(void **state) {
    static const char *const ends[] = {"\xd0\xbf\xd1\x83\xd0\xbb",
                                       "\xe6\x9d\xb1\xe4\xba\xac",
                                       "\xf0\x9f\x98\x80",
                                       "with space",
                                       "%s%n%d",
                                       "a.b",
                                       "...",
                                       "-rf",
                                       "\xff\xfe",
                                       "*?[",
                                       "\\",
                                       "'\""};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *name = pool_name(ends[i]);
        latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
        CHECK(strcmp(stats_of(client).name, name) == 0);
        CHECK(file_exists(pool_path(name)));
        CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_POOL_EXISTS);
        CHECK(shows(latzero_last_error(), name, strlen(name)));
        leave(client);
        CHECK_STATUS(latzero_pool_destroy(name), LATZERO_POOL_NOT_FOUND);
        CHECK(shows(latzero_last_error(), name, strlen(name)));
    }
}

static void use_short_names(char **arguments) {
    static const char *const names[] = {"a", "0", " ", ".a", "...", "-", "\xff", "%"};
    size_t i;
    (void)arguments;
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        latzero_client *client = create_and_join(names[i], LATZERO_MAX_BYTES_LEAST);
        CHECK_OK(latzero_set_null(client, "k", 1, NULL));
        CHECK_EQUAL(pool_exists(names[i]), 1);
        leave(client);
        CHECK_EQUAL(pool_exists(names[i]), 0);
    }
}

static void short_names_work(void **state) {
    (void)state;
    in_child_of_another_user(use_short_names, NULL);
}

static void a_pool_is_its_user_s_alone_under_any_umask(void **state) {
    static const mode_t masks[] = {0, 022, 077, 0777};
    const mode_t before = umask(022);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof masks / sizeof *masks; i++) {
        const char *name = pool_name("umask");
        latzero_client *client;
        struct stat found;
        umask(masks[i]);
        client = create_and_join(name, 0);
        CHECK(stat(pool_path(name), &found) == 0);
        CHECK_EQUAL(found.st_mode & 07777, 0600);
        CHECK(found.st_uid == geteuid() && found.st_nlink == 1);
        CHECK_OK(latzero_set_null(client, "k", 1, NULL));
        leave(client);
    }
    umask(before);
}

static void look_for_the_pool(char **arguments) {
    const char *name = arguments[0];
    latzero_client *client = NULL;
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK_STATUS(latzero_connect(name, NULL, &client), LATZERO_POOL_NOT_FOUND);
    client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(latzero_set_i64(client, "whose", 5, 2, NULL));
    leave(client);
}

/* Each user has names of their own. */
static void users_do_not_meet(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    int64_t whose = 0;
    (void)state;
    strcpy(name, pool_name("same"));
    if (geteuid() != 0) skip();
    client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(latzero_set_i64(client, "whose", 5, 1, NULL));
    in_child_of_another_user(look_for_the_pool, name, NULL);
    CHECK_OK(latzero_get_i64(client, "whose", 5, &whose));
    CHECK_EQUAL(whose, 1);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(use_short_names), ROLE(look_for_the_pool)};
    const struct CMUnitTest tests[] = {
        TEST(impossible_names_are_refused),
        TEST(every_control_character_is_refused),
        TEST(the_longest_name_works_and_one_more_is_refused),
        TEST(names_are_bytes),
        TEST(short_names_work),
        TEST(a_pool_is_its_user_s_alone_under_any_umask),
        TEST(users_do_not_meet),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
