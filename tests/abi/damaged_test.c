/* Pool files that something else has damaged, between opens: the statuses, and that looking at them is safe. */
#include "abi/test.h"

enum {
    at_data_length = 0,
    at_capacity = 8,
    at_magic = 16,
    at_layout_version = 24,
    at_max_bytes = 48,
    at_idle_ttl = 64
};

/* A persistent pool with some keys and nobody connected. */
static void make_pool(const char *name, size_t keys) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client;
    char key[32];
    size_t i;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    client = join(name, 0);
    for (i = 0; i < keys; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(set_pattern(client, key, 1000, i));
    }
    leave(client);
}

static void check_refused(const char *name, latzero_status expected) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    latzero_pool_info info;
    for (options.flags = 0; options.flags <= LATZERO_CONNECT_CREATE; options.flags++) {
        CHECK_STATUS(latzero_connect(name, &options, &client), expected);
        CHECK_SENTENCE(name);
    }
    CHECK(client == NULL);
    CHECK(is_listed(name, &info));
    CHECK_EQUAL(info.state, LATZERO_STATE_NOT_SOUND);
    CHECK_EQUAL(info.clients + info.key_count + info.used_bytes + info.capacity_bytes + info.max_bytes, 0);
}

static void another_layout_version_is_refused(void **state) {
    static const uint32_t versions[] = {0, 1, 2, 3, 4, 6, 0xffffffff};
    const uint32_t ours = 5;
    const char *name = pool_name("version");
    size_t i, size, size_after;
    (void)state;
    make_pool(name, 10);
    CHECK(is_listed(name, NULL));
    for (i = 0; i < sizeof versions / sizeof *versions; i++) {
        unsigned char *before, *after;
        write_file_at(pool_path(name), at_layout_version, &versions[i], sizeof *versions);
        before = read_file(pool_path(name), &size);
        check_refused(name, LATZERO_VERSION);
        CHECK_SENTENCE("version");
        CHECK_EQUAL(pool_exists(name), 1);
        CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_POOL_EXISTS);
        CHECK_STATUS(latzero_pool_destroy(name), LATZERO_VERSION);
        CHECK_OK(latzero_pool_cleanup(NULL));
        after = read_file(pool_path(name), &size_after);
        CHECK(size == size_after && memcmp(before, after, size) == 0);
        free(before);
        free(after);
    }
    write_file_at(pool_path(name), at_layout_version, &ours, sizeof ours);
    leave(join(name, 0));
    CHECK_OK(latzero_pool_destroy(name));
}

static void a_header_without_sense_is_corrupt(void **state) {
    static const struct {
        long at;
        uint64_t value;
    } damages[] = {{at_magic, 0},
                   {at_magic, UINT64_MAX},
                   {at_max_bytes, 0},
                   {at_max_bytes, UINT64_MAX},
                   {at_max_bytes, LATZERO_MAX_BYTES_DEFAULT + 1},
                   {at_max_bytes, LATZERO_MAX_BYTES_LEAST / 2},
                   {at_max_bytes, LATZERO_MAX_BYTES_MOST * 2},
                   {at_idle_ttl, UINT64_MAX}};
    const char *name = pool_name("header");
    size_t i;
    (void)state;
    for (i = 0; i < sizeof damages / sizeof *damages; i++) {
        make_pool(name, 10);
        write_file_at(pool_path(name), damages[i].at, &damages[i].value, 8);
        check_refused(name, LATZERO_CORRUPT);
        CHECK_EQUAL(pool_exists(name), 0);
        CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_CORRUPT);
        CHECK(remove(pool_path(name)) == 0);
    }
}

static void a_file_cut_short_is_corrupt(void **state) {
    static const long sizes[] = {0, 1, 8, 31, 511, 512, 4096, 40000, 100000, 300000, (1 << 20) - 1};
    const char *name = pool_name("cut");
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_pool(name, 10);
        CHECK(truncate(pool_path(name), sizes[i]) == 0);
        check_refused(name, LATZERO_CORRUPT);
        CHECK_OK(latzero_pool_cleanup(NULL));
        (void)pool_exists(name);
        (void)latzero_pool_destroy(name);
        (void)remove(pool_path(name));
    }
}

static void read_all_keys(const char *name, uint32_t flags, size_t keys) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    latzero_status status;
    char key[32], buffer[1000], expected[1000];
    size_t i;
    options.flags = flags;
    options.timeout_ms = 50;
    status = latzero_connect(name, &options, &client);
    if (status == LATZERO_CORRUPT) return;
    CHECK_STATUS(status, LATZERO_OK);
    for (i = 0; i < keys; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        fill_pattern(expected, sizeof expected, i);
        status = latzero_get(client, key, LATZERO_CSTR, buffer, sizeof buffer, NULL);
        CHECK(status == LATZERO_OK || status == LATZERO_CORRUPT || status == LATZERO_NOT_FOUND);
        if (status == LATZERO_OK) CHECK(memcmp(buffer, expected, sizeof buffer) == 0);
    }
    leave(client);
}

/* Cut where the header is still whole: what is left can be read, what is gone is said to be damaged; nothing faults. */
static void a_grown_file_cut_back_does_not_fault(void **state) {
    static const long sizes[] = {1 << 20, (1 << 20) + 1, 3 << 19, 2 << 20, (4 << 20) - 4096};
    const char *name = pool_name("cut-back");
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_pool(name, 3000);
        CHECK(truncate(pool_path(name), sizes[i]) == 0);
        read_all_keys(name, LATZERO_CONNECT_READ_ONLY, 3000);
        read_all_keys(name, 0, 3000);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

static void lies_about_the_size_do_not_fault(void **state) {
    static const uint64_t lies[] = {
        0, 1, 4096, 1 << 19, 1 << 21, LATZERO_MAX_BYTES_DEFAULT, UINT64_MAX, UINT64_C(1) << 63};
    const char *name = pool_name("lies");
    size_t i;
    (void)state;
    for (i = 0; i < sizeof lies / sizeof *lies; i++) {
        make_pool(name, 100);
        write_file_at(pool_path(name), at_capacity, &lies[i], 8);
        read_all_keys(name, LATZERO_CONNECT_READ_ONLY, 100);
        read_all_keys(name, 0, 100);
        write_file_at(pool_path(name), at_data_length, &lies[i], 8);
        read_all_keys(name, 0, 100);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(another_layout_version_is_refused), TEST(a_header_without_sense_is_corrupt),
        TEST(a_file_cut_short_is_corrupt),       TEST(a_grown_file_cut_back_does_not_fault),
        TEST(lies_about_the_size_do_not_fault),
    };
    return RUN_TESTS(tests);
}
