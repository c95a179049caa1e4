/* Lists, tuples, dicts, opaque values, JSON and MessagePack: stored and read back with their type, or refused. */
#include "abi/test.h"

typedef struct sample {
    uint32_t type;
    const char *bytes;
    size_t size;
    uint32_t tag;
} sample;

/* Checks that a key's value is this one, in every way that tells its type. */
static void check_value(latzero_client *client, const char *key, const sample *expected) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[256];
    memset(buffer, 0x5a, sizeof buffer);
    CHECK_OK(latzero_get(client, key, LATZERO_CSTR, buffer, expected->size, &info));
    CHECK_EQUAL(info.type, expected->type);
    CHECK_EQUAL(info.size, expected->size);
    CHECK_EQUAL(info.tag, expected->tag);
    CHECK_EQUAL(info.flags, 0);
    CHECK(info.version != 0 && info.ttl_ms == -1);
    CHECK(memcmp(buffer, expected->bytes, expected->size) == 0 && buffer[expected->size] == 0x5a);
    if (expected->size == 0) return;
    CHECK_STATUS(latzero_get(client, key, LATZERO_CSTR, buffer, expected->size - 1, &info), LATZERO_TOO_SMALL);
    CHECK(info.type == expected->type && info.size == expected->size);
}

static const sample samples[] = {
    {LATZERO_TYPE_NULL, "", 0, 0},
    {LATZERO_TYPE_BOOL, "\1", 1, 0},
    {LATZERO_TYPE_INT64, "\377\377\377\377\377\377\377\177", 8, 0},
    {LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\360\77", 8, 0},
    {LATZERO_TYPE_STRING, "t\xc3\xa4xt", 5, 0},
    {LATZERO_TYPE_BYTES, "\xff\0\xfe", 3, 0},
    {LATZERO_TYPE_LIST, "\x90", 1, 0},
    {LATZERO_TYPE_LIST, "\x93\x01\xa1x\xc0", 5, 0},
    {LATZERO_TYPE_LIST, "\xdc\0\1\xdd\0\0\0\1\xcd\0\1", 11, 0}, /* no smallest widths: kept as they are */
    {LATZERO_TYPE_TUPLE, "\x90", 1, 0},
    {LATZERO_TYPE_TUPLE, "\x92\xc2\xc7\2\x54\x91\1", 7, 0}, /* a tuple within */
    {LATZERO_TYPE_LIST, "\x91\xd4\x54\x90", 4, 0},
    {LATZERO_TYPE_LIST, "\x91\xd4\1\0", 4, 0}, /* another extension */
    {LATZERO_TYPE_DICT, "\x80", 1, 0},
    {LATZERO_TYPE_DICT, "\x82\1\xc3\xa1k\x91\xcb\x7f\xf8\0\0\0\0\0\0", 15, 0},
    {LATZERO_TYPE_OPAQUE, "", 0, 0},
    {LATZERO_TYPE_OPAQUE, "\xc1\0\xff", 3, 0},
    {LATZERO_TYPE_OPAQUE, "tagged", 6, 1},
    {LATZERO_TYPE_OPAQUE, "tagged", 6, UINT32_MAX},
};
enum { sample_count = sizeof samples / sizeof *samples };

static void every_type_comes_back(void **state) {
    latzero_client *client = create_and_join(pool_name("types"), 0),
                   *reader = join(pool_name("types"), LATZERO_CONNECT_READ_ONLY);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    int i, k;
    (void)state;
    for (i = 0; i < sample_count; i++) {
        const sample *value = &samples[i];
        options.tag = value->tag;
        CHECK_OK(latzero_set(client, "k", 1, value->type, value->bytes, value->size, &options));
        check_value(client, "k", value);
        check_value(reader, "k", value);
        /* In the place of each other one. */
        for (k = 0; k < sample_count; k++) {
            options.tag = samples[k].tag;
            CHECK_OK(latzero_set(client, "other", 5, samples[k].type, samples[k].bytes, samples[k].size, &options));
            options.tag = value->tag;
            CHECK_OK(latzero_set(client, "other", 5, value->type, value->bytes, value->size, &options));
            check_value(reader, "other", value);
        }
    }
    leave(reader);
    leave(client);
}

/* Each typed getter on each type. */
static void typed_getters_read_their_type_alone(void **state) {
    latzero_client *client = create_and_join(pool_name("getters"), 0);
    int i;
    (void)state;
    for (i = 0; i < sample_count; i++) {
        const sample *value = &samples[i];
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        int32_t yes = 77;
        int64_t integer = 77;
        double number = 77;
        char *text = NULL;
        void *bytes = NULL;
        size_t size = 77;
        options.tag = value->tag;
        CHECK_OK(latzero_set(client, "k", 1, value->type, value->bytes, value->size, &options));
#define AS(wanted) (value->type == (wanted) ? LATZERO_OK : LATZERO_TYPE_MISMATCH)
        CHECK_STATUS(latzero_get_bool(client, "k", 1, &yes), AS(LATZERO_TYPE_BOOL));
        CHECK_EQUAL(yes, value->type == LATZERO_TYPE_BOOL ? 1 : 77);
        CHECK_STATUS(latzero_get_i64(client, "k", 1, &integer), AS(LATZERO_TYPE_INT64));
        CHECK_EQUAL(integer, value->type == LATZERO_TYPE_INT64 ? INT64_MAX : 77);
        CHECK_STATUS(latzero_get_f64(client, "k", 1, &number), AS(LATZERO_TYPE_DOUBLE));
        CHECK(number == (value->type == LATZERO_TYPE_DOUBLE ? 1.0 : 77.0));
        CHECK_STATUS(latzero_get_string(client, "k", 1, &text, &size), AS(LATZERO_TYPE_STRING));
        CHECK((text != NULL) == (value->type == LATZERO_TYPE_STRING));
        CHECK_STATUS(latzero_get_bytes(client, "k", 1, &bytes, &size), AS(LATZERO_TYPE_BYTES));
        CHECK((bytes != NULL) == (value->type == LATZERO_TYPE_BYTES));
        CHECK_EQUAL(size, text != NULL || bytes != NULL ? value->size : 77);
        latzero_free(text);
        latzero_free(bytes);
#undef AS
    }
    leave(client);
}

/* Nothing is stored under an absent key, nothing changes under another. */
static void check_set_refused(latzero_client *client, uint32_t type, const void *bytes, size_t size, const char *why) {
    latzero_value_info before = LATZERO_VALUE_INFO_INIT, after = LATZERO_VALUE_INFO_INIT;
    latzero_value_info old = LATZERO_VALUE_INFO_INIT;
    int64_t value = 0;
    int32_t exists = 1;
    CHECK_OK(latzero_get(client, "there", 5, &value, 8, &before));
    CHECK_STATUS(latzero_set(client, "absent", 6, type, bytes, size, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(why);
    CHECK_STATUS(latzero_set(client, "there", 5, type, bytes, size, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_fast(client, "there", 5, type, bytes, size, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(why);
    CHECK_STATUS(latzero_add(client, "absent", 6, type, bytes, size, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_replace(client, "there", 5, type, bytes, size, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_compare_and_set(client, "there", 5, before.version, type, bytes, size, NULL, NULL),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_swap(client, "there", 5, type, bytes, size, NULL, &value, 8, &old), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(why);
    CHECK_OK(latzero_exists(client, "absent", 6, &exists));
    CHECK_OK(latzero_get(client, "there", 5, &value, 8, &after));
    CHECK(exists == 0 && value == 42 && memcmp(&before, &after, sizeof before) == 0 && old.version == 0);
}

static void what_has_not_its_type_s_form_is_refused(void **state) {
    static const struct {
        uint32_t type;
        const char *bytes;
        size_t size;
        const char *why;
    } bad[] = {
        {LATZERO_TYPE_NULL, "x", 1, "byte 0"},
        {LATZERO_TYPE_BOOL, "", 0, "byte 0"},
        {LATZERO_TYPE_BOOL, "\2", 1, "byte 0"},
        {LATZERO_TYPE_BOOL, "\1\1", 2, "byte 0"},
        {LATZERO_TYPE_INT64, "1234567", 7, "8 bytes"},
        {LATZERO_TYPE_INT64, "123456789", 9, "8 bytes"},
        {LATZERO_TYPE_DOUBLE, "1234", 4, "8 bytes"},
        {LATZERO_TYPE_STRING, "ab\xff", 3, "byte 2"},
        {LATZERO_TYPE_STRING, "\xed\xa0\x80", 3, "byte 0"},
        {LATZERO_TYPE_LIST, "", 0, "byte 0"},
        {LATZERO_TYPE_LIST, "\x80", 1, "byte 0"},
        {LATZERO_TYPE_LIST, "\1", 1, "byte 0"},
        {LATZERO_TYPE_LIST, "\x92\1", 2, "byte 0"},
        {LATZERO_TYPE_LIST, "\x90\1", 2, "byte 1"},
        {LATZERO_TYPE_LIST, "\x92\1\xc1", 3, "byte 2"},
        {LATZERO_TYPE_LIST, "\x91\xa1\xff", 3, "byte 2"},
        {LATZERO_TYPE_LIST, "\x91\xa5xyz", 5, "byte 1"},
        {LATZERO_TYPE_LIST, "\xdd\xff\xff\xff\xff\1", 6, "byte 0"},
        {LATZERO_TYPE_LIST, "\x91\xc6\xff\xff\xff\xff", 6, "byte 1"},
        {LATZERO_TYPE_LIST, "\x91\xd4\x54\1", 4, "tuple"},
        {LATZERO_TYPE_LIST, "\x91\xc7\3\x54\x91\1\1", 7, "tuple"},
        {LATZERO_TYPE_TUPLE, "\x81\1\1", 3, "byte 0"},
        {LATZERO_TYPE_TUPLE, "\xd4\x54\x90", 3, "byte 0"},
        {LATZERO_TYPE_DICT, "\x90", 1, "byte 0"},
        {LATZERO_TYPE_DICT, "\x81\1", 2, "byte 0"},
        {LATZERO_TYPE_DICT, "\x81\1\2\3", 4, "byte 3"},
        {LATZERO_TYPE_DICT, "\xdf\xff\xff\xff\xff\1\1", 7, "byte 0"},
        {10, "x", 1, "type"},
        {UINT32_MAX, "x", 1, "type"},
        {256 + LATZERO_TYPE_BYTES, "x", 1, "type"},
    };
    latzero_client *client = create_and_join(pool_name("forms"), 0);
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "there", 5, 42, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        check_set_refused(client, bad[i].type, bad[i].bytes, bad[i].size, bad[i].why);
    CHECK_STATUS(latzero_set(client, "there", 5, LATZERO_TYPE_BYTES, NULL, 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set(client, "there", 5, LATZERO_TYPE_LIST, NULL, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set(client, "there", 5, LATZERO_TYPE_STRING, NULL, LATZERO_CSTR, NULL),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_set(client, "text", 4, LATZERO_TYPE_STRING, "to its NUL", LATZERO_CSTR, NULL));
    check_value(client, "text", &(sample){LATZERO_TYPE_STRING, "to its NUL", 10, 0});
    leave(client);
}

static void nesting_ends_at_64(void **state) {
    latzero_client *client = create_and_join(pool_name("depth"), 0);
    char list[200000], dict[400], json[200000];
    size_t depth;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "there", 5, 42, NULL));
    memset(list, '\x91', sizeof list);
    for (depth = 0; depth < sizeof dict / 2; depth++) memcpy(dict + 2 * depth, "\x81\1", 2);
    memset(json, '[', sizeof json);
    for (depth = 63; depth <= 64; depth++) {
        list[depth - 1] = '\x90';
        CHECK_OK(latzero_set(client, "list", 4, LATZERO_TYPE_LIST, list, depth, NULL));
        CHECK_OK(latzero_set(client, "tuple", 5, LATZERO_TYPE_TUPLE, list, depth, NULL));
        CHECK_OK(latzero_set_msgpack(client, "list", 4, list, depth, NULL));
        list[depth - 1] = '\x91';
        dict[2 * depth - 2] = '\x80';
        CHECK_OK(latzero_set(client, "dict", 4, LATZERO_TYPE_DICT, dict, 2 * depth - 1, NULL));
        dict[2 * depth - 2] = '\x81';
        memset(json + depth, ']', depth);
        CHECK_OK(latzero_set_json(client, "json", 4, json, 2 * depth, NULL));
        memset(json + depth, '[', depth);
    }
    list[64] = '\x90';
    check_set_refused(client, LATZERO_TYPE_LIST, list, 65, "byte 64");
    check_set_refused(client, LATZERO_TYPE_TUPLE, list, 65, "byte 64");
    list[64] = '\x91';
    dict[128] = '\x80';
    check_set_refused(client, LATZERO_TYPE_DICT, dict, 129, "byte 128");
    check_set_refused(client, LATZERO_TYPE_LIST, list, sizeof list, "64");
    CHECK_STATUS(latzero_set_msgpack(client, "there", 5, list, sizeof list, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 64");
    CHECK_STATUS(latzero_set_json(client, "there", 5, json, 65, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 64");
    CHECK_STATUS(latzero_set_json(client, "there", 5, json, sizeof json, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 64");
    leave(client);
}

static void only_opaque_values_have_a_tag(void **state) {
    latzero_client *client = create_and_join(pool_name("tags"), 0);
    latzero_set_options tagged = LATZERO_SET_OPTIONS_INIT;
    latzero_entry entry = {"k", 1, (void *)"\x90", 0, 1, 0, 0, LATZERO_TYPE_LIST, 7, 0, 0};
    void *memory = NULL;
    latzero_reserved *reserved = NULL;
    int i;
    (void)state;
    tagged.tag = 7;
    for (i = 0; i < sample_count; i++) {
        const sample *value = &samples[i];
        const latzero_status expected = value->type == LATZERO_TYPE_OPAQUE ? LATZERO_OK : LATZERO_INVALID_ARGUMENT;
        CHECK_STATUS(latzero_set(client, "k", 1, value->type, value->bytes, value->size, &tagged), expected);
        CHECK_STATUS(latzero_set_fast(client, "k", 1, value->type, value->bytes, value->size, &tagged), expected);
        CHECK_STATUS(latzero_reserve(client, "k", 1, value->type, 9, &tagged, &memory, &reserved), expected);
        if (expected == LATZERO_OK) CHECK_OK(latzero_abandon(reserved));
        CHECK_OK(latzero_flush(client));
        CHECK_STATUS(latzero_delete(client, "k", 1), expected == LATZERO_OK ? LATZERO_OK : LATZERO_NOT_FOUND);
    }
    CHECK_STATUS(latzero_set_json(client, "k", 1, "[]", 2, &tagged), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("tag");
    CHECK_STATUS(latzero_set_msgpack(client, "k", 1, "\x90", 1, &tagged), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_null(client, "k", 1, &tagged), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mset(client, sizeof entry, &entry, 1), LATZERO_INVALID_ARGUMENT);
    entry.type = LATZERO_TYPE_OPAQUE;
    CHECK_OK(latzero_mset(client, sizeof entry, &entry, 1));
    check_value(client, "k", &(sample){LATZERO_TYPE_OPAQUE, "\x90", 1, 7});
    tagged.reserved = 1;
    CHECK_STATUS(latzero_set(client, "k", 1, LATZERO_TYPE_OPAQUE, "x", 1, &tagged), LATZERO_UNSUPPORTED);
    tagged.reserved = 0;
    tagged.flags = 1;
    CHECK_STATUS(latzero_set(client, "k", 1, LATZERO_TYPE_OPAQUE, "x", 1, &tagged), LATZERO_INVALID_ARGUMENT);
    check_value(client, "k", &(sample){LATZERO_TYPE_OPAQUE, "\x90", 1, 7});
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_type_comes_back),
        TEST(typed_getters_read_their_type_alone),
        TEST(what_has_not_its_type_s_form_is_refused),
        TEST(nesting_ends_at_64),
        TEST(only_opaque_values_have_a_tag),
    };
    return RUN_TESTS(tests);
}
