/* Who may connect: pools with an auth key, encrypted or not, and what becomes of it when it changes. */
#include "abi/test.h"

static const char key[] = "correct horse battery staple", wrong[] = "correct horse battery stapl3";
static const char raw[] = "0123456789abcdef0123456789abcdeF";

/* A text key that costs next to nothing to try. */
static latzero_pool_options with_key(const char *text) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.auth_key = text;
    options.auth_key_len = LATZERO_CSTR;
    options.kdf_memory_bytes = 8192;
    options.kdf_passes = 1;
    return options;
}

static latzero_connect_options giving(const char *text) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    options.auth_key = text;
    options.auth_key_len = text == NULL ? 0 : LATZERO_CSTR;
    return options;
}

static latzero_status try_key(const char *name, const char *text, uint32_t flags) {
    latzero_connect_options options = giving(text);
    latzero_client *client = NULL;
    latzero_status status;
    options.flags = flags;
    if (flags & LATZERO_CONNECT_RAW_KEY) options.auth_key_len = 32;
    status = latzero_connect(name, &options, &client);
    if (status == LATZERO_OK) CHECK_OK(latzero_disconnect(client));
    CHECK((status == LATZERO_OK) == (client != NULL));
    return status;
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static void only_the_key_opens(const char *name, uint32_t access) {
    char missing[1024];
    CHECK_OK(try_key(name, key, access));
    CHECK_STATUS(try_key(name, NULL, access), LATZERO_AUTHENTICATION);
    snprintf(missing, sizeof missing, "%s", latzero_last_error());
    CHECK_SENTENCE(name);
    CHECK_STATUS(try_key(name, wrong, access), LATZERO_AUTHENTICATION);
    CHECK(strcmp(missing, latzero_last_error()) == 0);
    CHECK_STATUS(try_key(name, "c", access), LATZERO_AUTHENTICATION);
    CHECK(strcmp(missing, latzero_last_error()) == 0);
    CHECK_STATUS(try_key(name, raw, access | LATZERO_CONNECT_RAW_KEY), LATZERO_AUTHENTICATION);
    CHECK(strcmp(missing, latzero_last_error()) == 0);
    CHECK_STATUS(try_key(name, "", access), LATZERO_INVALID_ARGUMENT);
}

static void a_pool_with_a_key_is_opened_by_it_alone(void **state) {
    const char *name = pool_name("gate");
    uint32_t flags;
    (void)state;
    for (flags = 0; flags <= LATZERO_POOL_ENCRYPTED; flags += LATZERO_POOL_ENCRYPTED) {
        latzero_pool_options options = with_key(key);
        options.flags = LATZERO_POOL_PERSISTENT | flags;
        CHECK_OK(latzero_pool_create(name, &options));
        only_the_key_opens(name, 0);
        only_the_key_opens(name, LATZERO_CONNECT_READ_ONLY);
        CHECK_EQUAL(pool_info_of(name).flags, LATZERO_POOL_PERSISTENT | LATZERO_POOL_AUTH_KEY | flags);
        CHECK_EQUAL(pool_info_of(name).cipher != LATZERO_CIPHER_NONE, flags != 0);
        CHECK_OK(latzero_pool_destroy(name));
    }
}

static void a_key_where_none_is_asked_for_is_refused(void **state) {
    const char *name = pool_name("plain");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options creating = giving(key);
    latzero_client *client = NULL;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_STATUS(try_key(name, key, 0), LATZERO_AUTHENTICATION);
    CHECK_SENTENCE(name);
    CHECK_STATUS(try_key(name, raw, LATZERO_CONNECT_RAW_KEY), LATZERO_AUTHENTICATION);
    creating.flags = LATZERO_CONNECT_CREATE;
    CHECK_STATUS(latzero_connect(name, &creating, &client), LATZERO_AUTHENTICATION);
    CHECK_OK(try_key(name, NULL, 0));
    CHECK_EQUAL(pool_info_of(name).flags, LATZERO_POOL_PERSISTENT);
    CHECK_OK(latzero_pool_destroy(name));
}

static void a_raw_key_opens_as_raw_alone(void **state) {
    const char *name = pool_name("raw");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT | LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
    options.auth_key = raw;
    options.auth_key_len = 31;
    CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_INVALID_ARGUMENT);
    options.auth_key_len = LATZERO_CSTR;
    CHECK_STATUS(latzero_pool_create(name, &options), LATZERO_INVALID_ARGUMENT);
    options.auth_key_len = 32;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(try_key(name, raw, LATZERO_CONNECT_RAW_KEY));
    CHECK_STATUS(try_key(name, raw, 0), LATZERO_AUTHENTICATION);
    CHECK_STATUS(try_key(name, NULL, 0), LATZERO_AUTHENTICATION);
    CHECK_OK(latzero_pool_destroy(name));
}

