/* A read-only client reads everything and changes nothing: its mapping allows no write, and no read leaves a trace. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "abi/every_call.h"

static void every_write_is_refused(void **state) {
    const char *name = pool_name("refused");
    latzero_client *writer = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    latzero_value_info before = LATZERO_VALUE_INFO_INIT, after = LATZERO_VALUE_INFO_INIT;
    int64_t value = 77;
    (void)state;
    CHECK_OK(latzero_set_i64(writer, "key", 3, 42, NULL));
    CHECK_OK(latzero_get(writer, "key", 3, &value, 8, &before));
    CHECK_STATUS(latzero_set(reader, "key", 3, LATZERO_TYPE_BYTES, "x", 1, NULL), LATZERO_READ_ONLY);
    CHECK_SENTENCE("key");
    CHECK_SENTENCE(name);
    CHECK_SENTENCE("read-only");
    check_every_call(reader, "key", 3, WRITES, LATZERO_READ_ONLY);
    check_every_call(reader, "absent", 6, WRITES, LATZERO_READ_ONLY);
    CHECK_STATUS(set_pattern(reader, "key", 100000, 1), LATZERO_READ_ONLY);
    CHECK_STATUS(latzero_clear(reader), LATZERO_READ_ONLY);
    CHECK_SENTENCE(name);
    CHECK(strstr(latzero_last_error(), "key") == NULL);
    CHECK_OK(latzero_get(writer, "key", 3, &value, 8, &after));
    CHECK(memcmp(&before, &after, sizeof before) == 0 && value == 42);
    CHECK_EQUAL(stats_of(writer).key_count, 1);
    CHECK_EQUAL(stats_of(reader).read_only, 1);
    CHECK_EQUAL(stats_of(writer).read_only, 0);
    leave(reader);
    leave(writer);
}

static void an_absent_pool_is_not_created(void **state) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    const char *name = pool_name("absent");
    latzero_client *client = NULL;
    (void)state;
    options.flags = LATZERO_CONNECT_READ_ONLY;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_POOL_NOT_FOUND);
    options.flags = LATZERO_CONNECT_READ_ONLY | LATZERO_CONNECT_CREATE;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_INVALID_ARGUMENT);
    CHECK(!file_exists(pool_path(name)) && client == NULL);
}

/* One read of each kind, on keys that are there, are not, have expired, and have another type. */
static void read_in_every_way(latzero_client *reader, uint64_t round) {
    char key[32], buffer[64];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    uint64_t size;
    int64_t value;
    double number;
    int32_t yes;
    char *text = NULL;
    void *bytes = NULL;
    latzero_status status;
    snprintf(key, sizeof key, "key-%d", (int)(round % 600));
    switch (round / 600 % 8) {
    case 0: status = latzero_get(reader, key, LATZERO_CSTR, buffer, round % 64, &info); break;
    case 1: status = latzero_get_i64(reader, key, LATZERO_CSTR, &value); break;
    case 2: status = latzero_get_f64(reader, key, LATZERO_CSTR, &number); break;
    case 3: status = latzero_get_bool(reader, key, LATZERO_CSTR, &yes); break;
    case 4: status = latzero_get_string(reader, key, LATZERO_CSTR, &text, NULL); break;
    case 5: status = latzero_get_bytes(reader, key, LATZERO_CSTR, &bytes, NULL); break;
    case 6: status = latzero_exists(reader, key, LATZERO_CSTR, &yes); break;
    default: status = round % 100 == 0 ? (stats_of(reader), LATZERO_OK) : latzero_size(reader, &size);
    }
    CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND || status == LATZERO_TYPE_MISMATCH ||
          status == LATZERO_TOO_SMALL);
    latzero_free(text);
    latzero_free(bytes);
}

static void walk_over_all(latzero_client *reader, size_t expected) {
    latzero_iter *iter = NULL;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    const char *key;
    size_t length, met = 0;
    CHECK_OK(latzero_iter_open(reader, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, &length, NULL, &info) == LATZERO_OK) met++;
    CHECK_EQUAL(met, expected);
    latzero_iter_close(iter);
}

static void set_many_kinds(latzero_client *writer) {
    latzero_set_options briefly = LATZERO_SET_OPTIONS_INIT;
    char key[32];
    int i;
    briefly.ttl_ms = 1;
    for (i = 0; i < 500; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        switch (i % 6) {
        case 0: CHECK_OK(latzero_set_i64(writer, key, LATZERO_CSTR, i, NULL)); break;
        case 1: CHECK_OK(set_pattern(writer, key, (size_t)i * 40, (uint64_t)i)); break;
        case 2: CHECK_OK(latzero_set_f64(writer, key, LATZERO_CSTR, i, NULL)); break;
        case 3: CHECK_OK(latzero_set_string(writer, key, LATZERO_CSTR, key, LATZERO_CSTR, NULL)); break;
        case 4: CHECK_OK(latzero_set_bool(writer, key, LATZERO_CSTR, i % 4, NULL)); break;
        default: CHECK_OK(latzero_set_i64(writer, key, LATZERO_CSTR, i, &briefly)); break;
        }
    }
    pause_ms(10);
}

