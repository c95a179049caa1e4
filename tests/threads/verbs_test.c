/* Many threads on one handle, with the verbs that keep something in the process: fast sets, loans, compressed values,
 * namespaces; and those that read and write in one. Runs under ThreadSanitizer. */
#include "abi/test.h"

enum { workers = 4, large = 20000, fast_keys = 25 };

typedef struct worker {
    latzero_client *client;
    int number;
} worker;

static void append_one(worker *self) {
    const int64_t element = self->number;
    CHECK_OK(latzero_append(self->client, "list", 4, LATZERO_TYPE_INT64, &element, sizeof element, NULL));
}

static void count_one(worker *self) {
    uint64_t number, version;
    latzero_status status;
    do {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        number = 0;
        status = latzero_get(self->client, "number", 6, &number, sizeof number, &info);
        CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND);
        version = status == LATZERO_OK ? info.version : 0;
        number++;
        status = latzero_compare_and_set(self->client, "number", 6, version, LATZERO_TYPE_BYTES, &number, sizeof number,
                                         NULL, &version);
    } while (status == LATZERO_CONFLICT);
    CHECK_OK(status);
}

/* A value of one byte over and over; a borrowed one stays so, whoever replaces it. */
static void replace_and_borrow(worker *self, uint64_t round) {
    static const char plain[] = "large", tight[] = "tight";
    const char *key = round % 2 ? plain : tight;
    char bytes[large];
    const unsigned char *value = NULL;
    latzero_borrowed *borrowed = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    size_t i;
    memset(bytes, (int)(round + (uint64_t)self->number * 7), sizeof bytes);
    CHECK_OK(latzero_set_bytes(self->client, key, 5, bytes, key == plain ? large : 1500, NULL));
    CHECK_OK(latzero_borrow(self->client, key, 5, (const void **)&value, &info, &borrowed));
    for (i = 1; i < info.size; i++) CHECK(value[i] == value[0]);
    CHECK_OK(latzero_return(borrowed));
}

/* Own keys: what this thread has set, it sees, flushed or not. */
static void set_fast_and_read(worker *self, uint64_t round) {
    char key[32];
    uint64_t got = 0;
    sprintf(key, "fast-%d-%d", self->number, (int)(round % fast_keys));
    CHECK_OK(latzero_set_fast(self->client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, &round, sizeof round, NULL));
    CHECK_OK(latzero_get(self->client, key, LATZERO_CSTR, &got, sizeof got, NULL));
    CHECK_EQUAL(got, round);
}

static void use_a_namespace(worker *self) {
    latzero_client *view = NULL;
    char name[16];
    uint64_t size = 0;
    sprintf(name, "space-%d", self->number);
    CHECK_OK(latzero_namespace(self->client, name, LATZERO_CSTR, &view));
    CHECK_OK(latzero_set_i64(view, "key", 3, 1, NULL));
    CHECK_OK(latzero_size(view, &size));
    CHECK_EQUAL(size, 1);
    CHECK_OK(latzero_disconnect(view));
}

static void *work(void *argument) {
    worker *self = argument;
    const uint64_t rounds = rounds_of(4000);
    uint64_t round;
    for (round = 0; round < rounds; round++) {
        append_one(self);
        count_one(self);
        set_fast_and_read(self, round);
        if (round % 4 == 0) replace_and_borrow(self, round / 4);
        if (round % 64 == 0) use_a_namespace(self);
    }
    return NULL;
}

static void everybody_on_one_handle(void **state) {
    worker all[workers];
    latzero_client *client = create_and_join(pool_name("verbs"), 0);
    latzero_serializer_options compressing = LATZERO_SERIALIZER_OPTIONS_INIT;
    const uint64_t changes = workers * rounds_of(4000);
    uint64_t number = 0, length = 0;
    const int64_t element = 0;
    int i;
    (void)state;
    compressing.compress_threshold = 1000;
    compressing.compress_encrypted = 1;
    CHECK_OK(latzero_configure_serializer(&compressing));
    CHECK_OK(latzero_auto_cleanup(1));
    for (i = 0; i < workers; i++) {
        all[i].client = client;
        all[i].number = i;
    }
    in_threads(work, all, workers, sizeof *all);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK_OK(latzero_get(client, "number", 6, &number, sizeof number, NULL));
    CHECK_EQUAL(number, changes);
    CHECK_OK(latzero_append(client, "list", 4, LATZERO_TYPE_INT64, &element, sizeof element, &length));
    CHECK_EQUAL(length, changes + 1);
    CHECK_EQUAL(stats_of(client).borrowed_bytes, 0);
    leave(client);
    CHECK_OK(latzero_configure_serializer(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(everybody_on_one_handle)};
    return RUN_TESTS(tests);
}
