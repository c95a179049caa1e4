/*
 * Edits of a whole pool by another program, through a mapping of its file: each kind makes the bytes say, wherever it
 * can, what costs whoever believes it the most.
 */
#ifndef LATZERO_TESTS_TRUST_CAP_EDITS_H
#define LATZERO_TESTS_TRUST_CAP_EDITS_H

#include "abi_test.h"

/* The file of a pool, mapped. */
typedef struct pool_bytes {
    unsigned char *at;
    uint64_t size, pages, page_table_at, data_at; /* pages: of the cap */
} pool_bytes;

typedef struct cap_edit {
    const char *title;
    void (*make)(const pool_bytes *bytes);
} cap_edit;

extern const cap_edit cap_edits[];
extern const size_t cap_edit_count;

/* Makes an edit of a pool's file. */
void edit_pool(const char *name, const cap_edit *edit);

#endif
