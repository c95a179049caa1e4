/* Encryption does not hide how large a record is. So what a value says must have no part in its size: nothing is
 * compressed in an encrypted pool unless that was asked for; what was compressed before is read all the same. */
#include "neighbours/keyed_pools.h"

enum { SIZE = 30000 };

static const pool_kind *const sealed = &pool_kinds[0];

static void configure(uint32_t compress_encrypted) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    options.compress_encrypted = compress_encrypted;
    CHECK_OK(latzero_configure_serializer(&options));
}

static latzero_client *make_sealed(const char *name) {
    latzero_pool_options options = options_of(sealed);
    latzero_client *client;
    options.max_bytes = 0;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(connect_as(name, sealed, 0, &client));
    return client;
}

static uint32_t flags_of(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const void *value;
    latzero_borrowed *borrowed;
    CHECK_OK(latzero_borrow(client, key, LATZERO_CSTR, &value, &info, &borrowed));
    CHECK_OK(latzero_return(borrowed));
    return info.flags;
}

/* ---- every way to store a value ---------------------------------------------------------------------------------- */

/* A text of SIZE letters: of one letter, which compresses to nothing, or of no order at all. As MessagePack, too. */
typedef struct content {
    char text[SIZE + 1];
    char json[SIZE + 5]; /* ["..."] */
    char dict[SIZE + 6]; /* {"k": "..."} */
    size_t json_size, dict_size;
} content;

static void make_content(content *made, int is_dull) {
    uint64_t dice = 7;
    size_t i;
    for (i = 0; i < SIZE; i++) made->text[i] = is_dull ? 'a' : (char)('A' + next_random(&dice) % 58);
    for (i = 0; i < SIZE; i++)
        if (made->text[i] == '\\') made->text[i] = 'z';
    made->text[SIZE] = 0;
    made->json_size = (size_t)snprintf(made->json, sizeof made->json, "[\"%s\"]", made->text);
    memcpy(made->dict, "\x81\xa1k\xda", 4);
    made->dict[4] = (char)(SIZE >> 8);
    made->dict[5] = (char)(SIZE & 0xff);
    memcpy(made->dict + 6, made->text, SIZE);
    made->dict_size = 6 + SIZE;
}

static void by_set(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_string(client, "k", 1, it->text, SIZE, NULL));
}
static void by_ttl(latzero_client *client, const content *it) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = 3600000;
    CHECK_OK(latzero_set_string(client, "k", 1, it->text, SIZE, &options));
}
static void by_expire(latzero_client *client, const content *it) {
    by_set(client, it);
    CHECK_OK(latzero_expire(client, "k", 1, 3600000));
}
static void by_fast(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_fast(client, "k", 1, LATZERO_TYPE_STRING, it->text, SIZE, NULL));
    CHECK_OK(latzero_flush(client));
}
static void by_add(latzero_client *client, const content *it) {
    CHECK_OK(latzero_add(client, "k", 1, LATZERO_TYPE_BYTES, it->text, SIZE, NULL));
}
static void by_replace(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    CHECK_OK(latzero_replace(client, "k", 1, LATZERO_TYPE_BYTES, it->text, SIZE, NULL));
}
static void by_version(latzero_client *client, const content *it) {
    CHECK_OK(latzero_compare_and_set(client, "k", 1, 0, LATZERO_TYPE_BYTES, it->text, SIZE, NULL, NULL));
}
static void by_swap(latzero_client *client, const content *it) {
    char old[1];
    CHECK_OK(latzero_swap(client, "k", 1, LATZERO_TYPE_OPAQUE, it->text, SIZE, NULL, old, sizeof old, NULL));
}
static void by_mset(latzero_client *client, const content *it) {
    latzero_entry entry;
    memset(&entry, 0, sizeof entry);
    entry.key = "k", entry.key_len = 1, entry.type = LATZERO_TYPE_BYTES;
    entry.value = (void *)it->text, entry.size = SIZE;
    CHECK_OK(latzero_mset(client, sizeof entry, &entry, 1));
}
static void by_json(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_json(client, "k", 1, it->json, it->json_size, NULL));
}
static void by_msgpack(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_msgpack(client, "k", 1, it->dict, it->dict_size, NULL));
}
static void by_update(latzero_client *client, const content *it) {
    CHECK_OK(latzero_set_msgpack(client, "k", 1, "\x80", 1, NULL));
    CHECK_OK(latzero_update(client, "k", 1, it->dict, it->dict_size));
}
static void by_append(latzero_client *client, const content *it) {
    CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_STRING, it->text, SIZE, NULL));
    CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_STRING, it->text, SIZE, NULL));
}
static void by_reserve(latzero_client *client, const content *it) {
    latzero_reserved *reserved;
    void *memory;
    CHECK_OK(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, SIZE, NULL, &memory, &reserved));
    memcpy(memory, it->text, SIZE);
    CHECK_OK(latzero_commit(reserved));
}

