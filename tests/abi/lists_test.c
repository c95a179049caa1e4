/* Appending to lists: whatever they were made by, the bytes are those that an independent writing gives. */
#include "abi/test.h"

/* ---- an independent writing of MessagePack ----------------------------------------------------------------------- */

typedef struct writing {
    unsigned char *bytes;
    size_t size;
} writing;

static void put_number(writing *out, unsigned lead, uint64_t number, int width) {
    out->bytes[out->size++] = (unsigned char)lead;
    while (width-- > 0) out->bytes[out->size++] = (unsigned char)(number >> 8 * width);
}

static void put_bytes(writing *out, const void *bytes, size_t size) {
    if (size > 0) memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

/* The head of something of that size: `leads` for 8, 16 and 32 bits (0: there is none), `small` below `limit`. */
static void put_head(writing *out, uint64_t size, unsigned small, unsigned limit, const unsigned leads[3]) {
    if (size < limit)
        put_number(out, small | (unsigned)size, 0, 0);
    else if (size < 0x100 && leads[0] != 0)
        put_number(out, leads[0], size, 1);
    else if (size < 0x10000)
        put_number(out, leads[1], size, 2);
    else
        put_number(out, leads[2], size, 4);
}

static void put_array_head(writing *out, uint64_t count) {
    static const unsigned leads[] = {0, 0xdc, 0xdd};
    put_head(out, count, 0x90, 16, leads);
}

static void put_i64(writing *out, int64_t value) {
    static const unsigned leads[] = {0xcc, 0xcd, 0xce};
    const uint64_t number = (uint64_t)value;
    if (value > UINT32_MAX)
        put_number(out, 0xcf, number, 8);
    else if (value >= 0)
        put_head(out, number, 0, 128, leads);
    else if (value >= -32)
        put_number(out, (unsigned char)number, 0, 0);
    else if (value >= INT8_MIN)
        put_number(out, 0xd0, number, 1);
    else if (value >= INT16_MIN)
        put_number(out, 0xd1, number, 2);
    else if (value >= INT32_MIN)
        put_number(out, 0xd2, number, 4);
    else
        put_number(out, 0xd3, number, 8);
}

static void put_element(writing *out, uint32_t type, const void *bytes, size_t size) {
    static const unsigned strings[] = {0xd9, 0xda, 0xdb}, binaries[] = {0xc4, 0xc5, 0xc6}, exts[] = {0xc7, 0xc8, 0xc9};
    uint64_t number = 0;
    if (type == LATZERO_TYPE_INT64 || type == LATZERO_TYPE_DOUBLE) memcpy(&number, bytes, 8);
    switch (type) {
    case LATZERO_TYPE_NULL: put_number(out, 0xc0, 0, 0); return;
    case LATZERO_TYPE_BOOL: put_number(out, *(const char *)bytes ? 0xc3 : 0xc2, 0, 0); return;
    case LATZERO_TYPE_INT64: put_i64(out, (int64_t)number); return;
    case LATZERO_TYPE_DOUBLE: put_number(out, 0xcb, number, 8); return;
    case LATZERO_TYPE_STRING: put_head(out, size, 0xa0, 32, strings); break;
    case LATZERO_TYPE_BYTES: put_head(out, size, 0, 0, binaries); break;
    case LATZERO_TYPE_TUPLE:
        if (size == 1 || size == 2 || size == 4 || size == 8 || size == 16)
            put_number(out, size == 1 ? 0xd4 : size == 2 ? 0xd5 : size == 4 ? 0xd6 : size == 8 ? 0xd7 : 0xd8, 0, 0);
        else
            put_head(out, size, 0, 0, exts);
        put_number(out, LATZERO_MSGPACK_TUPLE, 0, 0);
    }
    put_bytes(out, bytes, size);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* The list's bytes are a head for `count` and these elements. */
static void check_list(latzero_client *client, const char *key, uint64_t count, const writing *elements) {
    unsigned char head[8], *buffer = malloc(elements->size + 8);
    writing start = {head, 0};
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    put_array_head(&start, count);
    CHECK_OK(latzero_get(client, key, LATZERO_CSTR, buffer, elements->size + 8, &info));
    CHECK_EQUAL(info.type, LATZERO_TYPE_LIST);
    CHECK_EQUAL(info.size, start.size + elements->size);
    CHECK(memcmp(buffer, head, start.size) == 0);
    CHECK(memcmp(buffer + start.size, elements->bytes, elements->size) == 0);
    CHECK_STATUS(latzero_get(client, key, LATZERO_CSTR, buffer, info.size - 1, &info), LATZERO_TOO_SMALL);
    CHECK_EQUAL(info.size, start.size + elements->size);
    free(buffer);
}

static void append(latzero_client *client, const char *key, writing *model, uint64_t *count, uint32_t type,
                   const void *bytes, size_t size) {
    uint64_t length = 77;
    CHECK_OK(latzero_append(client, key, LATZERO_CSTR, type, bytes, size, &length));
    put_element(model, type, bytes, size);
    CHECK_EQUAL(length, ++*count);
}

static void elements_of_every_type_are_appended(void **state) {
    static const int64_t numbers[] = {0,     1,     127,        128,      255,       256,
                                      65535, 65536, UINT32_MAX, -1,       -32,       -33,
                                      -128,  -129,  -32768,     -32769,   INT32_MIN, (int64_t)INT32_MIN - 1,
                                      65537, 70000, INT64_MAX,  INT64_MIN};
    static const size_t sizes[] = {0, 1, 2, 4, 8, 15, 16, 17, 31, 32, 255, 256, 300, 65535, 65536, 100000};
    latzero_client *client = create_and_join(pool_name("every"), 0);
    latzero_client *reader = join(pool_name("every"), LATZERO_CONNECT_READ_ONLY);
    writing model = {malloc(2000000), 0};
    unsigned char *array = malloc(100001);
    uint64_t count = 0;
    double number = 0.1;
    size_t i;
    (void)state;
    append(client, "l", &model, &count, LATZERO_TYPE_NULL, NULL, 0);
    check_list(reader, "l", count, &model);
    append(client, "l", &model, &count, LATZERO_TYPE_BOOL, "\0", 1);
    append(client, "l", &model, &count, LATZERO_TYPE_BOOL, "\1", 1);
    append(client, "l", &model, &count, LATZERO_TYPE_DOUBLE, &number, 8);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        append(client, "l", &model, &count, LATZERO_TYPE_INT64, &numbers[i], 8);
    check_list(reader, "l", count, &model);
    memset(array, 'a', 100000);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        append(client, "l", &model, &count, LATZERO_TYPE_STRING, array, sizes[i]);
        append(client, "l", &model, &count, LATZERO_TYPE_BYTES, array, sizes[i]);
        check_list(reader, "l", count, &model);
    }
    append(client, "l", &model, &count, LATZERO_TYPE_LIST, "\x92\1\x90", 3);
    append(client, "l", &model, &count, LATZERO_TYPE_DICT, "\x81\1\x80", 3);
    memset(array, 1, 100000);
    for (i = 1; i <= 20; i++) {
        writing head = {array, 0};
        put_array_head(&head, i < 17 ? i - 1 : 1000 * i);
        append(client, "l", &model, &count, LATZERO_TYPE_TUPLE, array, head.size + (i < 17 ? i - 1 : 1000 * i));
    }
    check_list(client, "l", count, &model);
    check_list(reader, "l", count, &model);
    free(array);
    free(model.bytes);
    leave(reader);
    leave(client);
}

/* Makes a list in each way, and appends to it. */
static void lists_of_every_origin_grow(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("origins"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char *json = malloc(10002);
    unsigned char *array = malloc(5003);
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    int way, i;
    (void)state;
    for (way = 0; way < 9; way++) {
        const int large = way >= 3;
        writing model = {malloc(20000), 0};
        writing head = {array, 0};
        uint64_t count = large ? 5000 : 1, version = 0;
        put_array_head(&head, count);
        memset(array + head.size, 7, count);
        for (i = 0; i < (int)count; i++) memcpy(json + 2 * i, i == 0 ? "[7" : ",7", 2);
        strcpy(json + 2 * count, "]");
        memset(model.bytes, 7, count);
        model.size = count;
        options.prefer_msgpack = way % 3 != 1;
        options.compress_encrypted = 1;
        options.compress_threshold = way >= 6 ? 100 : -1;
        CHECK_OK(latzero_configure_serializer(&options));
        if (way % 3 == 0) {
            CHECK_OK(latzero_set(client, "l", 1, LATZERO_TYPE_LIST, array, head.size + count, NULL));
        } else if (way % 3 == 1) {
            CHECK_OK(latzero_set_json(client, "l", 1, json, LATZERO_CSTR, NULL));
        } else {
            CHECK_OK(latzero_reserve(client, "l", 1, LATZERO_TYPE_LIST, head.size + count, NULL, &memory, &reserved));
            memcpy(memory, array, head.size + count);
            CHECK_OK(latzero_commit(reserved));
        }
        check_list(client, "l", count, &model);
        CHECK_STATUS(latzero_get(client, "l", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
        for (i = 0; i < 300; i++) {
            append(client, "l", &model, &count, LATZERO_TYPE_INT64, i % 2 ? "\1\0\0\0\0\0\0\0" : "\2\0\0\0\0\0\0\0", 8);
            if (i % 50 == 0) check_list(client, "l", count, &model);
            CHECK_OK(latzero_get(client, "l", 1, json, 10000, &info));
            CHECK(info.version > version);
            version = info.version;
        }
        check_list(client, "l", count, &model);
        free(model.bytes);
    }
    CHECK_OK(store_plain(NULL));
    /* A head that is wider than it need be is none of the elements. */
    CHECK_OK(latzero_set(client, "l", 1, LATZERO_TYPE_LIST, "\xdd\0\0\0\1\5", 6, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_NULL, NULL, 0, NULL));
    check_list(client, "l", 2, &(writing){(unsigned char *)"\5\xc0", 2});
    free(array);
    free(json);
    leave(client);
}

static void only_lists_grow(void **state) {
    static const char *const others[] = {"null", "1", "1.5", "true", "\"x\"", "{}", "{\"a\":[1]}"};
    latzero_client *client = create_and_join(pool_name("others"), 0);
    latzero_value_info before = LATZERO_VALUE_INFO_INIT, after = LATZERO_VALUE_INFO_INIT;
    char buffer[16];
    uint64_t length = 77;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof others / sizeof *others + 3; i++) {
        if (i < sizeof others / sizeof *others)
            CHECK_OK(latzero_set_json(client, "k", 1, others[i], LATZERO_CSTR, NULL));
        else
            CHECK_OK(latzero_set(client, "k", 1,
                                 i % 3 == 0   ? LATZERO_TYPE_TUPLE
                                 : i % 3 == 1 ? LATZERO_TYPE_BYTES
                                              : LATZERO_TYPE_OPAQUE,
                                 "\x90", 1, NULL));
        CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &before));
        CHECK_STATUS(latzero_append(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, &length), LATZERO_TYPE_MISMATCH);
        CHECK_SENTENCE("'k'");
        CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &after));
        CHECK(memcmp(&before, &after, sizeof before) == 0 && length == 77);
    }
    leave(client);
}

