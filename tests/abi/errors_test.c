/* What a failure leaves behind: a sentence in its own thread, and errno as it was. */
#include <errno.h>
#include <pthread.h>

#include "abi/every_call.h"

static void every_status_has_a_name(void **state) {
    static const char *const names[] = {
        "OK",          "INVALID_ARGUMENT", "POOL_NOT_FOUND", "POOL_EXISTS", "AUTHENTICATION", "READ_ONLY",
        "MEMORY_FULL", "NO_SPACE",         "NOT_FOUND",      "EXISTS",      "TYPE_MISMATCH",  "OVERFLOW",
        "TOO_SMALL",   "TOO_LARGE",        "CONFLICT",       "TIMEOUT",     "PERMISSION",     "CORRUPT",
        "INTEGRITY",   "UNSUPPORTED",      "VERSION",        "FORKED",      "DESTROYED",      "BUSY",
        "IO",          "CANCELLED",        "NO_MEMORY"};
    int i;
    (void)state;
    for (i = 0; i < (int)(sizeof names / sizeof *names); i++) CHECK(strcmp(latzero_status_name(-i), names[i]) == 0);
    CHECK(strcmp(latzero_status_name(1), "UNKNOWN") == 0);
    CHECK(strcmp(latzero_status_name(-27), "UNKNOWN") == 0);
    CHECK(strcmp(latzero_status_name(INT32_MIN), "UNKNOWN") == 0);
    CHECK(strcmp(latzero_status_name(INT32_MAX), "UNKNOWN") == 0);
}

static void *look_at_an_empty_sentence(void *name) {
    int32_t exists = 0;
    CHECK(strcmp(latzero_last_error(), "") == 0);
    CHECK_STATUS(latzero_pool_destroy(name), LATZERO_POOL_NOT_FOUND);
    CHECK_SENTENCE(name);
    CHECK_OK(latzero_pool_exists(name, &exists));
    return NULL;
}

static void each_thread_has_its_own_sentence(void **state) {
    const char *mine = pool_name("mine"), *theirs = pool_name("theirs");
    pthread_t thread;
    (void)state;
    CHECK_STATUS(latzero_pool_destroy(mine), LATZERO_POOL_NOT_FOUND);
    CHECK(pthread_create(&thread, NULL, look_at_an_empty_sentence, (void *)theirs) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_SENTENCE(mine);
}

/* Every verb's success, after which the last failure's sentence stands as it did. */
static void success_keeps_the_last_sentence(void **state) {
    const char *name = pool_name("kept"), *absent = pool_name("absent"), *key;
    latzero_client *client = create_and_join(name, 0), *second = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_global_info global = LATZERO_GLOBAL_INFO_INIT;
    latzero_pool_info *pools = NULL;
    latzero_iter *iter = NULL;
    char *text = NULL, before[1024];
    size_t length;
    int32_t yes = 77;
    int64_t number;
    (void)state;
    CHECK_OK(set_pattern(client, "bytes", 5000, 1));
    CHECK_STATUS(latzero_delete(client, "the cause", LATZERO_CSTR), LATZERO_NOT_FOUND);
    snprintf(before, sizeof before, "%s", latzero_last_error());
#define KEPT(call)                                        \
    do {                                                  \
        CHECK_OK(call);                                   \
        CHECK(strcmp(latzero_last_error(), before) == 0); \
    } while (0)
    KEPT(latzero_set_string(client, "long", 4, latzero_version_string(), LATZERO_CSTR, NULL));
    KEPT(latzero_get_string(client, "long", 4, &text, NULL));
    latzero_free(text);
    KEPT(latzero_get_bytes(client, "bytes", 5, (void **)&text, &length));
    latzero_free(text);
    KEPT(latzero_increment(client, "n", 1, 1, 0, &number));
    KEPT(latzero_get_i64(client, "n", 1, &number));
    KEPT(latzero_exists(client, "n", 1, &yes));
    KEPT(latzero_exists(client, "bytes", 5, &yes));
    KEPT(latzero_exists(client, "absent", 6, &yes));
    KEPT(latzero_iter_open(client, NULL, 0, &iter));
    KEPT(latzero_iter_next(iter, &key, &length, NULL, NULL));
    KEPT(latzero_iter_next(iter, &key, &length, NULL, NULL));
    latzero_iter_close(iter);
    KEPT(latzero_delete(client, "n", 1));
    KEPT(latzero_clear(client));
    KEPT(latzero_pool_exists(absent, &yes));
    KEPT(latzero_pool_exists(name, &yes));
    KEPT(latzero_pool_create(absent, NULL));
    KEPT(latzero_pool_destroy(absent));
    options.flags = LATZERO_CONNECT_CREATE;
    KEPT(latzero_connect(absent, &options, &second));
    KEPT(latzero_disconnect(second));
    KEPT(latzero_pool_list(sizeof *pools, &pools, &length));
    latzero_free(pools);
    KEPT(latzero_global_stats(&global));
    KEPT(latzero_pool_cleanup(NULL));
#undef KEPT
    leave(client);
}

/* Each call of a client where it succeeds: last sentence and errno stay. */
static void no_success_leaves_a_trace(void **state) {
    const char *name = pool_name("trace");
    latzero_client *client = create_and_join(name, 0), *other = join(name, 0), *reader, *view = NULL, *by;
    char before[1024];
    size_t i;
    (void)state;
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_namespace(client, "view", LATZERO_CSTR, &view));
    for (i = 0; i < 3 * every_call_count; i++) {
        const client_call *call = &every_call[i / 3];
        by = i % 3 == 0 ? client : i % 3 == 1 ? view : reader;
        if (by == reader && call->traits & WRITES) continue;
        ready_for(call, by == view ? view : other, "k");
        CHECK_STATUS(latzero_delete(other, "the cause", LATZERO_CSTR), LATZERO_NOT_FOUND);
        snprintf(before, sizeof before, "%s", latzero_last_error());
        errno = 77;
        check_status(call->run(by, "k", 1), LATZERO_OK, call->name, __FILE__, __LINE__);
        CHECK_EQUAL(errno, 77);
        CHECK(strcmp(latzero_last_error(), before) == 0);
    }
    leave(view);
    leave(reader);
    leave(other);
    leave(client);
}