typedef struct way {
    const char *title;
    void (*store)(latzero_client *client, const content *it);
} way;

static const way ways[] = {
    {"set", by_set},       {"set with a TTL", by_ttl}, {"expire", by_expire},       {"set_fast", by_fast},
    {"add", by_add},       {"replace", by_replace},    {"swap", by_swap},           {"compare_and_set", by_version},
    {"mset", by_mset},     {"set_json", by_json},      {"set_msgpack", by_msgpack}, {"update", by_update},
    {"append", by_append}, {"reserve", by_reserve}};
enum { WAYS = sizeof ways / sizeof *ways };

static uint64_t used_by(latzero_client *client, const way *it, const content *what) {
    uint64_t before, used;
    before = stats_of(client).used_bytes;
    it->store(client, what);
    used = stats_of(client).used_bytes - before;
    if (flags_of(client, "k") != 0) printf("%s compresses\n", it->title);
    CHECK_EQUAL(flags_of(client, "k"), 0);
    CHECK_OK(latzero_delete(client, "k", 1));
    return used;
}

static void sizes_do_not_tell_of_content(void **state) {
    latzero_client *client = make_sealed(pool_name("sealed"));
    static content dull, wild;
    size_t i;
    (void)state;
    make_content(&dull, 1);
    make_content(&wild, 0);
    CHECK_OK(latzero_configure_serializer(NULL));
    /* A table for the first key. */
    by_set(client, &dull);
    CHECK_OK(latzero_delete(client, "k", 1));
    for (i = 0; i < WAYS; i++) CHECK_EQUAL(used_by(client, &ways[i], &dull), used_by(client, &ways[i], &wild));
    leave(client);
    CHECK_OK(latzero_pool_destroy(pool_name("sealed")));
}

/* A plain pool hides nothing, and goes on compressing. */
static void plain_pools_go_on_compressing(void **state) {
    static content dull;
    latzero_client *client = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    (void)state;
    make_content(&dull, 1);
    CHECK_OK(latzero_configure_serializer(NULL));
    options.flags = LATZERO_CONNECT_CREATE;
    CHECK_OK(latzero_connect(pool_name("plain"), &options, &client));
    by_set(client, &dull);
    CHECK_EQUAL(flags_of(client, "k"), LATZERO_VALUE_COMPRESSED);
    leave(client);
}

static void must_read(latzero_client *client, const content *expected) {
    char *text = NULL;
    size_t size = 0;
    CHECK_OK(latzero_get_string(client, "k", 1, &text, &size));
    CHECK(size == SIZE && memcmp(text, expected->text, SIZE) == 0);
    latzero_free(text);
}

/* As an older writer did it by itself. */
static void what_was_compressed_is_read(void **state) {
    const char *name = pool_name("older");
    latzero_client *client = make_sealed(name), *reader = NULL;
    static content dull;
    (void)state;
    make_content(&dull, 1);
    configure(1);
    by_set(client, &dull);
    CHECK_EQUAL(flags_of(client, "k"), LATZERO_VALUE_COMPRESSED);
    configure(0);
    CHECK_OK(connect_as(name, sealed, LATZERO_CONNECT_READ_ONLY, &reader));
    must_read(client, &dull);
    must_read(reader, &dull);
    /* Another life leaves the value as it is; another value is stored as it is. */
    CHECK_OK(latzero_expire(client, "k", 1, 3600000));
    CHECK_EQUAL(flags_of(reader, "k"), LATZERO_VALUE_COMPRESSED);
    must_read(reader, &dull);
    by_set(client, &dull);
    CHECK_EQUAL(flags_of(reader, "k"), 0);
    must_read(reader, &dull);
    leave(reader);
    leave(client);
    CHECK_OK(latzero_configure_serializer(NULL));
    CHECK_OK(latzero_pool_destroy(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sizes_do_not_tell_of_content),
        TEST(plain_pools_go_on_compressing),
        TEST(what_was_compressed_is_read),
    };
    return RUN_TESTS(tests);
}
