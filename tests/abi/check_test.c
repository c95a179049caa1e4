/* latzero_pool_check(): what it says of sound and of damaged pools, with clients connected and without. */
#include "abi/test.h"

enum { at_used_pages = 1168, at_capacity = 8, at_layout_version = 24 };

typedef struct told {
    size_t count[4]; /* by kind */
    size_t named;
    char text[256];
} told;

static void note(const latzero_finding *finding, void *user_data) {
    told *to = user_data;
    int32_t exists = 0;
    CHECK(finding->struct_size == sizeof *finding);
    CHECK(finding->kind <= LATZERO_FINDING_LEFT);
    CHECK(finding->part >= LATZERO_PART_HEADER && finding->part <= LATZERO_PART_PAGE);
    CHECK(finding->stripe >= -1 && finding->stripe < 64);
    CHECK((finding->key == NULL) == (finding->key_len == 0));
    CHECK(strlen(finding->text) > 0);
    /* No lock is held, so the library may be called. */
    CHECK_OK(latzero_pool_exists("no such pool", &exists));
    to->count[finding->kind]++;
    to->named += finding->key != NULL;
    snprintf(to->text, sizeof to->text, "%s", finding->text);
}

static latzero_check_report check_pool(const char *name, uint32_t flags, told *to) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    memset(to, 0, sizeof *to);
    options.flags = flags;
    options.callback = note;
    options.user_data = to;
    CHECK_OK(latzero_pool_check(name, &options, &report));
    CHECK(report.blocks_claimed == report.blocks_live + report.blocks_free + report.blocks_in_transfer);
    CHECK_EQUAL(report.stripes, 64);
    return report;
}

static latzero_client *fill(const char *name, int persistent) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client;
    char key[32];
    size_t i;
    options.flags = persistent ? LATZERO_POOL_PERSISTENT : 0;
    CHECK_OK(latzero_pool_create(name, &options));
    client = join(name, 0);
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(set_pattern(client, key, i * 40, i));
    }
    return client;
}

static void check_all_keys(latzero_client *client) {
    char key[32];
    size_t i;
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        check_pattern(client, key, i * 40, i);
    }
}

static void a_sound_pool_is_sound(void **state) {
    const char *name = pool_name("check-sound");
    latzero_client *client = fill(name, 1);
    latzero_check_report report;
    told to;
    (void)state;
    report = check_pool(name, 0, &to);
    CHECK(report.sound == 1 && report.findings == 0 && report.keys == 500 && to.count[LATZERO_FINDING_BROKEN] == 0);
    CHECK(report.pages_of_extents > 0 && report.structure_only == 0);
    CHECK_EQUAL(pool_info_of(name).clients, 1);
    leave(client);
    /* Nobody is connected, and it stays so. */
    report = check_pool(name, LATZERO_CHECK_REPAIR, &to);
    CHECK(report.sound == 1 && report.findings == 0);
    CHECK_EQUAL(pool_info_of(name).clients, 0);
    CHECK_OK(latzero_pool_check(name, NULL, NULL));
    CHECK_OK(latzero_pool_destroy(name));
}

/* A check is nobody's first client, and no last one. */
static void a_check_ends_no_pool(void **state) {
    const char *name = pool_name("check-fresh");
    told to;
    (void)state;
    create_pool(name, 0);
    CHECK(check_pool(name, 0, &to).sound == 1);
    CHECK_EQUAL(pool_exists(name), 1);
    leave(join(name, 0));
    CHECK_EQUAL(pool_exists(name), 0);
}

