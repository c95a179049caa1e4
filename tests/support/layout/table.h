/*
 * Where tests that look at a pool's bytes from outside find them, by layout version (abi/layout.md). A test that runs
 * against an older library takes that one's row: so it fails for the fault it is about, not for a name or a position.
 */
#ifndef LATZERO_TESTS_LAYOUT_TABLE_H
#define LATZERO_TESTS_LAYOUT_TABLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct layout_row {
    uint32_t version;
    const char *prefix; /* the object is /dev/shm/<prefix>.<uid>.<pool's name> */
    long name_at;       /* of the pool's name in the header, a u32 of its size and the bytes; 0: it is not there */
} layout_row;

/* What every version has at the same place. */
enum {
    HEADER_BYTES = 4096,
    VERSION_AT = 24,
    FLAGS_AT = 28, /* u32: 1 persistent, 2 has an auth key, 4 encrypted */
    CONSTANTS_AT = 16,
    CONSTANTS_END = 320,
    CAP_AT = 48,
    HASH_SECRET_AT = 128,
    HASH_SECRET_BYTES = 192,
    KEY_AREA_AT = 320,
    WRAPPED_AT = 328,
    WRAPPED_BYTES = 136,
    STATE_AT = 1024,
    STRIPES = 64,
    STRIPES_AT = 4096,
    STRIPE_BYTES = 512,
    STRIPE_LOCK_AT = 64,    /* in a stripe, like the next: u32, the owner */
    STRIPE_COMMIT_AT = 72,  /* u64 */
    STRIPE_EVENTS_AT = 112, /* u64: where its ring lies */
    STRIPE_READERS_AT = 70, /* u8: a read-only client asks to be woken */
    EXTENT_LOCK_AT = 1152,
    SLEEPERS_AT = 1280, /* u64, and behind it the u32 on which they sleep */
    SLEEPERS_END = 1296,
    CLIENTS_AT = 36864,
    CLIENT_BYTES = 32,
    CLIENTS = 1024,
    CLIENT_IN_USE_AT = 4, /* in a client's slot, which begins with its generation: all u32 */
    CLIENT_PROCESS_AT = 8,
    PAGE_MAP_AT = 69632
};

enum { POOL_HAS_KEY = 2, POOL_IS_ENCRYPTED = 4 };

/* The row of a version; of the newest if there is none. */
static inline const layout_row *layout_of(uint32_t version) {
    static const layout_row rows[] = {
        {1, "latzero", 0}, {2, "lz", 600}, {3, "lz", 600}, {4, "lz", 600}, {5, "lz", 600}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].version == version) return &rows[i];
    return &rows[sizeof rows / sizeof *rows - 1];
}

#ifdef __cplusplus
extern "C" {
#endif

/* The layout that the library in use makes, told by the file that a new pool has. A process asks once, and tells its
 * children. */
const layout_row *layout_in_use(void);

#ifdef __cplusplus
}
#endif

#endif
