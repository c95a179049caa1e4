/* Handles that are none, were closed, or outlive what they belong to: recognised, whatever the caller does. */
#include "abi/every_call.h"

/* Every call that takes a client refuses this one. */
static void check_refused(latzero_client *client) {
    check_every_call(client, "k", 1, 0, LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("handle");
    CHECK_STATUS(latzero_disconnect(client), LATZERO_INVALID_ARGUMENT);
}

static void what_is_no_handle_is_refused(void **state) {
    latzero_client *real = create_and_join(pool_name("real"), 0);
    uint64_t random = 3;
    int local = 0, i;
    (void)state;
    check_refused(NULL);
    check_refused((latzero_client *)&local);
    check_refused((latzero_client *)(void *)pool_name("text"));
    check_refused((latzero_client *)1);
    check_refused((latzero_client *)UINTPTR_MAX);
    check_refused((latzero_client *)(UINTPTR_MAX / 2));
    check_refused((latzero_client *)((uintptr_t)real + 1));
    check_refused((latzero_client *)((uintptr_t)real ^ ((uintptr_t)1 << 63)));
    for (i = 0; i < 1000; i++) {
        latzero_client *garbage = (latzero_client *)(uintptr_t)next_random(&random);
        if (garbage != real) check_refused(garbage);
    }
    CHECK_OK(latzero_set_null(real, "k", 1, NULL));
    leave(real);
}

static void a_closed_handle_is_refused_for_good(void **state) {
    const char *name = pool_name("closed");
    latzero_client *keeper = create_and_join(name, 0), *closed[50], *open;
    int i, k;
    (void)state;
    for (i = 0; i < 50; i++) {
        closed[i] = join(name, i % 2 ? LATZERO_CONNECT_READ_ONLY : 0);
        leave(closed[i]);
        /* Its place is taken anew, under another number. */
        open = join(name, 0);
        for (k = 0; k <= i; k++) check_refused(closed[k]);
        CHECK_OK(latzero_set_i64(open, "k", 1, i, NULL));
        leave(open);
    }
    CHECK_EQUAL(stats_of(keeper).clients, 1);
    leave(keeper);
}

static void an_iterator_notices_that_its_client_was_closed(void **state) {
    const char *name = pool_name("iterators"), *key = NULL;
    latzero_client *keeper = create_and_join(name, 0), *client = join(name, 0);
    latzero_iter *iter = NULL, *second = NULL;
    size_t length = 77;
    (void)state;
    CHECK_OK(latzero_set_null(client, "a", 1, NULL));
    CHECK_OK(latzero_set_null(client, "b", 1, NULL));
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    CHECK_OK(latzero_iter_open(client, NULL, 0, &second));
    CHECK_OK(latzero_iter_next(iter, &key, &length, NULL, NULL));
    leave(client);
    client = join(name, 0);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_iter_next(second, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    latzero_iter_close(iter);
    latzero_iter_close(second);
    leave(client);
    leave(keeper);
}

static void what_is_no_iterator_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("iters"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_iter *iter = NULL;
    const char *key = NULL;
    size_t length = 77;
    (void)state;
    CHECK_STATUS(latzero_iter_next(NULL, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_iter_next((latzero_iter *)client, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_iter_next((latzero_iter *)&info, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_iter_open(client, NULL, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    CHECK_STATUS(latzero_iter_next(iter, NULL, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_iter_next(iter, &key, NULL, NULL, NULL), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, &info), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, &info), LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    latzero_iter_close(iter);
    latzero_iter_close(NULL);
    CHECK(key == NULL && length == 77);
    leave(client);
}

static void check_no_loan(void *number) {
    CHECK_STATUS(latzero_return(number), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("borrow");
    CHECK_STATUS(latzero_commit(number), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("reservation");
    CHECK_STATUS(latzero_abandon(number), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("reservation");
}

static void what_is_no_loan_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("loans"), 0);
    latzero_borrowed *borrowed = NULL;
    latzero_reserved *reserved = NULL;
    const void *value = NULL;
    void *memory = NULL;
    uint64_t random = 4;
    int i;
    (void)state;
    CHECK_OK(set_pattern(client, "k", 50000, 1));
    for (i = 0; i < 50; i++) {
        CHECK_OK(latzero_borrow(client, "k", 1, &value, NULL, &borrowed));
        CHECK_OK(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, 5000, NULL, &memory, &reserved));
        CHECK_OK(latzero_return(borrowed));
        CHECK_OK(latzero_abandon(reserved));
        CHECK_STATUS(latzero_return(borrowed), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_abandon(reserved), LATZERO_INVALID_ARGUMENT);
    }
    check_no_loan(NULL);
    check_no_loan(&random);
    check_no_loan((void *)1);
    check_no_loan((void *)UINTPTR_MAX);
    for (i = 0; i < 1000; i++) check_no_loan((void *)(uintptr_t)next_random(&random));
    leave(client);
}

static void many_handles_leave_nothing(void **state) {
    const uint64_t rounds = scaled(1000);
    const char *name = pool_name("many");
    size_t descriptors, mappings;
    uint64_t i;
    (void)state;
    leave(create_and_join(name, 0));
    (void)pool_exists(name);
    descriptors = open_descriptors();
    mappings = mappings_with("");
    for (i = 0; i < rounds; i++) {
        latzero_client *client = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY),
                       *view = NULL;
        latzero_iter *iter = NULL;
        CHECK_OK(latzero_set_i64(client, "k", 1, (int64_t)i, NULL));
        CHECK_OK(latzero_iter_open(reader, NULL, 0, &iter));
        latzero_iter_close(iter);
        CHECK_OK(latzero_namespace(reader, "view", LATZERO_CSTR, &view));
        leave(client);
        leave(reader);
        leave(view);
    }
    CHECK_EQUAL(open_descriptors(), descriptors);
    /* The heap may have become a mapping more. */
    CHECK(mappings_with("") <= mappings + 4);
    CHECK(threads_become(1));
}

/* Memory: a thousand more rounds do not make the process larger. */
static void many_handles_take_no_memory(void **state) {
    const char *name = pool_name("memory");
    latzero_client *keeper;
    long before = 0, after = 0, unused;
    int i, half;
    (void)state;
    skip_under_sanitizers();
    keeper = create_and_join(name, 0);
    for (half = 0; half < 2; half++) {
        FILE *statm;
        for (i = 0; i < 2000; i++) {
            latzero_iter *iter = NULL;
            latzero_client *client = join(name, i % 2 ? LATZERO_CONNECT_READ_ONLY : 0);
            CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
            latzero_iter_close(iter);
            leave(client);
        }
        statm = fopen("/proc/self/statm", "re");
        CHECK(statm != NULL && fscanf(statm, "%ld %ld", &unused, half ? &after : &before) == 2);
        fclose(statm);
    }
    /* In pages of 4 KiB; a byte lost per round would not show, a handle would. */
    CHECK(after - before < 100);
    leave(keeper);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_handle_is_refused),
        TEST(a_closed_handle_is_refused_for_good),
        TEST(an_iterator_notices_that_its_client_was_closed),
        TEST(what_is_no_iterator_is_refused),
        TEST(what_is_no_loan_is_refused),
        TEST(many_handles_leave_nothing),
        TEST(many_handles_take_no_memory),
    };
    return RUN_TESTS(tests);
}
