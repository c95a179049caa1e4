/* The values: what they are, how they are written, and how each language's are compared with them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "script.h"

enum { LARGE_REPEATS = 1000, RESERVED = 20000, MOST = 32 };

#define TAG UINT32_C(0xdeadbeef)

typedef struct value {
    const char *name;
    uint32_t type, tag;
    const unsigned char *bytes;
    size_t size;
} value;

static value values[MOST];
static size_t count;

static const char dict_text[] =
    "{\"name\":\"Zo\xc3\xab\",\"numbers\":[1,-2,300,1099511627776],\"half\":0.5,\"nested\":{\"deep\":{\"er\":null}},"
    "\"ok\":true}";
static const char update_text[] = "{\"a\":1,\"b\":3,\"c\":[]}";

/* ---- what they are ----------------------------------------------------------------------------------------------- */

static void add(const char *name, uint32_t type, const void *bytes, size_t size) {
    static unsigned char store[65536];
    static size_t used;
    value *const made = &values[count++];
    CHECK(count <= MOST && used + size <= sizeof store);
    memcpy(store + used, bytes, size);
    made->name = name;
    made->type = type;
    made->tag = type == LATZERO_TYPE_OPAQUE ? TAG : 0;
    made->bytes = store + used;
    made->size = size;
    used += size;
}

/* Stored numbers are little-endian; so is every machine that this program is for. */
static void add_int64(const char *name, int64_t number) { add(name, LATZERO_TYPE_INT64, &number, sizeof number); }

static void add_double(const char *name, double number) { add(name, LATZERO_TYPE_DOUBLE, &number, sizeof number); }

#define ADD(name, type, literal) add(name, type, literal, sizeof(literal) - 1)

static void add_scalars(void) {
    const uint64_t nan_bits = UINT64_C(0x7ff8dead00000001);
    ADD("null", LATZERO_TYPE_NULL, "");
    ADD("true", LATZERO_TYPE_BOOL, "\1");
    ADD("false", LATZERO_TYPE_BOOL, "\0");
    add_int64("int64_min", INT64_MIN);
    add_int64("int64_max", INT64_MAX);
    add_int64("int64_zero", 0);
    add_double("double_tenth", 0.1);
    add_double("double_minus_zero", -0.0);
    add_double("double_infinity", INFINITY);
    add_double("double_large", 1e308);
    add("double_nan", LATZERO_TYPE_DOUBLE, &nan_bits, sizeof nan_bits);
    add_int64("increment", 95);
    add_double("increment_f64", 1.75);
}

static void add_texts(void) {
    static char all[256], large[8 * LARGE_REPEATS], reserved[RESERVED];
    size_t i;
    for (i = 0; i < sizeof all; i++) all[i] = (char)i;
    for (i = 0; i < sizeof large; i++) large[i] = "latzero "[i % 8];
    for (i = 0; i < sizeof reserved; i++) reserved[i] = (char)(i * 7 + i / 256);
    ADD("string", LATZERO_TYPE_STRING, "Gr\xc3\xbc\xc3\x9f\x65, \xe4\xb8\x96\xe7\x95\x8c \xf0\x9f\x8c\x8d\0end");
    ADD("string_empty", LATZERO_TYPE_STRING, "");
    add("bytes", LATZERO_TYPE_BYTES, all, sizeof all);
    ADD("bytes_empty", LATZERO_TYPE_BYTES, "");
    ADD("opaque", LATZERO_TYPE_OPAQUE, "\0\1\2\xfe\xff");
    add("large", LATZERO_TYPE_STRING, large, sizeof large);
    add("reserve", LATZERO_TYPE_BYTES, reserved, sizeof reserved);
}

static void add_containers(void) {
    static const char dict[] =
        "\x85\xa4name\xa4Zo\xc3\xab\xa7numbers\x94\1\xfe\xcd\x01\x2c\xcf\0\0\1\0\0\0\0\0"
        "\xa4half\xcb\x3f\xe0\0\0\0\0\0\0\xa6nested\x81\xa4"
        "deep\x81\xa2"
        "er\xc0\xa2ok\xc3";
    ADD("list", LATZERO_TYPE_LIST, "\x96\1\xa4zwei\x92\xcb\x40\4\0\0\0\0\0\0\xc0\xc3\xc4\2\0\xff\xc7\3\x54\x92\1\2");
    ADD("tuple", LATZERO_TYPE_TUPLE, "\x93\xff\xa1x\xc2");
    ADD("dict", LATZERO_TYPE_DICT, dict);
    ADD("dict_json", LATZERO_TYPE_DICT, dict);
    ADD("append", LATZERO_TYPE_LIST, "\x95\1\xa3two\xcb\x3f\xe0\0\0\0\0\0\0\xc7\3\x54\x92\1\2\xc4\2\0\xff");
    ADD("update", LATZERO_TYPE_DICT,
        "\x83\xa1"
        "a\1\xa1"
        "b\3\xa1"
        "c\x90");
}

