/* Snapshots: what is in the file, what a load makes of it, and what both refuse. Encrypted pools are saved in clear. */
#include <errno.h>
#include <math.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "abi/scratch.h"
#include "abi/test.h"

static uint32_t plain(void) { return tests_are_sealed() ? LATZERO_SNAPSHOT_PLAIN : 0; }

static latzero_snapshot_report save(latzero_client *client, const char *path) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    options.flags = plain();
    CHECK_OK(latzero_snapshot_save(client, path, &options, &report));
    return report;
}

static latzero_snapshot_report load(latzero_client *client, const char *path, uint32_t mode) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    options.mode = mode;
    CHECK_OK(latzero_snapshot_load(client, path, &options, &report));
    return report;
}

/* One key of each type, with what JSON cannot say. */
static void fill(latzero_client *client) {
    static const unsigned char nan[] = {0x23, 1, 0, 0, 0, 0, 0xf8, 0xff}, list[] = {0x92, 1, 0xd4, 0x54, 0x90},
                               tuple[] = {0x92, 0xc4, 1, 0xff, 0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0},
                               dict[] = {0x82, 0xa6, '$', 'b', 'y', 't', 'e', 's', 1, 0x90, 0xc0};
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    size_t i;
    char key[16];
    CHECK_OK(latzero_set_null(client, "null", 4, NULL));
    CHECK_OK(latzero_set_bool(client, "bool", 4, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "least", 5, INT64_MIN, NULL));
    CHECK_OK(latzero_set_f64(client, "zero", 4, -0.0, NULL));
    CHECK_OK(latzero_set_f64(client, "infinite", 8, -HUGE_VAL, NULL));
    CHECK_OK(latzero_set(client, "nan", 3, LATZERO_TYPE_DOUBLE, nan, 8, NULL));
    CHECK_OK(latzero_set_string(client, "text", 4, "\xe2\x82\xac\n\"\\\x01", LATZERO_CSTR, NULL));
    CHECK_OK(set_pattern(client, "bytes", 257, 1));
    CHECK_OK(latzero_set(client, "list", 4, LATZERO_TYPE_LIST, list, sizeof list, NULL));
    CHECK_OK(latzero_set(client, "tuple", 5, LATZERO_TYPE_TUPLE, tuple, sizeof tuple, NULL));
    CHECK_OK(latzero_set(client, "dict", 4, LATZERO_TYPE_DICT, dict, sizeof dict, NULL));
    CHECK_OK(latzero_set_string(client, "\xff\0\xfe", 3, "a key that is no text", LATZERO_CSTR, NULL));
    options.tag = 0xffffffff;
    CHECK_OK(latzero_set(client, "opaque", 6, LATZERO_TYPE_OPAQUE, "\0x", 2, &options));
    CHECK_OK(set_i64_for(client, "ends", 7, 3600000));
    for (i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "many-%zu", i);
        CHECK_OK(set_pattern(client, key, i * 3, i));
    }
}
enum { filled = 14 + 300 };

/* Whether both have the same keys, with equal types, bytes and tags, ending at about the same time. */
static void check_equal_keys(latzero_client *one, latzero_client *other) {
    latzero_iter *iter = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT, copy_info = LATZERO_VALUE_INFO_INIT;
    const char *key;
    const void *value;
    void *copy;
    size_t key_len;
    uint64_t count = 0, size = 0;
    CHECK_OK(latzero_iter_open(one, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, &key_len, &value, &info) == LATZERO_OK) {
        CHECK_OK(latzero_get_copy(other, key, key_len, &copy, &copy_info));
        CHECK_EQUAL(copy_info.type, info.type);
        CHECK_EQUAL(copy_info.tag, info.tag);
        CHECK_EQUAL(copy_info.size, info.size);
        CHECK(memcmp(copy, value, info.size) == 0);
        CHECK(llabs((long long)(copy_info.ttl_ms - info.ttl_ms)) < 60000);
        latzero_free(copy);
        count++;
    }
    latzero_iter_close(iter);
    CHECK_OK(latzero_size(other, &size));
    CHECK_EQUAL(size, count);
}

