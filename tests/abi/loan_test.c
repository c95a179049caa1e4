/* Borrowed values do not change, whatever happens to their keys, and their memory comes back. */
#include <pthread.h>

#include "abi/test.h"

enum { large = 100000 };

static const void *borrow(latzero_client *client, const char *key, latzero_value_info *info,
                          latzero_borrowed **borrowed) {
    const void *value = NULL;
    CHECK_OK(latzero_borrow(client, key, LATZERO_CSTR, &value, info, borrowed));
    CHECK(value != NULL && (uintptr_t)value % 8 == 0);
    return value;
}

static int is_pattern(const void *value, size_t size, uint64_t seed) {
    void *expected = malloc(size + 1);
    int same;
    fill_pattern(expected, size, seed);
    same = memcmp(value, expected, size) == 0;
    free(expected);
    return same;
}

static uint64_t kept(latzero_client *client) { return stats_of(client).borrowed_bytes; }

static void values_of_every_length_are_lent(void **state) {
    static const size_t sizes[] = {0, 1, 8, 100, 2048, 4096, 12000, 16383, 16384, 16385, 100000, 131072, 1000000};
    latzero_client *client = create_and_join(pool_name("lengths"), 0);
    latzero_client *reader = join(pool_name("lengths"), LATZERO_CONNECT_READ_ONLY);
    size_t i, k;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        latzero_value_info infos[2] = {LATZERO_VALUE_INFO_INIT, LATZERO_VALUE_INFO_INIT};
        latzero_value_info got = LATZERO_VALUE_INFO_INIT;
        latzero_borrowed *borrowed[2] = {NULL, NULL};
        const void *values[2];
        CHECK_OK(set_pattern(client, "k", sizes[i], i));
        CHECK_OK(latzero_expire(client, "k", 1, 100000));
        (void)latzero_get(client, "k", 1, NULL, 0, &got);
        for (k = 0; k < 2; k++) {
            values[k] = borrow(k == 0 ? client : reader, "k", &infos[k], &borrowed[k]);
            CHECK(infos[k].size == sizes[i] && infos[k].type == LATZERO_TYPE_BYTES && infos[k].version != 0);
            CHECK(infos[k].ttl_ms > 90000 && is_pattern(values[k], sizes[i], i));
        }
        CHECK_EQUAL(infos[0].version, infos[1].version);
        CHECK_OK(set_pattern(client, "k", sizes[i], i + 100));
        for (k = 0; k < 2; k++) CHECK(is_pattern(values[k], sizes[i], i));
        CHECK_EQUAL(kept(client) >= 16384, sizes[i] >= 16384);
        CHECK_OK(latzero_return(borrowed[1]));
        CHECK_EQUAL(kept(client) >= 16384, sizes[i] >= 16384);
        CHECK(is_pattern(values[0], sizes[i], i));
        CHECK_OK(latzero_return(borrowed[0]));
        CHECK_EQUAL(kept(client), 0);
    }
    leave(reader);
    leave(client);
}

/* What is not stored as it is comes as a copy: the same, and nothing is kept in the pool. */
static void encoded_values_are_lent_as_copies(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("copies"), 0), *other = join(pool_name("copies"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    char *bytes = calloc(1, large);
    const unsigned char *value;
    int i;
    (void)state;
    options.compress_encrypted = 1;
    CHECK_OK(latzero_configure_serializer(&options));
    CHECK_OK(latzero_set_bytes(client, "k", 1, bytes, large, NULL));
    CHECK_OK(store_plain(NULL));
    value = borrow(other, "k", &info, &borrowed);
    CHECK(info.size == large && info.flags == LATZERO_VALUE_COMPRESSED);
    CHECK_OK(latzero_delete(client, "k", 1));
    CHECK_EQUAL(kept(client), 0);
    CHECK(memcmp(value, bytes, large) == 0);
    CHECK_OK(latzero_return(borrowed));
    for (i = 0; i < 200; i++) CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BYTES, bytes, 1000, NULL));
    value = borrow(other, "k", &info, &borrowed);
    CHECK(info.size == 3 + 200 * 1003 && info.type == LATZERO_TYPE_LIST);
    for (i = 0; i < 200; i++) CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BYTES, "x", 1, NULL));
    CHECK(memcmp(value, "\xdc\0\xc8\xc5\3\xe8\0", 7) == 0 && memcmp(value + 3 + 199 * 1003, "\xc5\3\xe8\0", 4) == 0);
    CHECK_OK(latzero_return(borrowed));
    /* Pending ones are written first. */
    CHECK_OK(latzero_set_fast(client, "fast", 4, LATZERO_TYPE_BYTES, bytes, large, NULL));
    value = borrow(client, "fast", &info, &borrowed);
    CHECK(info.size == large && info.flags == 0 && info.version != 0 && memcmp(value, bytes, large) == 0);
    CHECK_OK(latzero_return(borrowed));
    CHECK_STATUS(latzero_borrow(client, "absent", 6, (const void **)&value, &info, &borrowed), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'absent'");
    CHECK_STATUS(latzero_borrow(client, "k", 1, NULL, &info, &borrowed), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_borrow(client, "k", 1, (const void **)&value, &info, NULL), LATZERO_INVALID_ARGUMENT);
    info.struct_size = 0;
    CHECK_STATUS(latzero_borrow(client, "fast", 4, (const void **)&value, &info, &borrowed), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_delete(client, "fast", 4));
    CHECK_EQUAL(kept(client), 0);
    free(bytes);
    leave(other);
    leave(client);
}

