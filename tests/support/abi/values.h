/* Values that tests store and know again. */
#ifndef LATZERO_TESTS_ABI_VALUES_H
#define LATZERO_TESTS_ABI_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include <latzero/latzero.h>

/* Bytes that follow from `seed` alone. */
void fill_pattern(void *bytes, size_t size, uint64_t seed);
latzero_status set_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed);
/* The value is that pattern, byte for byte. */
void check_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed);
/* An int64 with a TTL. */
latzero_status set_i64_for(latzero_client *client, const char *key, int64_t value, int64_t ttl_ms);
int64_t ttl_of(latzero_client *client, const char *key);
/* The version of a value that is no longer than 8 bytes; 0 if it is absent. */
uint64_t version_of(latzero_client *client, const char *key);
/* The value as JSON is that text. */
void check_json(latzero_client *client, const char *key, const char *expected);
/* So many keys are there, counted in every way. */
void check_keys(latzero_client *client, uint64_t expected);
/* Numbers that look random and are the same in every run. */
uint64_t next_random(uint64_t *state);

#endif
