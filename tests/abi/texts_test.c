/* Values in and out as JSON and as MessagePack: of every kind, malformed, and what the one or the other cannot say. */
#include <math.h>

#include "abi/test.h"

static void check_stored(latzero_client *client, uint32_t type, const void *bytes, size_t size) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[256];
    CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &info));
    CHECK_EQUAL(info.type, type);
    CHECK_EQUAL(info.size, size);
    CHECK(memcmp(buffer, bytes, size) == 0);
}

static void check_msgpack(latzero_client *client, const void *expected, size_t size) {
    void *msgpack = NULL;
    size_t got = 77;
    CHECK_OK(latzero_get_msgpack(client, "k", 1, &msgpack, &got));
    CHECK_EQUAL(got, size);
    CHECK(memcmp(msgpack, expected, size) == 0);
    latzero_free(msgpack);
}

/* Each kind as JSON, as what is stored, and as MessagePack. */
static const struct kind {
    const char *json, *back; /* NULL: the same text */
    uint32_t type;
    const char *stored;
    size_t size;
    const char *msgpack;
    size_t msgpack_size;
} kinds[] = {
    {"null", NULL, LATZERO_TYPE_NULL, "", 0, "\xc0", 1},
    {"true", NULL, LATZERO_TYPE_BOOL, "\1", 1, "\xc3", 1},
    {" false\n", "false", LATZERO_TYPE_BOOL, "\0", 1, "\xc2", 1},
    {"0", NULL, LATZERO_TYPE_INT64, "\0\0\0\0\0\0\0\0", 8, "\0", 1},
    {"-0", "0", LATZERO_TYPE_INT64, "\0\0\0\0\0\0\0\0", 8, "\0", 1},
    {"-1", NULL, LATZERO_TYPE_INT64, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "\xff", 1},
    {"300", NULL, LATZERO_TYPE_INT64, "\x2c\1\0\0\0\0\0\0", 8, "\xcd\1\x2c", 3},
    {"9223372036854775807", NULL, LATZERO_TYPE_INT64, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8,
     "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9},
    {"-9223372036854775808", NULL, LATZERO_TYPE_INT64, "\0\0\0\0\0\0\0\x80", 8, "\xd3\x80\0\0\0\0\0\0\0", 9},
    {"1.0", NULL, LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\x3f", 8, "\xcb\x3f\xf0\0\0\0\0\0\0", 9},
    {"1e0", "1.0", LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\x3f", 8, "\xcb\x3f\xf0\0\0\0\0\0\0", 9},
    {"\"\"", NULL, LATZERO_TYPE_STRING, "", 0, "\xa0", 1},
    {"\"a\\u00e4\\n\\\"\\\\\"", "\"a\xc3\xa4\\n\\\"\\\\\"", LATZERO_TYPE_STRING, "a\xc3\xa4\n\"\\", 6,
     "\xa6\x61\xc3\xa4\n\"\\", 7},
    {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", LATZERO_TYPE_STRING, "\xf0\x9f\x98\x80", 4, "\xa4\xf0\x9f\x98\x80",
     5},
    {"[]", NULL, LATZERO_TYPE_LIST, "\x90", 1, "\x90", 1},
    {"[ 1 , \"x\" , null , 1.5 , [ ] ]", "[1,\"x\",null,1.5,[]]", LATZERO_TYPE_LIST,
     "\x95\1\xa1x\xc0\xcb\x3f\xf8\0\0\0\0\0\0\x90", 15, "\x95\1\xa1x\xc0\xcb\x3f\xf8\0\0\0\0\0\0\x90", 15},
    {"[18446744073709551615]", NULL, LATZERO_TYPE_LIST, "\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 10,
     "\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 10},
    {"{}", NULL, LATZERO_TYPE_DICT, "\x80", 1, "\x80", 1},
    {"{\"a\":{\"b\":[true]}}", NULL, LATZERO_TYPE_DICT, "\x81\xa1\x61\x81\xa1\x62\x91\xc3", 8,
     "\x81\xa1\x61\x81\xa1\x62\x91\xc3", 8},
    {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}", LATZERO_TYPE_DICT, "\x82\xa1\x61\3\xa1\x62\2", 7,
     "\x82\xa1\x61\3\xa1\x62\2", 7},
};

static void every_kind_goes_through_json_and_msgpack(void **state) {
    latzero_client *client = create_and_join(pool_name("kinds"), 0);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct kind *kind = &kinds[i];
        const char *back = kind->back != NULL ? kind->back : kind->json;
        CHECK_OK(latzero_set_json(client, "k", 1, kind->json, i % 2 ? LATZERO_CSTR : strlen(kind->json), NULL));
        check_stored(client, kind->type, kind->stored, kind->size);
        check_json(client, "k", back);
        check_msgpack(client, kind->msgpack, kind->msgpack_size);
        CHECK_OK(latzero_delete(client, "k", 1));
        CHECK_OK(latzero_set_msgpack(client, "k", 1, kind->msgpack, kind->msgpack_size, NULL));
        check_stored(client, kind->type, kind->stored, kind->size);
        check_json(client, "k", back);
        check_msgpack(client, kind->msgpack, kind->msgpack_size);
    }
    leave(client);
}

static void msgpack_of_any_width_is_understood(void **state) {
    latzero_client *client = create_and_join(pool_name("widths"), 0);
    void *msgpack = NULL;
    size_t size;
    (void)state;
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\xd3\0\0\0\0\0\0\0\5", 9, NULL));
    check_msgpack(client, "\5", 1);
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\xca\x3f\x80\0\0", 5, NULL));
    check_stored(client, LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\x3f", 8);
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\xdb\0\0\0\1x", 6, NULL));
    check_stored(client, LATZERO_TYPE_STRING, "x", 1);
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\xc4\3\0\xff\0", 5, NULL));
    check_stored(client, LATZERO_TYPE_BYTES, "\0\xff\0", 3);
    check_msgpack(client, "\xc4\3\0\xff\0", 5);
    /* On its own a tuple is its bare array; within another value it stays the extension. */
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\xd5\x54\x91\1", 4, NULL));
    check_stored(client, LATZERO_TYPE_TUPLE, "\x91\1", 2);
    check_msgpack(client, "\x91\1", 2);
    check_json(client, "k", "{\"$tuple\":[1]}");
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\x91\xd5\x54\x91\1", 5, NULL));
    check_stored(client, LATZERO_TYPE_LIST, "\x91\xd5\x54\x91\1", 5);
    check_json(client, "k", "[{\"$tuple\":[1]}]");
    CHECK_OK(latzero_set(client, "k", 1, LATZERO_TYPE_OPAQUE, "x", 1, NULL));
    CHECK_STATUS(latzero_get_msgpack(client, "k", 1, &msgpack, &size), LATZERO_UNSUPPORTED);
    CHECK(msgpack == NULL);
    leave(client);
}

/* Refused for an absent key and for one that is there; neither changes. */
static void check_refused(latzero_client *client, int is_json, const char *text, size_t size, const char *why) {
    static const char *const keys[] = {"absent", "there"};
    latzero_value_info before = LATZERO_VALUE_INFO_INIT, after = LATZERO_VALUE_INFO_INIT;
    int64_t value = 0;
    int32_t exists = 1;
    int i;
    CHECK_OK(latzero_get(client, "there", 5, &value, 8, &before));
    for (i = 0; i < 2; i++) {
        CHECK_STATUS(is_json ? latzero_set_json(client, keys[i], LATZERO_CSTR, text, size, NULL)
                             : latzero_set_msgpack(client, keys[i], LATZERO_CSTR, text, size, NULL),
                     LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE(why);
    }
    CHECK_OK(latzero_exists(client, "absent", 6, &exists));
    CHECK_OK(latzero_get(client, "there", 5, &value, 8, &after));
    CHECK(exists == 0 && value == 42 && memcmp(&before, &after, sizeof before) == 0);
}

static void malformed_json_is_refused(void **state) {
    static const struct {
        const char *text;
        size_t size; /* 0: to its NUL */
        const char *why;
    } bad[] = {
        {"", 0, "byte 0"},
        {" ", 0, "byte 1"},
        {"nul", 0, "byte 3"},
        {"nulx", 0, "byte 3"},
        {"[1,2", 0, "byte 4"},
        {"[1,,2]", 0, "byte 3"},
        {"[1,]", 0, "byte 3"},
        {"{\"a\":1,}", 0, "byte 7"},
        {"{\"a\"}", 0, "byte 4"},
        {"{a:1}", 0, "byte 1"},
        {"{1:1}", 0, "byte 1"},
        {"[1] 2", 0, "byte 4"},
        {"'x'", 0, "byte 0"},
        {"\"x", 0, "byte 2"},
        {"\"\\q\"", 0, "byte 2"},
        {"\"\\ud800\"", 0, "byte 7"},
        {"\"\\udc00\"", 0, "byte"},
        {"\"\n\"", 0, "byte 1"},
        {"\"\xff\"", 0, "byte 1"},
        {"\"\xed\xa0\x80\"", 0, "byte 1"},
        {"01", 0, "byte 1"},
        {"1.", 0, "byte 2"},
        {"+1", 0, "byte 0"},
        {"NaN", 0, "byte 0"},
        {"Infinity", 0, "byte 0"},
        {"1e999", 0, "byte"},
        {"9223372036854775808", 0, "byte 0"},
        {"-9223372036854775809", 0, "byte 0"},
        {"[18446744073709551616]", 0, "byte 1"},
        {"1\0", 2, "byte 1"},
        {"\0", 1, "byte 0"},
        {"/* no */ 1", 0, "byte 0"},
    };
    latzero_client *client = create_and_join(pool_name("json"), 0);
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "there", 5, 42, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        check_refused(client, 1, bad[i].text, bad[i].size != 0 ? bad[i].size : LATZERO_CSTR, bad[i].why);
    check_refused(client, 1, "[1]", 2, "byte 2");
    check_refused(client, 1, NULL, 0, "NULL");
    check_refused(client, 1, NULL, LATZERO_CSTR, "NULL");
    leave(client);
}

static void malformed_msgpack_is_refused(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } bad[] = {
        {"", 0, "byte 0"},
        {"\xc1", 1, "byte 0"},
        {"\1\2", 2, "byte 1"},
        {"\xcd\1", 2, "byte 0"},
        {"\xa2x", 2, "byte 0"},
        {"\xa1\xff", 2, "byte 1"},
        {"\x92\1", 2, "byte 0"},
        {"\x92\1\xc1", 3, "byte 2"},
        {"\x81\1", 2, "byte 0"},
        {"\xcf\x80\0\0\0\0\0\0\0", 9, "byte 0"}, /* no int64 */
        {"\xd4\1\0", 3, "byte 0"},               /* no value is another extension */
        {"\xd4\x54\1", 3, "tuple"},
        {"\xc7\0\x54", 3, "tuple"},
        {"\xdd\xff\xff\xff\xff", 5, "byte 0"},
        {"\xdf\x80\0\0\0\0\0", 7, "byte 0"},
        {"\xc6\xff\xff\xff\xff", 5, "byte 0"},
    };
    latzero_client *client = create_and_join(pool_name("msgpack"), 0);
    unsigned char junk[64];
    uint64_t random = 9;
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "there", 5, 42, NULL));
    for (i = 0; i < sizeof bad / sizeof *bad; i++) check_refused(client, 0, bad[i].bytes, bad[i].size, bad[i].why);
    check_refused(client, 0, NULL, 0, "NULL");
    /* Whatever comes in: refused, or a value that every reader understands. */
    for (i = 0; i < scaled(100000); i++) {
        const size_t size = 1 + next_random(&random) % sizeof junk;
        void *back = NULL;
        char *json = NULL;
        fill_pattern(junk, size, i);
        if (i % 2) junk[0] = (unsigned char)(0x80 + i / 2 % 0x60);
        if (latzero_set_msgpack(client, "k", 1, junk, size, NULL) != LATZERO_OK) continue;
        CHECK_OK(latzero_get_msgpack(client, "k", 1, &back, NULL));
        CHECK_OK(latzero_get_json(client, "k", 1, &json, NULL));
        latzero_free(back);
        latzero_free(json);
    }
    leave(client);
}

/* What JSON has no words for, said by it: set by text and read back as text, beside what is stored. */
static const struct {
    const char *json;
    uint32_t type;
    const char *stored;
    size_t size;
} forms[] = {
    {"{\"$bytes\":\"\"}", LATZERO_TYPE_BYTES, "", 0},
    {"{\"$bytes\":\"eA==\"}", LATZERO_TYPE_BYTES, "x", 1},
    {"{\"$double\":\"NaN\"}", LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf8\x7f", 8},
    {"{\"$double\":\"Infinity\"}", LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\x7f", 8},
    {"{\"$double\":\"-Infinity\"}", LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\xff", 8},
    {"{\"$double\":\"NaN(0xfff8000000000000)\"}", LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf8\xff", 8},
    {"{\"$tuple\":[1,{\"$tuple\":[]}]}", LATZERO_TYPE_TUPLE, "\x92\1\xd4\x54\x90", 5},
    {"[{\"$bytes\":\"eA==\"}]", LATZERO_TYPE_LIST, "\x91\xc4\1x", 4},
    {"[{\"$ext\":[1,\"AA==\"]}]", LATZERO_TYPE_LIST, "\x91\xd4\1\0", 4},
    {"{\"$dict\":[[1,2],[null,\"x\"]]}", LATZERO_TYPE_DICT, "\x82\1\2\xc0\xa1x", 6},
    {"{\"$dict\":[[\"$bytes\",1]]}", LATZERO_TYPE_DICT, "\x81\xa6$bytes\1", 9},
    {"[{\"k\":{\"$dict\":[[[],1]]}}]", LATZERO_TYPE_LIST, "\x91\x81\xa1k\x81\x90\1", 7},
};

static void what_json_has_no_words_for(void **state) {
    latzero_client *client = create_and_join(pool_name("forms"), 0);
    char *json = NULL;
    size_t i, length = 77;
    (void)state;
    for (i = 0; i < 2 * (sizeof forms / sizeof *forms); i++) {
        /* The second time lists and dicts are kept as text. */
        latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
        const size_t row = i / 2;
        options.prefer_msgpack = i % 2 == 0;
        CHECK_OK(latzero_configure_serializer(&options));
        CHECK_OK(latzero_set_json(client, "k", 1, forms[row].json, LATZERO_CSTR, NULL));
        check_stored(client, forms[row].type, forms[row].stored, forms[row].size);
        check_json(client, "k", forms[row].json);
        CHECK_OK(latzero_set(client, "k", 1, forms[row].type, forms[row].stored, forms[row].size, NULL));
        check_json(client, "k", forms[row].json);
    }
    CHECK_OK(latzero_configure_serializer(NULL));
    CHECK_OK(latzero_set_i64(client, "there", 5, 42, NULL));
    check_refused(client, 1, "{\"$bytes\": \"eA\"}", 16, "{\"$dict\": [[key, value]]}");
    check_refused(client, 1, "{\"$ext\": [1, \"\"]}", 17, "extension");
    CHECK_OK(latzero_set(client, "k", 1, LATZERO_TYPE_OPAQUE, "x", 1, NULL));
    CHECK_STATUS(latzero_get_json(client, "k", 1, &json, &length), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("opaque");
    CHECK_STATUS(latzero_get_json(client, "absent", 6, &json, &length), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_get_json(client, "k", 1, NULL, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_get_msgpack(client, "k", 1, NULL, &length), LATZERO_INVALID_ARGUMENT);
    CHECK(json == NULL && length == 77);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_kind_goes_through_json_and_msgpack),
        TEST(msgpack_of_any_width_is_understood),
        TEST(malformed_json_is_refused),
        TEST(malformed_msgpack_is_refused),
        TEST(what_json_has_no_words_for),
    };
    return RUN_TESTS(tests);
}
