/* Reserved room: seen by nobody before its commit, stored whole, and given back when it is dropped or its owner is. */
#include "abi/test.h"

static latzero_reserved *reserve(latzero_client *client, const char *key, uint32_t type, size_t size, void **memory) {
    latzero_reserved *reserved = NULL;
    *memory = NULL;
    CHECK_OK(latzero_reserve(client, key, LATZERO_CSTR, type, size, NULL, memory, &reserved));
    CHECK(*memory != NULL && (uintptr_t)*memory % 8 == 0);
    return reserved;
}

static int exists(latzero_client *client, const char *key) {
    int32_t yes = -1;
    CHECK_OK(latzero_exists(client, key, LATZERO_CSTR, &yes));
    return yes;
}

/* In records and in pages claimed for any. */
static uint64_t used(latzero_client *client) {
    const latzero_pool_stats stats = stats_of(client);
    return stats.used_bytes + stats.free_bytes;
}

static const size_t sizes[] = {0, 1, 100, 2000, 2048, 2049, 4096, 13600, 13700, 16384, 100000, 1000000};
enum { size_count = sizeof sizes / sizeof *sizes };

static void a_commit_stores_what_was_filled_in(void **state) {
    latzero_serializer_options defaults = LATZERO_SERIALIZER_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("commit"), 0), *other = join(pool_name("commit"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_iter *iter = NULL;
    latzero_reserved *reserved;
    const char *key;
    void *memory;
    size_t i, length;
    (void)state;
    CHECK_OK(latzero_configure_serializer(&defaults));
    for (i = 0; i < size_count; i++) {
        const uint64_t commits = stats_of(other).commits;
        reserved = reserve(client, "k", LATZERO_TYPE_BYTES, sizes[i], &memory);
        memset(memory, 7, sizes[i]);
        CHECK(!exists(client, "k") && !exists(other, "k"));
        CHECK(stats_of(other).key_count == 0 && stats_of(other).commits == commits);
        CHECK_OK(latzero_iter_open(other, NULL, 0, &iter));
        CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_NOT_FOUND);
        latzero_iter_close(iter);
        fill_pattern(memory, sizes[i], i);
        CHECK_OK(latzero_commit(reserved));
        check_pattern(other, "k", sizes[i], i);
        CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_abandon(reserved), LATZERO_INVALID_ARGUMENT);
        /* Over a value that is there, and one that came in between. */
        reserved = reserve(client, "k", LATZERO_TYPE_BYTES, sizes[i], &memory);
        check_pattern(other, "k", sizes[i], i);
        fill_pattern(memory, sizes[i], i + 100);
        CHECK_OK(set_pattern(other, "k", 5000, 1));
        CHECK_OK(latzero_commit(reserved));
        check_pattern(other, "k", sizes[i], i + 100);
        reserved = reserve(client, "k", LATZERO_TYPE_BYTES, sizes[i], &memory);
        memset(memory, 0, sizes[i]);
        CHECK_OK(latzero_delete(other, "k", 1));
        CHECK_OK(latzero_commit(reserved));
        (void)latzero_get(other, "k", 1, NULL, 0, &info);
        CHECK(info.size == sizes[i] && info.flags == 0 && stats_of(other).key_count == 1);
        CHECK_OK(latzero_delete(other, "k", 1));
    }
    CHECK_OK(store_plain(NULL));
    leave(other);
    leave(client);
}