static void a_key_may_be_any_bytes(void **state) {
    const char *name = pool_name("bytes");
    latzero_pool_options options = with_key("a\0b");
    latzero_connect_options connect = giving("a\0b");
    latzero_client *client = NULL;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT;
    options.auth_key_len = connect.auth_key_len = 3;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(latzero_connect(name, &connect, &client));
    leave(client);
    connect.auth_key = "a\0c";
    CHECK_STATUS(latzero_connect(name, &connect, &client), LATZERO_AUTHENTICATION);
    CHECK_STATUS(try_key(name, "a", 0), LATZERO_AUTHENTICATION);
    CHECK_OK(latzero_pool_destroy(name));
}

/* ---- creating ---------------------------------------------------------------------------------------------------- */

static void check_refused(const latzero_pool_options *options, const char *why) {
    const char *name = pool_name("odd");
    CHECK_STATUS(latzero_pool_create(name, options), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE(why);
    CHECK(!file_exists(pool_path(name)));
}

static void options_that_make_no_sense_are_refused(void **state) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    (void)state;
    options.flags = LATZERO_POOL_ENCRYPTED;
    check_refused(&options, "auth key");
    options = with_key("");
    check_refused(&options, "empty");
    options = with_key(NULL);
    check_refused(&options, "NULL");
    options = with_key(key);
    options.kdf_memory_bytes = 8191;
    check_refused(&options, "cost");
    options.kdf_memory_bytes = UINT64_MAX;
    check_refused(&options, "cost");
    options.kdf_memory_bytes = (uint64_t)4 << 30;
    options.kdf_passes = 17;
    check_refused(&options, "cost");
    options = with_key(key);
    options.kdf_passes = 101;
    check_refused(&options, "cost");
    options = with_key(key);
    options.cipher = LATZERO_CIPHER_XCHACHA20POLY1305;
    check_refused(&options, "cipher");
    options.flags = LATZERO_POOL_ENCRYPTED;
    options.cipher = 3;
    check_refused(&options, "cipher");
    options = with_key(key);
    options.flags = LATZERO_POOL_AUTH_KEY;
    check_refused(&options, "flags");
}

static void connecting_creates_with_either_key(void **state) {
    const char *name = pool_name("created");
    latzero_connect_options connect = giving(key);
    latzero_pool_options create = with_key(key);
    latzero_client *client = NULL;
    latzero_pool_stats stats;
    (void)state;
    connect.flags = LATZERO_CONNECT_CREATE;
    connect.create_options = &create;
    create.flags = LATZERO_POOL_ENCRYPTED;
    CHECK_OK(latzero_connect(name, &connect, &client));
    stats = stats_of(client);
    CHECK_EQUAL(stats.encryption, 1);
    CHECK(stats.cipher != LATZERO_CIPHER_NONE);
    CHECK_EQUAL(stats.flags, LATZERO_POOL_ENCRYPTED | LATZERO_POOL_AUTH_KEY);
    CHECK_EQUAL(stats.integrity_failures, 0);
    leave(client);
    /* The connection's key is the pool's. */
    create.auth_key = NULL;
    create.auth_key_len = 0;
    CHECK_OK(latzero_connect(name, &connect, &client));
    CHECK_OK(try_key(name, key, 0));
    leave(client);
    /* And the other way round. */
    create = with_key(key);
    connect.auth_key = NULL;
    connect.auth_key_len = 0;
    CHECK_OK(latzero_connect(name, &connect, &client));
    CHECK_EQUAL(stats_of(client).encryption, 0);
    CHECK_EQUAL(stats_of(client).flags, LATZERO_POOL_AUTH_KEY);
    CHECK_STATUS(try_key(name, wrong, 0), LATZERO_AUTHENTICATION);
    leave(client);
    connect = giving(wrong);
    connect.flags = LATZERO_CONNECT_CREATE;
    connect.create_options = &create;
    CHECK_STATUS(latzero_connect(name, &connect, &client), LATZERO_INVALID_ARGUMENT);
    CHECK(!pool_exists(name));
}

static void each_cipher_can_be_chosen(void **state) {
    const char *name = pool_name("cipher");
    uint32_t cipher;
    (void)state;
    for (cipher = LATZERO_CIPHER_AES256GCM; cipher <= LATZERO_CIPHER_XCHACHA20POLY1305; cipher++) {
        latzero_pool_options options = with_key(key);
        latzero_connect_options connect = giving(key);
        latzero_client *client = NULL;
        latzero_status made;
        options.flags = LATZERO_POOL_ENCRYPTED;
        options.cipher = cipher;
        made = latzero_pool_create(name, &options);
        if (cipher == LATZERO_CIPHER_AES256GCM && made == LATZERO_UNSUPPORTED) continue;
        CHECK_OK(made);
        CHECK_OK(latzero_connect(name, &connect, &client));
        CHECK_EQUAL(stats_of(client).cipher, cipher);
        CHECK_EQUAL(pool_info_of(name).cipher, cipher);
        CHECK_OK(latzero_set_i64(client, "n", 1, 42, NULL));
        leave(client);
    }
}

/* ---- another key ------------------------------------------------------------------------------------------------- */

