/* What a pool's header says once and for all belongs to its auth key: whoever has the key notices a change of any bit
 * of it, and whoever has not is told that, and no more. */
#include <inttypes.h>
#include <unistd.h>

#include "neighbours/mutated_pool.h"

typedef struct tally {
    uint64_t bits, unnoticed, odd, by_the_seal;
} tally;

/* What the header itself cannot say any more: that there is a key, which pool it is, how long it lives. */
static int may_be_told(uint64_t at, latzero_status status) {
    if (status == LATZERO_CORRUPT) return 1;
    if (at < 32 && status == LATZERO_VERSION) return 1;
    if (at >= FLAGS_AT && at < 48 && status == LATZERO_AUTHENTICATION) return 1;
    return (at < 32 || (at >= 64 && at < 72)) && status == LATZERO_POOL_NOT_FOUND;
}

static void change_bit(mutated_pool *pool, uint64_t bit) {
    unsigned char byte = pool->bytes[STATE_SEALED][bit / 8];
    byte = (unsigned char)(byte ^ 1 << bit % 8);
    restore(pool, STATE_SEALED);
    CHECK_EQUAL(pwrite(pool->file, &byte, 1, (off_t)(bit / 8)), 1);
}

static void try_bit(mutated_pool *pool, uint64_t bit, tally *sum) {
    latzero_client *client;
    latzero_status status;
    change_bit(pool, bit);
    status = connect_as(pool->name, pool->kind, 0, &client);
    sum->bits++;
    if (status == LATZERO_OK) {
        leave(client);
        if (++sum->unnoticed <= 3)
            printf("%s: bit %d of byte %d was changed, and nobody noticed\n", pool->kind->title, (int)(bit % 8),
                   (int)(bit / 8));
    } else if (!may_be_told(bit / 8, status)) {
        if (++sum->odd <= 3)
            printf("%s: bit %d of byte %d: %s\n", pool->kind->title, (int)(bit % 8), (int)(bit / 8),
                   latzero_status_name(status));
    } else {
        sum->by_the_seal += strstr(latzero_last_error(), "header was changed") != NULL;
    }
}

static void change_each_bit(const pool_kind *kind) {
    mutated_pool pool = make_mutated_pool(kind, "changed");
    const long name_at = layout_in_use()->name_at;
    tally sum = {0, 0, 0, 0};
    latzero_client *client;
    uint64_t bit;
    for (bit = CONSTANTS_AT * 8; bit < CONSTANTS_END * 8; bit++) try_bit(&pool, bit, &sum);
    for (bit = (uint64_t)name_at * 8; name_at != 0 && bit < (uint64_t)(name_at + 4 + LATZERO_NAME_MAX) * 8; bit++)
        try_bit(&pool, bit, &sum);
    printf("%s: %" PRIu64 " bits, %" PRIu64 " unnoticed, %" PRIu64 " noticed by the seal alone\n", kind->title,
           sum.bits, sum.unnoticed, sum.by_the_seal);
    restore(&pool, STATE_SEALED);
    CHECK_OK(connect_as(pool.name, kind, 0, &client));
    leave(client);
    end_mutated_pool(&pool);
    CHECK_EQUAL(sum.unnoticed, 0);
    CHECK_EQUAL(sum.odd, 0);
    CHECK(sum.by_the_seal > 1000);
}

static void no_bit_changes_unnoticed(void **state) {
    size_t i;
    (void)state;
    for (i = 0; i < POOL_KINDS; i++)
        if (pool_kinds[i].has_key) change_each_bit(&pool_kinds[i]);
}

/* Of a header that was changed, a wrong key learns nothing. */
static void a_wrong_key_is_told_that_it_is_wrong(void **state) {
    static const uint64_t places[] = {56, 72, 100, 128, 250, 319};
    mutated_pool pool = make_mutated_pool(&pool_kinds[0], "wrong");
    latzero_connect_options options = connect_options_of(&pool_kinds[0]);
    latzero_client *client = NULL;
    size_t i;
    (void)state;
    options.auth_key = "another key of 32 bytes, as long";
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        change_bit(&pool, places[i] * 8);
        CHECK_STATUS(latzero_connect(pool.name, &options, &client), LATZERO_AUTHENTICATION);
    }
    end_mutated_pool(&pool);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(no_bit_changes_unnoticed),
        TEST(a_wrong_key_is_told_that_it_is_wrong),
    };
    return RUN_TESTS(tests);
}
