/*
 * A process with clients of a pool that does nothing, and what it seems to hold: lock words are put in its name from
 * outside, so that it holds a lock for as long as a test likes.
 */
#ifndef LATZERO_TESTS_TRUST_HOLDER_H
#define LATZERO_TESTS_TRUST_HOLDER_H

#include "abi_test.h"

typedef enum holder_deed {
    HOLD_NOTHING,
    HOLD_LIFE_LOCK, /* by the descriptor of its read-write client */
    HOLD_LOAN,      /* a value that it borrows; of "loan", which must be there */
    CLOSE_ALL       /* descriptors, all of them */
} holder_deed;

typedef struct holder {
    const char *name; /* the pool's, which must be there */
    holder_deed deed;
    int read_only; /* it has a read-only client besides */
    bell ready, go;
    pid_t process;
} holder;

/* Starts it, and waits until it has done its deed. */
void start_holder(holder *made, const char *name, holder_deed deed, int read_only);
/* Ends it by SIGKILL. */
void end_holder(holder *ended);

/* What is told of a stripe, or of the page map: this is its owner from now on. 0: nobody. */
void put_stripe_owner(const char *name, int stripe, uint32_t owner);
void put_extent_owner(const char *name, uint32_t owner);
/* As lock words name the client of a process. */
uint32_t owner_of(const char *name, pid_t process);
/* The process that a client's slot tells of. */
void put_process(const char *name, pid_t process, uint32_t instead);

#endif
