/*
 * An encrypted pool whose object is put back to a known state before each round: in one state with a sealed key, in the
 * other with plain records in the places where a plain pool of that header would look for them.
 */
#ifndef LATZERO_TESTS_TRUST_MUTATED_POOL_H
#define LATZERO_TESTS_TRUST_MUTATED_POOL_H

#include "keyed_pools.h"

#define KNOWN_KEY "a key that was sealed"
#define KNOWN_VALUE "what it was sealed with"
#define PLANTED_KEY "a key that nobody sealed"
#define PLANTED_VALUE "a forger's words"
/* In the name and the value of what clients set, and nowhere else. */
#define MARK "mark of what is to stay secret"

enum { OBJECT_BYTES = 1 << 20 }; /* the least cap, and so all of it */

typedef enum pool_state { STATE_SEALED, STATE_PLANTED, STATES } pool_state;

typedef struct mutated_pool {
    const pool_kind *kind;
    char name[LATZERO_NAME_MAX + 1];
    unsigned char *bytes[STATES];
    int file;                 /* the object's */
    const unsigned char *map; /* of it */
} mutated_pool;

mutated_pool make_mutated_pool(const pool_kind *kind, const char *suffix);
/* Puts the object back, and makes it anew where a client has removed it. */
void restore(mutated_pool *pool, pool_state state);
void end_mutated_pool(mutated_pool *pool);

/* Whether the object behind that descriptor shows the mark. */
int shows_mark(int file);
int shows_mark_in(const mutated_pool *pool);

#endif
