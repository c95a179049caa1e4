#include "abi/every_call.h"
#include "abi/whole_calls.h"

/* Not there in the libraries of older commits that these tests run with, too. */
#pragma weak latzero_get_copy
#pragma weak latzero_info
#pragma weak latzero_mget_copy
#pragma weak latzero_mset_packed
#pragma weak latzero_add_versioned
#pragma weak latzero_append_json
#pragma weak latzero_append_msgpack
#pragma weak latzero_append_opaque
#pragma weak latzero_compare_and_delete
#pragma weak latzero_count
#pragma weak latzero_pop_front
#pragma weak latzero_pop_back
#pragma weak latzero_update_json

/* Texts and MessagePack that the calls below are given. */
static const char map[] = "\x81\xa1k\x01", text[] = "text";

/* A call whose only result is its status. */
#define PLAIN(name, ...)                                                                        \
    static latzero_status run_##name(latzero_client *client, const char *key, size_t key_len) { \
        return latzero_##name(client, key, key_len, __VA_ARGS__);                               \
    }

PLAIN(set, LATZERO_TYPE_BYTES, "v", 1, NULL)
PLAIN(set_fast, LATZERO_TYPE_BYTES, "v", 1, NULL)
PLAIN(set_null, NULL)
PLAIN(set_bool, 1, NULL)
PLAIN(set_i64, 1, NULL)
PLAIN(set_f64, 1, NULL)
PLAIN(set_string, text, LATZERO_CSTR, NULL)
PLAIN(set_bytes, "v", 1, NULL)
PLAIN(set_json, "[1]", LATZERO_CSTR, NULL)
PLAIN(set_msgpack, map, 4, NULL)
PLAIN(expire, 3600000)
PLAIN(update, map, 4)
PLAIN(add, LATZERO_TYPE_STRING, text, 4, NULL)
PLAIN(replace, LATZERO_TYPE_STRING, text, 4, NULL)

static latzero_status run_delete(latzero_client *client, const char *key, size_t key_len) {
    return latzero_delete(client, key, key_len);
}
static latzero_status run_persist(latzero_client *client, const char *key, size_t key_len) {
    return latzero_persist(client, key, key_len);
}

/* A call with one number as its result, which is the last argument. */
#define WITH_NUMBER(name, type, ...)                                                            \
    static latzero_status run_##name(latzero_client *client, const char *key, size_t key_len) { \
        type result = 77;                                                                       \
        const latzero_status status = latzero_##name(client, key, key_len, __VA_ARGS__);        \
        CHECK(status == LATZERO_OK || result == 77);                                            \
        return status;                                                                          \
    }

WITH_NUMBER(exists, int32_t, &result)
WITH_NUMBER(get_bool, int32_t, &result)
WITH_NUMBER(get_i64, int64_t, &result)
WITH_NUMBER(get_f64, double, &result)
WITH_NUMBER(ttl, int64_t, &result)
WITH_NUMBER(increment, int64_t, 1, 5, &result)
WITH_NUMBER(decrement, int64_t, 1, 5, &result)
WITH_NUMBER(increment_f64, double, 0.5, 5, &result)
WITH_NUMBER(append, uint64_t, LATZERO_TYPE_STRING, text, 4, &result)
WITH_NUMBER(compare_and_set, uint64_t, 0, LATZERO_TYPE_STRING, text, 4, NULL, &result)

/* One of these, or what older libraries have in its place. */
#define INSTEAD(name, older)                                                                                  \
    static latzero_status run_##name(latzero_client *client, const char *key, size_t key_len) {               \
        return latzero_##name == NULL ? run_##older(client, key, key_len) : try_##name(client, key, key_len); \
    }

#define NEW_WITH_NUMBER(name, older, type, ...)                                                 \
    static latzero_status try_##name(latzero_client *client, const char *key, size_t key_len) { \
        type result = 77;                                                                       \
        const latzero_status status = latzero_##name(client, key, key_len, __VA_ARGS__);        \
        CHECK(status == LATZERO_OK || result == 77);                                            \
        return status;                                                                          \
    }                                                                                           \
    INSTEAD(name, older)

