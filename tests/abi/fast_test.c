/* Fast sets: seen by their own connection at once, by others when they are flushed, and never lost or out of order. */
#include "abi/every_call.h"

static int sees(latzero_client *client, const char *key) {
    int32_t exists = -1;
    CHECK_OK(latzero_exists(client, key, LATZERO_CSTR, &exists));
    return exists;
}

static latzero_status fast_i64(latzero_client *client, const char *key, int64_t value) {
    return latzero_set_fast(client, key, LATZERO_CSTR, LATZERO_TYPE_INT64, &value, sizeof value, NULL);
}

static latzero_status fast_bytes(latzero_client *client, const char *key, size_t size) {
    static const char zeros[60000];
    return latzero_set_fast(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, zeros, size, NULL);
}

static int64_t number_of(latzero_client *client, const char *key) {
    int64_t value = -77;
    CHECK_OK(latzero_get_i64(client, key, LATZERO_CSTR, &value));
    return value;
}

static void a_pending_value_is_read_by_its_own_connection(void **state) {
    latzero_client *client = create_and_join(pool_name("own"), 0), *other = join(pool_name("own"), 0), *view = NULL;
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_entry entry = {"o", 1, NULL, 3, 0, 7, 0, 0, 0, 0, 0};
    char buffer[8] = {0}, *text = NULL;
    void *bytes = NULL;
    size_t size = 0, found = 0;
    int64_t number = 0, ttl = 0;
    int32_t yes = 0;
    (void)state;
    options.tag = 5, options.ttl_ms = 3600000;
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    CHECK_OK(latzero_set_fast(client, "o", 1, LATZERO_TYPE_OPAQUE, "abc", 3, &options));
    CHECK_OK(latzero_get(client, "o", 1, buffer, 3, &info));
    CHECK(info.type == LATZERO_TYPE_OPAQUE && info.size == 3 && info.tag == 5 && memcmp(buffer, "abc", 4) == 0);
    CHECK(info.flags == LATZERO_VALUE_PENDING && info.version == 0);
    CHECK(info.ttl_ms > 3500000 && info.ttl_ms <= 3600000);
    CHECK_STATUS(latzero_get(client, "o", 1, buffer, 2, &info), LATZERO_TOO_SMALL);
    CHECK(info.size == 3 && info.tag == 5 && info.flags == LATZERO_VALUE_PENDING && info.ttl_ms > 3500000);
    entry.value = buffer;
    CHECK_OK(latzero_mget(client, sizeof entry, &entry, 1, &found));
    CHECK(found == 1 && entry.size == 3 && entry.tag == 5 && entry.version == 0 && entry.ttl_ms > 3500000);
    CHECK_OK(latzero_ttl(client, "o", 1, &ttl));
    CHECK(ttl > 3500000);
    CHECK_STATUS(latzero_get_i64(client, "o", 1, &number), LATZERO_TYPE_MISMATCH);
    CHECK_OK(latzero_set_fast(client, "v:s", 3, LATZERO_TYPE_STRING, "text", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_get_string(client, "v:s", 3, &text, &size));
    CHECK(size == 4 && strcmp(text, "text") == 0);
    latzero_free(text);
    CHECK_OK(latzero_get_string(view, "s", 1, &text, &size));
    CHECK(size == 4);
    latzero_free(text);
    CHECK_OK(latzero_set_fast(view, "l", 1, LATZERO_TYPE_LIST, "\x91\1", 2, NULL));
    CHECK_OK(latzero_get_json(client, "v:l", 3, &text, &size));
    CHECK(strcmp(text, "[1]") == 0);
    latzero_free(text);
    CHECK_OK(latzero_get_msgpack(client, "v:l", 3, &bytes, &size));
    CHECK(size == 2 && memcmp(bytes, "\x91\1", 2) == 0);
    latzero_free(bytes);
    CHECK_OK(latzero_set_fast(client, "b", 1, LATZERO_TYPE_BOOL, "\1", 1, NULL));
    CHECK_OK(latzero_get_bool(client, "b", 1, &yes));
    CHECK(yes == 1 && sees(client, "b") && sees(view, "l") && !sees(view, "b"));
    CHECK(!sees(other, "o") && !sees(other, "v:s") && !sees(other, "v:l") && !sees(other, "b"));
    CHECK_EQUAL(stats_of(other).key_count, 0);
    CHECK_OK(latzero_flush(client));
    CHECK_OK(latzero_get(other, "o", 1, buffer, 3, &info));
    CHECK(info.tag == 5 && info.version != 0 && info.flags == 0 && info.ttl_ms > 3500000);
    CHECK(sees(other, "v:s") && sees(other, "v:l") && sees(other, "b"));
    CHECK_EQUAL(stats_of(other).key_count, 4);
    CHECK_OK(latzero_get(client, "o", 1, buffer, 3, &info));
    CHECK_EQUAL(info.flags, 0);
    CHECK_OK(latzero_flush(client));
    leave(view);
    leave(other);
    leave(client);
}

static void every_hundredth_and_every_mebibyte_flush(void **state) {
    latzero_client *client = create_and_join(pool_name("hundred"), 0), *other = join(pool_name("hundred"), 0);
    char *bytes = calloc(1, 1 << 20), key[16];
    int i;
    (void)state;
    for (i = 1; i <= 250; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(fast_i64(client, key, i));
        CHECK_EQUAL(stats_of(other).key_count, i / 100 * 100);
    }
    CHECK_OK(latzero_clear(client));
    CHECK_EQUAL(stats_of(other).key_count, 0);
    for (i = 1; i <= 11; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(latzero_set_fast(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, bytes, 100 << 10, NULL));
        CHECK_EQUAL(stats_of(other).key_count, i < 11 ? 0 : 11);
    }
    CHECK_OK(latzero_set_fast(client, "large", 5, LATZERO_TYPE_BYTES, bytes, 1 << 20, NULL));
    CHECK(sees(other, "large"));
    CHECK_OK(fast_i64(client, "small", 1));
    CHECK(!sees(other, "small"));
    free(bytes);
    leave(other);
    leave(client);
}

/* Whatever must see a pending value, on another key too. */
static void other_calls_flush_first(void **state) {
    const char *name = pool_name("first");
    latzero_client *client = create_and_join(name, 0), *other = join(name, 0), *view = NULL;
    latzero_iter *iter = NULL;
    const char *key;
    size_t i, length, checked = 0;
    (void)state;
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    for (i = 0; i < 2 * every_call_count; i++) {
        const client_call *call = &every_call[i / 2];
        const int must = (call->traits & WRITES && strcmp(call->name, "set_fast") != 0) ||
                         strcmp(call->name, "size") == 0 || strcmp(call->name, "scan") == 0 ||
                         strcmp(call->name, "stats") == 0 || strcmp(call->name, "flush") == 0 ||
                         strcmp(call->name, "borrow") == 0 || strcmp(call->name, "snapshot_save") == 0;
        if (!must) continue;
        CHECK_OK(latzero_clear(client));
        ready_for(call, other, i % 2 ? "v:k" : "k");
        CHECK_OK(fast_i64(client, "p", 1));
        check_status(call->run(i % 2 ? view : client, "k", 1), LATZERO_OK, call->name, __FILE__, __LINE__);
        if (strcmp(call->name, "clear") == 0 && i % 2 == 0)
            CHECK(!sees(other, "p") && !sees(client, "p"));
        else
            check_true(sees(other, "p"), call->name, __FILE__, __LINE__);
        checked++;
    }
    CHECK_EQUAL(checked, 2 * 44);
    CHECK_OK(latzero_clear(client));
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    CHECK_OK(fast_i64(client, "p", 1));
    CHECK_OK(latzero_iter_next(iter, &key, &length, NULL, NULL));
    CHECK(length == 1 && *key == 'p' && sees(other, "p"));
    latzero_iter_close(iter);
    leave(view);
    leave(other);
    leave(client);
}

/* Random calls on a few keys against a model of them: the connection is right at each step, others at each flush. */
static void calls_keep_their_order(void **state) {
    enum { keys = 5 };
    latzero_client *client = create_and_join(pool_name("order"), 0), *other = join(pool_name("order"), 0);
    int64_t model[keys] = {0}, value;
    int there[keys] = {0}, k;
    uint64_t random = 1, i;
    char key[8] = "k";
    (void)state;
    for (i = 0; i < scaled(50000); i++) {
        const uint64_t dice = next_random(&random);
        const int at = (int)((dice >> 8) % keys);
        key[1] = (char)('0' + at);
        if (dice % 100 < 80) {
            model[at] = (int64_t)i, there[at] = 1;
            CHECK_OK(fast_i64(client, key, model[at]));
        } else if (dice % 100 < 85) {
            model[at] = (int64_t)i, there[at] = 1;
            CHECK_OK(latzero_set_i64(client, key, 2, model[at], NULL));
        } else if (dice % 100 < 90) {
            CHECK_STATUS(latzero_delete(client, key, 2), there[at] ? LATZERO_OK : LATZERO_NOT_FOUND);
            there[at] = 0;
        } else if (dice % 100 < 95) {
            CHECK_OK(latzero_increment(client, key, 2, 3, -1, &value));
            CHECK_EQUAL(value, (there[at] ? model[at] : -1) + 3);
            model[at] = value, there[at] = 1;
        } else if (dice % 100 < 96) {
            CHECK_OK(latzero_flush(client));
        }
        CHECK_EQUAL(sees(client, key), there[at]);
        if (there[at]) CHECK_EQUAL(number_of(client, key), model[at]);
    }
    CHECK_OK(latzero_flush(client));
    for (k = 0; k < keys; k++) {
        key[1] = (char)('0' + k);
        CHECK_EQUAL(sees(other, key), there[k]);
        if (there[k]) CHECK_EQUAL(number_of(other, key), model[k]);
    }
    leave(other);
    leave(client);
}

static void a_ttl_counts_from_the_call(void **state) {
    latzero_client *client = create_and_join(pool_name("ttl"), 0), *other = join(pool_name("ttl"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    int64_t ttl = 0;
    (void)state;
    options.ttl_ms = 40;
    CHECK_OK(latzero_set_null(client, "over", 4, NULL));
    CHECK_OK(latzero_set_fast(client, "over", 4, LATZERO_TYPE_NULL, NULL, 0, &options));
    options.ttl_ms = 10000;
    CHECK_OK(latzero_set_fast(client, "later", 5, LATZERO_TYPE_NULL, NULL, 0, &options));
    CHECK(sees(client, "over"));
    pause_ms(60);
    CHECK(!sees(client, "over") && sees(other, "over"));
    CHECK_STATUS(latzero_get(client, "over", 4, NULL, 0, NULL), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_ttl(client, "over", 4, &ttl), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_flush(client));
    CHECK(!sees(client, "over") && !sees(other, "over"));
    CHECK_OK(latzero_ttl(other, "later", 5, &ttl));
    CHECK(ttl <= 10000 - 59 && ttl > 5000);
    CHECK_EQUAL(stats_of(other).key_count, 1);
    leave(other);
    leave(client);
}

static void leave_something_pending(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    CHECK_OK(fast_i64(client, "pending", 1));
    CHECK(sees(client, "pending"));
}

static void a_disconnect_flushes_and_death_does_not(void **state) {
    const char *name = pool_name("ends");
    latzero_client *client = join((create_pool(name, 0), name), 0), *other = join(name, 0), *view = NULL;
    (void)state;
    CHECK_OK(fast_i64(client, "by client", 1));
    leave(client);
    CHECK(sees(other, "by client"));
    client = join(name, 0);
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    CHECK_OK(fast_i64(view, "by view", 1));
    leave(view);
    CHECK(sees(other, "v:by view"));
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    CHECK_OK(fast_i64(client, "before the view", 1));
    leave(client);
    CHECK(sees(other, "before the view"));
    CHECK_OK(fast_i64(view, "last", 1));
    leave(view);
    CHECK(sees(other, "v:last"));
    in_child(leave_something_pending, name, NULL);
    CHECK(!sees(other, "pending"));
    leave(other);
}

/* A child neither sees nor flushes what its parent holds back. */
static void leave_the_parent_s(void *client) { CHECK_OK(latzero_disconnect(client)); }

static void a_child_flushes_nothing_of_its_parent(void **state) {
    latzero_client *client = create_and_join(pool_name("child"), 0), *other = join(pool_name("child"), 0);
    (void)state;
    CHECK_OK(fast_i64(client, "mine", 1));
    in_fork(leave_the_parent_s, client);
    CHECK(!sees(other, "mine") && sees(client, "mine"));
    CHECK_OK(latzero_flush(client));
    CHECK(sees(other, "mine"));
    leave(other);
    leave(client);
}

/* Fills the pool with values of a size, and returns how many there were room for. */
static int fill(latzero_client *client, size_t size) {
    char key[16];
    int count = 0;
    latzero_status status;
    do sprintf(key, "fill-%d", count++);
    while ((status = set_pattern(client, key, size, 1)) == LATZERO_OK);
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    return count - 1;
}

/* What a deletion supersedes is not written first, so that a full pool can be emptied through any connection. */
static void a_full_pool_can_be_emptied_past_what_waits(void **state) {
    const char *name = pool_name("emptied");
    latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST), *view = NULL;
    (void)state;
    fill(client, 50000);
    CHECK_OK(latzero_namespace(client, "v", 1, &view));
    CHECK_OK(fast_bytes(client, "large", 60000));
    CHECK_OK(fast_bytes(client, "large", 60000));
    CHECK_OK(fast_bytes(view, "mine", 60000));
    CHECK_OK(fast_bytes(client, "stays", 1000));
    CHECK_STATUS(latzero_flush(client), LATZERO_MEMORY_FULL);
    CHECK_OK(latzero_delete(client, "large", 5));
    CHECK_STATUS(latzero_delete(client, "large", 5), LATZERO_NOT_FOUND);
    CHECK(!sees(client, "large") && sees(client, "v:mine") && sees(client, "stays"));
    CHECK_OK(latzero_clear(view));
    CHECK(!sees(client, "v:mine") && sees(client, "stays"));
    CHECK_OK(latzero_delete(client, "fill-0", 6));
    CHECK_OK(latzero_flush(client));
    CHECK_OK(latzero_clear(client));
    CHECK_EQUAL(stats_of(client).key_count, 0);
    leave(view);
    leave(client);
}

static void a_flush_that_fails_loses_nothing(void **state) {
    const char *name = pool_name("full");
    latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST), *other = join(name, 0);
    char key[16], large[1000] = {0};
    int i;
    (void)state;
    fill(other, 50000);
    fill(other, 1000);
    fill(other, 1);
    for (i = 0; i < 100; i++) {
        sprintf(key, "fast-%d", i);
        CHECK_OK(latzero_set_fast(client, key, LATZERO_CSTR, LATZERO_TYPE_STRING, key, LATZERO_CSTR, NULL));
    }
    /* The hundredth could not be written with the others; it is kept, and the next one is not taken. */
    CHECK_STATUS(fast_i64(client, "too many", 1), LATZERO_MEMORY_FULL);
    CHECK_SENTENCE(name);
    CHECK_STATUS(latzero_flush(client), LATZERO_MEMORY_FULL);
    CHECK_STATUS(latzero_set_null(client, "fill-1", 6, NULL), LATZERO_MEMORY_FULL);
    for (i = 0; i < 100; i++) {
        sprintf(key, "fast-%d", i);
        CHECK(sees(client, key));
    }
    CHECK(!sees(client, "too many") && !sees(other, "fast-99"));
    CHECK_OK(latzero_clear(other));
    CHECK_OK(latzero_flush(client));
    CHECK_EQUAL(stats_of(other).key_count, 100);
    for (i = 0; i < 100; i++) {
        char *text = NULL;
        sprintf(key, "fast-%d", i);
        CHECK_OK(latzero_get_string(other, key, LATZERO_CSTR, &text, NULL));
        CHECK(strcmp(text, key) == 0);
        latzero_free(text);
    }
    /* Closing says that something was lost. */
    fill(other, 50000);
    fill(other, 1000);
    fill(other, 1);
    for (i = 0; i < 50; i++) {
        sprintf(key, "more-%d", i);
        CHECK_OK(latzero_set_fast(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, large, sizeof large, NULL));
    }
    CHECK_STATUS(latzero_disconnect(client), LATZERO_MEMORY_FULL);
    CHECK_STATUS(latzero_disconnect(client), LATZERO_INVALID_ARGUMENT);
    CHECK_EQUAL(stats_of(other).clients, 1);
    leave(other);
}

static void what_cannot_be_flushed_any_more_is_said(void **state) {
    const char *name = pool_name("destroyed");
    latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST), *reader;
    int64_t value = 0;
    (void)state;
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_STATUS(fast_i64(reader, "k", 1), LATZERO_READ_ONLY);
    CHECK_STATUS(latzero_set_fast(client, "k", 1, LATZERO_TYPE_BYTES, &value, LATZERO_MAX_BYTES_LEAST, NULL),
                 LATZERO_TOO_LARGE);
    CHECK_OK(fast_i64(client, "k", 1));
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_STATUS(latzero_flush(client), LATZERO_DESTROYED);
    CHECK_STATUS(latzero_get_i64(client, "k", 1, &value), LATZERO_DESTROYED);
    CHECK_STATUS(fast_i64(client, "k", 1), LATZERO_DESTROYED);
    leave(reader);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(leave_something_pending)};
    const struct CMUnitTest tests[] = {
        TEST(a_pending_value_is_read_by_its_own_connection),
        TEST(every_hundredth_and_every_mebibyte_flush),
        TEST(other_calls_flush_first),
        TEST(calls_keep_their_order),
        TEST(a_ttl_counts_from_the_call),
        TEST(a_disconnect_flushes_and_death_does_not),
        TEST(a_child_flushes_nothing_of_its_parent),
        TEST(a_full_pool_can_be_emptied_past_what_waits),
        TEST(a_flush_that_fails_loses_nothing),
        TEST(what_cannot_be_flushed_any_more_is_said),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
