/*
 * Neighbours that stand in the way: processes with clients of a pool, or none, that do nothing, and what they hold or
 * seem to hold. Lock words are put in their name from outside, so that they hold a lock for as long as a test likes.
 */
#ifndef LATZERO_TESTS_TRUST_HOLDER_H
#define LATZERO_TESTS_TRUST_HOLDER_H

#include "abi/test.h"

typedef enum holder_deed {
    HOLD_NOTHING,
    HOLD_LIFE_LOCK, /* by the descriptor of its read-write client */
    HOLD_LOAN,      /* a value that it borrows; of "loan", which must be there */
    CLOSE_ALL       /* descriptors, all of them but the standard streams */
} holder_deed;

typedef struct holder {
    const char *name; /* the pool's, which must be there */
    child_process child;
} holder;

/* The roles, for main(). */
void be_holder(char **arguments);
void be_life_holder(char **arguments);
#define HOLDER_ROLES ROLE(be_holder), ROLE(be_life_holder)

/* Starts a holder with a read-write client, and a read-only one if asked; returns when it has done its deed. */
void start_holder(holder *made, const char *name, holder_deed deed, int read_only);
/* Ends it by SIGKILL. */
void end_holder(holder *ended);

/* Starts one without a client, which holds the pool's life lock until it is let go, or for so long. for_ms of 0: until
 * let_go(). */
void hold_life(holder *made, const char *name, int for_ms);
void let_go(holder *ended);

/* Starts a holder whose client has that slot, and locks all stripes of the pool in its name, as if it had stopped. */
void stop_writer(holder *made, const char *name, int slot);

/* What is told of a stripe, or of the page map: this is its owner from now on. 0: nobody. */
void put_stripe_owner(const char *name, int stripe, uint32_t owner);
void put_extent_owner(const char *name, uint32_t owner);
/* As lock words name the client of a process. */
uint32_t owner_of(const char *name, long process);
/* The process that a client's slot tells of. */
void put_process(const char *name, long process, uint32_t instead);

/* A persistent pool with so many keys. */
void make_kept_pool(const char *name, int keys);

#endif
