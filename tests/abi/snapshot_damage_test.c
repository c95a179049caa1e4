/* Files that are no sound snapshot: each truncation, each flipped bit, and what somebody may write by hand. None may
 * change a key. And files of the Python package. */
#include "abi/scratch.h"
#include "abi/test.h"

static latzero_status load(latzero_client *client, const char *path) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    options.mode = LATZERO_SNAPSHOT_REPLACE;
    return latzero_snapshot_load(client, path, &options, NULL);
}

static latzero_status load_text(latzero_client *client, const char *text) {
    const char *path = scratch_path("by-hand.json");
    write_whole(path, text, strlen(text));
    return load(client, path);
}

/* A load would remove this key. */
static latzero_client *pool_with_a_key(const char *suffix) {
    latzero_client *client = create_and_join(pool_name(suffix), 0);
    CHECK_OK(latzero_set_i64(client, "mine", 4, 1, NULL));
    return client;
}

static void check_untouched(latzero_client *client) {
    int64_t mine = 0;
    CHECK_OK(latzero_get_i64(client, "mine", 4, &mine));
    CHECK_EQUAL(mine, 1);
    check_keys(client, 1);
}

static unsigned char *small_snapshot(const char *path, size_t *size) {
    latzero_client *client = create_and_join(pool_name("source"), 0);
    CHECK_OK(latzero_set_i64(client, "number", 6, 1234567, NULL));
    CHECK_OK(latzero_set_string(client, "text", 4, "some text", 9, NULL));
    CHECK_OK(set_pattern(client, "bytes", 10, 1));
    CHECK_OK(set_i64_for(client, "ends", 7, 3600000));
    CHECK_OK(latzero_snapshot_save(client, path, NULL, NULL));
    leave(client);
    return read_file(path, size);
}

static void check_snapshot_keys(latzero_client *client) {
    check_json(client, "number", "1234567");
    check_json(client, "text", "\"some text\"");
    check_pattern(client, "bytes", 10, 1);
    CHECK(ttl_of(client, "ends") > 3000000);
    check_keys(client, 4);
}

/* Some bits of a frame say nothing that its reader needs: with these flipped the text is still that of the digest. */
static void flip_is_found(latzero_client *client, const char *path, int may_say_nothing) {
    const latzero_status status = load(client, path);
    if (status == LATZERO_OK && may_say_nothing) {
        check_snapshot_keys(client);
        CHECK_OK(latzero_clear(client));
        CHECK_OK(latzero_set_i64(client, "mine", 4, 1, NULL));
        return;
    }
    /* A changed version may be a later one. */
    CHECK(status == LATZERO_CORRUPT || status == LATZERO_VERSION);
}

static void each_damage_is_found(const char *name, int is_compressed) {
    const char *path = scratch_path(name), *damaged = scratch_path(is_compressed ? "damaged.zst" : "damaged");
    latzero_client *client = pool_with_a_key("target");
    size_t size = 0, at;
    unsigned char *bytes = small_snapshot(path, &size);
    CHECK(size > 400);
    for (at = 0; at < size; at++) {
        write_whole(damaged, bytes, at);
        CHECK_STATUS(load(client, damaged), LATZERO_CORRUPT);
    }
    /* Of a compressed file each byte in another bit, since each try makes a decoder. */
    for (at = 0; at < 8 * size; at += is_compressed ? 9 : 1) {
        bytes[at / 8] = (unsigned char)(bytes[at / 8] ^ 1u << at % 8);
        write_whole(damaged, bytes, size);
        flip_is_found(client, damaged, is_compressed);
        bytes[at / 8] = (unsigned char)(bytes[at / 8] ^ 1u << at % 8);
    }
    bytes = realloc(bytes, size + 1);
    bytes[size] = '\n';
    write_whole(damaged, bytes, size + 1);
    CHECK_STATUS(load(client, damaged), LATZERO_CORRUPT);
    check_untouched(client);
    write_whole(damaged, bytes, size);
    CHECK_OK(load(client, damaged));
    check_snapshot_keys(client);
    free(bytes);
    clear_scratch();
    leave(client);
}

static void each_damage_of_a_plain_file_is_found(void **state) {
    (void)state;
    each_damage_is_found("small.json", 0);
}

static void each_damage_of_a_compressed_file_is_found(void **state) {
    (void)state;
    each_damage_is_found("small.json.zst", 1);
}

static void what_is_written_by_hand_is_no_snapshot(void **state) {
    static const char *const texts[] = {
        "",
        "{",
        "{}",
        "[]",
        "null",
        "{\"data\": {}",
        "{\"data\": []}",
        "{\"data\": {\"a\": 1}",
        "{\"data\": {\"a\" 1}}",
        "{\"data\": {\"a\": }}",
        "{\"data\": {\"a\": 1}}}",
        "{\"data\": {\"a\": 1,}}",
        "{\"data\": {\"a\": 1} \"b\": 2}",
        "{\"data\": {\"a\": nan}}",
        "{\"data\": {\"a\": 01}}",
        "{\"data\": {\"a\": \"\x01\"}}",
        "{\"data\": {\"a\": \"\xff\"}}",
        "{\"data\": {\"\xff\": 1}}",
        "{\"data\": {\"a\": [1}}",
        "{\"data\": {\"a\": 1}, \"data\": {\"b\": 1}}",
        "{\"data\": {\"a\": \"\\u12\"}}",
        "{\"data\": {\"a\": \"\\x\"}}",
        "{\n\"latzero\": \"snapshot\",\n\"version\": 1,\n\"entries\": [\n],\n\"key_count\": 0,\n\"digest\": \"\"\n}\n"};
    latzero_client *client = pool_with_a_key("target");
    char *deep = malloc(400001);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK_STATUS(load_text(client, texts[i]), LATZERO_CORRUPT);
        CHECK_SENTENCE("by-hand.json");
    }
    CHECK_STATUS(load_text(client, "{\n\"latzero\": \"snapshot\",\n\"version\": 2,\n\"entries\": [\n"),
                 LATZERO_VERSION);
    CHECK_SENTENCE("newer library");
    /* 100,000 deep, and without an end. */
    strcpy(deep, "{\"data\": {\"a\": ");
    memset(deep + strlen(deep), '[', 100000);
    CHECK_STATUS(load_text(client, deep), LATZERO_CORRUPT);
    strcpy(deep, "{\"data\": {\"a\": ");
    memset(deep + 15, '[', 100000);
    memset(deep + 100015, ']', 100000);
    strcpy(deep + 200015, "}}");
    CHECK_STATUS(load_text(client, deep), LATZERO_CORRUPT);
    CHECK_SENTENCE("64 deep");
    check_untouched(client);
    free(deep);
    clear_scratch();
    leave(client);
}

