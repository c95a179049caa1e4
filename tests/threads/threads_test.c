/* Many threads in one process: on one handle, on several, and while handles come and go. Runs under ThreadSanitizer. */
#include "abi/test.h"

enum { workers = 4, keys = 40, counters = 8, largest = 6000 };

typedef struct worker {
    latzero_client *client;
    const char *name;
    uint64_t number;
    int64_t added[counters];
} worker;

static void run(worker *all, void *(*body)(void *)) { in_threads(body, all, workers, sizeof *all); }

/* All of them, with the same client and name. */
static void hire(worker *all, latzero_client *client, const char *name) {
    size_t i;
    memset(all, 0, workers * sizeof *all);
    for (i = 0; i < workers; i++) {
        all[i].client = client;
        all[i].name = name;
        all[i].number = i;
    }
}

/* A value that proves itself: its stamp, its key's number, and then words that follow from both. */
static size_t write_proof(uint64_t *words, uint64_t key, uint64_t stamp, size_t size) {
    size_t i;
    words[0] = stamp;
    words[1] = key;
    for (i = 2; i < size / 8; i++) words[i] = (stamp ^ key * 31) + i;
    return size / 8 * 8;
}

static void check_proof(const uint64_t *words, uint64_t key, size_t size) {
    size_t i;
    CHECK(size >= 16 && size % 8 == 0);
    CHECK_EQUAL(words[1], key);
    for (i = 2; i < size / 8; i++) CHECK_EQUAL(words[i], (words[0] ^ key * 31) + i);
}

static void read_and_check(latzero_client *client, uint64_t number, int owned) {
    uint64_t words[largest / 8];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_status status;
    char key[16];
    void *bytes = NULL;
    size_t size = 0;
    sprintf(key, "key-%u", (unsigned)number);
    if (owned)
        status = latzero_get_bytes(client, key, LATZERO_CSTR, &bytes, &size);
    else
        status = latzero_get(client, key, LATZERO_CSTR, words, sizeof words, &info);
    CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND);
    if (status != LATZERO_OK) return;
    check_proof(owned ? bytes : words, number, owned ? size : info.size);
    latzero_free(bytes);
}

static void walk_and_check(latzero_client *client) {
    latzero_iter *iter = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    unsigned met[counters] = {0};
    const char *key;
    size_t length, i;
    latzero_status status;
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    while ((status = latzero_iter_next(iter, &key, &length, NULL, &info)) == LATZERO_OK) {
        if (key[0] == 'c') met[strtoul(key + 6, NULL, 10)]++;
        CHECK(info.type == (key[0] == 'c' ? LATZERO_TYPE_INT64 : LATZERO_TYPE_BYTES));
    }
    CHECK_STATUS(status, LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    /* The counters are there throughout. */
    for (i = 0; i < counters; i++) CHECK_EQUAL(met[i], 1);
}

static void count(worker *self, uint64_t random) {
    char key[16];
    const unsigned number = (unsigned)(random % counters);
    const int64_t delta = (int64_t)(random >> 8) % 1000 - 500;
    int64_t sum = 0;
    sprintf(key, "count-%u", number);
    if (random & 1 << 30)
        CHECK_OK(latzero_increment(self->client, key, LATZERO_CSTR, delta, 0, &sum));
    else
        CHECK_OK(latzero_decrement(self->client, key, LATZERO_CSTR, -delta, 0, &sum));
    self->added[number] += delta;
}

static void *do_everything(void *argument) {
    worker *self = argument;
    uint64_t words[largest / 8], random = self->number * 1000, i;
    const uint64_t rounds = rounds_of(60000);
    for (i = 0; i < rounds; i++) {
        const uint64_t dice = next_random(&random), number = dice % keys;
        char key[16];
        latzero_status status = LATZERO_OK;
        sprintf(key, "key-%u", (unsigned)number);
        switch (dice >> 40 & 15) {
        case 0:
        case 1:
        case 2:
        case 3: {
            const size_t limit = dice >> 50 & 7 ? 300 : largest, size = 16 + (dice >> 20) % (limit - 16);
            status =
                latzero_set_bytes(self->client, key, LATZERO_CSTR, words, write_proof(words, number, dice, size), NULL);
            break;
        }
        case 4: status = latzero_delete(self->client, key, LATZERO_CSTR); break;
        case 5:
        case 6: count(self, dice >> 8); break;
        case 7: read_and_check(self->client, number, 1); break;
        default: read_and_check(self->client, number, 0);
        }
        CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND);
        if (i % 512 == 0) walk_and_check(self->client);
        if (i % 512 == 1) CHECK(stats_of(self->client).key_count <= keys + counters + 1);
    }
    return NULL;
}

