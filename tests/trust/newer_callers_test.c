/*
 * Programs of other versions than the library's. What a newer one asks for in bytes that the library does not know is
 * refused, whole, and not done without it; zeros there ask for nothing. An older one's smaller structs work.
 */
#include "abi/test.h"

enum { more = 64, key_cost = 8192 };

/* A struct of this version with what a later one may have behind it. */
#define NEWER(type)               \
    struct {                      \
        type known;               \
        unsigned char rest[more]; \
    }

static const char auth_key[] = "32 bytes, taken as a raw key ...";

/* ---- options ----------------------------------------------------------------------------------------------------- */

static NEWER(latzero_pool_options) pool_options;
static NEWER(latzero_connect_options) connect_options;
static NEWER(latzero_rekey_options) rekey_options;
static NEWER(latzero_check_options) check_options;
static NEWER(latzero_set_options) set_options;
static NEWER(latzero_serializer_options) serializer_options;
static NEWER(latzero_logging_options) logging_options;

static latzero_status run_create(const char *name, int *done) {
    const latzero_status status = latzero_pool_create(name, &pool_options.known);
    *done = file_exists(pool_path(name));
    if (status == LATZERO_OK) CHECK_OK(latzero_pool_destroy(name));
    return status;
}

static latzero_status run_connect(const char *name, int *done) {
    latzero_client *client = NULL;
    latzero_status status;
    connect_options.known.flags = LATZERO_CONNECT_CREATE;
    status = latzero_connect(name, &connect_options.known, &client);
    *done = client != NULL || file_exists(pool_path(name));
    if (client != NULL) leave(client);
    return status;
}

/* The options within the options. */
static latzero_status run_connect_create(const char *name, int *done) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    latzero_status status;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &pool_options.known;
    status = latzero_connect(name, &options, &client);
    *done = client != NULL || file_exists(pool_path(name));
    if (client != NULL) leave(client);
    return status;
}

static void create_keyed(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_RAW_KEY;
    options.auth_key = auth_key;
    options.auth_key_len = 32;
    CHECK_OK(latzero_pool_create(name, &options));
}

static latzero_status run_rekey(const char *name, int *done) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    latzero_status status;
    create_keyed(name);
    rekey_options.known.flags = LATZERO_REKEY_OLD_IS_RAW;
    rekey_options.known.kdf_memory_bytes = key_cost;
    rekey_options.known.kdf_passes = 1;
    status = latzero_pool_rekey(name, auth_key, 32, "new", 3, &rekey_options.known);
    options.auth_key = "new";
    options.auth_key_len = 3;
    *done = latzero_connect(name, &options, &client) == LATZERO_OK;
    if (client != NULL) leave(client);
    if (pool_exists(name)) CHECK_OK(latzero_pool_destroy(name));
    return status;
}

static latzero_status run_check(const char *name, int *done) {
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_status status;
    create_pool(name, 0);
    status = latzero_pool_check(name, &check_options.known, &report);
    *done = report.sound == 1;
    CHECK_OK(latzero_pool_destroy(name));
    return status;
}

/* Whatever takes set options. */
static latzero_status set_by(int way, latzero_client *client) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    latzero_status status;
    switch (way) {
    case 0: return latzero_set(client, "k", 1, LATZERO_TYPE_BYTES, "v", 1, &set_options.known);
    case 1: return latzero_set_fast(client, "k", 1, LATZERO_TYPE_BYTES, "v", 1, &set_options.known);
    case 2: return latzero_add(client, "k", 1, LATZERO_TYPE_BYTES, "v", 1, &set_options.known);
    case 3: return latzero_compare_and_set(client, "k", 1, 0, LATZERO_TYPE_NULL, NULL, 0, &set_options.known, NULL);
    case 4: return latzero_swap(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, &set_options.known, NULL, 0, NULL);
    case 5: return latzero_set_json(client, "k", 1, "1", 1, &set_options.known);
    case 6: return latzero_set_msgpack(client, "k", 1, "\x01", 1, &set_options.known);
    case 7: return latzero_set_i64(client, "k", 1, 1, &set_options.known);
    case 8: return latzero_add_versioned(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, &set_options.known, NULL);
    default:
        status = latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, 50000, &set_options.known, &memory, &reserved);
        return status == LATZERO_OK ? latzero_commit(reserved) : status;
    }
}

