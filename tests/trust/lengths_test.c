/*
 * Lengths are checked before the bytes are touched. Each case gives more bytes than there are: behind them lies a page
 * that nobody may read. It runs in a child, so that one that is ended by a signal is told by name.
 */
#include <signal.h>
#include <sys/mman.h>

#include "abi/every_call.h"

/* So many bytes, of one letter and without a NUL, with nothing behind them. */
static char *bytes_at_the_end(size_t size) {
    const size_t page = 4096, room = (size + page - 1) / page * page;
    char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && mprotect(memory + room, page, PROT_NONE) == 0);
    memset(memory, 'x', room);
    return memory + room - size;
}

static latzero_client *client;
static const char *name;

/* ---- auth keys --------------------------------------------------------------------------------------------------- */

static latzero_status create_keyed(const void *bytes, size_t size) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.auth_key = bytes;
    options.auth_key_len = size;
    return latzero_pool_create(pool_name("keyed"), &options);
}

static latzero_status connect_keyed(const void *bytes, size_t size) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *connected = NULL;
    options.auth_key = bytes;
    options.auth_key_len = size;
    return latzero_connect(name, &options, &connected);
}

static latzero_status connect_or_create_keyed(const void *bytes, size_t size) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *connected = NULL;
    options.flags = LATZERO_CONNECT_CREATE;
    options.auth_key = bytes;
    options.auth_key_len = size;
    return latzero_connect(pool_name("keyed"), &options, &connected);
}

static latzero_status connect_with_two_keys(const void *bytes, size_t size) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_options create = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *connected = NULL;
    create.flags = LATZERO_POOL_ENCRYPTED;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    options.auth_key = create.auth_key = bytes;
    options.auth_key_len = create.auth_key_len = size;
    return latzero_connect(pool_name("keyed"), &options, &connected);
}

static latzero_status rekey_old(const void *bytes, size_t size) {
    return latzero_pool_rekey(name, bytes, size, "new", 3, NULL);
}
static latzero_status rekey_new(const void *bytes, size_t size) {
    return latzero_pool_rekey(name, "old", 3, bytes, size, NULL);
}

static latzero_status check_keyed(const void *bytes, size_t size) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    options.auth_key = bytes;
    options.auth_key_len = size;
    return latzero_pool_check(name, &options, NULL);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

#define VALUE_OF(kind, title)                                                        \
    static latzero_status set_##title(const void *bytes, size_t size) {              \
        return latzero_set(client, "k", 1, kind, bytes, size, NULL);                 \
    }                                                                                \
    static latzero_status set_fast_##title(const void *bytes, size_t size) {         \
        return latzero_set_fast(client, "k", 1, kind, bytes, size, NULL);            \
    }                                                                                \
    static latzero_status swap_##title(const void *bytes, size_t size) {             \
        return latzero_swap(client, "k", 1, kind, bytes, size, NULL, NULL, 0, NULL); \
    }                                                                                \
    static latzero_status append_##title(const void *bytes, size_t size) {           \
        return latzero_append(client, "k", 1, kind, bytes, size, NULL);              \
    }                                                                                \
    static latzero_status mset_##title(const void *bytes, size_t size) {             \
        latzero_entry entry;                                                         \
        memset(&entry, 0, sizeof entry);                                             \
        entry.key = "k";                                                             \
        entry.key_len = 1;                                                           \
        entry.type = kind;                                                           \
        entry.value = (void *)(uintptr_t)bytes;                                      \
        entry.size = size;                                                           \
        return latzero_mset(client, sizeof entry, &entry, 1);                        \
    }

VALUE_OF(LATZERO_TYPE_STRING, string)
VALUE_OF(LATZERO_TYPE_BYTES, bytes)
VALUE_OF(LATZERO_TYPE_LIST, list)
VALUE_OF(LATZERO_TYPE_DICT, dict)
VALUE_OF(LATZERO_TYPE_OPAQUE, opaque)

static latzero_status set_string_form(const void *bytes, size_t size) {
    return latzero_set_string(client, "k", 1, bytes, size, NULL);
}
static latzero_status set_json(const void *bytes, size_t size) {
    return latzero_set_json(client, "k", 1, bytes, size, NULL);
}
static latzero_status set_msgpack(const void *bytes, size_t size) {
    return latzero_set_msgpack(client, "k", 1, bytes, size, NULL);
}
static latzero_status update(const void *bytes, size_t size) { return latzero_update(client, "k", 1, bytes, size); }
static latzero_status append_json(const void *bytes, size_t size) {
    return latzero_append_json(client, "k", 1, bytes, size, NULL);
}
static latzero_status append_msgpack(const void *bytes, size_t size) {
    return latzero_append_msgpack(client, "k", 1, bytes, size, NULL);
}
static latzero_status append_opaque_form(const void *bytes, size_t size) {
    return latzero_append_opaque(client, "k", 1, 1, bytes, size, NULL);
}
static latzero_status update_json(const void *bytes, size_t size) {
    return latzero_update_json(client, "k", 1, bytes, size);
}
static latzero_status add_versioned(const void *bytes, size_t size) {
    return latzero_add_versioned(client, "k", 1, LATZERO_TYPE_STRING, bytes, size, NULL, NULL);
}
static latzero_status from_json(const void *bytes, size_t size) {
    uint32_t type;
    void *value = NULL;
    size_t value_size;
    return latzero_from_json(bytes, size, &type, &value, &value_size);
}
/* All of one letter: the first key has a length that none can have. */
static latzero_status keys_of_mget_copy(const void *bytes, size_t size) {
    void *items = NULL;
    size_t items_len;
    return latzero_mget_copy(client, bytes, size, &items, &items_len, NULL);
}
static latzero_status compare_and_set(const void *bytes, size_t size) {
    return latzero_compare_and_set(client, "k", 1, 0, LATZERO_TYPE_STRING, bytes, size, NULL, NULL);
}
static latzero_status reserve(const void *bytes, size_t size) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    (void)bytes;
    return latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, size, NULL, &memory, &reserved);
}