/* Each call where it fails: errno stays. */
static void no_failure_changes_errno(void **state) {
    const char *name = pool_name("failures");
    latzero_client *client = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    size_t i;
    (void)state;
    for (i = 0; i < every_call_count; i++) {
        const client_call *call = &every_call[i];
        errno = 77;
        CHECK_STATUS(call->run(NULL, "k", 1), LATZERO_INVALID_ARGUMENT);
        if (call->traits & HAS_KEY) CHECK_STATUS(call->run(client, NULL, 1), LATZERO_INVALID_ARGUMENT);
        if (call->traits & WRITES) CHECK_STATUS(call->run(reader, "k", 1), LATZERO_READ_ONLY);
        CHECK_EQUAL(errno, 77);
    }
    CHECK_OK(latzero_pool_destroy(name));
    for (i = 0; i < every_call_count; i++) {
        errno = 77;
        CHECK_STATUS(every_call[i].run(client, "k", 1), LATZERO_DESTROYED);
        CHECK_EQUAL(errno, 77);
    }
    leave(reader);
    leave(client);
}

static void sentences_show_any_key_and_no_value(void **state) {
    const char *name = pool_name("shown");
    latzero_client *client = create_and_join(name, 0);
    char key[1000];
    (void)state;
    CHECK_STATUS(latzero_delete(client, "plain key", LATZERO_CSTR), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'plain key'");
    CHECK_SENTENCE(name);
    CHECK_STATUS(latzero_delete(client, "a\nb\0c\x7f", 6), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("a\\x0ab\\x00c\\x7f");
    CHECK_STATUS(latzero_delete(client, "%s%n%P%K", LATZERO_CSTR), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("%s%n%P%K");
    memset(key, 'k', sizeof key);
    CHECK_STATUS(latzero_delete(client, key, sizeof key), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("kkk...");
    memset(key, 1, sizeof key);
    CHECK_STATUS(latzero_delete(client, key, sizeof key), LATZERO_NOT_FOUND);
    CHECK(strlen(latzero_last_error()) < 1024);
    CHECK_OK(latzero_set_string(client, "s", 1, "the secret", LATZERO_CSTR, NULL));
    CHECK_STATUS(latzero_increment(client, "s", 1, 1, 0, NULL), LATZERO_TYPE_MISMATCH);
    CHECK(strstr(latzero_last_error(), "secret") == NULL);
    CHECK_STATUS(latzero_get(client, "s", 1, NULL, 0, NULL), LATZERO_TOO_SMALL);
    CHECK_SENTENCE("10 bytes");
    leave(client);
}

/* Calls that succeed and fail in every way; each must leave errno alone. */
static void errno_stays(void **state) {
    const char *name = pool_name("errno"), *absent = pool_name("errno-absent");
    latzero_client *client = NULL, *reader = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    latzero_global_info global = LATZERO_GLOBAL_INFO_INIT;
    latzero_pool_info *pools = NULL;
    latzero_iter *iter = NULL;
    const char *key;
    char *text = NULL;
    size_t length;
    uint64_t size;
    int64_t number;
    int32_t yes;
    (void)state;
#define KEEPS(call, status)         \
    do {                            \
        errno = 77;                 \
        CHECK_STATUS(call, status); \
        CHECK_EQUAL(errno, 77);     \
        (void)latzero_last_error(); \
        CHECK_EQUAL(errno, 77);     \
    } while (0)
    KEEPS(latzero_connect(absent, NULL, &client), LATZERO_POOL_NOT_FOUND);
    KEEPS(latzero_pool_destroy(absent), LATZERO_POOL_NOT_FOUND);
    KEEPS(latzero_pool_exists(absent, &yes), LATZERO_OK);
    KEEPS(latzero_pool_exists("a/b", &yes), LATZERO_INVALID_ARGUMENT);
    options.flags = LATZERO_CONNECT_CREATE;
    KEEPS(latzero_connect(name, &options, &client), LATZERO_OK);
    KEEPS(latzero_pool_create(name, NULL), LATZERO_POOL_EXISTS);
    options.flags = LATZERO_CONNECT_READ_ONLY;
    KEEPS(latzero_connect(name, &options, &reader), LATZERO_OK);
    KEEPS(latzero_get(client, "k", 1, NULL, 0, NULL), LATZERO_NOT_FOUND);
    KEEPS(set_pattern(client, "k", 3000000, 1), LATZERO_OK);
    KEEPS(latzero_set_i64(reader, "k", 1, 1, NULL), LATZERO_READ_ONLY);
    KEEPS(latzero_set_bytes(client, "k", 1, "x", SIZE_MAX, NULL), LATZERO_TOO_LARGE);
    KEEPS(latzero_get_string(client, "k", 1, &text, &length), LATZERO_TYPE_MISMATCH);
    KEEPS(latzero_get_bytes(reader, "k", 1, (void **)&text, &length), LATZERO_OK);
    latzero_free(text);
    KEEPS(latzero_increment(client, "n", 1, 1, 0, &number), LATZERO_OK);
    KEEPS(latzero_size(client, &size), LATZERO_OK);
    KEEPS(latzero_stats(reader, &stats), LATZERO_OK);
    KEEPS(latzero_iter_open(client, NULL, 0, &iter), LATZERO_OK);
    KEEPS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_OK);
    KEEPS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_OK);
    KEEPS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_NOT_FOUND);
    KEEPS((latzero_iter_close(iter), LATZERO_OK), LATZERO_OK);
    KEEPS(latzero_pool_list(sizeof *pools, &pools, &length), LATZERO_OK);
    latzero_free(pools);
    KEEPS(latzero_global_stats(&global), LATZERO_OK);
    KEEPS(latzero_pool_cleanup(NULL), LATZERO_OK);
    KEEPS(latzero_auto_cleanup(1000), LATZERO_OK);
    KEEPS(latzero_auto_cleanup(0), LATZERO_OK);
    KEEPS(latzero_clear(client), LATZERO_OK);
    KEEPS(latzero_pool_destroy(name), LATZERO_OK);
    KEEPS(latzero_clear(client), LATZERO_DESTROYED);
    KEEPS(latzero_disconnect(client), LATZERO_OK);
    KEEPS(latzero_disconnect(client), LATZERO_INVALID_ARGUMENT);
    KEEPS(latzero_disconnect(reader), LATZERO_OK);
#undef KEEPS
}

/* A batch goes on after a failure, and tells of the first that is one. */
static void a_batch_tells_of_its_first_failure(void **state) {
    latzero_client *client = create_and_join(pool_name("batch"), 0);
    latzero_entry entries[4];
    int i;
    (void)state;
    CHECK_OK(latzero_set_string(client, "first", LATZERO_CSTR, "text", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_set_string(client, "second", LATZERO_CSTR, "text", LATZERO_CSTR, NULL));
    memset(entries, 0, sizeof entries);
    for (i = 0; i < 4; i++) entries[i].key_len = LATZERO_CSTR;
    entries[0].key = "absent";
    entries[1].key = "first";
    entries[2].key = "second";
    entries[3].key = "absent";
    CHECK_STATUS(latzero_mget(client, sizeof *entries, entries, 4, NULL), LATZERO_TOO_SMALL);
    CHECK_SENTENCE("'first'");
    CHECK_STATUS(entries[2].status, LATZERO_TOO_SMALL);

    entries[1].key_len = 0;
    CHECK_STATUS(latzero_mget(client, sizeof *entries, entries, 4, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("the key has no bytes");
    CHECK_STATUS(latzero_delete_many(client, sizeof *entries, entries, 4, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("the key has no bytes");
    CHECK_STATUS(entries[2].status, LATZERO_OK);

    /* The next failure has its own sentence again. */
    CHECK_STATUS(latzero_delete(client, "later", LATZERO_CSTR), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'later'");
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_status_has_a_name),
        TEST(each_thread_has_its_own_sentence),
        TEST(success_keeps_the_last_sentence),
        TEST(no_success_leaves_a_trace),
        TEST(no_failure_changes_errno),
        TEST(sentences_show_any_key_and_no_value),
        TEST(errno_stays),
        TEST(a_batch_tells_of_its_first_failure),
    };
    return RUN_TESTS(tests);
}