static void what_is_no_element_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("elements"), LATZERO_MAX_BYTES_LEAST);
    latzero_client *reader = join(pool_name("elements"), LATZERO_CONNECT_READ_ONLY);
    char deep[64], *large = calloc(1, LATZERO_MAX_BYTES_LEAST);
    uint64_t length = 77;
    int32_t exists = 1;
    int i;
    (void)state;
    memset(deep, '\x91', sizeof deep);
    deep[63] = '\x90';
    for (i = 0; i < 2; i++) {
#define REFUSED(type, value, size) \
    CHECK_STATUS(latzero_append(client, "l", 1, type, value, size, &length), LATZERO_INVALID_ARGUMENT)
        REFUSED(LATZERO_TYPE_OPAQUE, "x", 1);
        CHECK_SENTENCE("opaque");
        REFUSED(LATZERO_TYPE_LIST, deep, 64);
        CHECK_SENTENCE("deep");
        REFUSED(LATZERO_TYPE_TUPLE, deep, 64);
        REFUSED(LATZERO_TYPE_LIST, "\x91", 1);
        REFUSED(LATZERO_TYPE_DICT, "\x81\1", 2);
        REFUSED(LATZERO_TYPE_STRING, "\xff", 1);
        CHECK_SENTENCE("byte 0");
        REFUSED(LATZERO_TYPE_BOOL, "\2", 1);
        REFUSED(LATZERO_TYPE_INT64, "1", 1);
        REFUSED(LATZERO_TYPE_NULL, "1", 1);
        REFUSED(10, "1", 1);
        REFUSED(LATZERO_TYPE_BYTES, NULL, 1);
#undef REFUSED
        CHECK_STATUS(latzero_append(reader, "l", 1, LATZERO_TYPE_NULL, NULL, 0, &length), LATZERO_READ_ONLY);
        CHECK_STATUS(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, large, LATZERO_MAX_BYTES_LEAST, &length),
                     LATZERO_TOO_LARGE);
        CHECK_STATUS(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, large, SIZE_MAX / 2, &length),
                     LATZERO_TOO_LARGE);
        CHECK_OK(latzero_exists(client, "l", 1, &exists));
        CHECK(exists == i && length == 77);
        if (i == 0) CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_LIST, deep + 1, 63, NULL));
    }
    free(large);
    leave(reader);
    leave(client);
}

