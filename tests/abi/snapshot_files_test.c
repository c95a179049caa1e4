/* Snapshots by their places: saved without a path, listed, pruned; and pools that are made from one. */
#include <sys/stat.h>

#include "abi/scratch.h"
#include "abi/test.h"

static latzero_snapshot_options plain_options(void) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    options.flags = tests_are_sealed() ? LATZERO_SNAPSHOT_PLAIN : 0;
    return options;
}

static latzero_snapshot_report save(latzero_client *client, const char *path) {
    const latzero_snapshot_options options = plain_options();
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    CHECK_OK(latzero_snapshot_save(client, path, &options, &report));
    CHECK(file_exists(report.path));
    return report;
}

/* In another millisecond than the one before. */
static latzero_snapshot_report save_anew(latzero_client *client, const char *path) {
    pause_ms(2);
    return save(client, path);
}

static const char *directory(void) { return scratch_path(""); }

static size_t listed(const char *place, const char *pool, latzero_snapshot_info *last) {
    latzero_snapshot_info *infos = NULL;
    size_t count = 77;
    CHECK_OK(latzero_snapshot_list(place, pool, sizeof *infos, &infos, &count));
    CHECK((count == 0) == (infos == NULL));
    if (count > 0 && last != NULL) *last = infos[count - 1];
    latzero_free(infos);
    return count;
}

static void a_save_without_a_name_gives_one(void **state) {
    latzero_client *client = create_and_join(pool_name("named"), 0);
    const char *name, *pool = pool_name("named");
    latzero_snapshot_report report;
    latzero_snapshot_info info;
    (void)state;
    report = save(client, directory());
    name = report.path + strlen(directory());
    CHECK(strncmp(report.path, directory(), strlen(directory())) == 0 && strncmp(name, pool, strlen(pool)) == 0);
    CHECK_EQUAL(strlen(name), strlen(pool) + strlen("_20261201T212414.123Z.json"));
    CHECK_EQUAL(listed(directory(), NULL, &info), 1);
    CHECK(strcmp(info.pool, pool) == 0 && strcmp(info.file, name) == 0);
    CHECK(info.created_ns == report.created_ns && info.file_bytes == report.file_bytes && info.flags == 0);
    clear_scratch();
    leave(client);
}

