/* Values of every type and size, in and out; what a type refuses; versions; infos of other headers. */
#include <math.h>

#include "abi/test.h"

static latzero_client *client;

static int begin(void **state) {
    if (begin_test(state) != 0) return -1;
    client = create_and_join(pool_name("values"), 0);
    return 0;
}

static int end(void **state) {
    leave(client);
    return end_test(state);
}

#define POOL_TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

static latzero_value_info info_of(const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status status = latzero_get(client, key, LATZERO_CSTR, NULL, 0, &info);
    CHECK(status == LATZERO_OK || status == LATZERO_TOO_SMALL);
    CHECK((status == LATZERO_OK) == (info.size == 0));
    return info;
}

static void fixed_types_come_back_as_they_went_in(void **state) {
    static const int64_t integers[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN, INT64_C(1) << 32};
    static const double doubles[] = {0.0, -0.0, 1.5, -1e308, 5e-324, INFINITY, -INFINITY, NAN};
    size_t i;
    int64_t integer;
    double number;
    int32_t yes;
    (void)state;
    for (i = 0; i < sizeof integers / sizeof *integers; i++) {
        CHECK_OK(latzero_set_i64(client, "i", 1, integers[i], NULL));
        CHECK_OK(latzero_get_i64(client, "i", 1, &integer));
        CHECK_EQUAL(integer, integers[i]);
    }
    for (i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        CHECK_OK(latzero_set_f64(client, "d", 1, doubles[i], NULL));
        CHECK_OK(latzero_get_f64(client, "d", 1, &number));
        CHECK(memcmp(&number, &doubles[i], sizeof number) == 0);
    }
    for (i = 0; i < 3; i++) {
        CHECK_OK(latzero_set_bool(client, "b", 1, (int32_t)(i * 256), NULL));
        CHECK_OK(latzero_get_bool(client, "b", 1, &yes));
        CHECK_EQUAL(yes, i > 0);
    }
    CHECK_OK(latzero_set_null(client, "n", 1, NULL));
    CHECK(info_of("i").type == LATZERO_TYPE_INT64 && info_of("i").size == 8);
    CHECK(info_of("d").type == LATZERO_TYPE_DOUBLE && info_of("d").size == 8);
    CHECK(info_of("b").type == LATZERO_TYPE_BOOL && info_of("b").size == 1);
    CHECK(info_of("n").type == LATZERO_TYPE_NULL && info_of("n").size == 0);
}

static void stored_forms_are_little_endian(void **state) {
    static const unsigned char two[] = {2, 1, 0, 0, 0, 0, 0, 0x80}, one_half[] = {0, 0, 0, 0, 0, 0, 0xe0, 0x3f};
    unsigned char bytes[8];
    int64_t integer;
    double number;
    (void)state;
    CHECK_OK(latzero_set(client, "i", 1, LATZERO_TYPE_INT64, two, 8, NULL));
    CHECK_OK(latzero_get_i64(client, "i", 1, &integer));
    CHECK_EQUAL(integer, INT64_MIN + 258);
    CHECK_OK(latzero_get(client, "i", 1, bytes, sizeof bytes, NULL));
    CHECK(memcmp(bytes, two, 8) == 0);
    CHECK_OK(latzero_set(client, "d", 1, LATZERO_TYPE_DOUBLE, one_half, 8, NULL));
    CHECK_OK(latzero_get_f64(client, "d", 1, &number));
    CHECK(number == 0.5);
}