NEW_WITH_NUMBER(add_versioned, add, uint64_t, LATZERO_TYPE_STRING, text, 4, NULL, &result)
NEW_WITH_NUMBER(count, increment, int64_t, 1, NULL, &result)
NEW_WITH_NUMBER(append_json, append, uint64_t, "[1]", LATZERO_CSTR, &result)
NEW_WITH_NUMBER(append_msgpack, append, uint64_t, map, 4, &result)
NEW_WITH_NUMBER(append_opaque, append, uint64_t, 7, text, 4, &result)

static latzero_status try_update_json(latzero_client *client, const char *key, size_t key_len) {
    return latzero_update_json(client, key, key_len, "{\"k\": 1}", LATZERO_CSTR);
}
INSTEAD(update_json, update)

/* Of the version that is there; of any if none is. */
static latzero_status try_compare_and_delete(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const latzero_status told = latzero_info(client, key, key_len, &info);
    return latzero_compare_and_delete(client, key, key_len, told == LATZERO_OK && info.version != 0 ? info.version : 1);
}
INSTEAD(compare_and_delete, delete)

/* A call that gives memory. */
#define WITH_MEMORY(name, type)                                                                 \
    static latzero_status run_##name(latzero_client *client, const char *key, size_t key_len) { \
        type *memory = NULL;                                                                    \
        size_t size = 77;                                                                       \
        const latzero_status status = latzero_##name(client, key, key_len, &memory, &size);     \
        CHECK(status == LATZERO_OK ? memory != NULL : memory == NULL && size == 77);            \
        latzero_free(memory);                                                                   \
        return status;                                                                          \
    }

WITH_MEMORY(get_string, char)
WITH_MEMORY(get_bytes, void)
WITH_MEMORY(get_json, char)
WITH_MEMORY(get_msgpack, void)

static void check_info(latzero_status status, const latzero_value_info *info) {
    const latzero_value_info before = LATZERO_VALUE_INFO_INIT;
    CHECK(status == LATZERO_OK || memcmp(info, &before, sizeof before) == 0);
}

static latzero_status run_get(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[64];
    const latzero_status status = latzero_get(client, key, key_len, buffer, sizeof buffer, &info);
    check_info(status, &info);
    return status;
}

static latzero_status run_get_copy(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    void *value = NULL;
    latzero_status status;
    if (latzero_get_copy == NULL) return run_get(client, key, key_len);
    status = latzero_get_copy(client, key, key_len, &value, &info);
    check_info(status, &info);
    CHECK((status == LATZERO_OK) == (value != NULL));
    latzero_free(value);
    return status;
}

static latzero_status run_info(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_status status;
    if (latzero_info == NULL) return run_get(client, key, key_len);
    status = latzero_info(client, key, key_len, &info);
    check_info(status, &info);
    return status;
}

static latzero_status run_swap(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[64];
    const latzero_status status =
        latzero_swap(client, key, key_len, LATZERO_TYPE_STRING, text, 4, NULL, buffer, sizeof buffer, &info);
    check_info(status, &info);
    return status;
}

static latzero_status run_take(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[64];
    const latzero_status status = latzero_take(client, key, key_len, buffer, sizeof buffer, &info);
    check_info(status, &info);
    return status;
}

#define POP(name)                                                                                                \
    static latzero_status try_##name(latzero_client *client, const char *key, size_t key_len) {                  \
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;                                                       \
        uint64_t left = 77;                                                                                      \
        char buffer[64];                                                                                         \
        const latzero_status status = latzero_##name(client, key, key_len, buffer, sizeof buffer, &info, &left); \
        if (status != LATZERO_NOT_FOUND) check_info(status, &info);                                              \
        CHECK(status == LATZERO_OK || left == 77);                                                               \
        return status;                                                                                           \
    }                                                                                                            \
    INSTEAD(name, take)

POP(pop_front)
POP(pop_back)

/* One key twice, so that the second one comes after a failure. */
static void fill_batch(latzero_entry *entries, const char *key, size_t key_len, void *value) {
    int i;
    memset(entries, 0, 2 * sizeof *entries);
    for (i = 0; i < 2; i++) {
        entries[i].key = key;
        entries[i].key_len = key_len;
        entries[i].value = value;
        entries[i].capacity = entries[i].size = 4;
        entries[i].type = LATZERO_TYPE_BYTES;
        entries[i].version = 77;
        entries[i].status = 77;
    }
}

/* A result is there where the entry's own status is OK. */
static void check_batch(const latzero_entry *entries) {
    int i;
    for (i = 0; i < 2; i++) CHECK(entries[i].version == 77 || entries[i].status == LATZERO_OK);
}

