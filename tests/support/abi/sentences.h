/*
 * The ways to each status, and what the sentence must name and must not say: for tests/abi/sentences_test.c.
 */
#ifndef LATZERO_TESTS_SUPPORT_SENTENCE_ROWS_H
#define LATZERO_TESTS_SUPPORT_SENTENCE_ROWS_H

#include "abi/test.h"

typedef struct scene {
    const char *name; /* of a plain pool */
    latzero_client *client, *reader;
    const char *key;
    size_t key_len;
} scene;

enum {
    NO_POOL = 1, /* the call knows of no pool */
    NO_KEY = 2   /* or of no key */
};

typedef struct sentence_row {
    const char *title;
    latzero_status (*run)(const scene *at);
    latzero_status status;
    int lacks;
    const char *must[3], *must_not[3];
} sentence_row;

extern const sentence_row sentence_rows[];
extern const size_t sentence_row_count;

#endif
