/* Lives that are given, changed and taken away; and that what is over is neither seen nor keeps its memory. */
#include "abi/every_call.h"

static void set_for(latzero_client *client, const char *key, size_t size, int64_t ttl_ms) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    char *bytes = calloc(1, size + 1);
    options.ttl_ms = ttl_ms;
    CHECK_OK(latzero_set(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, bytes, size, &options));
    free(bytes);
}

static latzero_value_info info_of(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    const void *value;
    CHECK_OK(latzero_borrow(client, key, LATZERO_CSTR, &value, &info, &borrowed));
    CHECK_OK(latzero_return(borrowed));
    return info;
}

static int exists(latzero_client *client, const char *key) {
    int32_t yes = -1;
    CHECK_OK(latzero_exists(client, key, LATZERO_CSTR, &yes));
    return yes;
}

/* With a TTL from the first, and without, in every way that a value is stored; the value and its version stay. */
static void a_life_is_changed_and_the_value_is_not(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("changed"), 0);
    char *text = calloc(1, 100001), *expected, *got;
    int way, had;
    (void)state;
    memset(text, 'x', 100000);
    for (had = 0; had < 2; had++) {
        for (way = 0; way < 7; way++) {
            latzero_value_info before, after;
            options.compress_encrypted = 1;
            options.compress_threshold = way == 5 ? 100 : -1;
            options.prefer_msgpack = way != 6;
            CHECK_OK(latzero_configure_serializer(&options));
            (void)latzero_delete(client, "k", 1);
            switch (way) {
            case 0: CHECK_OK(latzero_set_i64(client, "k", 1, 42, NULL)); break;
            case 1: CHECK_OK(latzero_set_null(client, "k", 1, NULL)); break;
            case 2: CHECK_OK(latzero_set_string(client, "k", 1, text, 3000, NULL)); break;
            case 3: CHECK_OK(latzero_increment(client, "k", 1, 1, 0, NULL)); break;
            case 4: CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BOOL, "\1", 1, NULL)); break;
            case 5: CHECK_OK(latzero_set_string(client, "k", 1, text, LATZERO_CSTR, NULL)); break;
            default: CHECK_OK(latzero_set_json(client, "k", 1, "{\"k\" : [1, 2]}", LATZERO_CSTR, NULL));
            }
            if (had) CHECK_OK(latzero_expire(client, "k", 1, 1000000));
            if (way == 3) CHECK_OK(latzero_increment(client, "k", 1, 1, 0, NULL));
            if (way == 4) CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BOOL, "\1", 1, NULL));
            CHECK_OK(latzero_get_json(client, "k", 1, &expected, NULL));
            before = info_of(client, "k");
            CHECK_OK(latzero_expire(client, "k", 1, 100000));
            after = info_of(client, "k");
            CHECK(after.ttl_ms > 90000 && after.ttl_ms <= 100000 && ttl_of(client, "k") <= 100000);
            CHECK_EQUAL(after.version, before.version);
            CHECK_OK(latzero_persist(client, "k", 1));
            CHECK_EQUAL(ttl_of(client, "k"), -1);
            CHECK_OK(latzero_persist(client, "k", 1));
            after = info_of(client, "k");
            CHECK(after.version == before.version && after.size == before.size && after.flags == before.flags);
            CHECK_OK(latzero_get_json(client, "k", 1, &got, NULL));
            CHECK(strcmp(expected, got) == 0);
            latzero_free(expected);
            latzero_free(got);
            /* It goes on as it did: a change in place, and a set by its version. */
            if (way == 3) CHECK_OK(latzero_increment(client, "k", 1, 1, 0, NULL));
            if (way == 4) CHECK_OK(latzero_append(client, "k", 1, LATZERO_TYPE_BOOL, "\1", 1, NULL));
            after = info_of(client, "k");
            CHECK((after.version == before.version) == (way != 3 && way != 4));
            CHECK_OK(latzero_compare_and_set(client, "k", 1, after.version, LATZERO_TYPE_NULL, NULL, 0, NULL, NULL));
        }
    }
    free(text);
    CHECK_OK(store_plain(NULL));
    leave(client);
}

