/* Keys with their values in one block: read, walked through and stored. */
#include "abi/test.h"

enum { most = 500 };

/* The item at a place of a block, which is checked to be as latzero.h says; moves the place behind it. */
static latzero_item take_item(const char *block, size_t block_len, size_t *at, const char **key, const char **value) {
    latzero_item item;
    size_t end, i;
    CHECK(*at % 8 == 0 && block_len - *at >= sizeof item);
    memcpy(&item, block + *at, sizeof item);
    CHECK(item.struct_size == sizeof item && item.item_size % 8 == 0 && item.item_size <= block_len - *at);
    *key = block + *at + item.struct_size;
    *value = *key + (item.key_len + 8) / 8 * 8;
    end = (size_t)(*value - block) + (item.size + 8) / 8 * 8;
    CHECK_EQUAL(end, *at + item.item_size);
    for (i = item.key_len; *key + i < *value; i++) CHECK((*key)[i] == 0);
    for (i = item.size; *value + i < block + end; i++) CHECK((*value)[i] == 0);
    *at = end;
    return item;
}

/* An item that says what single calls read. */
static void check_item(latzero_client *client, const latzero_item *item, const char *key, const char *value) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    void *copy = NULL;
    const latzero_status status = latzero_get_copy(client, key, item->key_len, &copy, &info);
    CHECK_STATUS(status, item->status);
    if (status != LATZERO_OK) {
        CHECK(item->version == 0 && item->size == 0 && item->ttl_ms == -1);
        return;
    }
    CHECK(item->size == info.size && item->type == info.type && item->tag == info.tag && item->flags == info.flags);
    CHECK(item->version == info.version && (item->ttl_ms == -1) == (info.ttl_ms == -1));
    CHECK(memcmp(copy, value, info.size) == 0);
    latzero_free(copy);
}

/* Sizes from none to what needs more room than there is at first; types and lives of all kinds. */
static void fill(latzero_client *client, int count) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    static char bytes[100000];
    char key[32];
    int i;
    for (i = 0; i < count; i++) {
        const uint32_t type = i % 3 == 0 ? LATZERO_TYPE_STRING : i % 3 == 1 ? LATZERO_TYPE_OPAQUE : LATZERO_TYPE_INT64;
        const size_t size = type == LATZERO_TYPE_INT64 ? 8 : i % 50 == 0 ? sizeof bytes : (size_t)i % 40;
        memset(bytes, 'a' + i % 26, sizeof bytes);
        options.ttl_ms = i % 4 == 0 ? 100000 : 0;
        options.tag = type == LATZERO_TYPE_OPAQUE ? (uint32_t)i : 0;
        snprintf(key, sizeof key, "key-%d", i);
        CHECK_OK(latzero_set(client, key, LATZERO_CSTR, type, bytes, size, &options));
    }
}

static size_t pack_keys(char *keys, int from, int to) {
    size_t at = 0;
    int i;
    for (i = from; i < to; i++) {
        const uint32_t length = (uint32_t)sprintf(keys + at + 4, "key-%d", i);
        memcpy(keys + at, &length, 4);
        at += 4 + length;
    }
    return at;
}

static void keys_are_read_in_their_order(void **state) {
    latzero_client *client = create_and_join(pool_name("order"), 0), *view = NULL, *by;
    static char keys[most * 16];
    const char *key, *value;
    char expected[16];
    void *block = NULL;
    size_t size, found = 77, at;
    int round, i;
    (void)state;
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    for (round = 0; round < 2; round++) {
        by = round == 0 ? client : view;
        fill(by, most - 100);
        CHECK_OK(latzero_set_fast(by, "key-3", 5, LATZERO_TYPE_BYTES, "waits", 5, NULL));
        CHECK_OK(latzero_mget_copy(by, keys, pack_keys(keys, 0, most), &block, &size, &found));
        CHECK_EQUAL(found, most - 100);
        for (i = 0, at = 0; at < size; i++) {
            const latzero_item item = take_item(block, size, &at, &key, &value);
            CHECK(strcmp(key, (sprintf(expected, "key-%d", i), expected)) == 0);
            check_item(by, &item, key, value);
        }
        CHECK_EQUAL(i, most);
        latzero_free(block);
    }
    /* One of them alone, and none. */
    CHECK_OK(latzero_mget_copy(client, keys, pack_keys(keys, 7, 8), &block, &size, NULL));
    latzero_free(block);
    CHECK_OK(latzero_mget_copy(client, NULL, 0, &block, &size, &found));
    CHECK(block == NULL && size == 0 && found == 0);
    leave(view);
    leave(client);
}

