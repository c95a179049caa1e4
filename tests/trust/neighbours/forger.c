#include "forger.h"

enum { PAGE_BYTES = 4096, SHAPE_AT = 8, FIRST_WORD_AT = 16 };
enum { RECORD_IS_SEALED = 8, RECORD_WORDS = 1 | 2 | 4 | 16 };

typedef struct index_table {
    uint64_t at, mask; /* of the first slot; number of slots - 1. at 0: the stripe has no table */
} index_table;

uint32_t message_size(size_t name_size, size_t value_size) { return (uint32_t)(2 + name_size + value_size + 40); }

size_t record_bytes(uint32_t value_size) { return FIRST_WORD_AT + STORED_KEY_BYTES + ((size_t)value_size + 7) / 8 * 8; }

static uint64_t round_up(uint64_t bytes) { return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES; }

uint64_t word_at(const pool_bytes *pool, uint64_t at) {
    uint64_t word;
    CHECK(at + sizeof word <= pool->size);
    memcpy(&word, pool->bytes + at, sizeof word);
    return word;
}

pool_bytes look_at_pool(const char *name) {
    pool_bytes pool = {name, NULL, 0, 0};
    uint64_t pages;
    pool.bytes = read_file(pool_path(name), &pool.size);
    pages = word_at(&pool, CAP_AT) / PAGE_BYTES;
    pool.data_at = PAGE_MAP_AT + round_up(pages / 8 + 8) + round_up(8 * pages);
    return pool;
}

void forget_pool(pool_bytes *pool) {
    free(pool->bytes);
    pool->bytes = NULL;
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

const unsigned char *stored_key_of(const pool_bytes *pool, uint64_t record) {
    const unsigned flags = pool->bytes[record + 15] & RECORD_WORDS;
    return pool->bytes + record + FIRST_WORD_AT + 8 * __builtin_popcount(flags);
}

static int looks_sealed(const pool_bytes *pool, uint64_t record, uint32_t value_size) {
    const uint64_t shape = word_at(pool, record + SHAPE_AT);
    return (uint32_t)shape == value_size && (shape >> 32 & 0xffff) == STORED_KEY_BYTES && (shape >> 48 & 0xff) < 10 &&
           (shape >> 56 & RECORD_IS_SEALED) != 0;
}

static uint64_t stripe_of(const pool_bytes *pool, uint64_t record) {
    return stored_key_of(pool, record)[STORED_KEY_BYTES - 1] >> 2;
}

static uint32_t hash_half_of(const pool_bytes *pool, uint64_t record) {
    uint32_t half;
    memcpy(&half, stored_key_of(pool, record), sizeof half);
    return half;
}

static index_table table_of(const pool_bytes *pool, uint64_t stripe) {
    const uint64_t word = word_at(pool, STRIPES_AT + STRIPE_BYTES * stripe);
    index_table table;
    table.at = (uint32_t)word * (uint64_t)16;
    table.mask = ((uint64_t)1 << (word >> 32 & 31)) - 1;
    return table;
}

static int is_led_to(const pool_bytes *pool, uint64_t record) {
    const index_table table = table_of(pool, stripe_of(pool, record));
    uint64_t i;
    for (i = 0; table.at != 0 && i <= table.mask; i++)
        if ((uint32_t)word_at(pool, table.at + 8 * i) == record / 16) return 1;
    return 0;
}

uint64_t find_sealed(const pool_bytes *pool, uint64_t from, uint32_t value_size, int is_live) {
    uint64_t at = from > pool->data_at ? from : pool->data_at;
    for (; at + 64 + record_bytes(value_size) <= pool->size; at += 16)
        if (looks_sealed(pool, at, value_size) && is_led_to(pool, at) == is_live) return at;
    return 0;
}

uint64_t find_written(const pool_bytes *before, const pool_bytes *after, uint64_t from) {
    uint64_t at = round_up(from > after->data_at ? from : after->data_at);
    for (; at + PAGE_BYTES <= after->size; at += PAGE_BYTES)
        if (at + PAGE_BYTES > before->size || memcmp(before->bytes + at, after->bytes + at, PAGE_BYTES) != 0) return at;
    return 0;
}

void rebuild_head(const pool_bytes *pool, uint64_t record, const unsigned char stored_key[STORED_KEY_BYTES],
                  uint32_t value_size) {
    const uint64_t shape = value_size | (uint64_t)STORED_KEY_BYTES << 32 | (uint64_t)LATZERO_TYPE_BYTES << 48 |
                           (uint64_t)RECORD_IS_SEALED << 56;
    unsigned char *head = pool->bytes + record;
    memcpy(head + SHAPE_AT, &shape, sizeof shape);
    memmove(head + FIRST_WORD_AT, stored_key, STORED_KEY_BYTES);
    write_file_at(pool_path(pool->name), (long)record, head, HEAD_BYTES);
}

void likely_versions(const pool_bytes *pool, uint64_t record, uint64_t versions[LIKELY_VERSIONS]) {
    const uint64_t stripe = stripe_of(pool, record);
    const uint64_t commits = word_at(pool, STRIPES_AT + STRIPE_BYTES * stripe + STRIPE_COMMIT_AT);
    versions[0] = commits * STRIPES + stripe;
    versions[1] = (commits + 1) * STRIPES + stripe;
    versions[2] = word_at(pool, record);
}

/* ---- edits ------------------------------------------------------------------------------------------------------- */

static uint64_t slot_for(const pool_bytes *pool, uint64_t record) {
    const index_table table = table_of(pool, stripe_of(pool, record));
    const uint32_t half = hash_half_of(pool, record);
    uint64_t step;
    CHECK(table.at != 0);
    for (step = 0; step <= table.mask; step++) {
        const uint64_t at = table.at + 8 * ((half + step) & table.mask), slot = word_at(pool, at);
        if (slot == 0 || ((uint32_t)slot > 1 && slot >> 32 == half)) return at;
    }
    CHECK(!"a slot is free");
    return 0;
}

forgery forge(const pool_bytes *pool, uint64_t record, uint64_t version) {
    forgery made = {record, word_at(pool, record), slot_for(pool, record), 0};
    const uint64_t slot = record / 16 | (uint64_t)hash_half_of(pool, record) << 32;
    made.slot_before = word_at(pool, made.slot_at);
    write_file_at(pool_path(pool->name), (long)record, &version, sizeof version);
    write_file_at(pool_path(pool->name), (long)made.slot_at, &slot, sizeof slot);
    return made;
}

void take_back(const pool_bytes *pool, const forgery *made) {
    write_file_at(pool_path(pool->name), (long)made->slot_at, &made->slot_before, sizeof made->slot_before);
    write_file_at(pool_path(pool->name), (long)made->record, &made->version_before, sizeof made->version_before);
}