static void only_a_life_to_come_is_given(void **state) {
    latzero_client *client = create_and_join(pool_name("given"), 0);
    int64_t ttl = 77;
    int had;
    (void)state;
    CHECK_STATUS(latzero_ttl(client, "k", 1, &ttl), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_expire(client, "k", 1, 1000), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_persist(client, "k", 1), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'k'");
    CHECK_STATUS(latzero_ttl(client, "k", 1, NULL), LATZERO_INVALID_ARGUMENT);
    for (had = 0; had < 2; had++) {
        set_for(client, "k", 10, had ? 100000 : 0);
        CHECK_STATUS(latzero_expire(client, "k", 1, 0), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("TTL");
        CHECK_STATUS(latzero_expire(client, "k", 1, -1), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_expire(client, "k", 1, INT64_MIN), LATZERO_INVALID_ARGUMENT);
        CHECK((ttl_of(client, "k") == -1) == !had);
        CHECK_OK(latzero_expire(client, "k", 1, INT64_MAX));
        CHECK(ttl_of(client, "k") > INT64_MAX - 10000);
        CHECK_OK(latzero_expire(client, "k", 1, 1));
        pause_ms(5);
        CHECK_STATUS(latzero_ttl(client, "k", 1, &ttl), LATZERO_NOT_FOUND);
        CHECK_STATUS(latzero_expire(client, "k", 1, 1000), LATZERO_NOT_FOUND);
        CHECK_STATUS(latzero_persist(client, "k", 1), LATZERO_NOT_FOUND);
        CHECK_EQUAL(ttl, 77);
    }
    leave(client);
}

static void a_set_without_a_ttl_loses_it(void **state) {
    latzero_client *client = create_and_join(pool_name("loses"), 0);
    size_t i, checked = 0;
    (void)state;
    for (i = 0; i < every_call_count; i++) {
        const client_call *call = &every_call[i];
        const int keeps = strstr(call->name, "append") != NULL || strstr(call->name, "update") != NULL ||
                          strstr(call->name, "crement") != NULL || strstr(call->name, "pop_") != NULL ||
                          strcmp(call->name, "count") == 0;
        latzero_value_info info;
        if (!(call->traits & HAS_KEY) || !(call->traits & WRITES) || strcmp(call->name, "expire") == 0) continue;
        ready_for(call, client, "k");
        if (call->needs >= 0) CHECK_OK(latzero_expire(client, "k", 1, 100000));
        if (call->needs < 0 && strncmp(call->name, "add", 3) != 0 && strcmp(call->name, "compare_and_set") != 0)
            set_for(client, "k", 10, 100000);
        check_status(call->run(client, "k", 1), LATZERO_OK, call->name, __FILE__, __LINE__);
        CHECK_OK(latzero_flush(client));
        if (!exists(client, "k") || strcmp(call->name, "reserve") == 0) continue;
        info = info_of(client, "k");
        check_equal(info.ttl_ms > 0, keeps, call->name, __FILE__, __LINE__);
        checked++;
    }
    CHECK_EQUAL(checked, 30);
    leave(client);
}

/* All that counts and lists, at once. */
static void check_seen(latzero_client *client, uint64_t expected) {
    check_keys(client, expected);
    CHECK_EQUAL(stats_of(client).key_count, expected);
}

/* Who is no client goes by the pool's own counters: what is over is in them until it is swept. */
static void check_listed(const char *name, uint64_t expected, uint64_t most) {
    latzero_pool_info info;
    CHECK(is_listed(name, &info));
    CHECK(info.key_count >= expected && info.key_count <= most);
}

static void check_swept(const char *name, uint64_t expected) {
    const int64_t end = now_ms() + 5000;
    CHECK_OK(latzero_auto_cleanup(10));
    while (pool_info_of(name).key_count != expected && now_ms() < end) pause_ms(5);
    CHECK_OK(latzero_auto_cleanup(0));
    check_listed(name, expected, expected);
}

static void what_is_over_is_left_out_at_once(void **state) {
    const char *name = pool_name("over");
    latzero_client *client = create_and_join(name, 0), *view = NULL;
    latzero_client *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    char key[16];
    size_t i;
    (void)state;
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    for (i = 0; i < 3000; i++) {
        sprintf(key, "key-%zu", i);
        set_for(i % 2 ? client : view, key, i % 5 * 1000, i % 3 == 0 ? 0 : 1000000);
    }
    check_seen(reader, 3000);
    for (i = 1; i < 3000; i += 3) {
        sprintf(key, "key-%zu", i);
        set_for(i % 2 ? client : view, key, i % 5 * 1000, 60);
    }
    pause_ms(80);
    check_seen(reader, 2000);
    check_seen(client, 2000);
    check_listed(name, 2000, 3000);
    {
        uint64_t own = 0;
        CHECK_OK(latzero_size(view, &own));
        CHECK_EQUAL(own, 1000);
    }
    /* A longer life that is given in time counts; a shorter one, too. */
    set_for(client, "short", 1, 30);
    set_for(client, "long", 1, 1000000);
    CHECK_OK(latzero_expire(client, "short", 5, 1000000));
    CHECK_OK(latzero_expire(client, "long", 4, 30));
    pause_ms(50);
    CHECK(exists(client, "short") && !exists(client, "long"));
    check_seen(reader, 2001);
    check_swept(name, 2001);
    leave(view);
    leave(reader);
    leave(client);
}

/* Writes to other keys take the memory of what is over back. */
static void writes_take_the_memory_back(void **state) {
    latzero_client *client = create_and_join(pool_name("back"), 0);
    uint64_t empty, filled;
    char key[32];
    int i;
    (void)state;
    CHECK_OK(set_pattern(client, "steady", 10, 1));
    for (i = 0; i < 64 * 8; i++) {
        sprintf(key, "steady-%d", i);
        CHECK_OK(set_pattern(client, key, 10, 1));
    }
    empty = stats_of(client).used_bytes;
    for (i = 0; i < 5000; i++) {
        sprintf(key, "brief-%d", i);
        set_for(client, key, i % 10 == 0 ? 10000 : 100, 1500);
    }
    filled = stats_of(client).used_bytes;
    CHECK(filled > empty + 5000000);
    pause_ms(1520);
    for (i = 0; i < 64 * 8 * 40; i++) {
        sprintf(key, "steady-%d", i % (64 * 8));
        CHECK_OK(set_pattern(client, key, 10, 1));
    }
    /* But for the tables, which have grown. */
    CHECK(stats_of(client).used_bytes < empty + (filled - empty) / 10);
    leave(client);
}

static uint64_t fill_for(latzero_client *client, const char *name, size_t size, int64_t ttl_ms) {
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    char *bytes = calloc(1, size + 1), key[32];
    uint64_t count = 0;
    latzero_status status;
    options.ttl_ms = ttl_ms;
    do {
        sprintf(key, "%s-%d", name, (int)count++);
        status = latzero_set(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, bytes, size, &options);
    } while (status == LATZERO_OK);
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    free(bytes);
    return count - 1;
}

static void a_full_pool_takes_back_what_is_over(void **state) {
    static const size_t sizes[] = {10, 1000, 3000, 50000, 300000};
    size_t i, k;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        latzero_client *client = create_and_join(pool_name("full"), LATZERO_MAX_BYTES_LEAST);
        const uint64_t first = fill_for(client, "first", sizes[i], 400);
        /* How many there is room for depends a little on where they hash to. */
        const uint64_t second = first < 10 ? first : first * 3 / 4;
        CHECK(first > 0);
        pause_ms(430);
        for (k = 0; k < second; k++) {
            char key[32];
            sprintf(key, "second-%zu", k);
            CHECK_OK(set_pattern(client, key, sizes[i], k));
        }
        CHECK_EQUAL(stats_of(client).key_count, second);
        /* And for values of another size. */
        CHECK_OK(latzero_clear(client));
        (void)fill_for(client, "third", sizes[i], 400);
        pause_ms(430);
        CHECK_OK(set_pattern(client, "large", 500000, 1));
        leave(client);
    }
}

/* Without a write, by the thread of latzero_auto_cleanup(). */
static void the_cleanup_takes_the_memory_back(void **state) {
    latzero_client *client = create_and_join(pool_name("cleanup"), 0);
    latzero_client *reader = join(pool_name("cleanup"), LATZERO_CONNECT_READ_ONLY);
    char key[32];
    int i;
    (void)state;
    for (i = 0; i < 1000; i++) {
        sprintf(key, "brief-%d", i);
        set_for(client, key, 1000, 2000);
    }
    CHECK_OK(set_pattern(client, "stays", 10, 1));
    CHECK(stats_of(client).used_bytes > 1000000);
    CHECK_OK(latzero_auto_cleanup(20));
    for (i = 0; i < 250 && stats_of(reader).used_bytes > 100000; i++) pause_ms(20);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK(stats_of(reader).used_bytes <= 100000);
    check_pattern(client, "stays", 10, 1);
    CHECK_EQUAL(stats_of(reader).key_count, 1);
    leave(reader);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_life_is_changed_and_the_value_is_not),
        TEST(only_a_life_to_come_is_given),
        TEST(a_set_without_a_ttl_loses_it),
        TEST(what_is_over_is_left_out_at_once),
        TEST(writes_take_the_memory_back),
        TEST(a_full_pool_takes_back_what_is_over),
        TEST(the_cleanup_takes_the_memory_back),
    };
    return RUN_TESTS(tests);
}