static void what_is_saved_is_loaded_to_the_bit(void **state) {
    static const char *const names[] = {"plain.json", "small.json.zst"};
    latzero_client *client = create_and_join(pool_name("saved"), 0), *other;
    size_t i;
    (void)state;
    fill(client);
    for (i = 0; i < 2; i++) {
        const char *path = scratch_path(names[i]);
        const latzero_snapshot_report saved = save(client, path);
        latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT, loaded;
        struct stat status;
        CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600);
        CHECK_EQUAL(saved.entries, filled);
        CHECK_EQUAL(saved.file_bytes, status.st_size);
        CHECK(strcmp(saved.pool, pool_name("saved")) == 0 && saved.max_bytes == LATZERO_MAX_BYTES_DEFAULT);
        CHECK_OK(latzero_snapshot_check(path, NULL, &report));
        CHECK(memcmp(&report, &saved, sizeof report) == 0);
        other = create_and_join(pool_name("loaded"), 0);
        loaded = load(other, path, LATZERO_SNAPSHOT_MERGE);
        CHECK(loaded.entries == filled && loaded.loaded == filled);
        check_equal_keys(client, other);
        leave(other);
    }
    CHECK_EQUAL(scratch_files(), 2);
    clear_scratch();
    leave(client);
}

static void the_modes_differ_by_what_is_there(void **state) {
    latzero_client *client = create_and_join(pool_name("modes"), 0);
    const char *path = scratch_path("modes.json");
    latzero_snapshot_report report;
    int64_t value = 0;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "a", 1, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "b", 1, 1, NULL));
    save(client, path);
    CHECK_OK(latzero_set_i64(client, "b", 1, 2, NULL));
    CHECK_OK(latzero_set_i64(client, "c", 1, 3, NULL));
    CHECK_OK(latzero_delete(client, "a", 1));
    report = load(client, path, LATZERO_SNAPSHOT_IF_ABSENT);
    CHECK(report.loaded == 1 && report.skipped_present == 1 && report.removed == 0);
    CHECK_OK(latzero_get_i64(client, "b", 1, &value));
    CHECK_EQUAL(value, 2);
    report = load(client, path, LATZERO_SNAPSHOT_MERGE);
    CHECK(report.loaded == 2 && report.skipped_present == 0 && report.removed == 0);
    CHECK_OK(latzero_get_i64(client, "b", 1, &value));
    CHECK_EQUAL(value, 1);
    check_keys(client, 3);
    report = load(client, path, LATZERO_SNAPSHOT_REPLACE);
    CHECK(report.loaded == 2 && report.removed == 1);
    check_keys(client, 2);
    CHECK_STATUS(latzero_get_i64(client, "c", 1, &value), LATZERO_NOT_FOUND);
    clear_scratch();
    leave(client);
}

static void what_has_ended_is_left_out(void **state) {
    latzero_client *client = create_and_join(pool_name("ended"), 0);
    const char *path = scratch_path("ended.json");
    latzero_snapshot_report report;
    (void)state;
    CHECK_OK(set_i64_for(client, "soon", 1, 200));
    CHECK_OK(set_i64_for(client, "later", 1, 3600000));
    save(client, path);
    CHECK_OK(latzero_clear(client));
    pause_ms(250);
    report = load(client, path, LATZERO_SNAPSHOT_MERGE);
    CHECK(report.entries == 2 && report.loaded == 1 && report.skipped_expired == 1);
    CHECK(ttl_of(client, "later") > 3500000 && ttl_of(client, "later") <= 3600000);
    clear_scratch();
    leave(client);
}

static void a_prefix_a_pattern_and_a_namespace_choose(void **state) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    latzero_client *client = create_and_join(pool_name("chosen"), 0), *view = NULL;
    const char *path = scratch_path("chosen.json");
    int32_t exists = 0;
    (void)state;
    CHECK_OK(latzero_namespace(client, "ns", LATZERO_CSTR, &view));
    CHECK_OK(latzero_set_i64(client, "outside", 7, 1, NULL));
    CHECK_OK(latzero_set_i64(view, "a1", 2, 1, NULL));
    CHECK_OK(latzero_set_i64(view, "a2", 2, 2, NULL));
    CHECK_OK(latzero_set_i64(view, "b1", 2, 3, NULL));
    CHECK_EQUAL(save(view, path).entries, 3);
    options.pattern = "a*";
    options.pattern_len = options.prefix_len = LATZERO_CSTR;
    options.prefix = "new:";
    CHECK_OK(latzero_snapshot_load(view, path, &options, &report));
    CHECK(report.loaded == 2 && report.skipped_not_matching == 1);
    CHECK_OK(latzero_exists(client, "ns:new:a1", LATZERO_CSTR, &exists));
    CHECK(exists);
    /* Of a replacement, only keys behind the prefix that match go. */
    CHECK_OK(latzero_set_i64(view, "new:a3", 6, 1, NULL));
    CHECK_OK(latzero_set_i64(view, "new:c", 5, 1, NULL));
    options.mode = LATZERO_SNAPSHOT_REPLACE;
    CHECK_OK(latzero_snapshot_load(view, path, &options, &report));
    CHECK(report.loaded == 2 && report.removed == 1);
    check_keys(client, 7);
    clear_scratch();
    leave(view);
    leave(client);
}