/* ---- of the Python package --------------------------------------------------------------------------------------- */

typedef struct skipped {
    unsigned count;
    char names[256];
} skipped;

static int32_t note_skipped(const latzero_snapshot_event *event, void *user_data) {
    skipped *to = user_data;
    const size_t used = strlen(to->names);
    if (event->kind != LATZERO_SNAPSHOT_SKIPPED) return 0;
    to->count++;
    snprintf(to->names + used, sizeof to->names - used, "%.*s=%u ", (int)event->key_len, event->key, event->cause);
    return 0;
}

static latzero_snapshot_report load_original(latzero_client *client, const char *path, const char *expected) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    skipped skipped = {0, ""};
    options.callback = note_skipped;
    options.user_data = &skipped;
    CHECK_OK(latzero_snapshot_load(client, path, &options, &report));
    CHECK((report.flags & LATZERO_SNAPSHOT_ORIGINAL) != 0 && report.skipped_unsayable == skipped.count);
    CHECK(strcmp(skipped.names, expected) == 0);
    return report;
}

static void the_sample_of_the_python_package_is_read(void **state) {
    latzero_client *client = create_and_join(pool_name("original"), 0);
    latzero_snapshot_report report;
    double real = 0;
    (void)state;
    report = load_original(client, getenv("LATZERO_TEST_SAMPLE"), "uint64=4 sur=5 ");
    CHECK(report.entries == 37 && report.loaded == 35);
    CHECK(strcmp(report.pool, "orig_snap") == 0 && report.max_bytes == 0);
    CHECK(report.created_ns == INT64_C(1795954795780113000));
    check_keys(client, 35);
    check_json(client, "s", "\"Zo\xc3\xab\xf0\x9f\x8c\x8d\\n\\\"q\\\"\"");
    check_json(client, "big", "9223372036854775807");
    check_json(client, "fint", "2.0");
    check_json(client, "nz", "-0.0");
    check_json(client, "l", "[1,2.0,\"x\",null,[true]]");
    check_json(client, "nul", "\"a\\u0000b\"");
    check_json(client, "\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87", "1");
    CHECK_OK(latzero_get_f64(client, "ninf", 4, &real));
    CHECK(real < -1e308);
    CHECK_OK(latzero_get_f64(client, "nan", 3, &real));
    CHECK(real != real);
    leave(client);
}

static void what_python_writes_beyond_json_is_read(void **state) {
    static const char text[] =
        "{\"metadata\": {\"data\": 1}, \"data\" :{\"twice\": 1, \"twice\": [2] ,\n\"large\": 36893488147419103232,"
        "\"odd\": 36893488147419103233, \"inside\": [18446744073709551615, -NaN, 1],\"in\": [NaN, -Infinity],"
        "\"\\ud800\": 1, \"\": 2, \"form\": {\"$bytes\": \"x\"}, \"forms\": {\"\\u0024tuple\": 1, \"b\": 2},"
        "\"half\": [{\"a\": \"\\udc00\"}]}, \"encryption\": true}\n";
    char valid[sizeof text];
    latzero_client *client = create_and_join(pool_name("beyond"), 0);
    const char *path = scratch_path("beyond.json");
    char *minus;
    (void)state;
    CHECK_STATUS(load_text(client, text), LATZERO_CORRUPT);
    memcpy(valid, text, sizeof text);
    minus = strstr(valid, "-NaN");
    memcpy(minus, " NaN", 4);
    write_whole(path, valid, sizeof valid - 1);
    CHECK_EQUAL(load_original(client, path, "odd=4 \"\\ud800\"=6 =6 half=5 ").entries, 11);
    check_json(client, "twice", "[2]");
    check_json(client, "large", "36893488147419103232.0");
    check_json(client, "inside", "[18446744073709551615,{\"$double\":\"NaN\"},1]");
    check_json(client, "in", "[{\"$double\":\"NaN\"},{\"$double\":\"-Infinity\"}]");
    check_json(client, "form", "{\"$dict\":[[\"$bytes\",\"x\"]]}");
    check_json(client, "forms", "{\"$tuple\":1,\"b\":2}");
    clear_scratch();
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_damage_of_a_plain_file_is_found), TEST(each_damage_of_a_compressed_file_is_found),
        TEST(what_is_written_by_hand_is_no_snapshot), TEST(the_sample_of_the_python_package_is_read),
        TEST(what_python_writes_beyond_json_is_read)};
    return RUN_TESTS(tests);
}