static void rekeying_changes_who_may_connect_and_nothing_else(void **state) {
    const char *name = pool_name("rekeyed");
    latzero_pool_options options = with_key(key);
    latzero_connect_options connect = giving(key);
    latzero_rekey_options rekey = LATZERO_REKEY_OPTIONS_INIT;
    latzero_client *before = NULL, *after = NULL;
    int64_t n = 0;
    (void)state;
    options.flags = LATZERO_POOL_ENCRYPTED;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(latzero_connect(name, &connect, &before));
    CHECK_OK(latzero_set_i64(before, "n", 1, 41, NULL));
    rekey.kdf_memory_bytes = 8192;
    rekey.kdf_passes = 1;
    CHECK_STATUS(latzero_pool_rekey(name, wrong, LATZERO_CSTR, raw, 32, &rekey), LATZERO_AUTHENTICATION);
    CHECK_OK(try_key(name, key, 0));
    rekey.flags = LATZERO_REKEY_NEW_IS_RAW;
    CHECK_OK(latzero_pool_rekey(name, key, LATZERO_CSTR, raw, 32, &rekey));
    CHECK_STATUS(try_key(name, key, 0), LATZERO_AUTHENTICATION);
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, raw, 32, &rekey), LATZERO_AUTHENTICATION);
    connect = giving(raw);
    connect.flags = LATZERO_CONNECT_RAW_KEY;
    connect.auth_key_len = 32;
    CHECK_OK(latzero_connect(name, &connect, &after));
    CHECK_OK(latzero_increment(after, "n", 1, 1, 0, &n));
    CHECK_EQUAL(n, 42);
    CHECK_OK(latzero_increment(before, "n", 1, 1, 0, &n));
    CHECK_EQUAL(n, 43);
    /* Back again: each of the two places of a key was used. */
    rekey.flags = LATZERO_REKEY_OLD_IS_RAW;
    CHECK_OK(latzero_pool_rekey(name, raw, 32, wrong, LATZERO_CSTR, &rekey));
    CHECK_STATUS(try_key(name, raw, LATZERO_CONNECT_RAW_KEY), LATZERO_AUTHENTICATION);
    CHECK_OK(try_key(name, wrong, 0));
    leave(before);
    leave(after);
}

static void rekeying_refuses_what_it_must(void **state) {
    const char *name = pool_name("unkeyed");
    latzero_rekey_options rekey = LATZERO_REKEY_OPTIONS_INIT;
    latzero_client *client = NULL;
    (void)state;
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, wrong, LATZERO_CSTR, NULL), LATZERO_POOL_NOT_FOUND);
    CHECK_OK(latzero_pool_create(name, NULL));
    CHECK_OK(latzero_connect(name, NULL, &client));
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, wrong, LATZERO_CSTR, NULL), LATZERO_AUTHENTICATION);
    CHECK_STATUS(latzero_pool_rekey(name, NULL, 0, wrong, LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, NULL, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_pool_rekey(NULL, key, LATZERO_CSTR, wrong, LATZERO_CSTR, NULL), LATZERO_INVALID_ARGUMENT);
    rekey.flags = 4;
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, wrong, LATZERO_CSTR, &rekey), LATZERO_INVALID_ARGUMENT);
    rekey.flags = LATZERO_REKEY_NEW_IS_RAW;
    CHECK_STATUS(latzero_pool_rekey(name, key, LATZERO_CSTR, raw, 31, &rekey), LATZERO_INVALID_ARGUMENT);
    leave(client);
}

/* What the file says of its key comes from anybody: a cost that would never end is refused before it is paid. */
static void a_damaged_key_is_no_way_in_and_no_trap(void **state) {
    const char *name = pool_name("damaged");
    latzero_pool_options options = with_key(key);
    unsigned char *before;
    size_t size, at;
    (void)state;
    options.flags = LATZERO_POOL_PERSISTENT | LATZERO_POOL_ENCRYPTED;
    CHECK_OK(latzero_pool_create(name, &options));
    before = read_file(pool_path(name), &size);
    for (at = 328; at < 464; at++) {
        const unsigned char flipped = before[at] ^ 0x80;
        latzero_status tried;
        write_file_at(pool_path(name), (long)at, &flipped, 1);
        tried = try_key(name, key, 0);
        CHECK(tried == LATZERO_AUTHENTICATION || tried == LATZERO_CORRUPT || tried == LATZERO_NO_MEMORY);
        write_file_at(pool_path(name), (long)at, &before[at], 1);
    }
    CHECK_OK(try_key(name, key, 0));
    free(before);
    CHECK_OK(latzero_pool_destroy(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_pool_with_a_key_is_opened_by_it_alone),
        TEST(a_key_where_none_is_asked_for_is_refused),
        TEST(a_raw_key_opens_as_raw_alone),
        TEST(a_key_may_be_any_bytes),
        TEST(options_that_make_no_sense_are_refused),
        TEST(connecting_creates_with_either_key),
        TEST(each_cipher_can_be_chosen),
        TEST(rekeying_changes_who_may_connect_and_nothing_else),
        TEST(rekeying_refuses_what_it_must),
        TEST(a_damaged_key_is_no_way_in_and_no_trap),
    };
    return RUN_TESTS(tests);
}