static void an_abandoned_one_leaves_nothing(void **state) {
    latzero_client *client = create_and_join(pool_name("abandon"), 0);
    latzero_reserved *reserved;
    uint64_t before;
    void *memory;
    size_t i;
    (void)state;
    CHECK_OK(set_pattern(client, "there", 50000, 1));
    before = used(client);
    for (i = 0; i < size_count; i++) {
        reserved = reserve(client, i % 2 ? "there" : "absent", LATZERO_TYPE_BYTES, sizes[i], &memory);
        CHECK((used(client) > before) == (sizes[i] > 13600));
        memset(memory, 1, sizes[i]);
        CHECK_OK(latzero_abandon(reserved));
        CHECK_STATUS(latzero_abandon(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK(!exists(client, "absent") && used(client) == before);
        check_pattern(client, "there", 50000, 1);
    }
    leave(client);
}

/* What is not of its type is refused at the commit; mended, it is stored. */
static void wrong_bytes_can_be_mended(void **state) {
    static const struct {
        uint32_t type;
        const char *wrong, *right;
        size_t size;
    } cases[] = {
        {LATZERO_TYPE_STRING, "ab\xff", "abc", 3},        {LATZERO_TYPE_BOOL, "\2", "\1", 1},
        {LATZERO_TYPE_LIST, "\x92\1", "\x91\1", 2},       {LATZERO_TYPE_TUPLE, "\x80\1", "\x91\1", 2},
        {LATZERO_TYPE_DICT, "\x81\1\xc1", "\x81\1\2", 3},
    };
    latzero_client *client = create_and_join(pool_name("mended"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_reserved *reserved;
    char buffer[8], *text;
    void *memory;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        reserved = reserve(client, "k", cases[i].type, cases[i].size, &memory);
        memcpy(memory, cases[i].wrong, cases[i].size);
        CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK_SENTENCE("byte");
        CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
        CHECK(!exists(client, "k"));
        memcpy(memory, cases[i].right, cases[i].size);
        CHECK_OK(latzero_commit(reserved));
        CHECK_OK(latzero_get(client, "k", 1, buffer, sizeof buffer, &info));
        CHECK(info.type == cases[i].type && memcmp(buffer, cases[i].right, cases[i].size) == 0);
        CHECK_OK(latzero_delete(client, "k", 1));
    }
    /* In the pool's own pages. */
    reserved = reserve(client, "k", LATZERO_TYPE_STRING, 50000, &memory);
    memset(memory, 'x', 50000);
    text = memory;
    text[49999] = '\xff';
    CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 49999");
    text[49999] = 'x';
    CHECK_OK(latzero_commit(reserved));
    CHECK_OK(latzero_get_string(client, "k", 1, &text, NULL));
    CHECK(strlen(text) == 50000);
    latzero_free(text);
    /* A number can have no other length; nor is a null of any. */
    reserved = reserve(client, "n", LATZERO_TYPE_INT64, 7, &memory);
    CHECK_STATUS(latzero_commit(reserved), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_abandon(reserved));
    reserved = reserve(client, "n", LATZERO_TYPE_INT64, 8, &memory);
    memset(memory, 0, 8);
    CHECK_OK(latzero_commit(reserved));
    CHECK_OK(latzero_increment(client, "n", 1, 1, 0, NULL));
    leave(client);
}

static void options_count_at_the_commit(void **state) {
    latzero_client *client = create_and_join(pool_name("options"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    size_t i;
    (void)state;
    for (i = 0; i < size_count; i++) {
        options.ttl_ms = 60, options.tag = 9;
        CHECK_OK(latzero_reserve(client, "k", 1, LATZERO_TYPE_OPAQUE, sizes[i], &options, &memory, &reserved));
        memset(memory, 0, sizes[i]);
        pause_ms(70);
        CHECK_OK(latzero_commit(reserved));
        (void)latzero_get(client, "k", 1, NULL, 0, NULL);
        CHECK_OK(latzero_expire(client, "k", 1, 100000));
        {
            latzero_borrowed *borrowed = NULL;
            const void *value;
            CHECK_OK(latzero_borrow(client, "k", 1, &value, &info, &borrowed));
            CHECK(info.tag == 9 && info.type == LATZERO_TYPE_OPAQUE && info.size == sizes[i]);
            CHECK_OK(latzero_return(borrowed));
        }
        CHECK_OK(latzero_reserve(client, "k", 1, LATZERO_TYPE_OPAQUE, sizes[i], &options, &memory, &reserved));
        memset(memory, 0, sizes[i]);
        CHECK_OK(latzero_commit(reserved));
        pause_ms(70);
        CHECK(!exists(client, "k"));
    }
    memory = NULL, reserved = NULL;
    options.ttl_ms = -1;
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_OPAQUE, 9, &options, &memory, &reserved),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_reserve(client, "k", 1, 10, 9, NULL, &memory, &reserved), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, 9, NULL, NULL, &reserved),
                 LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, 9, NULL, &memory, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK(memory == NULL && reserved == NULL);
    leave(client);
}

static void what_there_is_no_room_for_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("room"), LATZERO_MAX_BYTES_LEAST);
    latzero_reserved *first, *second = NULL, *small;
    void *memory = NULL, *more = NULL, *little;
    uint64_t before;
    char key[32];
    int i;
    latzero_status status = LATZERO_OK;
    (void)state;
    before = used(client);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, LATZERO_MAX_BYTES_LEAST, NULL, &memory, &second),
                 LATZERO_TOO_LARGE);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, SIZE_MAX, NULL, &memory, &second),
                 LATZERO_TOO_LARGE);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, (size_t)1 << 32, NULL, &memory, &second),
                 LATZERO_TOO_LARGE);
    CHECK_EQUAL(used(client), before);
    first = reserve(client, "k", LATZERO_TYPE_BYTES, 600000, &memory);
    CHECK_STATUS(latzero_reserve(client, "k", 1, LATZERO_TYPE_BYTES, 600000, NULL, &more, &second),
                 LATZERO_MEMORY_FULL);
    CHECK(second == NULL && more == NULL);
    CHECK_STATUS(set_pattern(client, "k", 600000, 1), LATZERO_MEMORY_FULL);
    CHECK_OK(latzero_abandon(first));
    CHECK_EQUAL(used(client), before);
    first = reserve(client, "k", LATZERO_TYPE_BYTES, 600000, &memory);
    fill_pattern(memory, 600000, 5);
    small = reserve(client, "little", LATZERO_TYPE_BYTES, 10000, &little);
    memset(little, 0, 10000);
    for (i = 0; status == LATZERO_OK; i++) {
        sprintf(key, "fill-%d", i);
        status = set_pattern(client, key, 1, 1);
    }
    CHECK_STATUS(status, LATZERO_MEMORY_FULL);
    /* What has its room is stored also in a full pool; what has none stays as it is. */
    CHECK_OK(latzero_commit(first));
    check_pattern(client, "k", 600000, 5);
    CHECK_STATUS(latzero_commit(small), LATZERO_MEMORY_FULL);
    CHECK(!exists(client, "little"));
    CHECK_OK(latzero_clear(client));
    CHECK_OK(latzero_commit(small));
    CHECK(exists(client, "little"));
    leave(client);
}

