/* A pool's file is good under its own name alone: copied over another pool of the same key, renamed over it or swapped
 * with it, it is refused there, and the original goes on. */
#include <stdio.h>
#include <sys/syscall.h>

#include "neighbours/keyed_pools.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

typedef struct twins {
    const pool_kind *kind;
    char mine[LATZERO_NAME_MAX + 1], other[LATZERO_NAME_MAX + 1];
} twins;

static int64_t owner_of(const char *name, const pool_kind *kind) {
    latzero_client *client;
    int64_t owner = 0;
    CHECK_OK(connect_as(name, kind, 0, &client));
    CHECK_OK(latzero_get_i64(client, "owner", 5, &owner));
    leave(client);
    return owner;
}

static void make_pool(const char *name, const pool_kind *kind, int64_t owner) {
    const latzero_pool_options options = options_of(kind);
    latzero_client *client;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(connect_as(name, kind, 0, &client));
    CHECK_OK(latzero_set_i64(client, "owner", 5, owner, NULL));
    leave(client);
}

static twins make_twins(const pool_kind *kind) {
    twins made;
    made.kind = kind;
    strcpy(made.mine, pool_name("mine"));
    strcpy(made.other, pool_name("other"));
    make_pool(made.mine, kind, 1);
    make_pool(made.other, kind, 2);
    return made;
}

/* The pool's bytes lie under a name that is not its own: nobody with the key is let in, in any way. */
static void check_refused(const char *name, const pool_kind *kind) {
    static const uint32_t ways[] = {0, LATZERO_CONNECT_READ_ONLY, LATZERO_CONNECT_CREATE};
    latzero_client *client;
    size_t i;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        CHECK_STATUS(connect_as(name, kind, ways[i], &client), LATZERO_CORRUPT);
        CHECK_SENTENCE("under another name");
        CHECK(client == NULL);
    }
}

static void a_copy_over_another_pool_is_refused(void **state) {
    size_t i, size;
    (void)state;
    for (i = 0; i < POOL_KINDS; i++) {
        const twins pools = make_twins(&pool_kinds[i]);
        latzero_client *client;
        unsigned char *bytes, *before;
        printf("copied: %s\n", pools.kind->title);
        CHECK_OK(connect_as(pools.mine, pools.kind, 0, &client));
        before = read_file(pool_path(pools.other), &size);
        bytes = read_file(pool_path(pools.mine), &size);
        write_file_at(pool_path(pools.other), 0, bytes, size);
        check_refused(pools.other, pools.kind);
        CHECK_OK(latzero_set_i64(client, "owner", 5, 11, NULL));
        leave(client);
        CHECK_EQUAL(owner_of(pools.mine, pools.kind), 11);
        write_file_at(pool_path(pools.other), 0, before, size);
        CHECK_EQUAL(owner_of(pools.other, pools.kind), 2);
        free(bytes);
        free(before);
        CHECK_OK(latzero_pool_destroy(pools.mine));
        CHECK_OK(latzero_pool_destroy(pools.other));
    }
}

static void a_pool_renamed_over_another_is_refused(void **state) {
    size_t i;
    (void)state;
    for (i = 0; i < POOL_KINDS; i++) {
        const twins pools = make_twins(&pool_kinds[i]);
        latzero_client *client;
        printf("renamed: %s\n", pools.kind->title);
        CHECK_OK(connect_as(pools.mine, pools.kind, 0, &client));
        CHECK(rename(pool_path(pools.mine), pool_path(pools.other)) == 0);
        check_refused(pools.other, pools.kind);
        CHECK_OK(latzero_set_i64(client, "owner", 5, 11, NULL));
        CHECK(rename(pool_path(pools.other), pool_path(pools.mine)) == 0);
        leave(client);
        CHECK_EQUAL(owner_of(pools.mine, pools.kind), 11);
        CHECK_OK(latzero_pool_destroy(pools.mine));
    }
}

static void swap_files(const twins *pools) {
    CHECK(syscall(SYS_renameat2, -1, pool_path(pools->mine), -1, pool_path(pools->other), RENAME_EXCHANGE) == 0);
}

static void swapped_pools_are_refused(void **state) {
    size_t i;
    (void)state;
    for (i = 0; i < POOL_KINDS; i++) {
        const twins pools = make_twins(&pool_kinds[i]);
        printf("swapped: %s\n", pools.kind->title);
        swap_files(&pools);
        check_refused(pools.mine, pools.kind);
        check_refused(pools.other, pools.kind);
        swap_files(&pools);
        CHECK_EQUAL(owner_of(pools.mine, pools.kind), 1);
        CHECK_EQUAL(owner_of(pools.other, pools.kind), 2);
        CHECK_OK(latzero_pool_destroy(pools.mine));
        CHECK_OK(latzero_pool_destroy(pools.other));
    }
}

/* The name is a constant of the header as any other: with a key it cannot be changed along. */
static void a_copy_with_the_name_changed_is_refused(void **state) {
    const long at = layout_in_use()->name_at;
    size_t i, size;
    (void)state;
    if (at == 0) print_message("this layout has no name in the header\n");
    for (i = 0; i < POOL_KINDS && at != 0; i++) {
        const twins pools = make_twins(&pool_kinds[i]);
        const uint32_t length = (uint32_t)strlen(pools.other);
        unsigned char *bytes = read_file(pool_path(pools.mine), &size);
        latzero_client *client;
        memcpy(bytes + at, &length, sizeof length);
        memset(bytes + at + 4, 0, LATZERO_NAME_MAX);
        memcpy(bytes + at + 4, pools.other, length);
        write_file_at(pool_path(pools.other), 0, bytes, size);
        if (pools.kind->has_key) {
            CHECK_STATUS(connect_as(pools.other, pools.kind, 0, &client), LATZERO_CORRUPT);
            CHECK_SENTENCE("header was changed");
        } else {
            CHECK_EQUAL(owner_of(pools.other, pools.kind), 1);
        }
        free(bytes);
        CHECK_OK(latzero_pool_destroy(pools.mine));
        (void)remove(pool_path(pools.other));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_copy_over_another_pool_is_refused),
        TEST(a_pool_renamed_over_another_is_refused),
        TEST(swapped_pools_are_refused),
        TEST(a_copy_with_the_name_changed_is_refused),
    };
    return RUN_TESTS(tests);
}
