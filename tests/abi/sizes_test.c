/* Keys and values of every length that is a boundary to the engine: stored, overwritten and read byte for byte. */
#include "abi/every_call.h"

enum { most_sizes = 600 };

/* The block sizes of src/store/layout.hpp, around each of which the lengths are tried. */
static const size_t blocks[] = {32,  48,  64,  80,  96,  112,  128,  160,  192,  224,  256,   320,   384,
                                448, 512, 576, 672, 816, 1024, 1360, 2048, 4096, 8192, 12288, 65536, 1048576};

static size_t gather_sizes(size_t *sizes) {
    size_t count = 0, i, size;
    for (size = 0; size <= 200; size++) sizes[count++] = size;
    for (i = 0; i < sizeof blocks / sizeof *blocks; i++)
        for (size = blocks[i] - 40; size <= blocks[i] + 8; size += size % 8 == 7 || size % 8 == 0 ? 1 : 7 - size % 8)
            if (size > 200) sizes[count++] = size;
    CHECK(count <= most_sizes);
    return count;
}

static void values_of_every_length_come_back(void **state) {
    latzero_client *client = create_and_join(pool_name("sizes"), 0);
    size_t sizes[most_sizes], count = gather_sizes(sizes), i;
    char key[32];
    (void)state;
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(set_pattern(client, key, sizes[i], i));
        check_pattern(client, key, sizes[i], i);
    }
    /* All at once, so that none lies in another's bytes. */
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        check_pattern(client, key, sizes[i], i);
    }
    /* Each overwritten by another's length. */
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        CHECK_OK(set_pattern(client, key, sizes[count - 1 - i], i + 7));
    }
    for (i = 0; i < count; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        check_pattern(client, key, sizes[count - 1 - i], i + 7);
        CHECK_OK(latzero_delete(client, key, LATZERO_CSTR));
    }
    CHECK_EQUAL(stats_of(client).key_count, 0);
    leave(client);
}

/* An owned copy is read in two steps when it is long. */
static void owned_copies_of_every_length_are_whole(void **state) {
    static const size_t lengths[] = {0, 1, 247, 248, 249, 255, 256, 1000, 100000};
    latzero_client *client = create_and_join(pool_name("owned"), 0);
    char *expected = malloc(100001);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char *text = NULL;
        void *bytes = NULL;
        size_t size = 0;
        memset(expected, 'a' + (int)i, lengths[i]);
        expected[lengths[i]] = 0;
        CHECK_OK(latzero_set_string(client, "s", 1, expected, LATZERO_CSTR, NULL));
        CHECK_OK(latzero_get_string(client, "s", 1, &text, &size));
        CHECK(size == lengths[i] && strcmp(text, expected) == 0);
        latzero_free(text);
        CHECK_OK(latzero_set_bytes(client, "b", 1, expected, lengths[i], NULL));
        CHECK_OK(latzero_get_bytes(client, "b", 1, &bytes, &size));
        CHECK(size == lengths[i] && memcmp(bytes, expected, size) == 0);
        latzero_free(bytes);
    }
    free(expected);
    leave(client);
}

