/*
 * Every call of the ABI that takes a client, as one kind of function: for tests of what all of them refuse or keep.
 * complete.py holds this list against the header.
 */
#ifndef LATZERO_TESTS_SUPPORT_EVERY_CALL_H
#define LATZERO_TESTS_SUPPORT_EVERY_CALL_H

#include "abi/test.h"

enum {
    HAS_KEY = 1, /* the call is about one key */
    WRITES = 2   /* the call is refused for read-only clients */
};

typedef struct client_call {
    const char *name;
    unsigned traits;
    int needs; /* LATZERO_TYPE_* of the value that must be there for it to succeed; -1: the key must be absent */
    /* Runs it. If it fails, it has checked that no result was written; if not, what the call gave is given back. */
    latzero_status (*run)(latzero_client *client, const char *key, size_t key_len);
} client_call;

extern const client_call every_call[];
extern const size_t every_call_count;

/* Runs all calls that have these traits, none of which may give another status than this. */
void check_every_call(latzero_client *client, const char *key, size_t key_len, unsigned traits,
                      latzero_status expected);
/* Makes the key's value one with which the call succeeds. */
void ready_for(const client_call *call, latzero_client *client, const char *key);

#endif