/* ---- the callback ------------------------------------------------------------------------------------------------ */

typedef struct told {
    latzero_client *client;
    unsigned count[4], until; /* it goes on for so many */
    uint64_t entries, entries_of;
} told;

static int32_t note(const latzero_snapshot_event *event, void *user_data) {
    told *to = user_data;
    int32_t exists;
    CHECK_EQUAL(event->struct_size, sizeof *event);
    CHECK(event->kind <= LATZERO_SNAPSHOT_SKIPPED && (event->cause != 0) == (event->kind == LATZERO_SNAPSHOT_SKIPPED));
    CHECK_OK(latzero_exists(to->client, "k", 1, &exists));
    to->entries = event->entries;
    to->entries_of = event->entries_of;
    return ++to->count[event->kind] > to->until;
}

static void a_callback_is_told_and_calls_off(void **state) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("told"), 0);
    const char *path = scratch_path("told.json");
    told told = {client, {0}, 1000, 0, 0};
    unsigned i;
    (void)state;
    fill(client);
    options.flags = plain();
    options.callback = note;
    options.user_data = &told;
    CHECK_OK(latzero_snapshot_save(client, path, &options, NULL));
    CHECK(told.count[LATZERO_SNAPSHOT_SAVING] == 2 && told.entries == filled && told.entries_of == filled);
    options.flags = 0;
    CHECK_OK(latzero_snapshot_load(client, path, &options, NULL));
    CHECK(told.count[LATZERO_SNAPSHOT_CHECKING] == 2 && told.count[LATZERO_SNAPSHOT_LOADING] == 2);
    CHECK(told.entries == filled && told.entries_of == filled);
    CHECK_OK(latzero_clear(client));
    for (i = 0; i < 2; i++) {
        memset(told.count, 0, sizeof told.count);
        told.until = i;
        CHECK_STATUS(latzero_snapshot_load(client, path, &options, NULL), LATZERO_CANCELLED);
        check_keys(client, 0);
        memset(told.count, 0, sizeof told.count);
        options.flags = plain();
        CHECK_STATUS(latzero_snapshot_save(client, scratch_path("new.json"), &options, NULL), LATZERO_CANCELLED);
        options.flags = 0;
        CHECK_EQUAL(scratch_files(), 1);
    }
    clear_scratch();
    leave(client);
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void refused(latzero_client *client, const char *path, latzero_status expected, const char *words) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    options.flags = plain();
    CHECK_STATUS(latzero_snapshot_save(client, path, &options, NULL), expected);
    CHECK_SENTENCE(words);
}