/* ---- patterns, names, counts ------------------------------------------------------------------------------------- */

static latzero_status iter_open(const void *bytes, size_t size) {
    latzero_iter *iter = NULL;
    return latzero_iter_open(client, bytes, size, &iter);
}
static latzero_status scan(const void *bytes, size_t size) {
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found;
    return latzero_scan(client, &cursor, 10, bytes, size, &keys, &found);
}
static latzero_status iter_match(const void *bytes, size_t size) {
    latzero_iter *iter = NULL;
    return latzero_iter_match(client, bytes, size, LATZERO_MATCH_PREFIX, &iter);
}
static latzero_status scan_match(const void *bytes, size_t size) {
    latzero_key *keys = NULL;
    uint64_t cursor = 0;
    size_t found;
    return latzero_scan_match(client, &cursor, 10, bytes, size, LATZERO_MATCH_PREFIX, &keys, &found);
}
static latzero_status size_match(const void *bytes, size_t size) {
    uint64_t count;
    return latzero_size_match(client, bytes, size, 0, &count);
}
static latzero_status clear_match(const void *bytes, size_t size) {
    return latzero_clear_match(client, bytes, size, LATZERO_MATCH_PREFIX, NULL);
}
static latzero_status items_match(const void *bytes, size_t size) {
    void *items = NULL;
    uint64_t cursor = 0;
    size_t items_len, count;
    return latzero_items(client, &cursor, 10, 0, bytes, size, 0, &items, &items_len, &count);
}
static latzero_status open_namespace(const void *bytes, size_t size) {
    latzero_client *view = NULL;
    return latzero_namespace(client, bytes, size, &view);
}
static latzero_status pool_of_name(const void *bytes, size_t size) {
    (void)size;
    return latzero_pool_create(bytes, NULL);
}
static latzero_status mset_of_count(const void *bytes, size_t size) {
    return latzero_mset(client, sizeof(latzero_entry), (latzero_entry *)(uintptr_t)bytes, size);
}

