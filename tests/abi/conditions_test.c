/* Sets under a condition, and reads and writes in one: each status, and what stays when it fails. */
#include "abi/test.h"

static void check_text(latzero_client *client, const char *key, const char *expected) {
    char *text = NULL;
    CHECK_OK(latzero_get_string(client, key, LATZERO_CSTR, &text, NULL));
    CHECK(strcmp(text, expected) == 0);
    latzero_free(text);
}

#define TEXT LATZERO_TYPE_STRING

static void add_and_replace_look_first(void **state) {
    latzero_client *client = create_and_join(pool_name("look"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    uint64_t version;
    size_t size;
    (void)state;
    /* Small values and such as get pages of their own. */
    for (size = 4; size <= 40000; size *= 100) {
        char *text = malloc(size + 1);
        memset(text, 'x', size), text[size] = 0;
        options.ttl_ms = 100000;
        CHECK_STATUS(latzero_replace(client, "k", 1, TEXT, text, size, NULL), LATZERO_NOT_FOUND);
        CHECK_SENTENCE("'k'");
        CHECK_EQUAL(version_of(client, "k"), 0);
        CHECK_OK(latzero_add(client, "k", 1, TEXT, text, size, &options));
        CHECK(ttl_of(client, "k") > 90000);
        version = version_of(client, "k");
        CHECK_STATUS(latzero_add(client, "k", 1, TEXT, "new", 3, NULL), LATZERO_EXISTS);
        CHECK_SENTENCE("'k'");
        CHECK_STATUS(latzero_add(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, NULL), LATZERO_EXISTS);
        CHECK_EQUAL(version_of(client, "k"), version);
        check_text(client, "k", text);
        text[0] = 'y';
        CHECK_OK(latzero_replace(client, "k", 1, TEXT, text, size, NULL));
        check_text(client, "k", text);
        CHECK(ttl_of(client, "k") == -1 && version_of(client, "k") > version);
        /* What has expired is absent. */
        CHECK_OK(latzero_expire(client, "k", 1, 1));
        pause_ms(5);
        CHECK_STATUS(latzero_replace(client, "k", 1, TEXT, text, size, NULL), LATZERO_NOT_FOUND);
        CHECK_OK(latzero_add(client, "k", 1, TEXT, text, size, NULL));
        CHECK_EQUAL(stats_of(client).key_count, 1);
        CHECK_OK(latzero_delete(client, "k", 1));
        options.ttl_ms = -1;
        CHECK_STATUS(latzero_add(client, "k", 1, TEXT, text, size, &options), LATZERO_INVALID_ARGUMENT);
        CHECK_STATUS(latzero_replace(client, "k", 1, TEXT, text, size, &options), LATZERO_INVALID_ARGUMENT);
        free(text);
    }
    leave(client);
}

static void only_the_version_that_was_read_is_deleted(void **state) {
    latzero_client *client = create_and_join(pool_name("release"), 0), *view = NULL;
    latzero_client *reader = join(pool_name("release"), LATZERO_CONNECT_READ_ONLY);
    uint64_t version = 77, other = 77;
    (void)state;
    CHECK_OK(latzero_namespace(client, "locks", LATZERO_CSTR, &view));
    CHECK_STATUS(latzero_compare_and_delete(view, "k", 1, 5), LATZERO_CONFLICT);
    CHECK_SENTENCE("k'");
    CHECK_OK(latzero_add_versioned(view, "k", 1, TEXT, "mine", 4, NULL, &version));
    CHECK_EQUAL(version, version_of(view, "k"));
    CHECK_STATUS(latzero_add_versioned(view, "k", 1, TEXT, "other", 5, NULL, &other), LATZERO_EXISTS);
    CHECK_EQUAL(other, 77);
    CHECK_STATUS(latzero_compare_and_delete(view, "k", 1, version + 64), LATZERO_CONFLICT);
    CHECK_STATUS(latzero_compare_and_delete(view, "k", 1, UINT64_MAX), LATZERO_CONFLICT);
    CHECK_STATUS(latzero_compare_and_delete(view, "k", 1, 0), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_compare_and_delete(reader, "locks:k", 7, version), LATZERO_READ_ONLY);
    CHECK_EQUAL(version_of(view, "k"), version);
    CHECK_OK(latzero_compare_and_delete(view, "k", 1, version));
    CHECK_EQUAL(version_of(view, "k"), 0);
    CHECK_STATUS(latzero_compare_and_delete(view, "k", 1, version), LATZERO_CONFLICT);
    /* A change in place makes another version, a new end does not. */
    CHECK_OK(latzero_set_i64(client, "n", 1, 1, NULL));
    version = version_of(client, "n");
    CHECK_OK(latzero_increment(client, "n", 1, 1, 0, NULL));
    CHECK_STATUS(latzero_compare_and_delete(client, "n", 1, version), LATZERO_CONFLICT);
    version = version_of(client, "n");
    CHECK_OK(latzero_expire(client, "n", 1, 100000));
    CHECK_OK(latzero_compare_and_delete(client, "n", 1, version));
    /* What is over is absent; and nobody's lock is let go that was taken anew. */
    CHECK_OK(set_i64_for(client, "n", 1, 1));
    version = version_of(client, "n");
    pause_ms(5);
    CHECK_OK(latzero_add_versioned(client, "n", 1, TEXT, "next", 4, NULL, &other));
    CHECK_STATUS(latzero_compare_and_delete(client, "n", 1, version == 0 ? 1 : version), LATZERO_CONFLICT);
    CHECK_OK(latzero_compare_and_delete(client, "n", 1, other));
    CHECK_OK(latzero_add_versioned(client, "n", 1, TEXT, "next", 4, NULL, NULL));
    /* A fast set that is held back is written first. */
    CHECK_OK(latzero_set_fast(client, "n", 1, TEXT, "later", 5, NULL));
    CHECK_STATUS(latzero_compare_and_delete(client, "n", 1, other), LATZERO_CONFLICT);
    check_text(client, "n", "later");
    leave(reader);
    leave(view);
    leave(client);
}

static void versions_chain(void **state) {
    latzero_set_options brief = LATZERO_SET_OPTIONS_INIT;
    latzero_client *client = create_and_join(pool_name("chain"), 0);
    uint64_t version = 0, next = 0, wrong = 77;
    int64_t i, number = 0;
    (void)state;
    brief.ttl_ms = 1;
    for (i = 0; i < 1000; i++) {
        number = i;
        CHECK_OK(latzero_compare_and_set(client, "k", 1, version, LATZERO_TYPE_INT64, &number, 8, NULL, &next));
        CHECK(next > version && next == version_of(client, "k"));
        CHECK_STATUS(latzero_compare_and_set(client, "k", 1, version, LATZERO_TYPE_INT64, &number, 8, NULL, &wrong),
                     LATZERO_CONFLICT);
        CHECK_SENTENCE("'k'");
        CHECK_STATUS(latzero_compare_and_set(client, "k", 1, 0, LATZERO_TYPE_NULL, NULL, 0, NULL, &wrong),
                     LATZERO_CONFLICT);
        CHECK_STATUS(latzero_compare_and_set(client, "k", 1, UINT64_MAX, LATZERO_TYPE_NULL, NULL, 0, NULL, &wrong),
                     LATZERO_CONFLICT);
        CHECK_OK(latzero_get_i64(client, "k", 1, &number));
        CHECK(number == i && wrong == 77);
        version = next;
        /* A change in place is one, too. */
        if (i % 3 == 0) {
            CHECK_OK(latzero_increment(client, "k", 1, 1, 0, NULL));
            CHECK_STATUS(latzero_compare_and_set(client, "k", 1, version, TEXT, "x", 1, NULL, NULL), LATZERO_CONFLICT);
            version = version_of(client, "k");
        }
    }
    CHECK_STATUS(latzero_compare_and_set(client, "absent", 6, version, TEXT, "x", 1, NULL, &wrong), LATZERO_CONFLICT);
    CHECK_OK(latzero_delete(client, "k", 1));
    CHECK_STATUS(latzero_compare_and_set(client, "k", 1, version, TEXT, "x", 1, NULL, &wrong), LATZERO_CONFLICT);
    CHECK_OK(latzero_compare_and_set(client, "k", 1, 0, TEXT, "x", 1, NULL, NULL));
    CHECK(version_of(client, "k") > version);
    CHECK_OK(latzero_compare_and_set(client, "k", 1, version_of(client, "k"), TEXT, "x", 1, &brief, &version));
    pause_ms(5);
    CHECK_STATUS(latzero_compare_and_set(client, "k", 1, version, TEXT, "x", 1, NULL, &wrong), LATZERO_CONFLICT);
    CHECK_OK(latzero_compare_and_set(client, "k", 1, 0, TEXT, "x", 1, NULL, &next));
    CHECK(next > version && ttl_of(client, "k") == -1);
    leave(client);
}

static void swap_gives_what_it_replaced(void **state) {
    latzero_client *client = create_and_join(pool_name("swap"), 0);
    latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
    latzero_value_info old = LATZERO_VALUE_INFO_INIT;
    char buffer[16] = "untouched", *large = calloc(1, 50000);
    uint64_t version;
    (void)state;
    old.version = 77;
    CHECK_OK(latzero_swap(client, "k", 1, TEXT, "one", 3, NULL, buffer, sizeof buffer, &old));
    CHECK(old.version == 0 && old.size == 0 && strcmp(buffer, "untouched") == 0);
    version = version_of(client, "k");
    options.ttl_ms = 100000;
    CHECK_OK(latzero_swap(client, "k", 1, TEXT, "three", 5, &options, buffer, 3, &old));
    CHECK(old.version == version && old.size == 3 && old.type == TEXT && old.ttl_ms == -1);
    CHECK(memcmp(buffer, "oneouched", 9) == 0);
    version = version_of(client, "k");
    CHECK_STATUS(latzero_swap(client, "k", 1, TEXT, "x", 1, NULL, buffer, 4, &old), LATZERO_TOO_SMALL);
    CHECK_EQUAL(old.size, 5);
    CHECK_STATUS(latzero_swap(client, "k", 1, TEXT, "x", 1, NULL, NULL, 0, NULL), LATZERO_TOO_SMALL);
    CHECK_STATUS(latzero_swap(client, "k", 1, TEXT, "x", 1, NULL, NULL, 5, NULL), LATZERO_INVALID_ARGUMENT);
    check_text(client, "k", "three");
    CHECK(version_of(client, "k") == version && ttl_of(client, "k") > 90000);
    CHECK_OK(latzero_swap(client, "k", 1, LATZERO_TYPE_BYTES, large, 50000, NULL, buffer, 5, &old));
    CHECK(old.ttl_ms > 90000 && memcmp(buffer, "three", 5) == 0);
    CHECK_OK(latzero_swap(client, "k", 1, LATZERO_TYPE_NULL, NULL, 0, NULL, large, 50000, NULL));
    CHECK_OK(latzero_swap(client, "k", 1, TEXT, "", 0, NULL, NULL, 0, &old));
    CHECK(old.type == LATZERO_TYPE_NULL && old.version != 0);
    CHECK_OK(set_i64_for(client, "k", 7, 1));
    pause_ms(5);
    CHECK_OK(latzero_swap(client, "k", 1, TEXT, "x", 1, NULL, buffer, 0, &old));
    CHECK_EQUAL(old.version, 0);
    free(large);
    leave(client);
}

static void take_removes_what_it_gives(void **state) {
    latzero_client *client = create_and_join(pool_name("take"), 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    char buffer[16] = "untouched";
    uint64_t version;
    (void)state;
    CHECK_STATUS(latzero_take(client, "k", 1, buffer, sizeof buffer, &info), LATZERO_NOT_FOUND);
    CHECK_SENTENCE("'k'");
    CHECK(strcmp(buffer, "untouched") == 0);
    CHECK_OK(latzero_set_string(client, "k", 1, "text", 4, NULL));
    version = version_of(client, "k");
    CHECK_STATUS(latzero_take(client, "k", 1, buffer, 3, &info), LATZERO_TOO_SMALL);
    CHECK(info.size == 4 && version_of(client, "k") == version);
    CHECK_STATUS(latzero_take(client, "k", 1, NULL, 4, &info), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_take(client, "k", 1, buffer, 4, &info));
    CHECK(info.version == version && info.type == TEXT && memcmp(buffer, "textuched", 9) == 0);
    CHECK_EQUAL(stats_of(client).key_count, 0);
    CHECK_STATUS(latzero_take(client, "k", 1, buffer, 4, NULL), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    CHECK_OK(latzero_take(client, "k", 1, NULL, 0, NULL));
    CHECK_OK(set_i64_for(client, "k", 7, 1));
    pause_ms(5);
    CHECK_STATUS(latzero_take(client, "k", 1, buffer, 8, NULL), LATZERO_NOT_FOUND);
    leave(client);
}

enum { workers = 3 };

/* Each counts by compare-and-set, and takes and swaps tickets of which none may be lost or doubled. */
static void change_together(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    int64_t number = 0, ticket;
    uint64_t i;
    latzero_status status;
    for (i = 0; i < scaled(2000); i++) {
        do {
            status = latzero_get(client, "cas", 3, &number, 8, &info);
            if (status == LATZERO_NOT_FOUND) number = 0, info.version = 0;
            number++;
            status =
                latzero_compare_and_set(client, "cas", 3, info.version, LATZERO_TYPE_INT64, &number, 8, NULL, NULL);
        } while (status == LATZERO_CONFLICT);
        CHECK_OK(status);
        ticket = (int64_t)i;
        CHECK_OK(latzero_swap(client, "ticket", 6, LATZERO_TYPE_INT64, &ticket, 8, NULL, &number, 8, &info));
        if (info.version != 0) CHECK_OK(latzero_increment(client, "sum", 3, number, 0, NULL));
        status = latzero_take(client, "ticket", 6, &number, 8, &info);
        if (status == LATZERO_OK) CHECK_OK(latzero_increment(client, "sum", 3, number, 0, NULL));
        while (latzero_add(client, "lock", 4, LATZERO_TYPE_NULL, NULL, 0, NULL) == LATZERO_EXISTS) continue;
        CHECK_OK(latzero_get_i64(client, "plain", 5, &number));
        CHECK_OK(latzero_set_i64(client, "plain", 5, number + 1, NULL));
        CHECK_OK(latzero_delete(client, "lock", 4));
    }
    leave(client);
}

static void processes_lose_no_change(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    child_process children[workers];
    const int64_t rounds = (int64_t)scaled(2000);
    int64_t number = 0;
    int i;
    (void)state;
    strcpy(name, pool_name("together"));
    client = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(client, "plain", 5, 0, NULL));
    for (i = 0; i < workers; i++) children[i] = start_child(change_together, name, NULL);
    for (i = 0; i < workers; i++) expect_end(&children[i], 0);
    CHECK_OK(latzero_get_i64(client, "cas", 3, &number));
    CHECK_EQUAL(number, workers * rounds);
    CHECK_OK(latzero_get_i64(client, "plain", 5, &number));
    CHECK_EQUAL(number, workers * rounds);
    /* Every ticket that was put in came out once. */
    CHECK_STATUS(latzero_get(client, "ticket", 6, &number, 8, NULL), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_get_i64(client, "sum", 3, &number));
    CHECK_EQUAL(number, workers * rounds * (rounds - 1) / 2);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(change_together)};
    const struct CMUnitTest tests[] = {
        TEST(add_and_replace_look_first),
        TEST(only_the_version_that_was_read_is_deleted),
        TEST(versions_chain),
        TEST(swap_gives_what_it_replaced),
        TEST(take_removes_what_it_gives),
        TEST(processes_lose_no_change),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