static void paths_that_are_no_file_are_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("paths"), 0);
    const char *target = scratch_path("target.json"), *link = scratch_path("link.json");
    struct stat status;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "k", 1, 1, NULL));
    write_whole(target, "as it was", 9);
    CHECK(symlink(target, link) == 0 && mkdir(scratch_path("directory"), 0700) == 0);
    CHECK(mkfifo(scratch_path("pipe"), 0600) == 0);
    refused(client, link, LATZERO_PERMISSION, "symbolic link");
    refused(client, scratch_path("directory"), LATZERO_INVALID_ARGUMENT, "a directory");
    refused(client, scratch_path("pipe"), LATZERO_INVALID_ARGUMENT, "a pipe or device");
    refused(client, scratch_path("nowhere/file"), LATZERO_NOT_FOUND, "nowhere/file");
    refused(client, "", LATZERO_INVALID_ARGUMENT, "1 to 4,095 bytes");
    CHECK(stat(target, &status) == 0 && status.st_size == 9);
    CHECK_EQUAL(scratch_files(), 4);
    CHECK_STATUS(latzero_snapshot_load(client, scratch_path("pipe"), NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_snapshot_load(client, scratch_path("none"), NULL, NULL), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_snapshot_check(NULL, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    clear_scratch();
    leave(client);
}

static void options_that_make_no_sense_are_refused(void **state) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    latzero_client *client = create_and_join(pool_name("options"), 0);
    const char *path = scratch_path("options.json");
    (void)state;
    options.flags = 4;
    CHECK_STATUS(latzero_snapshot_save(client, path, &options, NULL), LATZERO_INVALID_ARGUMENT);
    options.flags = 0;
    options.mode = 3;
    CHECK_STATUS(latzero_snapshot_load(client, path, &options, NULL), LATZERO_INVALID_ARGUMENT);
    options.mode = LATZERO_SNAPSHOT_REPLACE;
    CHECK_STATUS(latzero_snapshot_save(client, path, &options, NULL), LATZERO_INVALID_ARGUMENT);
    options.mode = 0;
    options.reserved = 1;
    CHECK_STATUS(latzero_snapshot_check(path, &options, NULL), LATZERO_UNSUPPORTED);
    report.struct_size = 3;
    CHECK_STATUS(latzero_snapshot_save(client, path, NULL, &report), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(scratch_files(), 0);
    leave(client);
}

static void sealed_pools_are_saved_in_clear_on_demand_alone(void **state) {
    latzero_client *client = create_and_join(pool_name("clear"), 0);
    (void)state;
    CHECK_STATUS(latzero_snapshot_save(client, scratch_path("clear.json"), NULL, NULL),
                 tests_are_sealed() ? LATZERO_UNSUPPORTED : LATZERO_OK);
    CHECK_EQUAL(scratch_files(), tests_are_sealed() ? 0 : 1);
    clear_scratch();
    leave(client);
}

static void read_only_clients_save_and_do_not_load(void **state) {
    latzero_client *client = create_and_join(pool_name("reader"), 0);
    latzero_client *reader = join(pool_name("reader"), LATZERO_CONNECT_READ_ONLY);
    const char *path = scratch_path("reader.json");
    (void)state;
    fill(client);
    CHECK_EQUAL(save(reader, path).entries, filled);
    CHECK_STATUS(latzero_snapshot_load(reader, path, NULL, NULL), LATZERO_READ_ONLY);
    clear_scratch();
    leave(reader);
    leave(client);
}

/* Behind a file of 200 KB, which is written in one piece, and with what is larger. */
static void a_refused_write_leaves_the_old_file(void **state) {
    latzero_client *client = create_and_join(pool_name("limit"), 0);
    const char *path = scratch_path("limit.json");
    struct rlimit limit, before;
    struct stat status;
    rlim_t bytes, size;
    (void)state;
    fill(client);
    size = (rlim_t)save(client, path).file_bytes;
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    write_whole(path, "as it was", 9);
    for (bytes = 0; bytes < size; bytes += 1 + size / 50) {
        limit.rlim_cur = bytes;
        limit.rlim_max = before.rlim_max;
        CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        refused(client, path, LATZERO_NO_SPACE, "ulimit -f");
        CHECK(stat(path, &status) == 0 && status.st_size == 9);
        CHECK_EQUAL(scratch_files(), 1);
    }
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_EQUAL(save(client, path).file_bytes, size);
    clear_scratch();
    leave(client);
}

static void what_can_never_fit_changes_nothing(void **state) {
    latzero_client *client = create_and_join(pool_name("large"), 8 << 20), *small;
    const char *path = scratch_path("large.json");
    char key[16];
    size_t i;
    (void)state;
    for (i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "k%zu", i);
        CHECK_OK(set_pattern(client, key, 1000, i));
    }
    save(client, path);
    small = create_and_join(pool_name("small"), 1 << 20);
    CHECK_OK(latzero_set_i64(small, "mine", 4, 1, NULL));
    CHECK_STATUS(latzero_snapshot_load(small, path, NULL, NULL), LATZERO_MEMORY_FULL);
    check_keys(small, 1);
    CHECK_OK(latzero_clear(client));
    CHECK_OK(set_pattern(client, "one", 2 << 20, 1));
    save(client, path);
    CHECK_STATUS(latzero_snapshot_load(small, path, NULL, NULL), LATZERO_TOO_LARGE);
    check_keys(small, 1);
    clear_scratch();
    leave(small);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(what_is_saved_is_loaded_to_the_bit),
                                       TEST(the_modes_differ_by_what_is_there),
                                       TEST(what_has_ended_is_left_out),
                                       TEST(a_prefix_a_pattern_and_a_namespace_choose),
                                       TEST(a_callback_is_told_and_calls_off),
                                       TEST(paths_that_are_no_file_are_refused),
                                       TEST(options_that_make_no_sense_are_refused),
                                       TEST(sealed_pools_are_saved_in_clear_on_demand_alone),
                                       TEST(read_only_clients_save_and_do_not_load),
                                       TEST(a_refused_write_leaves_the_old_file),
                                       TEST(what_can_never_fit_changes_nothing)};
    return RUN_TESTS(tests);
}