/* Every call with a key, one after the other. */
static latzero_status every_call_with_key(const void *bytes, size_t size) {
    check_every_call(client, bytes, size, HAS_KEY, LATZERO_INVALID_ARGUMENT);
    return LATZERO_INVALID_ARGUMENT;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

enum { AUTH_KEY = 65536, PATTERN = 4096, NAMESPACE = 65000 };
#define NOTHING_FITS ((size_t)-2)
static const size_t huge = (size_t)5 << 30;

typedef struct length_case {
    const char *title;
    latzero_status (*run)(const void *bytes, size_t size);
    size_t most; /* that may be asked for; 0: bounded by the pool */
    latzero_status expected;
} length_case;

#define BOUNDED(title, run, most) \
    { title, run, most, LATZERO_INVALID_ARGUMENT }
#define VALUE(title, run) \
    { title, run, 0, LATZERO_TOO_LARGE }
#define VALUES(kind)                                                                        \
    VALUE("set of a " #kind, set_##kind), VALUE("set_fast of a " #kind, set_fast_##kind),   \
        VALUE("swap of a " #kind, swap_##kind), VALUE("append of a " #kind, append_##kind), \
        VALUE("mset of a " #kind, mset_##kind)

static const length_case cases[] = {
    BOUNDED("auth key of pool_create", create_keyed, AUTH_KEY),
    BOUNDED("auth key of connect", connect_keyed, AUTH_KEY),
    BOUNDED("auth key of connect with CREATE", connect_or_create_keyed, AUTH_KEY),
    BOUNDED("auth keys of connect and its create options", connect_with_two_keys, AUTH_KEY),
    BOUNDED("old auth key of rekey", rekey_old, AUTH_KEY),
    BOUNDED("new auth key of rekey", rekey_new, AUTH_KEY),
    BOUNDED("auth key of check", check_keyed, AUTH_KEY),
    BOUNDED("pattern of iter_open", iter_open, PATTERN),
    BOUNDED("pattern of scan", scan, PATTERN),
    BOUNDED("pattern of iter_match", iter_match, PATTERN),
    BOUNDED("pattern of scan_match", scan_match, PATTERN),
    BOUNDED("pattern of size_match", size_match, PATTERN),
    BOUNDED("pattern of clear_match", clear_match, PATTERN),
    BOUNDED("pattern of items", items_match, PATTERN),
    BOUNDED("name of a namespace", open_namespace, NAMESPACE),
    BOUNDED("key", every_call_with_key, LATZERO_KEY_MAX),
    VALUES(string),
    VALUES(bytes),
    VALUES(list),
    VALUES(dict),
    VALUES(opaque),
    VALUE("set_string", set_string_form),
    VALUE("set_json", set_json),
    VALUE("set_msgpack", set_msgpack),
    VALUE("update", update),
    VALUE("append_json", append_json),
    VALUE("append_msgpack", append_msgpack),
    VALUE("append_opaque", append_opaque_form),
    VALUE("update_json", update_json),
    VALUE("add_versioned", add_versioned),
    {"from_json", from_json, 0, LATZERO_INVALID_ARGUMENT},
    {"keys of mget_copy", keys_of_mget_copy, 0, LATZERO_INVALID_ARGUMENT},
    VALUE("compare_and_set", compare_and_set),
    VALUE("reserve", reserve),
};

typedef struct length_try {
    const length_case *tried;
    size_t there, length;
} length_try;

static void run_try(void *argument) {
    const length_try *made = argument;
    latzero_status status;
    /* Not cmocka's handlers: the signal is the answer. */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    name = pool_name("lengths");
    client = create_and_join(name, 0);
    status = made->tried->run(bytes_at_the_end(made->there), made->length);
    check_status(status, made->tried->expected, made->tried->title, __FILE__, __LINE__);
    CHECK(strlen(latzero_last_error()) > 10);
    CHECK(!file_exists(pool_path(pool_name("keyed"))));
    check_keys(client, 0);
    leave(client);
}

/* What became of it, in words, where that is not as it should be. */
static int complain(const length_case *tried, size_t there, size_t length) {
    length_try made = {tried, there, length};
    const int end = end_of_fork(run_try, &made);
    if (end == 0) return 0;
    fprintf(stderr, "%s: %zu bytes, of which %zu are there: %s %d\n", tried->title, length, there,
            end > 1000 ? "ended by signal" : "ended with", end > 1000 ? end - 1000 : end);
    return 1;
}

static void a_length_is_checked_before_the_bytes(void **state) {
    int failed = 0;
    size_t i;
    (void)state;
    skip_under_sanitizers();
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        failed += complain(&cases[i], 16, huge);
        failed += complain(&cases[i], 16, NOTHING_FITS);
        if (cases[i].most != 0) failed += complain(&cases[i], 16, cases[i].most + 1);
    }
    CHECK_EQUAL(failed, 0);
}

/* Text of LATZERO_CSTR that has no NUL is looked at as far as it may reach, and one byte further. */
static void text_without_an_end_is_not_searched_for_it(void **state) {
    int failed = 0;
    size_t i;
    (void)state;
    skip_under_sanitizers();
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (cases[i].most != 0) failed += complain(&cases[i], cases[i].most + 1, LATZERO_CSTR);
    {
        static const length_case pool = BOUNDED("pool's name", pool_of_name, LATZERO_NAME_MAX);
        failed += complain(&pool, LATZERO_NAME_MAX + 1, LATZERO_CSTR);
    }
    CHECK_EQUAL(failed, 0);
}

static void a_count_of_more_than_there_can_be_is_refused(void **state) {
    static const length_case counted = BOUNDED("count of mset", mset_of_count, 0);
    (void)state;
    skip_under_sanitizers();
    CHECK_EQUAL(complain(&counted, sizeof(latzero_entry), SIZE_MAX / 8), 0);
}

/* What is as long as it may be works. */
static void the_longest_is_let_be(void *unused) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_iter *iter = NULL;
    (void)unused;
    name = pool_name("longest");
    options.auth_key = connect.auth_key = bytes_at_the_end(AUTH_KEY);
    options.auth_key_len = connect.auth_key_len = AUTH_KEY;
    options.kdf_memory_bytes = 8192;
    options.kdf_passes = 1;
    CHECK_OK(latzero_pool_create(name, &options));
    CHECK_OK(latzero_connect(name, &connect, &client));
    CHECK_OK(latzero_iter_open(client, bytes_at_the_end(PATTERN), PATTERN, &iter));
    latzero_iter_close(iter);
    leave(client);
}

static void what_is_as_long_as_it_may_be_works(void **state) {
    (void)state;
    in_fork(the_longest_is_let_be, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_length_is_checked_before_the_bytes),
        TEST(text_without_an_end_is_not_searched_for_it),
        TEST(a_count_of_more_than_there_can_be_is_refused),
        TEST(what_is_as_long_as_it_may_be_works),
    };
    return RUN_TESTS(tests);
}