static latzero_status run_mset(latzero_client *client, const char *key, size_t key_len) {
    latzero_entry entries[2];
    char value[] = "text";
    latzero_status status;
    fill_batch(entries, key, key_len, value);
    status = latzero_mset(client, sizeof *entries, entries, 2);
    check_batch(entries);
    return status;
}

static latzero_status run_mget(latzero_client *client, const char *key, size_t key_len) {
    latzero_entry entries[2];
    char value[4];
    size_t found = 77;
    latzero_status status;
    fill_batch(entries, key, key_len, value);
    status = latzero_mget(client, sizeof *entries, entries, 2, &found);
    check_batch(entries);
    return status;
}

static latzero_status run_delete_many(latzero_client *client, const char *key, size_t key_len) {
    latzero_entry entries[2];
    size_t deleted = 77;
    latzero_status status;
    fill_batch(entries, key, key_len, NULL);
    status = latzero_delete_many(client, sizeof *entries, entries, 2, &deleted);
    CHECK(status != LATZERO_OK || deleted < 3);
    return status;
}

/* A key before which its length stands. */
static latzero_status run_mget_copy(latzero_client *client, const char *key, size_t key_len) {
    char keys[64];
    const uint32_t length = (uint32_t)key_len;
    void *items = NULL;
    size_t items_len = 77;
    latzero_status status;
    if (latzero_mget_copy == NULL || key == NULL || key_len > sizeof keys - sizeof length)
        return run_mget(client, key, key_len);
    memcpy(keys, &length, sizeof length);
    memcpy(keys + sizeof length, key, key_len);
    status = latzero_mget_copy(client, keys, sizeof length + key_len, &items, &items_len, NULL);
    CHECK((status == LATZERO_OK) == (items != NULL) && (status == LATZERO_OK) == (items_len != 77));
    latzero_free(items);
    return status;
}

static latzero_status run_mset_packed(latzero_client *client, const char *key, size_t key_len) {
    latzero_item item = LATZERO_ITEM_INIT;
    char block[128] = {0};
    if (latzero_mset_packed == NULL || key == NULL || key_len > 32) return run_mset(client, key, key_len);
    item.key_len = (uint32_t)key_len;
    item.item_size = sizeof item + 48;
    memcpy(block, &item, sizeof item);
    memcpy(block + sizeof item, key, key_len);
    return latzero_mset_packed(client, block, sizeof item + 48, NULL);
}

static latzero_status run_borrow(latzero_client *client, const char *key, size_t key_len) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    const latzero_status status = latzero_borrow(client, key, key_len, &value, &info, &borrowed);
    check_info(status, &info);
    CHECK((status == LATZERO_OK) == (borrowed != NULL) && (status == LATZERO_OK) == (value != NULL));
    if (status == LATZERO_OK) CHECK_OK(latzero_return(borrowed));
    return status;
}

static latzero_status run_reserve(latzero_client *client, const char *key, size_t key_len) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    const latzero_status status =
        latzero_reserve(client, key, key_len, LATZERO_TYPE_BYTES, 5000, NULL, &memory, &reserved);
    CHECK((status == LATZERO_OK) == (reserved != NULL) && (status == LATZERO_OK) == (memory != NULL));
    if (status == LATZERO_OK) CHECK_OK(latzero_abandon(reserved));
    return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

