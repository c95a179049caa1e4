/* What is tried under faults: one call of the library each, from a state that is made anew each time. */
#ifndef LATZERO_TESTS_FAULT_CASES_H
#define LATZERO_TESTS_FAULT_CASES_H

#include "../support/abi/every_call.h"

/* What a call finds. All of it is made and taken down without faults. */
typedef struct world {
    const char *name, *other; /* of the pool with both clients; of one that a case may create or have */
    latzero_client *observer; /* is connected to the first pool before and after the call */
    latzero_client *client;   /* makes the call */
    latzero_client *second;   /* what the call has opened, or is about to close */
    const client_call *call;  /* of every_call */
} world;

enum {
    IN_PARTS = 1, /* a failure may leave a part done; doing it again does all */
    FINAL = 2     /* whatever the status, it is done, and cannot be tried again */
};

typedef struct fault_case {
    const char *name;
    unsigned traits;
    void (*prepare)(world *world); /* may be NULL */
    latzero_status (*run)(world *world);
} fault_case;

extern const fault_case fault_cases[];
extern const size_t fault_case_count;

/* Of them, the check of the first pool: that it is sound. */
latzero_status run_check(world *world);

/* A case for a call of every_call: such a call as it is run there. */
fault_case case_of(const client_call *call);

#endif