static void damage_is_told_and_mended(void **state) {
    const char *name = pool_name("check-damage");
    latzero_client *client = fill(name, 1);
    const uint64_t wrong = 3;
    latzero_check_report report;
    told to;
    (void)state;
    write_file_at(pool_path(name), at_used_pages, &wrong, sizeof wrong);
    report = check_pool(name, 0, &to);
    CHECK(report.sound == 0 && report.findings == 1 && report.findings_left == 1);
    CHECK(to.count[LATZERO_FINDING_BROKEN] == 1 && to.named == 0 && strstr(to.text, "used_pages") != NULL);
    report = check_pool(name, LATZERO_CHECK_REPAIR, &to);
    CHECK(report.sound == 1 && report.findings == 1 && report.findings_left == 0 && report.keys_dropped == 0);
    CHECK(to.count[LATZERO_FINDING_BROKEN] == 1 && to.count[LATZERO_FINDING_LEFT] == 0);
    CHECK(check_pool(name, 0, &to).sound == 1);
    check_all_keys(client);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
}

static void a_lost_size_loses_no_key(void **state) {
    const char *name = pool_name("check-size");
    const uint64_t wrong = UINT64_MAX;
    latzero_client *client;
    latzero_check_report report;
    told to;
    (void)state;
    leave(fill(name, 1));
    write_file_at(pool_path(name), at_capacity, &wrong, sizeof wrong);
    report = check_pool(name, LATZERO_CHECK_REPAIR, &to);
    CHECK(report.sound == 1 && report.findings == 1 && report.keys == 500);
    client = join(name, 0);
    check_all_keys(client);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
}

static void what_cannot_be_checked_is_said(void **state) {
    const char *name = pool_name("check-refused");
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    const uint32_t version = 77;
    (void)state;
    CHECK_STATUS(latzero_pool_check(NULL, NULL, &report), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_check(name, NULL, &report), LATZERO_POOL_NOT_FOUND);
    leave(fill(name, 1));
    options.flags = 4;
    CHECK_STATUS(latzero_pool_check(name, &options, &report), LATZERO_INVALID_ARGUMENT);
    options.flags = LATZERO_CHECK_RAW_KEY;
    CHECK_STATUS(latzero_pool_check(name, &options, &report), LATZERO_INVALID_ARGUMENT);
    options.flags = 0;
    options.timeout_ms = -1;
    CHECK_STATUS(latzero_pool_check(name, &options, &report), LATZERO_INVALID_ARGUMENT);
    options.timeout_ms = 0;
    options.auth_key = "none is asked for";
    options.auth_key_len = LATZERO_CSTR;
    CHECK_STATUS(latzero_pool_check(name, &options, &report), LATZERO_AUTHENTICATION);
    CHECK(report.stripes == 0);
    write_file_at(pool_path(name), at_layout_version, &version, sizeof version);
    CHECK_STATUS(latzero_pool_check(name, NULL, &report), LATZERO_VERSION);
    CHECK_SENTENCE(name);
    CHECK(remove(pool_path(name)) == 0);
}

static void seals_are_verified_with_the_key(void **state) {
    const char *name = pool_name("check-seals"), *key = "correct horse";
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_client *client = NULL;
    (void)state;
    create.flags = LATZERO_POOL_ENCRYPTED;
    create.kdf_memory_bytes = 8192;
    create.kdf_passes = 1;
    connect.flags = LATZERO_CONNECT_CREATE;
    connect.create_options = &create;
    connect.auth_key = options.auth_key = key;
    connect.auth_key_len = options.auth_key_len = LATZERO_CSTR;
    CHECK_OK(latzero_connect(name, &connect, &client));
    CHECK_OK(set_pattern(client, "key", 1000, 1));
    CHECK_OK(latzero_pool_check(name, &options, &report));
    CHECK(report.sound == 1 && report.seals == 1 && report.structure_only == 0);
    CHECK_OK(latzero_pool_check(name, NULL, &report));
    CHECK(report.sound == 1 && report.seals == 0 && report.structure_only == 1);
    options.auth_key = "another";
    CHECK_STATUS(latzero_pool_check(name, &options, &report), LATZERO_AUTHENTICATION);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_sound_pool_is_sound),    TEST(a_check_ends_no_pool),           TEST(damage_is_told_and_mended),
        TEST(a_lost_size_loses_no_key), TEST(what_cannot_be_checked_is_said), TEST(seals_are_verified_with_the_key),
    };
    return RUN_TESTS(tests);
}
