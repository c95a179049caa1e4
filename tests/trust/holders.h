/* Who stands in the way of others: processes that hold a pool and do nothing, and what they hold. */
#ifndef LATZERO_TESTS_TRUST_HOLDERS_H
#define LATZERO_TESTS_TRUST_HOLDERS_H

#include "abi_test.h"

/* A child that holds the pool's life lock until it is let go, or for so long. */
typedef struct holder {
    const char *name;
    int for_ms; /* 0: until let_go() */
    pid_t child;
    bell holds, end;
} holder;

void hold_life(holder *held, const char *name, int for_ms);
void let_go(holder *held);

/* A child with a read-write connection, in whose name all stripes of the pool are locked: as if it had been stopped. */
typedef struct stopped_writer {
    const char *name;
    pid_t child;
    bell connected, end;
} stopped_writer;

void stop_writer(stopped_writer *writer, const char *name, uint32_t slot);
void end_writer(stopped_writer *writer);

/* A persistent pool with so many keys. */
void make_kept_pool(const char *name, int keys);

#endif