static void reading_leaves_no_trace(void **state) {
    const char *name = pool_name("traces");
    latzero_client *writer = create_and_join(name, 0), *reader;
    unsigned char *before, *after;
    size_t size, size_after;
    const uint64_t rounds = rounds_of(100000);
    uint64_t i;
    (void)state;
    set_many_kinds(writer);
    before = read_file(pool_path(name), &size);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    for (i = 0; i < rounds; i++) read_in_every_way(reader, i);
    for (i = 0; i < rounds / 2000 + 1; i++) walk_over_all(reader, 500 - 83);
    for (i = 0; i < rounds; i += 100)
        CHECK_STATUS(latzero_increment(reader, "key-0", 5, 1, 0, NULL), LATZERO_READ_ONLY);
    leave(reader);
    after = read_file(pool_path(name), &size_after);
    CHECK(size == size_after && memcmp(before, after, size) == 0);
    free(before);
    free(after);
    leave(writer);
}

/* Counts the mappings of a pool by their rights: "r--s" and so on. */
static size_t pool_mappings(const char *name, const char *rights) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024];
    size_t count = 0;
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, name) != NULL && strstr(line, rights) != NULL;
    fclose(maps);
    return count;
}

static void write_into_the_mapping(char **arguments) {
    FILE *maps;
    char line[1024];
    unsigned long start = 0;
    struct rlimit none = {0, 0};
    (void)join(arguments[0], LATZERO_CONNECT_READ_ONLY);
    maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, arguments[0]) != NULL) start = strtoul(line, NULL, 16);
    CHECK(start != 0);
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would end it otherwise */
    /* Not to be made writable either. */
    CHECK(mprotect((void *)start, 4096, PROT_READ | PROT_WRITE) != 0);
    *(volatile char *)(start + 4096) = 1;
}

static void the_mapping_is_read_only(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *writer, *reader;
    unsigned char *before, *after;
    size_t size, size_after;
    child_process child;
    (void)state;
    strcpy(name, pool_name("mapping"));
    writer = create_and_join(name, 0);
    CHECK_EQUAL(pool_mappings(name, " rw-s "), 1);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_EQUAL(pool_mappings(name, " r--s "), 1);
    CHECK_EQUAL(pool_mappings(name, " rw-s "), 1);
    CHECK_OK(set_pattern(writer, "key", 1000, 1));
    leave(reader);
    before = read_file(pool_path(name), &size);
    child = start_child(write_into_the_mapping, name, NULL);
    CHECK_EQUAL(end_of(&child), CHILD_SIGNALLED + SIGSEGV);
    after = read_file(pool_path(name), &size_after);
    CHECK(size == size_after && memcmp(before, after, size) == 0);
    check_pattern(writer, "key", 1000, 1);
    free(before);
    free(after);
    leave(writer);
}

static void readers_see_every_change(void **state) {
    latzero_client *writer = create_and_join(pool_name("changes"), 0);
    latzero_client *reader = join(pool_name("changes"), LATZERO_CONNECT_READ_ONLY);
    int64_t value = 0;
    size_t i;
    (void)state;
    for (i = 0; i < 3000; i++) {
        CHECK_OK(latzero_set_i64(writer, "k", 1, (int64_t)i, NULL));
        CHECK_OK(latzero_get_i64(reader, "k", 1, &value));
        CHECK_EQUAL(value, i);
        CHECK_OK(latzero_increment(writer, "k", 1, 5, 0, NULL));
        CHECK_OK(latzero_get_i64(reader, "k", 1, &value));
        CHECK_EQUAL(value, i + 5);
        CHECK_OK(set_pattern(writer, "p", i, i));
        check_pattern(reader, "p", i, i);
        CHECK_OK(latzero_delete(writer, "k", 1));
        CHECK_STATUS(latzero_get_i64(reader, "k", 1, &value), LATZERO_NOT_FOUND);
    }
    leave(reader);
    leave(writer);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(write_into_the_mapping)};
    const struct CMUnitTest tests[] = {
        TEST(every_write_is_refused),   TEST(an_absent_pool_is_not_created), TEST(reading_leaves_no_trace),
        TEST(the_mapping_is_read_only), TEST(readers_see_every_change),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
