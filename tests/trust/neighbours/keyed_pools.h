/* Pools of each kind that a header tells apart, and connections to them. */
#ifndef LATZERO_TESTS_TRUST_KEYED_POOLS_H
#define LATZERO_TESTS_TRUST_KEYED_POOLS_H

#include "abi/test.h"

#define TEST_TEXT_KEY "correct horse battery staple"

/* How a pool is keyed. Text keys have the least cost. */
typedef struct pool_kind {
    const char *title;
    int has_key, is_raw, is_encrypted;
} pool_kind;

enum { POOL_KINDS = 5 };
extern const pool_kind pool_kinds[POOL_KINDS];

/* Persistent, of the least cap. */
latzero_pool_options options_of(const pool_kind *kind);
latzero_connect_options connect_options_of(const pool_kind *kind);
latzero_status connect_as(const char *name, const pool_kind *kind, uint32_t flags, latzero_client **client);

#endif