#define READ(name, needs) \
    { #name, HAS_KEY, needs, run_##name }
#define WRITE(name, needs) \
    { #name, HAS_KEY | WRITES, needs, run_##name }
#define WHOLE(name, traits) \
    { #name, traits, -1, run_##name }

const client_call every_call[] = {
    WRITE(set, -1),
    READ(get, LATZERO_TYPE_STRING),
    READ(get_copy, LATZERO_TYPE_STRING),
    READ(info, LATZERO_TYPE_STRING),
    WRITE(delete, LATZERO_TYPE_STRING),
    READ(exists, -1),
    WHOLE(clear, WRITES),
    WHOLE(size, 0),
    WRITE(set_fast, -1),
    WHOLE(flush, 0),
    WRITE(set_null, -1),
    WRITE(set_bool, -1),
    WRITE(set_i64, -1),
    WRITE(set_f64, -1),
    WRITE(set_string, -1),
    WRITE(set_bytes, -1),
    WRITE(set_json, -1),
    WRITE(set_msgpack, -1),
    READ(get_bool, LATZERO_TYPE_BOOL),
    READ(get_i64, LATZERO_TYPE_INT64),
    READ(get_f64, LATZERO_TYPE_DOUBLE),
    READ(get_string, LATZERO_TYPE_STRING),
    READ(get_bytes, LATZERO_TYPE_BYTES),
    READ(get_json, LATZERO_TYPE_LIST),
    READ(get_msgpack, LATZERO_TYPE_DICT),
    READ(ttl, LATZERO_TYPE_STRING),
    WRITE(expire, LATZERO_TYPE_STRING),
    WRITE(persist, LATZERO_TYPE_STRING),
    WRITE(increment, LATZERO_TYPE_INT64),
    WRITE(decrement, LATZERO_TYPE_INT64),
    WRITE(increment_f64, LATZERO_TYPE_DOUBLE),
    WRITE(append, LATZERO_TYPE_LIST),
    WRITE(update, LATZERO_TYPE_DICT),
    WRITE(count, LATZERO_TYPE_INT64),
    WRITE(pop_front, LATZERO_TYPE_LIST),
    WRITE(pop_back, LATZERO_TYPE_LIST),
    WRITE(append_json, LATZERO_TYPE_LIST),
    WRITE(append_msgpack, LATZERO_TYPE_LIST),
    WRITE(append_opaque, LATZERO_TYPE_LIST),
    WRITE(update_json, LATZERO_TYPE_DICT),
    WRITE(add, -1),
    WRITE(add_versioned, -1),
    WRITE(replace, LATZERO_TYPE_BYTES),
    WRITE(compare_and_set, -1),
    WRITE(compare_and_delete, LATZERO_TYPE_STRING),
    WRITE(swap, LATZERO_TYPE_BYTES),
    WRITE(take, LATZERO_TYPE_STRING),
    WRITE(mset, -1),
    READ(mget, LATZERO_TYPE_STRING),
    WRITE(delete_many, LATZERO_TYPE_STRING),
    READ(mget_copy, LATZERO_TYPE_STRING),
    WRITE(mset_packed, -1),
    READ(borrow, LATZERO_TYPE_STRING),
    WRITE(reserve, -1),
    WHOLE(iter_open, 0),
    WHOLE(scan, 0),
    WHOLE(items, 0),
    WHOLE(iter_match, 0),
    WHOLE(scan_match, 0),
    WHOLE(clear_match, WRITES),
    WHOLE(size_match, 0),
    WHOLE(namespace, 0),
    READ(wait, -1),
    WHOLE(watch_open, 0),
    WHOLE(on, 0),
    WHOLE(snapshot_save, 0),
    WHOLE(snapshot_load, WRITES),
    WHOLE(stats, 0),
    WHOLE(clients, 0),
};
const size_t every_call_count = sizeof every_call / sizeof *every_call;

void check_every_call(latzero_client *client, const char *key, size_t key_len, unsigned traits,
                      latzero_status expected) {
    size_t i;
    for (i = 0; i < every_call_count; i++)
        if ((every_call[i].traits & traits) == traits)
            check_status(every_call[i].run(client, key, key_len), expected, every_call[i].name, __FILE__, __LINE__);
}

void ready_for(const client_call *call, latzero_client *client, const char *key) {
    (void)latzero_delete(client, key, LATZERO_CSTR);
    switch (call->needs) {
    case LATZERO_TYPE_BOOL: CHECK_OK(latzero_set_bool(client, key, LATZERO_CSTR, 1, NULL)); break;
    case LATZERO_TYPE_INT64: CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, 7, NULL)); break;
    case LATZERO_TYPE_DOUBLE: CHECK_OK(latzero_set_f64(client, key, LATZERO_CSTR, 7, NULL)); break;
    case LATZERO_TYPE_STRING: CHECK_OK(latzero_set_string(client, key, LATZERO_CSTR, text, 4, NULL)); break;
    case LATZERO_TYPE_BYTES: CHECK_OK(latzero_set_bytes(client, key, LATZERO_CSTR, text, 4, NULL)); break;
    case LATZERO_TYPE_LIST: CHECK_OK(latzero_set_json(client, key, LATZERO_CSTR, "[1]", 3, NULL)); break;
    case LATZERO_TYPE_DICT: CHECK_OK(latzero_set_json(client, key, LATZERO_CSTR, "{\"a\":1}", 7, NULL)); break;
    default: break;
    }
}