static void replace(latzero_client *client) { CHECK_OK(set_pattern(client, "k", large, 99)); }
static void delete_it(latzero_client *client) { CHECK_OK(latzero_delete(client, "k", 1)); }
static void clear(latzero_client *client) { CHECK_OK(latzero_clear(client)); }
static void swap(latzero_client *client) {
    char *buffer = malloc(large);
    CHECK_OK(latzero_swap(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, NULL, buffer, large, NULL));
    free(buffer);
}
static void let_expire(latzero_client *client) {
    int i;
    char key[16];
    CHECK_OK(latzero_expire(client, "k", 1, 1));
    pause_ms(5);
    for (i = 0; i < 2000; i++) {
        sprintf(key, "other-%d", i);
        CHECK_OK(set_pattern(client, key, 10, 1));
    }
}
static void commit_over(latzero_client *client) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    CHECK_OK(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, large, NULL, &memory, &reserved));
    memset(memory, 0, large);
    CHECK_OK(latzero_commit(reserved));
}

static void (*const fates[])(latzero_client *) = {replace, delete_it, clear, swap, let_expire, commit_over};

/* By its own client and by another, borrowed once and several times, given back in both orders. */
static void a_loan_outlives_its_key(void **state) {
    size_t fate, who, order, i;
    (void)state;
    for (fate = 0; fate < sizeof fates / sizeof *fates; fate++) {
        for (who = 0; who < 2; who++) {
            for (order = 0; order < 2; order++) {
                latzero_client *client = create_and_join(pool_name("outlives"), 0);
                latzero_client *other = join(pool_name("outlives"), 0);
                latzero_client *reader = join(pool_name("outlives"), LATZERO_CONNECT_READ_ONLY);
                latzero_client *const borrowers[] = {client, client, other, reader};
                latzero_borrowed *borrowed[4];
                const void *values[4];
                uint64_t used;
                CHECK_OK(set_pattern(client, "k", large, 5));
                /* In place a value is given a TTL only if it has one. */
                CHECK_OK(latzero_expire(client, "k", 1, 100000));
                used = stats_of(client).used_bytes;
                for (i = 0; i < 4; i++) values[i] = borrow(borrowers[i], "k", NULL, &borrowed[i]);
                CHECK_EQUAL(kept(client), 0);
                fates[fate](who == 0 ? client : other);
                CHECK(kept(client) >= large && kept(client) < large + 8192 && kept(reader) == kept(client));
                CHECK(stats_of(client).used_bytes < used + large);
                for (i = 0; i < 4; i++) {
                    const size_t at = order == 0 ? i : 3 - i;
                    CHECK(is_pattern(values[at], large, 5));
                    CHECK(kept(client) >= large);
                    CHECK_OK(latzero_return(borrowed[at]));
                    CHECK_STATUS(latzero_return(borrowed[at]), LATZERO_INVALID_ARGUMENT);
                }
                /* What a read-only client returns as the last one, the next allocation takes back. */
                if (order == 0) CHECK_OK(set_pattern(other, "next", 20000, 1));
                CHECK_EQUAL(kept(client), 0);
                leave(reader);
                leave(other);
                leave(client);
            }
        }
    }
}

static void the_memory_of_a_loan_is_used_again(void **state) {
    latzero_client *client = create_and_join(pool_name("again"), LATZERO_MAX_BYTES_LEAST);
    latzero_client *other = join(pool_name("again"), 0);
    latzero_borrowed *borrowed = NULL;
    const void *value;
    int i;
    (void)state;
    for (i = 0; i < 50; i++) {
        CHECK_OK(set_pattern(client, "k", 600000, (uint64_t)i));
        value = borrow(client, "k", NULL, &borrowed);
        CHECK_OK(latzero_delete(other, "k", 1));
        CHECK(kept(other) >= 600000);
        CHECK_STATUS(set_pattern(other, "k", 600000, 77), LATZERO_MEMORY_FULL);
        CHECK(is_pattern(value, 600000, (uint64_t)i));
        CHECK_OK(latzero_return(borrowed));
        CHECK_EQUAL(kept(other), 0);
        CHECK_OK(set_pattern(other, "k", 600000, 77));
        CHECK_OK(latzero_delete(client, "k", 1));
    }
    CHECK_EQUAL(stats_of(client).free_bytes < 300000, 1);
    leave(other);
    leave(client);
}

