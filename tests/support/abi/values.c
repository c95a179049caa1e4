#include "abi/values.h"

#include "abi/checks.h"

uint64_t next_random(uint64_t *state) {
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

void fill_pattern(void *bytes, size_t size, uint64_t seed) {
    unsigned char *at = bytes;
    uint64_t state = seed, word = 0;
    size_t i;
    for (i = 0; i < size; i++) {
        if (i % 8 == 0) word = next_random(&state);
        at[i] = (unsigned char)(word >> i % 8 * 8);
    }
}

latzero_status set_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed) {
    unsigned char *bytes = malloc(size + 1);
    latzero_status status;
    CHECK(bytes != NULL);
    fill_pattern(bytes, size, seed);
    status = latzero_set_bytes(client, key, LATZERO_CSTR, bytes, size, NULL);
    free(bytes);
    return status;
}

void check_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed) {
    unsigned char *expected = malloc(size + 1), *got = malloc(size + 1);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    CHECK(expected != NULL && got != NULL);
    fill_pattern(expected, size, seed);
    got[size] = 0xa5;
    CHECK_OK(latzero_get(client, key, LATZERO_CSTR, got, size, &info));
    CHECK_EQUAL(info.size, size);
    CHECK(memcmp(got, expected, size) == 0);
    CHECK_EQUAL(got[size], 0xa5);
    free(expected);
    free(got);
}

latzero_status set_i64_for(latzero_client *client, const char *key, int64_t value, int64_t ttl_ms) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    options.ttl_ms = ttl_ms;
    return latzero_set_i64(client, key, LATZERO_CSTR, value, &options);
}

int64_t ttl_of(latzero_client *client, const char *key) {
    int64_t ttl = 0;
    CHECK_OK(latzero_ttl(client, key, LATZERO_CSTR, &ttl));
    return ttl;
}

uint64_t version_of(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[8];
    const latzero_status status = latzero_get(client, key, LATZERO_CSTR, buffer, sizeof buffer, &info);
    return status == LATZERO_NOT_FOUND ? 0 : info.version;
}

void check_json(latzero_client *client, const char *key, const char *expected) {
    char *json = NULL;
    size_t length = 77;
    CHECK_OK(latzero_get_json(client, key, LATZERO_CSTR, &json, &length));
    if (strcmp(json, expected) != 0) fprintf(stderr, "JSON is %s, expected %s\n", json, expected);
    CHECK(strcmp(json, expected) == 0 && length == strlen(expected));
    latzero_free(json);
}

void check_keys(latzero_client *client, uint64_t expected) {
    latzero_iter *iter = NULL;
    latzero_key *keys = NULL;
    const char *key;
    size_t found;
    uint64_t size = 77, met = 0, cursor = 0;
    CHECK_OK(latzero_size(client, &size));
    CHECK_EQUAL(size, expected);
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, NULL, NULL, NULL) == LATZERO_OK) met++;
    latzero_iter_close(iter);
    CHECK_EQUAL(met, expected);
    met = 0;
    do {
        CHECK_OK(latzero_scan(client, &cursor, 100, "*", 1, &keys, &found));
        latzero_free(keys);
        met += found;
    } while (cursor != 0);
    CHECK_EQUAL(met, expected);
}