/* Every key length at which the engine changes its way, with each kind of value behind it. */
static void keys_of_every_length_work(void **state) {
    static const size_t lengths[] = {1,    2,    7,    8,    9,     15,    16,    17,    63,
                                     64,   65,   239,  240,  241,   255,   256,   999,   1360,
                                     2000, 2015, 2016, 2017, 2024,  2032,  2040,  2048,  2049,
                                     4063, 4064, 4080, 4096, 10000, 65527, 65528, 65534, LATZERO_KEY_MAX};
    latzero_client *client = create_and_join(pool_name("keys"), 0),
                   *reader = join(pool_name("keys"), LATZERO_CONNECT_READ_ONLY);
    char *key = malloc(LATZERO_KEY_MAX + 2);
    size_t i, n = sizeof lengths / sizeof *lengths;
    int64_t number = 0;
    int32_t exists;
    (void)state;
    for (i = 0; i < n; i++) {
        fill_pattern(key, lengths[i], lengths[i]);
        CHECK_OK(latzero_increment(client, key, lengths[i], 5, 0, &number));
        CHECK_EQUAL(number, 5);
        CHECK_OK(latzero_increment(client, key, lengths[i], 2, 0, &number));
        CHECK_EQUAL(number, 7);
        CHECK_OK(latzero_decrement(client, key, lengths[i], 3, 0, &number));
        CHECK_OK(latzero_get_i64(reader, key, lengths[i], &number));
        CHECK_EQUAL(number, 4);
    }
    CHECK_EQUAL(stats_of(client).key_count, n);
    for (i = 0; i < n; i++) {
        fill_pattern(key, lengths[i], lengths[i]);
        CHECK_OK(latzero_get_i64(reader, key, lengths[i], &number));
        CHECK_EQUAL(number, 4);
        CHECK_OK(latzero_set_null(client, key, lengths[i], NULL));
        CHECK_OK(latzero_set_bytes(client, key, lengths[i], key, lengths[i], NULL));
        key[lengths[i] - 1] ^= 1;
        CHECK_OK(latzero_exists(reader, key, lengths[i], &exists));
        CHECK_EQUAL(exists, 0);
        key[lengths[i] - 1] ^= 1;
        CHECK_OK(latzero_delete(client, key, lengths[i]));
        CHECK_OK(latzero_exists(reader, key, lengths[i], &exists));
        CHECK_EQUAL(exists, 0);
    }
    CHECK_EQUAL(stats_of(client).key_count, 0);
    free(key);
    leave(reader);
    leave(client);
}

static void check_key_refused(latzero_client *client, const char *key, size_t length) {
    check_every_call(client, key, length, HAS_KEY, LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_i64(client, key, length, 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("key");
}

static void keys_out_of_bounds_are_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("bad-keys"), 0);
    char *key = malloc(100001);
    (void)state;
    memset(key, 'k', 100000);
    key[100000] = 0;
    check_key_refused(client, NULL, 0);
    check_key_refused(client, NULL, 5);
    check_key_refused(client, NULL, LATZERO_CSTR);
    check_key_refused(client, "", 0);
    check_key_refused(client, "", LATZERO_CSTR);
    check_key_refused(client, key, LATZERO_KEY_MAX + 1);
    check_key_refused(client, key, LATZERO_CSTR);
    check_key_refused(client, key, SIZE_MAX - 1);
    check_key_refused(client, key, SIZE_MAX / 2);
    check_key_refused(client, key, UINT32_MAX);
    check_key_refused(client, key, (size_t)UINT32_MAX + 2);
    CHECK_EQUAL(stats_of(client).key_count, 0);
    free(key);
    leave(client);
}

static void keys_are_bytes(void **state) {
    static const char *const keys[] = {"a", "a\0", "a\0b", "a\0\0", "\0", "\0\0", "\xff\xfe", "a\n", "A"};
    static const size_t lengths[] = {1, 2, 3, 3, 1, 2, 2, 2, 1};
    latzero_client *client = create_and_join(pool_name("byte-keys"), 0);
    size_t i;
    int64_t value = 0;
    (void)state;
    for (i = 0; i < 9; i++) CHECK_OK(latzero_set_i64(client, keys[i], lengths[i], (int64_t)i, NULL));
    for (i = 0; i < 9; i++) {
        CHECK_OK(latzero_get_i64(client, keys[i], lengths[i], &value));
        CHECK_EQUAL(value, i);
    }
    CHECK_EQUAL(stats_of(client).key_count, 9);
    /* NUL-terminated means up to the NUL. */
    CHECK_OK(latzero_get_i64(client, "a\0b", LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 0);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(values_of_every_length_come_back),
        TEST(owned_copies_of_every_length_are_whole),
        TEST(keys_of_every_length_work),
        TEST(keys_out_of_bounds_are_refused),
        TEST(keys_are_bytes),
    };
    return RUN_TESTS(tests);
}
