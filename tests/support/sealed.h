/*
 * LATZERO_TEST_SEALED makes the pools of tests encrypted ones: "1" with the processor's fastest cipher, "xchacha" with
 * XChaCha20-Poly1305. So what holds for plain pools is seen to hold for these.
 */
#ifndef LATZERO_TESTS_SUPPORT_SEALED_H
#define LATZERO_TESTS_SUPPORT_SEALED_H

#include <latzero/latzero.h>
#include <stdlib.h>
#include <string.h>

/* Raw, so that connecting costs next to nothing. */
#define TEST_RAW_KEY "an auth key made of 32 raw bytes"

static inline int tests_are_sealed(void) {
    const char *wanted = getenv("LATZERO_TEST_SEALED");
    return wanted != NULL && *wanted != 0;
}

static inline void seal_new_pool(latzero_pool_options *options) {
    if (!tests_are_sealed()) return;
    options->flags |= LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
    options->auth_key = TEST_RAW_KEY;
    options->auth_key_len = sizeof TEST_RAW_KEY - 1;
    if (strcmp(getenv("LATZERO_TEST_SEALED"), "xchacha") == 0) options->cipher = LATZERO_CIPHER_XCHACHA20POLY1305;
}

static inline void give_test_key(latzero_connect_options *options) {
    if (!tests_are_sealed()) return;
    options->flags |= LATZERO_CONNECT_RAW_KEY;
    options->auth_key = TEST_RAW_KEY;
    options->auth_key_len = sizeof TEST_RAW_KEY - 1;
}

#endif