static void make_values(void) {
    if (count > 0) return;
    add_scalars();
    add_texts();
    add_containers();
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void write_in_place(latzero_client *view, const value *row) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    CHECK_OK(latzero_reserve(view, row->name, LATZERO_CSTR, row->type, row->size, NULL, &memory, &reserved));
    memcpy(memory, row->bytes, row->size);
    CHECK_OK(latzero_commit(reserved));
}

static void write_by_verbs(latzero_client *view) {
    const int64_t one = 1;
    const double half = 0.5;
    CHECK_OK(latzero_increment(view, "increment", LATZERO_CSTR, 5, 100, NULL));
    CHECK_OK(latzero_decrement(view, "increment", LATZERO_CSTR, 10, 0, NULL));
    CHECK_OK(latzero_increment_f64(view, "increment_f64", LATZERO_CSTR, 0.25, 1.5, NULL));
    CHECK_OK(latzero_append(view, "append", LATZERO_CSTR, LATZERO_TYPE_INT64, &one, sizeof one, NULL));
    CHECK_OK(latzero_append(view, "append", LATZERO_CSTR, LATZERO_TYPE_STRING, "two", 3, NULL));
    CHECK_OK(latzero_append(view, "append", LATZERO_CSTR, LATZERO_TYPE_DOUBLE, &half, sizeof half, NULL));
    CHECK_OK(latzero_append(view, "append", LATZERO_CSTR, LATZERO_TYPE_TUPLE, "\x92\1\2", 3, NULL));
    CHECK_OK(latzero_append(view, "append", LATZERO_CSTR, LATZERO_TYPE_BYTES, "\0\xff", 2, NULL));
    CHECK_OK(latzero_update(view, "update", LATZERO_CSTR,
                            "\x82\xa1"
                            "a\1\xa1"
                            "b\2",
                            7));
    CHECK_OK(latzero_update(view, "update", LATZERO_CSTR,
                            "\x82\xa1"
                            "b\3\xa1"
                            "c\x90",
                            7));
}

static latzero_status write_value(latzero_client *view, const value *row) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    int64_t integer;
    double number;
    options.tag = row->tag;
    switch (row->type) {
    case LATZERO_TYPE_NULL: return latzero_set_null(view, row->name, LATZERO_CSTR, NULL);
    case LATZERO_TYPE_BOOL: return latzero_set_bool(view, row->name, LATZERO_CSTR, *row->bytes, NULL);
    case LATZERO_TYPE_INT64:
        memcpy(&integer, row->bytes, sizeof integer);
        return latzero_set_i64(view, row->name, LATZERO_CSTR, integer, NULL);
    case LATZERO_TYPE_DOUBLE:
        memcpy(&number, row->bytes, sizeof number);
        return latzero_set_f64(view, row->name, LATZERO_CSTR, number, NULL);
    case LATZERO_TYPE_STRING:
        return latzero_set_string(view, row->name, LATZERO_CSTR, (const char *)row->bytes, row->size, NULL);
    case LATZERO_TYPE_BYTES: return latzero_set_bytes(view, row->name, LATZERO_CSTR, row->bytes, row->size, NULL);
    case LATZERO_TYPE_LIST:
    case LATZERO_TYPE_DICT: return latzero_set_msgpack(view, row->name, LATZERO_CSTR, row->bytes, row->size, NULL);
    default: return latzero_set(view, row->name, LATZERO_CSTR, row->type, row->bytes, row->size, &options);
    }
}

/* Wrong by as little as can be: another tag, another type or one bit. */
static void spoil(latzero_client *view, const value *row) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    unsigned char bytes[sizeof(uint64_t) * 1024 * 4];
    const uint32_t type = strcmp(row->name, "string") == 0 ? LATZERO_TYPE_BYTES : row->type;
    memcpy(bytes, row->bytes, row->size);
    if (type == LATZERO_TYPE_OPAQUE)
        options.tag = row->tag + 1;
    else if (type == row->type)
        bytes[row->size - 1] ^= 1;
    CHECK_OK(latzero_set(view, row->name, LATZERO_CSTR, type, bytes, row->size, &options));
}

