/*
 * A pool's sealed values, opened by plain calls of libsodium that follow abi/layout.md and nothing else: what is sealed
 * is what that page says, and can be read without this library as long as there are bytes and a key.
 */
#include <sodium.h>

#include "abi/test.h"

static const char text_key[] = "a key that people can remember";
static const unsigned char raw_key[] = "32 bytes of which none is known";

typedef struct pool_image {
    unsigned char *bytes;
    size_t size;
    unsigned char pool_key[32];
} pool_image;

static uint32_t u32_at(const unsigned char *bytes) {
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

static uint64_t u64_at(const unsigned char *bytes) {
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
    return number;
}

/* ---- from the auth key to the pool key --------------------------------------------------------------------------- */

static void derive_gate_key(const unsigned char *wrapped, const void *auth_key, size_t size, unsigned char *gate) {
    if (wrapped[1] == 1) {
        CHECK(crypto_pwhash_argon2id(gate, 32, auth_key, size, wrapped + 16, u32_at(wrapped + 4), u64_at(wrapped + 8),
                                     crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0);
    } else {
        unsigned char message[32];
        CHECK_EQUAL(wrapped[1], 2);
        memcpy(message, "latzero raw key ", 16);
        memcpy(message + 16, wrapped + 16, 16);
        crypto_generichash(gate, 32, message, 32, auth_key, size);
    }
}

static void open_pool_key(pool_image *image, const void *auth_key, size_t size) {
    const unsigned char *wrapped = image->bytes + 328 + 136 * u32_at(image->bytes + 320);
    unsigned char gate[32], verifying[32], wrapping[32], bound[80], verifier[32];
    crypto_generichash_state header;
    CHECK_EQUAL(wrapped[0], 2);
    derive_gate_key(wrapped, auth_key, size, gate);
    crypto_kdf_derive_from_key(verifying, 32, 1, "latzgate", gate);
    crypto_kdf_derive_from_key(wrapping, 32, 2, "latzgate", gate);
    memcpy(bound, image->bytes + 32, 16);
    memcpy(bound + 16, wrapped, 32);
    crypto_generichash(verifier, 32, bound, 48, verifying, 32);
    CHECK(memcmp(verifier, wrapped + 32, 32) == 0);
    crypto_generichash_init(&header, NULL, 0, 32);
    crypto_generichash_update(&header, image->bytes + 16, 304);
    crypto_generichash_update(&header, image->bytes + 600, 204);
    crypto_generichash_final(&header, bound + 48, 32);
    CHECK(crypto_aead_xchacha20poly1305_ietf_decrypt(image->pool_key, NULL, NULL, wrapped + 88, 48, bound, sizeof bound,
                                                     wrapped + 64, wrapping) == 0);
}

static pool_image open_image(const char *name, const void *auth_key, size_t size) {
    pool_image image;
    image.bytes = read_file(pool_path(name), &image.size);
    CHECK(memcmp(image.bytes + 16, "LATZERO", 8) == 0);
    CHECK_EQUAL(u32_at(image.bytes + 24), 5);
    CHECK((u32_at(image.bytes + 28) & 6) == 6);
    open_pool_key(&image, auth_key, size);
    return image;
}

/* ---- a record ---------------------------------------------------------------------------------------------------- */

static void hash_key(const pool_image *image, const char *key, unsigned char *stored_key) {
    unsigned char index_key[16];
    crypto_kdf_derive_from_key(index_key, sizeof index_key, 1, "latzindx", image->pool_key);
    crypto_shorthash_siphashx24(stored_key, (const unsigned char *)key, strlen(key), index_key);
}

/* Where the record of a stored key begins. */
static const unsigned char *find_record(const pool_image *image, const unsigned char *stored_key) {
    const unsigned char *stripe = image->bytes + 4096 + 512 * (stored_key[15] >> 2), *table;
    const uint32_t hash = u32_at(stored_key), mask = ((uint32_t)1 << stripe[4]) - 1;
    uint32_t at;
    table = image->bytes + (uint64_t)16 * u32_at(stripe);
    for (at = hash & mask; u64_at(table + 8 * at) != 0; at = (at + 1) & mask) {
        const unsigned char *slot = table + 8 * at, *record;
        if (u32_at(slot) <= 1 || u32_at(slot + 4) != hash) continue;
        record = image->bytes + (uint64_t)16 * u32_at(slot);
        const unsigned flags = record[15];
        const size_t words = 2 + (flags & 1) + (flags >> 1 & 1) + (flags >> 2 & 1);
        if (memcmp(record + 8 * words, stored_key, 16) == 0) return record;
    }
    CHECK(!"the key is in the index");
    return NULL;
}

static void bind_to(const pool_image *image, const unsigned char *stored_key, const unsigned char *record,
                    unsigned char *bound) {
    const unsigned char *extra = record + 16;
    unsigned flag;
    memset(bound, 0, 80);
    memcpy(bound, image->bytes + 32, 16);
    memcpy(bound + 16, stored_key, 16);
    memcpy(bound + 32, record + 8, 8);
    memcpy(bound + 40, record, 8);
    for (flag = 0; flag < 3; flag++) {
        if ((record[15] >> flag & 1) == 0) continue;
        memcpy(bound + 48 + 8 * flag, extra, 8);
        extra += 8;
    }
}

/* The plain text of a key's message, behind its name; to be freed. */
static unsigned char *open_record(const pool_image *image, const char *key, size_t *size) {
    unsigned char stored_key[16], bound[80], sealing[32], message_key[32], nonce[24] = {0}, *plain, *value;
    const unsigned char *record, *message;
    const uint32_t cipher = image->bytes[328 + 136 * u32_at(image->bytes + 320) + 2];
    size_t sealed, words;
    int opened;
    hash_key(image, key, stored_key);
    record = find_record(image, stored_key);
    sealed = u32_at(record + 8);
    words = 2 + (record[15] & 1) + (record[15] >> 1 & 1) + (record[15] >> 2 & 1);
    message = record + 8 * words + 16;
    bind_to(image, stored_key, record, bound);
    crypto_kdf_derive_from_key(sealing, 32, 1, "latzseal", image->pool_key);
    crypto_generichash(message_key, 32, message, 16, sealing, 32);
    memcpy(nonce, message + 16, 8);
    plain = malloc(sealed);
    opened = cipher == 1 ? crypto_aead_aes256gcm_decrypt(plain, NULL, NULL, message + 24, sealed - 24, bound,
                                                         sizeof bound, nonce, message_key)
                         : crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, message + 24, sealed - 24,
                                                                      bound, sizeof bound, nonce, message_key);
    CHECK_EQUAL(opened, 0);
    CHECK_EQUAL(plain[0] | plain[1] << 8, strlen(key));
    CHECK(memcmp(plain + 2, key, strlen(key)) == 0);
    *size = sealed - 40 - 2 - strlen(key);
    value = malloc(*size + 1);
    memcpy(value, plain + 2 + strlen(key), *size);
    free(plain);
    return value;
}

static void check_value(const pool_image *image, const char *key, const void *expected, size_t expected_size) {
    size_t size = 0;
    unsigned char *value = open_record(image, key, &size);
    CHECK_EQUAL(size, expected_size);
    CHECK(memcmp(value, expected, size) == 0);
    free(value);
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */

static void set_values(latzero_client *client) {
    latzero_set_options lasting = LATZERO_SET_OPTIONS_INIT, tagged = LATZERO_SET_OPTIONS_INIT;
    int i;
    lasting.ttl_ms = 3600000;
    tagged.tag = 77;
    tagged.ttl_ms = 3600000;
    CHECK_OK(latzero_set_i64(client, "number", LATZERO_CSTR, -2, NULL));
    CHECK_OK(latzero_set_string(client, "text", LATZERO_CSTR, "as it was given", LATZERO_CSTR, &lasting));
    CHECK_OK(latzero_set(client, "opaque", LATZERO_CSTR, LATZERO_TYPE_OPAQUE, "tagged", 6, &tagged));
    CHECK_OK(set_pattern(client, "large", 100000, 5));
    CHECK_OK(latzero_set_null(client, "nothing", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_f64(client, "later", LATZERO_CSTR, 0.5, NULL));
    CHECK_OK(latzero_expire(client, "later", LATZERO_CSTR, 3600000));
    for (i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof key, "many/%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
    }
}

static void check_values(const pool_image *image) {
    const int64_t number = -2;
    const double half = 0.5;
    unsigned char pattern[100000];
    int64_t i;
    check_value(image, "number", &number, sizeof number);
    check_value(image, "text", "as it was given", 15);
    check_value(image, "opaque", "tagged", 6);
    fill_pattern(pattern, sizeof pattern, 5);
    check_value(image, "large", pattern, sizeof pattern);
    check_value(image, "nothing", "", 0);
    check_value(image, "later", &half, sizeof half);
    for (i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof key, "many/%d", (int)i);
        check_value(image, key, &i, sizeof i);
    }
}

static void check_cipher(uint32_t cipher, const void *auth_key, size_t size, uint32_t is_raw) {
    const char *name = pool_name("known");
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    pool_image image;
    options.flags = LATZERO_POOL_ENCRYPTED | (is_raw ? LATZERO_POOL_RAW_KEY : 0);
    options.auth_key = connect.auth_key = auth_key;
    options.auth_key_len = connect.auth_key_len = size;
    options.kdf_memory_bytes = 1 << 20;
    options.kdf_passes = 3;
    options.cipher = cipher;
    connect.flags = is_raw ? LATZERO_CONNECT_RAW_KEY : 0;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(latzero_connect(name, &connect, &client));
    set_values(client);
    image = open_image(name, auth_key, size);
    check_values(&image);
    free(image.bytes);
    leave(client);
}

static void xchacha20poly1305_is_as_documented(void **state) {
    (void)state;
    check_cipher(LATZERO_CIPHER_XCHACHA20POLY1305, text_key, strlen(text_key), 0);
    check_cipher(LATZERO_CIPHER_XCHACHA20POLY1305, raw_key, 32, 1);
}

static void aes256gcm_is_as_documented(void **state) {
    (void)state;
    if (!crypto_aead_aes256gcm_is_available()) skip();
    check_cipher(LATZERO_CIPHER_AES256GCM, text_key, strlen(text_key), 0);
    check_cipher(LATZERO_CIPHER_AES256GCM, raw_key, 32, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(xchacha20poly1305_is_as_documented),
        TEST(aes256gcm_is_as_documented),
    };
    if (sodium_init() < 0) return 1;
    return RUN_TESTS(tests);
}
