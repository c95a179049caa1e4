/*
 * Edits of a whole pool by another program, through a mapping of its file: each kind makes the bytes say, wherever it
 * can, what costs whoever believes it the most.
 */
#ifndef LATZERO_TESTS_TRUST_CAP_EDITS_H
#define LATZERO_TESTS_TRUST_CAP_EDITS_H

#include "abi/test.h"

/* The file of a pool, mapped. */
typedef struct pool_bytes {
    unsigned char *at;
    uint64_t size, pages, page_table_at, data_at; /* pages: of the cap */
} pool_bytes;

typedef struct cap_edit {
    const char *title;
    void (*make)(const pool_bytes *bytes);
    int grows_with_cap;    /* what it costs is told by a large pool */
    int is_worth_clearing; /* the pool is cleared too, as it is then */
    int keeps_keys;        /* what it touches can be told from the records */
} cap_edit;

/* A count that is wrong: what a repair takes of a pool where nothing else is. */
extern const cap_edit least_edit;
extern const cap_edit cap_edits[];
extern const size_t cap_edit_count;

/* Makes an edit of a pool's file. */
void edit_pool(const char *name, const cap_edit *edit);

#endif