void write_values(latzero_client *view, const char *wrong) {
    size_t i;
    make_values();
    write_by_verbs(view);
    for (i = 0; i < count; i++) {
        const value *const row = &values[i];
        if (strcmp(row->name, "reserve") == 0)
            write_in_place(view, row);
        else if (strcmp(row->name, "dict_json") == 0)
            CHECK_OK(latzero_set_json(view, row->name, LATZERO_CSTR, dict_text, LATZERO_CSTR, NULL));
        else if (strncmp(row->name, "increment", 9) != 0 && strcmp(row->name, "append") != 0 &&
                 strcmp(row->name, "update") != 0)
            CHECK_OK(write_value(view, row));
        if (wrong != NULL && strcmp(row->name, wrong) == 0) spoil(view, row);
    }
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* The typed get of that value says the same; text is 0-terminated. */
static int typed_get_agrees(latzero_client *client, const char *key, const value *row) {
    int32_t yes = -1;
    int64_t integer = 0;
    double number = 0;
    char *text = NULL;
    void *bytes = NULL;
    size_t size = row->size;
    int same = 1;
    switch (row->type) {
    case LATZERO_TYPE_BOOL:
        return latzero_get_bool(client, key, LATZERO_CSTR, &yes) == LATZERO_OK && yes == *row->bytes;
    case LATZERO_TYPE_INT64:
        return latzero_get_i64(client, key, LATZERO_CSTR, &integer) == LATZERO_OK &&
               memcmp(&integer, row->bytes, sizeof integer) == 0;
    case LATZERO_TYPE_DOUBLE:
        return latzero_get_f64(client, key, LATZERO_CSTR, &number) == LATZERO_OK &&
               memcmp(&number, row->bytes, sizeof number) == 0;
    case LATZERO_TYPE_STRING:
        same = latzero_get_string(client, key, LATZERO_CSTR, &text, &size) == LATZERO_OK && text[size] == 0;
        break;
    case LATZERO_TYPE_BYTES: same = latzero_get_bytes(client, key, LATZERO_CSTR, &bytes, &size) == LATZERO_OK; break;
    case LATZERO_TYPE_DICT:
        same = latzero_get_json(client, key, LATZERO_CSTR, &text, NULL) == LATZERO_OK &&
               strcmp(text, strcmp(row->name, "update") == 0 ? update_text : dict_text) == 0;
        latzero_free(text);
        text = NULL;
        if (!same) return 0;
        /* fallthrough */
    case LATZERO_TYPE_LIST:
    case LATZERO_TYPE_TUPLE: same = latzero_get_msgpack(client, key, LATZERO_CSTR, &bytes, &size) == LATZERO_OK; break;
    default: return 1;
    }
    same = same && size == row->size && memcmp(text ? text : bytes, row->bytes, size) == 0;
    latzero_free(text);
    latzero_free(bytes);
    return same;
}

static const char *difference(latzero_client *client, const char *key, const value *row) {
    static unsigned char bytes[RESERVED];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const int compressed = strcmp(row->name, "large") == 0 && *auth_key() == 0;
    const uint32_t flags = compressed ? LATZERO_VALUE_COMPRESSED : 0;
    if (latzero_get(client, key, LATZERO_CSTR, bytes, sizeof bytes, &info) != LATZERO_OK) return latzero_last_error();
    if (info.type != row->type) return "another type";
    if (info.tag != row->tag) return "another tag";
    if (info.size != row->size) return "another size";
    if (memcmp(bytes, row->bytes, row->size) != 0) return "other bytes";
    if (info.ttl_ms != -1 || info.version == 0 || info.flags != flags) return "another TTL, version or flags";
    return typed_get_agrees(client, key, row) ? NULL : "the typed get differs";
}

int compare_values(latzero_client *client, const char *language) {
    int different = 0;
    size_t i;
    make_values();
    for (i = 0; i < count; i++) {
        char key[128];
        const char *found;
        snprintf(key, sizeof key, "%s:%s", language, values[i].name);
        found = difference(client, key, &values[i]);
        if (found == NULL) continue;
        printf("different %s (%s)\n", key, found);
        different++;
    }
    if (different == 0) printf("equal %s %zu\n", language, count);
    return different;
}