/* What is kept for borrowers is no memory for small records. */
static void what_is_kept_is_not_free(void **state) {
    latzero_client *client = create_and_join(pool_name("not-free"), 0);
    latzero_borrowed *borrowed = NULL;
    uint64_t free_bytes;
    (void)state;
    CHECK_OK(set_pattern(client, "k", large, 1));
    (void)borrow(client, "k", NULL, &borrowed);
    free_bytes = stats_of(client).free_bytes;
    CHECK_OK(latzero_delete(client, "k", 1));
    CHECK_EQUAL(stats_of(client).free_bytes, free_bytes);
    CHECK_OK(latzero_return(borrowed));
    CHECK_EQUAL(stats_of(client).free_bytes, free_bytes);
    leave(client);
}

static void a_disconnect_gives_everything_back(void **state) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    latzero_client *keeper = create_and_join(pool_name("back"), 0), *client, *view = NULL;
    latzero_borrowed *borrowed[20], *copied = NULL;
    char key[16];
    int i, kind;
    (void)state;
    for (kind = 0; kind < 2; kind++) {
        client = join(pool_name("back"), kinds[kind]);
        for (i = 0; i < 20; i++) {
            sprintf(key, "key-%d", i);
            CHECK_OK(set_pattern(keeper, key, large, 1));
            (void)borrow(client, key, NULL, &borrowed[i]);
        }
        CHECK_OK(set_pattern(keeper, "small", 10, 1));
        (void)borrow(client, "small", NULL, &copied);
        CHECK_OK(latzero_return(borrowed[7]));
        CHECK_OK(latzero_clear(keeper));
        CHECK(kept(keeper) >= 19 * large);
        /* As long as one handle is open the loans go on. */
        CHECK_OK(latzero_namespace(client, "v", 1, &view));
        leave(client);
        CHECK(kept(keeper) >= 19 * large);
        leave(view);
        CHECK_OK(set_pattern(keeper, "next", large, 1));
        CHECK_EQUAL(kept(keeper), 0);
        for (i = 0; i < 20; i++)
            CHECK_STATUS(latzero_return(borrowed[i]), i == 7 ? LATZERO_INVALID_ARGUMENT : LATZERO_OK);
        CHECK_OK(latzero_return(copied));
        CHECK_STATUS(latzero_return(borrowed[0]), LATZERO_INVALID_ARGUMENT);
        check_pattern(keeper, "next", large, 1);
    }
    leave(keeper);
}

typedef struct loan {
    latzero_client *client;
    latzero_borrowed *borrowed;
    const void *value;
} loan;

static void *borrow_and_exit(void *argument) {
    loan *made = argument;
    made->value = borrow(made->client, "k", NULL, &made->borrowed);
    return NULL;
}

static void *return_it(void *argument) {
    const loan *made = argument;
    CHECK(is_pattern(made->value, large, 1));
    CHECK_OK(latzero_return(made->borrowed));
    return NULL;
}

static void a_loan_is_no_thread_s_own(void **state) {
    latzero_client *client = create_and_join(pool_name("threads"), 0);
    loan made = {client, NULL, NULL};
    pthread_t thread;
    (void)state;
    CHECK_OK(set_pattern(client, "k", large, 1));
    CHECK(pthread_create(&thread, NULL, borrow_and_exit, &made) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_OK(set_pattern(client, "k", large, 2));
    CHECK(is_pattern(made.value, large, 1) && kept(client) >= large);
    CHECK(pthread_create(&thread, NULL, return_it, &made) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_EQUAL(kept(client), 0);
    leave(client);
}

static void borrow_and_die(char **arguments) {
    latzero_client *client = join(arguments[0], LATZERO_CONNECT_READ_ONLY);
    latzero_borrowed *borrowed = NULL;
    (void)borrow(client, "k", NULL, &borrowed);
    _exit(0);
}

static void the_dead_keep_nothing(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    int i;
    (void)state;
    strcpy(name, pool_name("dead"));
    client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    for (i = 0; i < 10; i++) {
        CHECK_OK(set_pattern(client, "k", 600000, 1));
        in_child(borrow_and_die, name, NULL);
        CHECK_OK(latzero_delete(client, "k", 1));
    }
    CHECK_EQUAL(kept(client), 0);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(borrow_and_die)};
    const struct CMUnitTest tests[] = {
        TEST(values_of_every_length_are_lent), TEST(encoded_values_are_lent_as_copies),
        TEST(a_loan_outlives_its_key),         TEST(the_memory_of_a_loan_is_used_again),
        TEST(what_is_kept_is_not_free),        TEST(a_disconnect_gives_everything_back),
        TEST(a_loan_is_no_thread_s_own),       TEST(the_dead_keep_nothing),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
