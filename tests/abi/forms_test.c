/* Values in the caller's form: JSON of what a program holds, and what joins lists and dicts as JSON, as MessagePack or
 * as opaque bytes. */
#include "abi/test.h"

/* A value says that text, which says that value. */
static void check_forms(uint32_t type, const void *bytes, size_t size, const char *expected) {
    char *json = NULL;
    void *value = NULL;
    uint32_t again = 77;
    size_t length = 77;
    CHECK_OK(latzero_to_json(type, bytes, size, &json, &length));
    CHECK(strcmp(json, expected) == 0 && length == strlen(expected));
    CHECK_OK(latzero_from_json(json, length, &again, &value, &length));
    CHECK(again == type && length == size);
    CHECK(memcmp(value, bytes, size) == 0 && ((const char *)value)[size] == 0);
    latzero_free(value);
    CHECK_OK(latzero_from_json(json, LATZERO_CSTR, &again, &value, &length));
    latzero_free(value);
    latzero_free(json);
    CHECK_OK(latzero_to_json(type, bytes, size, &json, NULL));
    latzero_free(json);
}

static void values_say_json(void **state) {
    const int64_t number = -7;
    const double half = 0.5;
    (void)state;
    check_forms(LATZERO_TYPE_NULL, "", 0, "null");
    check_forms(LATZERO_TYPE_BOOL, "\1", 1, "true");
    check_forms(LATZERO_TYPE_INT64, &number, 8, "-7");
    check_forms(LATZERO_TYPE_DOUBLE, &half, 8, "0.5");
    check_forms(LATZERO_TYPE_STRING, "a\"b", 3, "\"a\\\"b\"");
    check_forms(LATZERO_TYPE_LIST, "\x92\x01\xc0", 3, "[1,null]");
    check_forms(LATZERO_TYPE_TUPLE, "\x91\x01", 2, "{\"$tuple\":[1]}");
    check_forms(LATZERO_TYPE_BYTES, "\xff", 1, "{\"$bytes\":\"/w==\"}");
    check_forms(LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf8\x7f", 8, "{\"$double\":\"NaN\"}");
    check_forms(LATZERO_TYPE_DOUBLE, "\0\0\0\0\0\0\xf0\xff", 8, "{\"$double\":\"-Infinity\"}");
    check_forms(LATZERO_TYPE_DICT, "\x81\x01\x01", 3, "{\"$dict\":[[1,1]]}");
    check_forms(LATZERO_TYPE_LIST, "\x91\xc7\5O\0\0\0\7x", 9, "[{\"$ext\":[79,\"AAAAB3g=\"]}]");
    check_forms(LATZERO_TYPE_DICT, "\x81\xa1k\x90", 4, "{\"k\":[]}");
}

static void what_cannot_be_said_is_refused(void **state) {
    char *json = NULL;
    void *value = NULL;
    uint32_t type = 77;
    size_t size = 77;
    (void)state;
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_OPAQUE, "x", 1, &json, &size), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("opaque");
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_DICT, "\x81\x01", 2, &json, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_INT64, "1234567", 7, &json, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_STRING, "\xff", 1, &json, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_to_json(77, "x", 1, &json, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_STRING, NULL, 1, &json, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_to_json(LATZERO_TYPE_STRING, "x", 1, NULL, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_from_json("[1,", 3, &type, &value, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 3");
    CHECK_STATUS(latzero_from_json("{\"$bytes\":1}", LATZERO_CSTR, &type, &value, &size), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("{\"$dict\": [[key, value]]}");
    CHECK_STATUS(latzero_from_json("{\"$ext\":[1,\"\"]}", LATZERO_CSTR, &type, &value, &size),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_from_json(NULL, 3, &type, &value, &size), LATZERO_INVALID_ARGUMENT);
    CHECK(json == NULL && value == NULL && type == 77 && size == 77);
}

static void elements_come_in_every_form(void **state) {
    static const char expected[] =
        "\x96\x01\x81\xa1k\xa1v\xcd\0\x05\xc7\x06\x4f\xde\xad\xbe\xefxy\xd6\x4f\0\0\0\x01\xa1t";
    latzero_client *client = create_and_join(pool_name("append"), 0), *view = NULL, *by;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    uint64_t length = 77;
    void *list = NULL;
    int round;
    (void)state;
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    for (round = 0; round < 2; round++) {
        by = round == 0 ? client : view;
        CHECK_OK(latzero_append_json(by, "l", 1, "1", LATZERO_CSTR, NULL));
        CHECK_OK(latzero_append_json(by, "l", 1, " {\"k\": \"v\"}", LATZERO_CSTR, &length));
        CHECK_EQUAL(length, 2);
        /* As it is, also where there is a shorter form. */
        CHECK_OK(latzero_append_msgpack(by, "l", 1, "\xcd\0\x05", 3, &length));
        CHECK_OK(latzero_append_opaque(by, "l", 1, 0xdeadbeef, "xy", 2, &length));
        CHECK_OK(latzero_append_opaque(by, "l", 1, 1, NULL, 0, &length));
        CHECK_OK(latzero_append(by, "l", 1, LATZERO_TYPE_STRING, "t", 1, &length));
        CHECK_EQUAL(length, 6);
        CHECK_OK(latzero_get_copy(by, "l", 1, &list, &info));
        CHECK(info.type == LATZERO_TYPE_LIST && info.size == sizeof expected - 1);
        CHECK(memcmp(list, expected, info.size) == 0);
        latzero_free(list);
    }
    leave(view);
    leave(client);
}

static void elements_that_are_refused_change_nothing(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    char deep[LATZERO_PATTERN_MAX];
    uint64_t version, length = 77;
    (void)state;
    CHECK_OK(latzero_append_json(client, "l", 1, "1", 1, NULL));
    version = version_of(client, "l");
    CHECK_STATUS(latzero_append_json(client, "l", 1, "[1", 2, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 2");
    CHECK_STATUS(latzero_append_json(client, "l", 1, NULL, 2, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_msgpack(client, "l", 1, "\x92\x01", 2, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_msgpack(client, "l", 1, "\x01\x01", 2, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_msgpack(client, "l", 1, "", 0, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_opaque(client, "l", 1, 1, NULL, 1, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_opaque(client, "l", 1, 1, "x", SIZE_MAX, &length), LATZERO_TOO_LARGE);
    memset(deep, '\x91', 64);
    deep[64] = 1;
    CHECK_STATUS(latzero_append_msgpack(client, "l", 1, deep, 65, &length), LATZERO_INVALID_ARGUMENT);
    memset(deep, '[', 64);
    memset(deep + 64, ']', 64);
    CHECK_STATUS(latzero_append_json(client, "l", 1, deep, 128, &length), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(version_of(client, "l"), version);
    CHECK_OK(latzero_append_json(client, "l", 1, deep + 1, 126, &length));
    CHECK_OK(latzero_set_null(client, "n", 1, NULL));
    CHECK_STATUS(latzero_append_opaque(client, "n", 1, 1, "x", 1, &length), LATZERO_TYPE_MISMATCH);
    CHECK_STATUS(latzero_append_json(client, "n", 1, "1", 1, &length), LATZERO_TYPE_MISMATCH);
    leave(client);
}

static void dicts_are_updated_by_json(void **state) {
    latzero_client *client = create_and_join(pool_name("update"), 0);
    (void)state;
    CHECK_OK(latzero_update_json(client, "d", 1, "{\"a\": 1, \"b\": 2}", LATZERO_CSTR));
    CHECK_OK(latzero_expire(client, "d", 1, 100000));
    CHECK_OK(latzero_update_json(client, "d", 1, "{\"b\": [], \"c\": null}", LATZERO_CSTR));
    check_json(client, "d", "{\"a\":1,\"b\":[],\"c\":null}");
    CHECK(ttl_of(client, "d") > 90000);
    CHECK_STATUS(latzero_update_json(client, "d", 1, "[1]", 3), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("object");
    CHECK_STATUS(latzero_update_json(client, "d", 1, "{\"a\"}", 5), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_update_json(client, "d", 1, NULL, 0), LATZERO_INVALID_ARGUMENT);
    check_json(client, "d", "{\"a\":1,\"b\":[],\"c\":null}");
    leave(client);
}

static void what_json_has_no_words_for_joins_too(void **state) {
    static const char list[] = "\x94\xc4\1x\xd4\x54\x90\xd4\1\0\x81\1\2", dict[] = "\x82\xa1k\xc4\0\1\xd4\x54\x90";
    latzero_client *client = create_and_join(pool_name("words"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char value[64];
    uint64_t length;
    (void)state;
    CHECK_OK(latzero_append_json(client, "l", 1, "{\"$bytes\": \"eA==\"}", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_append_json(client, "l", 1, "{\"$tuple\": []}", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_append_json(client, "l", 1, "{\"$ext\": [1, \"AA==\"]}", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_append_json(client, "l", 1, "{\"$dict\": [[1, 2]]}", LATZERO_CSTR, &length));
    CHECK_EQUAL(length, 4);
    CHECK_OK(latzero_get(client, "l", 1, value, sizeof value, &info));
    CHECK(info.size == sizeof list - 1 && memcmp(value, list, info.size) == 0);
    CHECK_OK(latzero_update_json(client, "d", 1, "{\"k\": {\"$bytes\": \"\"}}", LATZERO_CSTR));
    CHECK_OK(latzero_update_json(client, "d", 1, "{\"$dict\": [[1, {\"$tuple\": []}]]}", LATZERO_CSTR));
    CHECK_OK(latzero_get(client, "d", 1, value, sizeof value, &info));
    CHECK(info.size == sizeof dict - 1 && memcmp(value, dict, info.size) == 0);
    CHECK_STATUS(latzero_update_json(client, "d", 1, "{\"$tuple\": []}", LATZERO_CSTR), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_append_json(client, "l", 1, "{\"$ext\": [84, \"kA==\"]}", LATZERO_CSTR, NULL),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("$ext");
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(values_say_json),
                                       TEST(what_cannot_be_said_is_refused),
                                       TEST(elements_come_in_every_form),
                                       TEST(elements_that_are_refused_change_nothing),
                                       TEST(dicts_are_updated_by_json),
                                       TEST(what_json_has_no_words_for_joins_too)};
    return RUN_TESTS(tests);
}
