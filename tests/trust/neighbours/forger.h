/*
 * A process without the key that edits an encrypted pool's bytes by abi/layout.md: it finds sealed records that no slot
 * of the index leads to, and makes the index lead to them.
 */
#ifndef LATZERO_TESTS_TRUST_FORGER_H
#define LATZERO_TESTS_TRUST_FORGER_H

#include "abi/test.h"

/* What a sealed value of that size under a name of that length has as its record's value size. */
uint32_t message_size(size_t name_size, size_t value_size);

/* What a record with that value size takes, if it has no extra words. */
size_t record_bytes(uint32_t value_size);

typedef struct pool_bytes {
    const char *name;
    unsigned char *bytes;
    size_t size;
    uint64_t data_at; /* where pages begin that can hold records */
} pool_bytes;

pool_bytes look_at_pool(const char *name);
void forget_pool(pool_bytes *pool);

/* The first sealed record with that value size at or behind `from`, one that a slot leads to or one that none does;
 * 0: there is none. */
uint64_t find_sealed(const pool_bytes *pool, uint64_t from, uint32_t value_size, int is_live);

/* The first page at or behind `from` that differs between two looks; 0: there is none. */
uint64_t find_written(const pool_bytes *before, const pool_bytes *after, uint64_t from);

enum { STORED_KEY_BYTES = 16, HEAD_BYTES = 32 };
/* What a record has in its key's place. */
const unsigned char *stored_key_of(const pool_bytes *pool, uint64_t record);
/* Writes there, and into the image, what stands before a message of bytes. The forger knows all of it, if it has ever
 * seen a record of the key. */
void rebuild_head(const pool_bytes *pool, uint64_t record, const unsigned char stored_key[STORED_KEY_BYTES],
                  uint32_t value_size);

uint64_t word_at(const pool_bytes *pool, uint64_t at);

/* Versions that the record's seal may be bound to, as its stripe's counter tells. */
enum { LIKELY_VERSIONS = 3 };
void likely_versions(const pool_bytes *pool, uint64_t record, uint64_t versions[LIKELY_VERSIONS]);

/* An edit and how to take it back. */
typedef struct forgery {
    uint64_t record, version_before, slot_at, slot_before;
} forgery;

/* Gives the record that version, and makes its key's slot lead to it, or a new slot. */
forgery forge(const pool_bytes *pool, uint64_t record, uint64_t version);
void take_back(const pool_bytes *pool, const forgery *made);

#endif