static latzero_status run_set(const char *name, int *done) {
    latzero_client *client = create_and_join(name, 0);
    latzero_status status = LATZERO_OK, first = 77;
    int way, there;
    *done = 0;
    for (way = 0; way < 10; way++) {
        int32_t exists = 0;
        status = set_by(way, client);
        if (first == 77) first = status;
        check_status(status, first, "the same for all that takes set options", __FILE__, __LINE__);
        CHECK_OK(latzero_exists(client, "k", 1, &exists));
        there = exists;
        CHECK_EQUAL(there, status == LATZERO_OK);
        *done |= there;
        if (there) CHECK_OK(latzero_delete(client, "k", 1)); /* else the sentence stays */
    }
    leave(client);
    return status;
}

static latzero_status run_serializer(const char *name, int *done) {
    latzero_client *client = create_and_join(name, 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    static const char zeros[5000];
    const latzero_serializer_options none = {sizeof none, 1, -1, 0, 0};
    latzero_status status;
    CHECK_OK(latzero_configure_serializer(&none));
    serializer_options.known.compress_threshold = 1000;
    status = latzero_configure_serializer(&serializer_options.known);
    CHECK_OK(latzero_set_bytes(client, "k", 1, zeros, sizeof zeros, NULL));
    CHECK_STATUS(latzero_get(client, "k", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
    *done = (info.flags & LATZERO_VALUE_COMPRESSED) != 0;
    CHECK_OK(latzero_configure_serializer(&none));
    leave(client);
    return status;
}

static void count_line(uint32_t level, const char *line, size_t line_len, void *user_data) {
    (void)level;
    (void)line;
    (void)line_len;
    ++*(int *)user_data;
}

static latzero_status run_logging(const char *name, int *done) {
    latzero_status status;
    int lines = 0;
    logging_options.known.level = LATZERO_LOG_INFO;
    logging_options.known.sink = count_line;
    logging_options.known.user_data = &lines;
    status = latzero_configure_logging(&logging_options.known);
    create_pool(name, 0);
    CHECK_OK(latzero_configure_logging(NULL));
    CHECK_OK(latzero_pool_destroy(name));
    *done = lines > 0;
    return status;
}

/* Fills the options as a newer program would: its own size, and something at one byte of the rest. */
#define FILL(options, init, type)                                      \
    do {                                                               \
        const type fresh = init;                                       \
        memset(&(options), 0, sizeof(options));                        \
        (options).known = fresh;                                       \
        (options).known.struct_size = (uint32_t)(sizeof fresh + size); \
        if (byte >= 0) (options).rest[byte] = 1;                       \
    } while (0)

static void fill_all(size_t size, int byte) {
    FILL(pool_options, LATZERO_POOL_OPTIONS_INIT, latzero_pool_options);
    FILL(connect_options, LATZERO_CONNECT_OPTIONS_INIT, latzero_connect_options);
    FILL(rekey_options, LATZERO_REKEY_OPTIONS_INIT, latzero_rekey_options);
    FILL(check_options, LATZERO_CHECK_OPTIONS_INIT, latzero_check_options);
    FILL(set_options, LATZERO_SET_OPTIONS_INIT, latzero_set_options);
    FILL(serializer_options, LATZERO_SERIALIZER_OPTIONS_INIT, latzero_serializer_options);
    FILL(logging_options, LATZERO_LOGGING_OPTIONS_INIT, latzero_logging_options);
}

static const struct {
    const char *title;
    latzero_status (*run)(const char *name, int *done);
} runs[] = {
    {"pool options", run_create},           {"connect options", run_connect}, {"create options", run_connect_create},
    {"rekey options", run_rekey},           {"check options", run_check},     {"set options", run_set},
    {"serializer options", run_serializer}, {"logging options", run_logging},
};

static void try_all(size_t size, int byte, latzero_status expected) {
    size_t i;
    for (i = 0; i < sizeof runs / sizeof *runs; i++) {
        int done = 77;
        latzero_status status;
        fill_all(size, byte);
        status = runs[i].run(pool_name("options"), &done);
        check_status(status, expected, runs[i].title, __FILE__, __LINE__);
        check_equal(done, expected == LATZERO_OK, runs[i].title, __FILE__, __LINE__);
    }
}

static void what_is_not_known_is_refused(void **state) {
    static const int bytes[] = {0, 1, 7, more - 1};
    size_t i;
    (void)state;
    for (i = 0; i < sizeof bytes / sizeof *bytes; i++) try_all(more, bytes[i], LATZERO_UNSUPPORTED);
}

static void the_sentence_says_which_byte(void **state) {
    int done;
    (void)state;
    fill_all(more, 7);
    CHECK_STATUS(run_set(pool_name("sentence"), &done), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("set options");
    CHECK_SENTENCE("byte 31 of 88");
    CHECK_SENTENCE("0.1.0");
    CHECK_SENTENCE("newer library");
}

static void zeros_ask_for_nothing(void **state) {
    (void)state;
    try_all(0, -1, LATZERO_OK);
    try_all(8, -1, LATZERO_OK);
    try_all(more, -1, LATZERO_OK);
    /* What lies behind the struct is nobody's concern. */
    try_all(8, 8, LATZERO_OK);
}

/* A size that nobody has set: not read as far as it says. */
static void a_size_that_no_struct_has_is_refused(void **state) {
    static const uint32_t sizes[] = {0, 3, 4097, 1u << 20, UINT32_MAX};
    size_t i;
    int done;
    (void)state;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fill_all(0, -1);
        pool_options.known.struct_size = set_options.known.struct_size = sizes[i];
        CHECK_STATUS(run_create(pool_name("size"), &done), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("_INIT");
        CHECK_STATUS(run_set(pool_name("size"), &done), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("_INIT");
    }
}

static void older_structs_work(void **state) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_connect_options connect = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    const char *name = pool_name("older");
    (void)state;
    /* The fields behind are not read. */
    options.struct_size = (uint32_t)offsetof(latzero_pool_options, auth_key);
    options.max_bytes = 2 << 20;
    options.auth_key = (const void *)1;
    options.auth_key_len = 3;
    options.kdf_passes = options.cipher = 77;
    CHECK_OK(latzero_pool_create(name, &options));
    connect.struct_size = (uint32_t)offsetof(latzero_connect_options, create_options);
    connect.create_options = (const void *)1;
    connect.auth_key = (const void *)1;
    CHECK_OK(latzero_connect(name, &connect, &client));
    CHECK_EQUAL(stats_of(client).max_bytes, 2 << 20);
    leave(client);
}

/* ---- reserved fields --------------------------------------------------------------------------------------------- */

static void a_reserved_field_is_one_of_these_bytes(void **state) {
    int done;
    (void)state;
    fill_all(0, -1);
    set_options.known.reserved = 1;
    CHECK_STATUS(run_set(pool_name("reserved"), &done), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("reserved field of the set options");
    CHECK_EQUAL(done, 0);
    rekey_options.known.reserved = 1;
    CHECK_STATUS(run_rekey(pool_name("reserved"), &done), LATZERO_UNSUPPORTED);
    CHECK_EQUAL(done, 0);
    CHECK_STATUS(latzero_pool_rekey("name", "old", 3, "new", 3, &rekey_options.known), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("reserved field of the rekey options");
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

typedef NEWER(latzero_entry) newer_entry;

static void fill_entries(newer_entry *entries) {
    static char values[3][8];
    static const char *const keys[] = {"a", "b", "c"};
    int i;
    memset(entries, 0, 3 * sizeof *entries);
    for (i = 0; i < 3; i++) {
        entries[i].known.key = keys[i];
        entries[i].known.key_len = 1;
        entries[i].known.value = values[i];
        entries[i].known.size = entries[i].known.capacity = 8;
        entries[i].known.type = LATZERO_TYPE_BYTES;
    }
}

static void check_batches(latzero_client *client, newer_entry *entries, latzero_status of_second) {
    const int others = of_second == LATZERO_OK ? 3 : 2;
    size_t count = 77;
    CHECK_STATUS(latzero_mset(client, sizeof *entries, &entries[0].known, 3), of_second);
    if (of_second != LATZERO_OK) CHECK_SENTENCE("an entry");
    CHECK_STATUS(entries[0].known.status, LATZERO_OK);
    CHECK_STATUS(entries[1].known.status, of_second);
    CHECK_STATUS(entries[2].known.status, LATZERO_OK);
    check_keys(client, (uint64_t)others);
    CHECK_OK(latzero_set_bytes(client, "b", 1, "as it was", 8, NULL));
    CHECK_STATUS(latzero_mget(client, sizeof *entries, &entries[0].known, 3, &count), of_second);
    CHECK_EQUAL(count, others);
    CHECK_STATUS(latzero_delete_many(client, sizeof *entries, &entries[0].known, 3, &count), of_second);
    CHECK_EQUAL(count, others);
    check_keys(client, (uint64_t)(3 - others));
    CHECK_OK(latzero_clear(client));
}

static void entries_are_such_structs(void **state) {
    latzero_client *client = create_and_join(pool_name("entries"), 0);
    newer_entry entries[3];
    (void)state;
    fill_entries(entries);
    check_batches(client, entries, LATZERO_OK);
    entries[1].rest[more - 1] = 1;
    check_batches(client, entries, LATZERO_UNSUPPORTED);
    fill_entries(entries);
    entries[1].known.reserved = 1;
    check_batches(client, entries, LATZERO_UNSUPPORTED);
    CHECK_STATUS(latzero_mset(client, 8192, &entries[0].known, 1), LATZERO_INVALID_ARGUMENT);
    leave(client);
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static int is_all(const unsigned char *bytes, size_t size, unsigned char expected) {
    size_t i;
    for (i = 0; i < size; i++)
        if (bytes[i] != expected) return 0;
    return 1;
}

/* In what a newer program is told it finds zeros where this library has nothing to tell. */
static void what_is_told_ends_in_zeros(void **state) {
    latzero_client *client = create_and_join(pool_name("told"), 0);
    NEWER(latzero_pool_stats) stats;
    NEWER(latzero_value_info) info;
    NEWER(latzero_global_info) global;
    NEWER(latzero_check_report) report;
    char buffer[8];
    (void)state;
    memset(&stats, 0xaa, sizeof stats);
    memset(&info, 0xaa, sizeof info);
    memset(&global, 0xaa, sizeof global);
    memset(&report, 0xaa, sizeof report);
    stats.known.struct_size = (uint32_t)sizeof stats.known + 16;
    info.known.struct_size = (uint32_t)sizeof info.known + 16;
    global.known.struct_size = (uint32_t)sizeof global.known + 16;
    report.known.struct_size = (uint32_t)sizeof report.known + 16;
    CHECK_OK(latzero_set_bytes(client, "k", 1, "v", 1, NULL));
    CHECK_OK(latzero_stats(client, &stats.known));
    CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &info.known));
    CHECK_OK(latzero_global_stats(&global.known));
    CHECK_OK(latzero_pool_check(pool_name("told"), NULL, &report.known));
    CHECK_EQUAL(stats.known.key_count, 1);
    CHECK_EQUAL(info.known.size, 1);
    CHECK_EQUAL(report.known.sound, 1);
    CHECK(is_all(stats.rest, 16, 0) && is_all(stats.rest + 16, more - 16, 0xaa));
    CHECK(is_all(info.rest, 16, 0) && is_all(info.rest + 16, more - 16, 0xaa));
    CHECK(is_all(global.rest, 16, 0) && is_all(global.rest + 16, more - 16, 0xaa));
    CHECK(is_all(report.rest, 16, 0) && is_all(report.rest + 16, more - 16, 0xaa));
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_known_is_refused), TEST(the_sentence_says_which_byte),
        TEST(zeros_ask_for_nothing),        TEST(a_size_that_no_struct_has_is_refused),
        TEST(older_structs_work),           TEST(a_reserved_field_is_one_of_these_bytes),
        TEST(entries_are_such_structs),     TEST(what_is_told_ends_in_zeros),
    };
    return RUN_TESTS(tests);
}