static void set_counters_to_zero(latzero_client *client) {
    char key[16];
    int i;
    for (i = 0; i < counters; i++) {
        sprintf(key, "count-%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, 0, NULL));
    }
}

static void check_counters(latzero_client *client, const worker *all) {
    char key[16];
    int i, k;
    for (i = 0; i < counters; i++) {
        int64_t expected = 0, value = 0;
        for (k = 0; k < workers; k++) expected += all[k].added[i];
        sprintf(key, "count-%d", i);
        CHECK_OK(latzero_get_i64(client, key, LATZERO_CSTR, &value));
        CHECK_EQUAL(value, expected);
    }
}

static void threads_share_one_handle(void **state) {
    latzero_client *client = create_and_join(pool_name("shared"), 0);
    worker all[workers];
    (void)state;
    set_counters_to_zero(client);
    hire(all, client, NULL);
    run(all, do_everything);
    check_counters(client, all);
    leave(client);
}

static void threads_have_handles_of_their_own(void **state) {
    const char *name = pool_name("own");
    latzero_client *client = create_and_join(name, 0);
    worker all[workers];
    uint64_t i;
    (void)state;
    set_counters_to_zero(client);
    hire(all, NULL, name);
    for (i = 0; i < workers; i++) all[i].client = join(name, 0);
    run(all, do_everything);
    check_counters(client, all);
    for (i = 0; i < workers; i++) leave(all[i].client);
    leave(client);
}

/* Half of the threads work on one handle; the others connect and disconnect their own, and look at closed ones. */
static void *come_and_go(void *argument) {
    worker *self = argument;
    const uint64_t rounds = rounds_of(4000);
    uint64_t i;
    if (self->number % 2) return do_everything(self);
    for (i = 0; i < rounds; i++) {
        latzero_client *own = join(self->name, i % 2 ? LATZERO_CONNECT_READ_ONLY : 0), *closed = own;
        read_and_check(own, i % keys, 0);
        if (i % 16 == 0) walk_and_check(own);
        leave(own);
        CHECK_STATUS(latzero_get(closed, "key-0", 5, NULL, 0, NULL), LATZERO_INVALID_ARGUMENT);
    }
    return NULL;
}

static void handles_come_and_go_beside_work_on_others(void **state) {
    const char *name = pool_name("traffic");
    latzero_client *client = create_and_join(name, 0);
    worker all[workers];
    (void)state;
    set_counters_to_zero(client);
    hire(all, client, name);
    run(all, come_and_go);
    check_counters(client, all);
    CHECK_EQUAL(stats_of(client).clients, 1);
    leave(client);
}

/* Pools of the same few names are made, joined, destroyed and cleaned up by all at once. */
static void *make_and_destroy(void *argument) {
    worker *self = argument;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_options small = LATZERO_POOL_OPTIONS_INIT;
    const uint64_t rounds = rounds_of(3000);
    uint64_t random = self->number, i;
    small.max_bytes = LATZERO_MAX_BYTES_LEAST;
    options.create_options = &small;
    for (i = 0; i < rounds; i++) {
        const uint64_t dice = next_random(&random);
        char name[LATZERO_NAME_MAX + 1];
        latzero_client *client = NULL;
        latzero_status status;
        int32_t exists = -1;
        snprintf(name, sizeof name, "%s-%u", self->name, (unsigned)(dice % 3));
        options.flags = dice & 16 ? LATZERO_CONNECT_CREATE : 0;
        switch (dice >> 8 & 7) {
        case 0: status = latzero_pool_create(name, &small); break;
        case 1: status = latzero_pool_destroy(name); break;
        case 2: status = latzero_pool_exists(name, &exists); break;
        case 3: status = dice & 1024 ? latzero_pool_cleanup(NULL) : LATZERO_OK; break;
        default: status = latzero_connect(name, &options, &client);
        }
        CHECK(status == LATZERO_OK || status == LATZERO_POOL_EXISTS || status == LATZERO_POOL_NOT_FOUND);
        if (status == LATZERO_POOL_NOT_FOUND || status == LATZERO_POOL_EXISTS) CHECK_SENTENCE(name);
        if (client == NULL) continue;
        status = latzero_increment(client, "k", 1, 1, 0, NULL);
        CHECK(status == LATZERO_OK || status == LATZERO_DESTROYED);
        CHECK_OK(latzero_disconnect(client));
    }
    return NULL;
}

static void pools_come_and_go_in_all_threads(void **state) {
    worker all[workers];
    char name[LATZERO_NAME_MAX + 1];
    uint64_t i;
    (void)state;
    hire(all, NULL, pool_name("pools"));
    run(all, make_and_destroy);
    for (i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s-%u", pool_name("pools"), (unsigned)i);
        (void)latzero_pool_destroy(name);
    }
}

/* The pool ends under threads that use it. */
static void *use_until_destroyed(void *argument) {
    worker *self = argument;
    latzero_status status = LATZERO_OK;
    uint64_t words[8], i;
    for (i = 0; status == LATZERO_OK || status == LATZERO_NOT_FOUND; i++) {
        if (self->number == 0 && i == 2000) CHECK_OK(latzero_pool_destroy(self->name));
        if (i % 3 == 0) status = latzero_set_bytes(self->client, "k", 1, words, write_proof(words, 0, i, 64), NULL);
        if (i % 3 == 1) status = latzero_get(self->client, "k", 1, NULL, 0, NULL);
        if (i % 3 == 2) status = latzero_delete(self->client, "k", 1);
        if (status == LATZERO_TOO_SMALL) status = LATZERO_OK;
    }
    CHECK_STATUS(status, LATZERO_DESTROYED);
    CHECK_SENTENCE(self->name);
    return NULL;
}

static void a_pool_is_destroyed_under_its_threads(void **state) {
    worker all[workers];
    int round;
    (void)state;
    for (round = 0; round < 5; round++) {
        const char *name = pool_name("doomed");
        latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
        hire(all, client, name);
        run(all, use_until_destroyed);
        leave(client);
    }
}

static void *switch_cleanup(void *argument) {
    const worker *self = argument;
    uint64_t i;
    for (i = 0; i < 60; i++) CHECK_OK(latzero_auto_cleanup((int64_t)((i + self->number) % 3)));
    return NULL;
}

static void cleanup_is_switched_by_all_threads(void **state) {
    worker all[workers];
    (void)state;
    hire(all, NULL, NULL);
    run(all, switch_cleanup);
    CHECK_OK(latzero_auto_cleanup(0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(threads_share_one_handle),
        TEST(threads_have_handles_of_their_own),
        TEST(handles_come_and_go_beside_work_on_others),
        TEST(pools_come_and_go_in_all_threads),
        TEST(a_pool_is_destroyed_under_its_threads),
        TEST(cleanup_is_switched_by_all_threads),
    };
    return RUN_TESTS(tests);
}