static void long_lists_grow_in_place(void **state) {
    const uint64_t elements = tests_are_sealed() ? 3000 : 100000; /* each append copies a sealed list */
    latzero_client *client = create_and_join(pool_name("long"), 0);
    writing model = {malloc(1000000), 0};
    uint64_t count = 0;
    int64_t i;
    (void)state;
    for (i = 0; i < (int64_t)elements; i++) {
        append(client, "l", &model, &count, LATZERO_TYPE_INT64, &i, 8);
        if ((i & (i - 1)) == 0) check_list(client, "l", count, &model);
    }
    check_list(client, "l", count, &model);
    /* Not much more room than twice its bytes. */
    CHECK(stats_of(client).used_bytes < 3 * model.size);
    free(model.bytes);
    leave(client);
}

/* At the cap the list takes what there is, and what does not fit changes nothing. */
static void a_full_pool_refuses_an_element_as_a_whole(void **state) {
    latzero_client *client = create_and_join(pool_name("full"), LATZERO_MAX_BYTES_LEAST);
    writing model = {malloc(LATZERO_MAX_BYTES_LEAST), 0};
    unsigned char element[1000];
    uint64_t count = 0, length = 77;
    latzero_status status;
    int32_t exists = 1;
    (void)state;
    for (;;) {
        fill_pattern(element, sizeof element, count);
        status = latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, element, sizeof element, &length);
        if (status != LATZERO_OK) break;
        put_element(&model, LATZERO_TYPE_BYTES, element, sizeof element);
        CHECK_EQUAL(length, ++count);
    }
    CHECK(status == LATZERO_MEMORY_FULL || status == LATZERO_TOO_LARGE);
    CHECK_EQUAL(length, count);
    CHECK(count > 300);
    check_list(client, "l", count, &model);
    CHECK_OK(latzero_exists(client, "other", 5, &exists));
    CHECK_EQUAL(exists, 0);
    CHECK_OK(latzero_delete(client, "l", 1));
    CHECK_OK(set_pattern(client, "k", 500000, 1));
    free(model.bytes);
    leave(client);
}