/* The first value of a block has just the room that it needs. */
static void any_size_fits(void **state) {
    latzero_client *client = create_and_join(pool_name("fits"), 0);
    static const char keys[] = "\x01\0\0\0k";
    const char *key, *value;
    void *block = NULL;
    size_t size, found, at, length;
    (void)state;
    for (length = 0; length < 20020; length += length < 600 || length >= 20000 ? 1 : 97) {
        CHECK_OK(set_pattern(client, "k", length, length));
        at = 0;
        CHECK_OK(latzero_mget_copy(client, keys, 5, &block, &size, &found));
        CHECK_EQUAL(found, 1);
        {
            const latzero_item item = take_item(block, size, &at, &key, &value);
            check_item(client, &item, key, value);
        }
        CHECK_EQUAL(at, size);
        latzero_free(block);
    }
    leave(client);
}

static void walks_give_pages(void **state) {
    latzero_client *client = create_and_join(pool_name("pages"), 0), *view = NULL;
    uint64_t cursor;
    unsigned char met[most];
    const char *key, *value;
    void *block = NULL;
    size_t size, found, at, number, pages, count;
    (void)state;
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    fill(view, most);
    CHECK_OK(latzero_set_null(client, "key-none", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_null(view, "other", LATZERO_CSTR, NULL));
    for (count = 1; count <= 10000; count *= 10) {
        memset(met, 0, sizeof met);
        for (cursor = pages = 0; pages == 0 || cursor != 0; pages++) {
            CHECK_OK(latzero_items(view, &cursor, count, count == 1000 ? 10000 : 0, "key-", 4, LATZERO_MATCH_PREFIX,
                                   &block, &size, &found));
            CHECK((block == NULL) == (found == 0) && found <= count + 300 && (size == 0) == (found == 0));
            /* A page that is full ends with the few keys that are looked at together. */
            CHECK(count != 1000 || size < 10000 + 1000000);
            for (at = number = 0; at < size; number++) {
                const latzero_item item = take_item(block, size, &at, &key, &value);
                check_item(view, &item, key, value);
                met[strtoul(key + 4, NULL, 10)]++;
            }
            CHECK_EQUAL(number, found);
            latzero_free(block);
        }
        for (at = 0; at < most; at++) CHECK_EQUAL(met[at], 1);
        CHECK(count != 10000 || pages == 1);
        /* An item takes 64 bytes or more, so a page has 157 keys at most, and the 64. */
        CHECK(count != 1000 || pages >= 3);
    }
    leave(view);
    leave(client);
}

static void what_was_read_can_be_stored(void **state) {
    latzero_client *client = create_and_join(pool_name("from"), 0), *other = create_and_join(pool_name("to"), 0);
    latzero_client *view = NULL;
    static char keys[most * 16];
    const char *key, *value;
    void *block = NULL, *again = NULL;
    char *moved;
    size_t size, again_size, at, done = 77, found;
    (void)state;
    CHECK_OK(latzero_namespace(other, "view", LATZERO_CSTR, &view));
    fill(client, 300);
    CHECK_OK(latzero_mget_copy(client, keys, pack_keys(keys, 0, most), &block, &size, &found));
    /* Wherever the block lies. */
    moved = malloc(size + 3);
    memcpy(moved + 3, block, size);
    CHECK_OK(latzero_mset_packed(view, moved + 3, size, &done));
    CHECK_EQUAL(done, most);
    check_keys(view, 300);
    CHECK_OK(latzero_mget_copy(view, keys, pack_keys(keys, 0, most), &again, &again_size, &found));
    CHECK(found == 300 && again_size == size);
    for (at = 0; at < again_size;) {
        const latzero_item item = take_item(again, again_size, &at, &key, &value);
        check_item(view, &item, key, value);
    }
    latzero_free(again);
    latzero_free(block);
    free(moved);
    leave(view);
    leave(other);
    leave(client);
}

/* Two items, of which the second is changed. */
static size_t make_block(char *block, latzero_item *second) {
    latzero_item first = LATZERO_ITEM_INIT;
    first.key_len = 1;
    first.size = 5;
    first.item_size = sizeof first + 16;
    first.type = LATZERO_TYPE_STRING;
    *second = first;
    memset(block, 0, 4096);
    memcpy(block, &first, sizeof first);
    memcpy(block + sizeof first, "a\0\0\0\0\0\0\0first", 13);
    memcpy(block + first.item_size, &first, sizeof first);
    memcpy(block + first.item_size + sizeof first, "b\0\0\0\0\0\0\0secnd", 13);
    return 2 * first.item_size;
}

static void malformed_items_end_the_call(void **state) {
    latzero_client *client = create_and_join(pool_name("malformed"), 0);
    static char block[4096];
    latzero_item item;
    size_t size, done, i;
    (void)state;
    size = make_block(block, &item);
    CHECK_OK(latzero_mset_packed(client, block, size, &done));
    CHECK_EQUAL(done, 2);
    for (i = 0; i < 14; i++) {
        latzero_status expected = LATZERO_INVALID_ARGUMENT;
        size = make_block(block, &item);
        switch (i) {
        case 0: item.struct_size = 48; break;
        case 1: item.struct_size = UINT32_MAX; break;
        case 2: item.struct_size = 60; break;
        case 3: item.item_size = 0; break;
        case 4: item.item_size = UINT64_MAX - 7; break;
        case 5: item.item_size += 8; break;
        case 6: item.item_size -= 8; break;
        case 7: item.size = UINT64_MAX; break;
        case 8: item.size = 9; break;
        case 9: item.key_len = UINT32_MAX; break;
        case 10: item.key_len = 0; break;
        case 11: item.type = 77; break;
        case 12: item.tag = 1; break;
        default: item.ttl_ms = -2; break;
        }
        CHECK_OK(latzero_clear(client));
        memcpy(block + size / 2, &item, sizeof item);
        CHECK_STATUS(latzero_mset_packed(client, block, size, &done), expected);
        CHECK_EQUAL(done, 1);
        check_keys(client, 1);
    }
    /* A block that ends amid an item. */
    for (i = make_block(block, &item) - 8; i > item.item_size; i -= 8)
        CHECK_STATUS(latzero_mset_packed(client, block, i, &done), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_mset_packed(client, block, i, &done));
    /* What a newer program says that is not known here. */
    size = make_block(block, &item);
    item.struct_size += 8;
    item.item_size += 8;
    memcpy(block + size / 2, &item, sizeof item);
    memcpy(block + size / 2 + sizeof item, "\0\0\0\0\0\0\0\0b\0\0\0\0\0\0\0longr", 21);
    CHECK_OK(latzero_mset_packed(client, block, size + 8, &done));
    block[size / 2 + sizeof item] = 1;
    CHECK_STATUS(latzero_mset_packed(client, block, size + 8, &done), LATZERO_UNSUPPORTED);
    leave(client);
}

static void what_is_refused_gives_nothing(void **state) {
    latzero_client *client = create_and_join(pool_name("refused"), 0);
    static const char long_key[] = "\x05\0\0\0abcd", no_key[] = "\0\0\0", amid[] = "\x01\0\0\0a\x01\0";
    uint64_t cursor = 5;
    void *block = NULL;
    size_t size = 77, found = 77;
    (void)state;
    CHECK_STATUS(latzero_mget_copy(client, long_key, 8, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mget_copy(client, no_key, 4, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mget_copy(client, amid, 7, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mget_copy(client, NULL, 7, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mget_copy(client, amid, 5, NULL, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_mset_packed(client, NULL, 8, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_items(client, &cursor, 0, 0, NULL, 0, 0, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_items(client, &cursor, 1, 0, NULL, 0, 2, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_items(client, NULL, 1, 0, NULL, 0, 0, &block, &size, &found), LATZERO_INVALID_ARGUMENT);
    CHECK(block == NULL && size == 77 && found == 77 && cursor == 5);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(keys_are_read_in_their_order),
                                       TEST(any_size_fits),
                                       TEST(walks_give_pages),
                                       TEST(what_was_read_can_be_stored),
                                       TEST(malformed_items_end_the_call),
                                       TEST(what_is_refused_gives_nothing)};
    return RUN_TESTS(tests);
}