static void reserve_and_die(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    void *memory;
    (void)reserve(client, "dead", LATZERO_TYPE_BYTES, 600000, &memory);
    memset(memory, 0, 600000);
    _exit(0);
}

static void what_ends_with_its_owner_leaves_nothing(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *keeper, *client, *view = NULL;
    latzero_reserved *reserved[20];
    uint64_t before;
    void *memory;
    int i, round;
    (void)state;
    strcpy(name, pool_name("ends"));
    keeper = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    CHECK_OK(set_pattern(keeper, "k", 10, 1));
    for (round = 0; round < 5; round++) {
        before = used(keeper);
        client = join(name, 0);
        for (i = 0; i < 20; i++) {
            reserved[i] = reserve(client, "k", LATZERO_TYPE_BYTES, i % 2 ? 30000 : 100, &memory);
            memset(memory, 0, 100);
        }
        CHECK(used(keeper) > before + 300000);
        CHECK_OK(latzero_namespace(client, "v", 1, &view));
        leave(client);
        CHECK(used(keeper) > before + 300000);
        CHECK_OK(latzero_abandon(reserved[0]));
        CHECK_OK(latzero_abandon(reserved[1]));
        leave(view);
        CHECK_EQUAL(used(keeper), before);
        for (i = 0; i < 20; i++) {
            CHECK_STATUS(latzero_commit(reserved[i]), LATZERO_INVALID_ARGUMENT);
            CHECK_STATUS(latzero_abandon(reserved[i]), i < 2 ? LATZERO_INVALID_ARGUMENT : LATZERO_OK);
            CHECK_STATUS(latzero_abandon(reserved[i]), LATZERO_INVALID_ARGUMENT);
        }
        check_pattern(keeper, "k", 10, 1);
        in_child(reserve_and_die, name, NULL);
        CHECK(!exists(keeper, "dead"));
        CHECK_OK(set_pattern(keeper, "large", 600000, 1));
        CHECK_OK(latzero_delete(keeper, "large", 5));
    }
    leave(keeper);
}

static void a_destroyed_pool_takes_no_commit(void **state) {
    latzero_client *client = create_and_join(pool_name("destroyed"), 0);
    latzero_reserved *reserved[2];
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    void *memory;
    int i;
    (void)state;
    CHECK_OK(set_pattern(client, "k", 50000, 1));
    CHECK_OK(latzero_borrow(client, "k", 1, &value, NULL, &borrowed));
    for (i = 0; i < 2; i++) {
        reserved[i] = reserve(client, "r", LATZERO_TYPE_BYTES, i == 0 ? 100 : 50000, &memory);
        memset(memory, 0, 100);
    }
    CHECK_OK(latzero_pool_destroy(pool_name("destroyed")));
    for (i = 0; i < 2; i++) CHECK_STATUS(latzero_commit(reserved[i]), LATZERO_DESTROYED);
    CHECK(((const char *)value)[0] == ((const char *)value)[0]);
    CHECK_OK(latzero_return(borrowed));
    CHECK_OK(latzero_abandon(reserved[0]));
    leave(client);
    CHECK_OK(latzero_abandon(reserved[1]));
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(reserve_and_die)};
    const struct CMUnitTest tests[] = {
        TEST(a_commit_stores_what_was_filled_in),
        TEST(an_abandoned_one_leaves_nothing),
        TEST(wrong_bytes_can_be_mended),
        TEST(options_count_at_the_commit),
        TEST(what_there_is_no_room_for_is_refused),
        TEST(what_ends_with_its_owner_leaves_nothing),
        TEST(a_destroyed_pool_takes_no_commit),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