static void a_ttl_is_kept(void **state) {
    latzero_client *client = create_and_join(pool_name("ttl"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    int64_t ttl = 0;
    uint64_t length = 0;
    int i;
    (void)state;
    options.ttl_ms = 100000;
    CHECK_OK(latzero_set_json(client, "l", 1, "[]", 2, &options));
    for (i = 0; i < 1000; i++) CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, "0123456789", 10, NULL));
    CHECK_OK(latzero_ttl(client, "l", 1, &ttl));
    CHECK(ttl > 90000 && ttl <= 100000);
    CHECK_OK(latzero_persist(client, "l", 1));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(latzero_ttl(client, "l", 1, &ttl));
    CHECK_EQUAL(ttl, -1);
    /* An expired list is an absent one. */
    CHECK_OK(latzero_expire(client, "l", 1, 1));
    pause_ms(5);
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_NULL, NULL, 0, &length));
    CHECK_EQUAL(length, 1);
    CHECK_OK(latzero_ttl(client, "l", 1, &ttl));
    CHECK_EQUAL(ttl, -1);
    leave(client);
}

/* Each appends a number of five digits that is its own. */
enum { workers = 4, first_number = 10000 };

static void append_numbers(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    const int64_t own = first_number + atoi(arguments[1]);
    uint64_t i, length, before = 0;
    for (i = 0; i < scaled(3000); i++) {
        CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_INT64, &own, 8, &length));
        CHECK(length > before);
        before = length;
    }
    leave(client);
}

static void processes_lose_no_element(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    child_process children[workers];
    char *json = NULL;
    size_t size = 0, i, commas = 0;
    (void)state;
    strcpy(name, pool_name("processes"));
    client = create_and_join(name, 0);
    for (i = 0; i < workers; i++) children[i] = start_child(append_numbers, name, decimal((long long)i), NULL);
    for (i = 0; i < workers; i++) expect_end(&children[i], 0);
    CHECK_OK(latzero_get_json(client, "l", 1, &json, &size));
    for (i = 0; i < size; i++) commas += json[i] == ',';
    CHECK_EQUAL(commas + 1, workers * scaled(3000));
    for (i = 0; i < workers; i++) {
        char own[32];
        const char *at = json;
        uint64_t met = 0;
        const int length = sprintf(own, "%d", first_number + (int)i);
        while ((at = strstr(at, own)) != NULL) at += length, met++;
        CHECK_EQUAL(met, scaled(3000));
    }
    latzero_free(json);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(append_numbers)};
    const struct CMUnitTest tests[] = {
        TEST(elements_of_every_type_are_appended),
        TEST(lists_of_every_origin_grow),
        TEST(only_lists_grow),
        TEST(what_is_no_element_is_refused),
        TEST(long_lists_grow_in_place),
        TEST(a_full_pool_refuses_an_element_as_a_whole),
        TEST(a_ttl_is_kept),
        TEST(processes_lose_no_element),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