static void the_environment_says_where(void **state) {
    latzero_client *client = create_and_join(pool_name("environment"), 0);
    const latzero_snapshot_options options = plain_options();
    latzero_snapshot_report report;
    struct stat status;
    char place[256];
    (void)state;
    snprintf(place, sizeof place, "%s", scratch_path("state"));
    CHECK(unsetenv("LATZERO_SNAPSHOT_DIR") == 0 && setenv("XDG_STATE_HOME", place, 1) == 0);
    CHECK_EQUAL(listed(NULL, NULL, NULL), 0);
    report = save(client, NULL);
    strcat(place, "/latzero/snapshots");
    CHECK(strncmp(report.path, place, strlen(place)) == 0 && stat(place, &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
    CHECK_EQUAL(listed(NULL, pool_name("environment"), NULL), 1);
    CHECK(unlink(report.path) == 0 && rmdir(place) == 0);
    *strrchr(place, '/') = 0;
    CHECK(rmdir(place) == 0);
    /* That comes first; what is no absolute path is as good as none. */
    CHECK(setenv("LATZERO_SNAPSHOT_DIR", directory(), 1) == 0);
    report = save(client, NULL);
    CHECK(strncmp(report.path, directory(), strlen(directory())) == 0 && report.path[strlen(directory())] == '/');
    CHECK(setenv("LATZERO_SNAPSHOT_DIR", "here", 1) == 0 && setenv("XDG_STATE_HOME", "", 1) == 0);
    CHECK(setenv("HOME", "there", 1) == 0);
    CHECK_STATUS(latzero_snapshot_save(client, NULL, &options, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("LATZERO_SNAPSHOT_DIR");
    CHECK_STATUS(latzero_snapshot_prune(NULL, NULL, 0, NULL), LATZERO_INVALID_ARGUMENT);
    clear_scratch();
    leave(client);
}

static void a_list_goes_by_what_the_files_say(void **state) {
    latzero_client *one = create_and_join(pool_name("one"), 0), *two = create_and_join(pool_name("two"), 0);
    static const char original[] = "{\"pool_name\": \"old\", \"data\": {";
    latzero_snapshot_info *infos = NULL;
    latzero_snapshot_info info;
    size_t count = 77;
    (void)state;
    save(one, scratch_path("any name"));
    save(two, scratch_path("small.json.zst"));
    save(one, directory());
    write_whole(scratch_path("foreign.json"), "{\"a\": 1}", 8);
    write_whole(scratch_path("empty.json"), "", 0);
    write_whole(scratch_path("original"), original, strlen(original));
    CHECK(symlink(scratch_path("any name"), scratch_path("link")) == 0 && mkfifo(scratch_path("pipe"), 0600) == 0);
    CHECK_EQUAL(listed(directory(), NULL, NULL), 4);
    CHECK_EQUAL(listed(directory(), pool_name("one"), NULL), 2);
    CHECK_EQUAL(listed(directory(), pool_name("two"), &info), 1);
    CHECK(strcmp(info.file, "small.json.zst") == 0);
    CHECK_EQUAL(listed(directory(), "old", &info), 1);
    CHECK_EQUAL(info.flags, LATZERO_SNAPSHOT_ORIGINAL);
    CHECK_EQUAL(listed(directory(), "none", NULL), 0);
    CHECK_STATUS(latzero_snapshot_list(scratch_path("nowhere"), NULL, sizeof info, &infos, &count), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_snapshot_list("", NULL, sizeof info, &infos, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_snapshot_list(directory(), "/", sizeof info, &infos, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_snapshot_list(directory(), NULL, 3, &infos, &count), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_snapshot_list(directory(), NULL, sizeof info, NULL, &count), LATZERO_INVALID_ARGUMENT);
    CHECK(infos == NULL && count == 77);
    clear_scratch();
    leave(two);
    leave(one);
}

static void a_prune_spares_what_is_not_its_own(void **state) {
    latzero_client *one = create_and_join(pool_name("one"), 0), *more = create_and_join(pool_name("one_more"), 0);
    latzero_snapshot_report newest, stays;
    char renamed[512];
    uint64_t removed = 77;
    size_t i;
    (void)state;
    save(one, scratch_path("by hand.json"));
    stays = save_anew(more, directory());
    for (i = 0; i < 4; i++) newest = save_anew(one, directory());
    /* Says by its name that it is the oldest one of the other pool. */
    snprintf(renamed, sizeof renamed, "%s", scratch_path(pool_name("one")));
    strcat(renamed, "_20000101T000000.000Z.json");
    CHECK(rename(stays.path, renamed) == 0);
    CHECK_OK(latzero_snapshot_prune(directory(), pool_name("one"), 2, &removed));
    CHECK_EQUAL(removed, 2);
    CHECK_EQUAL(listed(directory(), pool_name("one"), NULL), 3);
    CHECK(file_exists(newest.path) && file_exists(renamed) && file_exists(scratch_path("by hand.json")));
    save(more, directory());
    CHECK_OK(latzero_snapshot_prune(directory(), NULL, 1, &removed));
    CHECK_EQUAL(removed, 1);
    CHECK(file_exists(newest.path) && file_exists(renamed));
    CHECK_EQUAL(scratch_files(), 4);
    CHECK_OK(latzero_snapshot_prune(directory(), NULL, 0, NULL));
    CHECK_EQUAL(scratch_files(), 2);
    CHECK_STATUS(latzero_snapshot_prune(scratch_path("nowhere"), NULL, 0, &removed), LATZERO_NOT_FOUND);
    clear_scratch();
    leave(more);
    leave(one);
}

static void a_pool_is_made_from_a_snapshot(void **state) {
    latzero_pool_options made = LATZERO_POOL_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    latzero_client *client;
    latzero_pool_info info;
    const char *path = scratch_path("restored.json"), *name = pool_name("restored");
    (void)state;
    made.flags = LATZERO_POOL_EVENTS;
    made.max_bytes = 16 << 20;
    made.idle_ttl_ms = 3600000;
    CHECK_OK(latzero_pool_create(name, &made));
    client = join(name, 0);
    CHECK_OK(set_pattern(client, "k", 5000, 1));
    CHECK_OK(latzero_snapshot_save(client, path, NULL, NULL));
    CHECK_STATUS(latzero_snapshot_restore(name, path, NULL, NULL), LATZERO_POOL_EXISTS);
    leave(client);
    CHECK_OK(latzero_snapshot_restore(name, path, NULL, &report));
    CHECK(report.loaded == 1);
    /* It lives as one that this process has created: until its first client has left. */
    CHECK(is_listed(name, &info));
    CHECK(info.clients == 0 && info.key_count == 1 && info.max_bytes == 16 << 20 && info.idle_ttl_ms == 3600000);
    CHECK((info.flags & LATZERO_POOL_EVENTS) != 0);
    client = join(name, 0);
    check_pattern(client, "k", 5000, 1);
    leave(client);
    CHECK(!pool_exists(name));
    clear_scratch();
}

static void a_restore_that_fails_leaves_no_pool(void **state) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("source"), 0);
    const char *path = scratch_path("source.json"), *name = pool_name("failed");
    char prefix[65530];
    unsigned char *bytes;
    size_t size = 0;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "a long key", 10, 1, NULL));
    CHECK_OK(latzero_snapshot_save(client, path, NULL, NULL));
    memset(prefix, 'p', sizeof prefix);
    options.prefix = prefix;
    options.prefix_len = sizeof prefix;
    CHECK_STATUS(latzero_snapshot_restore(name, path, &options, NULL), LATZERO_TOO_LARGE);
    CHECK_SENTENCE("too long with the prefix");
    CHECK(!pool_exists(name));
    CHECK_STATUS(latzero_snapshot_restore("/", path, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    bytes = read_file(path, &size);
    write_whole(path, bytes, size - 1);
    free(bytes);
    CHECK_STATUS(latzero_snapshot_restore(name, path, NULL, NULL), LATZERO_CORRUPT);
    CHECK(!pool_exists(name));
    CHECK_STATUS(latzero_snapshot_restore(name, scratch_path("none"), NULL, NULL), LATZERO_NOT_FOUND);
    clear_scratch();
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_save_without_a_name_gives_one),   TEST(the_environment_says_where),
        TEST(a_list_goes_by_what_the_files_say), TEST(a_prune_spares_what_is_not_its_own),
        TEST(a_pool_is_made_from_a_snapshot),    TEST(a_restore_that_fails_leaves_no_pool)};
    return RUN_TESTS(tests);
}