static void text_and_bytes_come_back_owned(void **state) {
    static const char zeros[] = "a\0b\0\0";
    char *text = NULL;
    void *bytes = NULL;
    size_t size = 77;
    (void)state;
    CHECK_OK(latzero_set_string(client, "s", 1, "gr\xc3\xbc\xc3\x9f", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_get_string(client, "s", 1, &text, NULL));
    CHECK(strcmp(text, "gr\xc3\xbc\xc3\x9f") == 0);
    latzero_free(text);
    CHECK_OK(latzero_set_string(client, "s", 1, zeros, 5, NULL));
    CHECK_OK(latzero_get_string(client, "s", 1, &text, &size));
    CHECK(size == 5 && memcmp(text, zeros, 6) == 0);
    latzero_free(text);
    CHECK_OK(latzero_set_string(client, "s", 1, "", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_get_string(client, "s", 1, &text, &size));
    CHECK(size == 0 && text[0] == 0);
    latzero_free(text);
    CHECK_OK(latzero_set_bytes(client, "b", 1, zeros, 5, NULL));
    CHECK_OK(latzero_get_bytes(client, "b", 1, &bytes, &size));
    CHECK(size == 5 && memcmp(bytes, zeros, 5) == 0);
    latzero_free(bytes);
    latzero_free(NULL);
}

static void an_empty_value_is_not_a_missing_one(void **state) {
    void *bytes = NULL;
    size_t size = 77;
    char byte = 'x';
    int32_t exists = -1;
    (void)state;
    CHECK_OK(latzero_set_bytes(client, "e", 1, NULL, 0, NULL));
    CHECK_OK(latzero_exists(client, "e", 1, &exists));
    CHECK_EQUAL(exists, 1);
    CHECK_EQUAL(info_of("e").type, LATZERO_TYPE_BYTES);
    CHECK_OK(latzero_get(client, "e", 1, NULL, 0, NULL));
    CHECK_OK(latzero_get(client, "e", 1, &byte, 1, NULL));
    CHECK_EQUAL(byte, 'x');
    CHECK_OK(latzero_get_bytes(client, "e", 1, &bytes, &size));
    CHECK(bytes != NULL && size == 0);
    latzero_free(bytes);
    CHECK_OK(latzero_delete(client, "e", 1));
    CHECK_STATUS(latzero_get(client, "e", 1, NULL, 0, NULL), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'e'");
    CHECK_SENTENCE(pool_name("values"));
    CHECK_STATUS(latzero_get_bytes(client, "e", 1, &bytes, &size), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_delete(client, "e", 1), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_exists(client, "e", 1, &exists));
    CHECK_EQUAL(exists, 0);
}

static void another_type_is_a_mismatch(void **state) {
    static const char *const keys[] = {"null", "bool", "int64", "double", "string", "bytes", "eight", "one"};
    int32_t yes = -5;
    int64_t integer = -5;
    double number = -5;
    char *text = (char *)&yes;
    void *bytes = &yes;
    size_t size = 77, i;
    (void)state;
    CHECK_OK(latzero_set_null(client, "null", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_bool(client, "bool", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_i64(client, "int64", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_f64(client, "double", LATZERO_CSTR, 1, NULL));
    CHECK_OK(latzero_set_string(client, "string", LATZERO_CSTR, "12345678", 8, NULL));
    CHECK_OK(latzero_set_bytes(client, "bytes", LATZERO_CSTR, "x", 1, NULL));
    CHECK_OK(latzero_set_bytes(client, "eight", LATZERO_CSTR, "12345678", 8, NULL));
    CHECK_OK(set_pattern(client, "one", 5000, 1));
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        const uint32_t type = info_of(keys[i]).type;
        if (type != LATZERO_TYPE_BOOL)
            CHECK_STATUS(latzero_get_bool(client, keys[i], LATZERO_CSTR, &yes), LATZERO_TYPE_MISMATCH);
        if (type != LATZERO_TYPE_INT64)
            CHECK_STATUS(latzero_get_i64(client, keys[i], LATZERO_CSTR, &integer), LATZERO_TYPE_MISMATCH);
        if (type != LATZERO_TYPE_DOUBLE)
            CHECK_STATUS(latzero_get_f64(client, keys[i], LATZERO_CSTR, &number), LATZERO_TYPE_MISMATCH);
        if (type != LATZERO_TYPE_STRING)
            CHECK_STATUS(latzero_get_string(client, keys[i], LATZERO_CSTR, &text, &size), LATZERO_TYPE_MISMATCH);
        if (type != LATZERO_TYPE_BYTES)
            CHECK_STATUS(latzero_get_bytes(client, keys[i], LATZERO_CSTR, &bytes, &size), LATZERO_TYPE_MISMATCH);
        CHECK_SENTENCE(keys[i]);
    }
    CHECK(yes == -5 && integer == -5 && number == -5 && text == (char *)&yes && bytes == &yes && size == 77);
}

static void malformed_values_are_refused(void **state) {
    static const struct {
        uint32_t type;
        size_t size;
    } malformed[] = {{LATZERO_TYPE_NULL, 1},
                     {LATZERO_TYPE_BOOL, 0},
                     {LATZERO_TYPE_BOOL, 2},
                     {LATZERO_TYPE_INT64, 7},
                     {LATZERO_TYPE_INT64, 9},
                     {LATZERO_TYPE_INT64, 0},
                     {LATZERO_TYPE_DOUBLE, 4},
                     {6, 1},
                     {255, 0},
                     {256, 0},
                     {UINT32_MAX, 0},
                     {LATZERO_TYPE_BYTES | 0x100, 1}};
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "k", 1, 42, NULL));
    for (i = 0; i < sizeof malformed / sizeof *malformed; i++)
        CHECK_STATUS(latzero_set(client, "k", 1, malformed[i].type, "123456789", malformed[i].size, NULL),
                     LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set(client, "k", 1, LATZERO_TYPE_BOOL, "\x02", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("a bool is");
    CHECK_STATUS(latzero_set(client, "k", 1, LATZERO_TYPE_STRING, "a\xff", 2, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("malformed at byte 1: a string must be UTF-8");
    CHECK_STATUS(latzero_set(client, "k", 1, LATZERO_TYPE_BYTES, NULL, 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_string(client, "k", 1, NULL, LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get(client, "k", 1, NULL, 8, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_i64(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_f64(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_bool(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_string(client, "k", 1, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_bytes(client, "k", 1, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_exists(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_size(client, NULL), LATZERO_INVALID_ARGUMENT);
    options.flags = 1;
    CHECK_STATUS(latzero_set_null(client, "k", 1, &options), LATZERO_INVALID_ARGUMENT);
    options.flags = 0;
    options.struct_size = 0;
    CHECK_STATUS(latzero_set_null(client, "k", 1, &options), LATZERO_INVALID_ARGUMENT);
    CHECK(info_of("k").type == LATZERO_TYPE_INT64);
}

/* Lengths that no value can have: said at once, not by walking off the end of the bytes. */
static void impossible_lengths_are_refused_at_once(void **state) {
    static const size_t lengths[] = {SIZE_MAX,
                                     SIZE_MAX - 1,
                                     SIZE_MAX / 2,
                                     (size_t)1 << 40,
                                     (size_t)UINT32_MAX + 1,
                                     UINT32_MAX,
                                     LATZERO_MAX_BYTES_DEFAULT};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CHECK_STATUS(latzero_set_bytes(client, "k", 1, "x", lengths[i], NULL), LATZERO_TOO_LARGE);
        CHECK_SENTENCE("'k'");
        if (lengths[i] != LATZERO_CSTR)
            CHECK_STATUS(latzero_set_string(client, "k", 1, "x", lengths[i], NULL), LATZERO_TOO_LARGE);
    }
    CHECK_EQUAL(stats_of(client).capacity_bytes, 1 << 20);
}

/* Also where the pool itself would be large enough. */
static void a_value_has_less_than_4_gib(void **state) {
    latzero_client *large = create_and_join(pool_name("64-gib"), LATZERO_MAX_BYTES_MOST);
    (void)state;
    CHECK_STATUS(latzero_set_bytes(large, "k", 1, "x", (size_t)1 << 32, NULL), LATZERO_TOO_LARGE);
    CHECK_STATUS(latzero_set_bytes(large, "k", 1, "x", ((size_t)1 << 32) + 1, NULL), LATZERO_TOO_LARGE);
    CHECK_STATUS(latzero_set_string(large, "k", 1, "x", ((size_t)5 << 32) + 1, NULL), LATZERO_TOO_LARGE);
    CHECK_EQUAL(stats_of(large).key_count, 0);
    leave(large);
}

static void strings_are_utf8(void **state) {
    static const char *const good[] = {
        "plain",        "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",     "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xc3\xbc", "\x7f"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x7f",
                                      "\xe0\x9f\xbf",
                                      "\xe1\x80",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf0\x90\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xff",
                                      "\xfe",
                                      "1234567\x80",
                                      "12345678\xc3",
                                      "12345678123\xe2\x82",
                                      "\xe2\x82\x28",
                                      "\xf0\x9f\x98\x28",
                                      "\xc3\xc3\xbc"};
    char text[64];
    size_t i, before;
    (void)state;
    for (before = 0; before < 20; before++) {
        memset(text, 'a', before);
        for (i = 0; i < sizeof good / sizeof *good; i++) {
            strcpy(text + before, good[i]);
            CHECK_OK(latzero_set_string(client, "s", 1, text, LATZERO_CSTR, NULL));
        }
        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
            strcpy(text + before, bad[i]);
            CHECK_STATUS(latzero_set_string(client, "s", 1, text, LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
            CHECK_SENTENCE("UTF-8");
            strcat(text, "behind it");
            CHECK_STATUS(latzero_set_string(client, "s", 1, text, LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
            CHECK_OK(latzero_set_bytes(client, "bytes", 5, text, strlen(text), NULL));
        }
    }
}

static void a_small_buffer_is_told_the_size(void **state) {
    static const size_t sizes[] = {1, 8, 100, 2047, 2048, 5000, 100000};
    unsigned char buffer[200000];
    uint64_t version;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        CHECK_OK(set_pattern(client, "v", sizes[i], i));
        CHECK_STATUS(latzero_get(client, "v", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
        CHECK(info.size == sizes[i] && info.type == LATZERO_TYPE_BYTES);
        memset(buffer, 0xa5, sizeof buffer);
        info.size = 0;
        CHECK_STATUS(latzero_get(client, "v", 1, buffer, sizes[i] - 1, &info), LATZERO_TOO_SMALL);
        CHECK_EQUAL(info.size, sizes[i]);
        CHECK_EQUAL(buffer[sizes[i] - 1], 0xa5);
        CHECK_STATUS(latzero_get(client, "v", 1, buffer, sizes[i] - 1, NULL), LATZERO_TOO_SMALL);
        version = info.version;
        info.version = 0;
        CHECK_OK(latzero_get(client, "v", 1, buffer, sizeof buffer, &info));
        CHECK(info.size == sizes[i] && buffer[sizes[i]] == 0xa5);
        CHECK(info.version == version && info.ttl_ms == -1);
    }
}

static void versions_rise_with_every_change(void **state) {
    uint64_t before = 0, size = 0;
    int i;
    (void)state;
    for (i = 0; i < 2000; i++) {
        latzero_value_info info;
        switch (i % 8) {
        case 0: CHECK_OK(latzero_set_i64(client, "v", 1, i, NULL)); break;
        case 1:
        case 2: CHECK_OK(latzero_increment(client, "v", 1, 1, 0, NULL)); break;
        case 3: CHECK_OK(latzero_increment(client, "v", 1, 0, 0, NULL)); break;
        case 4: CHECK_OK(set_pattern(client, "v", 3000, 1)); break;
        case 5: CHECK_OK(set_pattern(client, "v", 3000, 1)); break;
        case 6: CHECK_OK(latzero_delete(client, "v", 1)), CHECK_OK(latzero_set_null(client, "v", 1, NULL)); break;
        default: CHECK_OK(latzero_clear(client)), CHECK_OK(latzero_set_null(client, "v", 1, NULL));
        }
        info = info_of("v");
        CHECK(info.version > before);
        CHECK_EQUAL(info_of("v").version, info.version);
        before = info.version;
    }
    CHECK_OK(latzero_size(client, &size));
    CHECK_EQUAL(size, 1);
}

static void infos_of_other_headers_are_filled_as_far_as_they_go(void **state) {
    static const uint32_t sizes[] = {4, 8, 16, 24, 32, sizeof(latzero_value_info), sizeof(latzero_value_info) + 32};
    size_t i, k;
    (void)state;
    CHECK_OK(set_pattern(client, "v", 100, 1));
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char bytes[100];
        union {
            latzero_value_info info;
            unsigned char raw[sizeof(latzero_value_info) + 64];
        } theirs;
        memset(&theirs, 0x5a, sizeof theirs);
        theirs.info.struct_size = sizes[i];
        CHECK_OK(latzero_get(client, "v", 1, bytes, 100, &theirs.info));
        CHECK_EQUAL(theirs.info.struct_size, sizes[i]);
        if (sizes[i] >= 8) CHECK_EQUAL(theirs.info.type, LATZERO_TYPE_BYTES);
        if (sizes[i] >= 16) CHECK_EQUAL(theirs.info.size, 100);
        if (sizes[i] >= 32) CHECK_EQUAL(theirs.info.ttl_ms, -1);
        for (k = sizeof theirs.info; k < sizes[i]; k++) CHECK_EQUAL(theirs.raw[k], 0);
        for (k = sizes[i]; k < sizeof theirs; k++) CHECK_EQUAL(theirs.raw[k], 0x5a);
        theirs.info.struct_size = 3;
        CHECK_STATUS(latzero_get(client, "v", 1, bytes, 100, &theirs.info), LATZERO_INVALID_ARGUMENT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        POOL_TEST(fixed_types_come_back_as_they_went_in),
        POOL_TEST(stored_forms_are_little_endian),
        POOL_TEST(text_and_bytes_come_back_owned),
        POOL_TEST(an_empty_value_is_not_a_missing_one),
        POOL_TEST(another_type_is_a_mismatch),
        POOL_TEST(malformed_values_are_refused),
        POOL_TEST(impossible_lengths_are_refused_at_once),
        POOL_TEST(a_value_has_less_than_4_gib),
        POOL_TEST(strings_are_utf8),
        POOL_TEST(a_small_buffer_is_told_the_size),
        POOL_TEST(versions_rise_with_every_change),
        POOL_TEST(infos_of_other_headers_are_filled_as_far_as_they_go),
    };
    return RUN_TESTS(tests);
}
