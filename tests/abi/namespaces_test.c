/* Views of a connection: each knows its own keys alone, and the connection lives as long as one of its handles. */
#include "abi/every_call.h"

static latzero_client *view_of(latzero_client *client, const char *name) {
    latzero_client *view = NULL;
    CHECK_OK(latzero_namespace(client, name, LATZERO_CSTR, &view));
    return view;
}

static void set_keys(latzero_client *client, int count) {
    char key[16];
    int i;
    for (i = 0; i < count; i++) {
        sprintf(key, "key-%d", i);
        CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
    }
}

static void a_view_knows_its_own_keys_alone(void **state) {
    latzero_client *root = create_and_join(pool_name("own"), 0);
    latzero_client *a = view_of(root, "a"), *ab = view_of(a, "b"), *same = view_of(root, "a:b"),
                   *aa = view_of(root, "aa");
    int64_t value = 0;
    int32_t yes = 1;
    (void)state;
    set_keys(root, 10);
    set_keys(a, 20);
    set_keys(ab, 40);
    set_keys(aa, 80);
    check_keys(root, 150);
    check_keys(a, 60);
    check_keys(ab, 40);
    check_keys(same, 40);
    check_keys(aa, 80);
    CHECK_EQUAL(stats_of(ab).key_count, 150);
    CHECK_OK(latzero_set_i64(ab, "x", 1, 7, NULL));
    CHECK_OK(latzero_get_i64(root, "a:b:x", 5, &value));
    CHECK_OK(latzero_get_i64(a, "b:x", 3, &value));
    CHECK_OK(latzero_get_i64(same, "x", 1, &value));
    CHECK_EQUAL(value, 7);
    CHECK_OK(latzero_exists(a, "x", 1, &yes));
    CHECK_EQUAL(yes, 0);
    CHECK_STATUS(latzero_delete(a, "x", 1), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_delete(a, "b:x", 3));
    CHECK_OK(latzero_clear(ab));
    check_keys(ab, 0);
    check_keys(a, 20);
    check_keys(root, 110);
    CHECK_OK(latzero_clear(a));
    check_keys(aa, 80);
    check_keys(root, 90);
    /* A key that is the prefix itself is none of the view's, which have a name. */
    CHECK_OK(latzero_set_null(root, "a:", 2, NULL));
    check_keys(a, 0);
    CHECK_OK(latzero_clear(a));
    check_keys(root, 91);
    CHECK_OK(latzero_clear(root));
    check_keys(aa, 0);
    leave(same);
    leave(aa);
    leave(ab);
    leave(a);
    leave(root);
}

/* Everything that a client does, a view does too, under its prefix. */
static void every_call_works_in_a_view(void **state) {
    latzero_client *root = create_and_join(pool_name("every"), 0);
    latzero_client *outer = view_of(root, "outer"), *view = view_of(outer, "inner");
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(root, "k", 1, 42, NULL));
    for (i = 0; i < every_call_count; i++) {
        int64_t value = 0;
        ready_for(&every_call[i], view, "k");
        check_status(every_call[i].run(view, "k", 1), LATZERO_OK, every_call[i].name, __FILE__, __LINE__);
        CHECK_OK(latzero_get_i64(root, "k", 1, &value));
        CHECK_EQUAL(value, 42);
        CHECK(stats_of(root).key_count <= 2);
    }
    leave(view);
    leave(outer);
    leave(root);
}

static void names_and_keys_have_bounds(void **state) {
    latzero_client *root = create_and_join(pool_name("bounds"), 0), *view = NULL, *more = NULL;
    char *name = malloc(LATZERO_KEY_MAX + 2);
    (void)state;
    memset(name, 'n', LATZERO_KEY_MAX + 1), name[LATZERO_KEY_MAX + 1] = 0;
    CHECK_STATUS(latzero_namespace(root, NULL, 0, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, NULL, 3, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, "", 0, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, "", LATZERO_CSTR, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, "n", 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, name, 65001, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, name, LATZERO_CSTR, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, name, SIZE_MAX - 1, &view), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_namespace(root, name, SIZE_MAX / 2, &view), LATZERO_INVALID_ARGUMENT);
    CHECK(view == NULL);
    CHECK_OK(latzero_namespace(root, name, 65000, &view));
    CHECK_STATUS(latzero_namespace(view, name, 65000, &more), LATZERO_INVALID_ARGUMENT);
    check_every_call(view, name, LATZERO_KEY_MAX - 65001 + 1, HAS_KEY, LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_set_null(view, name, LATZERO_KEY_MAX - 65001 + 1, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("namespace");
    check_every_call(view, "", 0, HAS_KEY, LATZERO_INVALID_ARGUMENT);
    check_every_call(view, NULL, 5, HAS_KEY, LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_set_null(view, name, LATZERO_KEY_MAX - 65001, NULL));
    check_keys(view, 1);
    check_keys(root, 1);
    /* Names are bytes. */
    leave(view);
    CHECK_OK(latzero_namespace(root, "a\0b", 3, &view));
    CHECK_OK(latzero_set_null(view, "k", 1, NULL));
    {
        int32_t yes = 0;
        CHECK_OK(latzero_exists(root, "a\0b:k", 5, &yes));
        CHECK_EQUAL(yes, 1);
    }
    free(name);
    leave(view);
    leave(root);
}

/* In every order of closing. */
static void the_last_handle_ends_the_connection(void **state) {
    enum { handles = 4 };
    int order;
    (void)state;
    for (order = 0; order < 24; order++) {
        const char *name = pool_name("order");
        latzero_client *open[handles];
        latzero_iter *iter = NULL;
        const char *key;
        size_t length;
        int left, rest = order, i;
        open[0] = create_and_join(name, 0);
        open[1] = view_of(open[0], "a");
        open[2] = view_of(open[1], "b");
        open[3] = view_of(open[0], "c");
        for (i = 0; i < handles; i++) CHECK_OK(latzero_set_i64(open[i], "k", 1, i, NULL));
        for (left = handles; left > 0; left--) {
            latzero_client *closed;
            const int at = rest % left;
            rest /= left;
            CHECK_EQUAL(stats_of(open[at]).clients, 1);
            CHECK_OK(latzero_iter_open(open[at], NULL, 0, &iter));
            closed = open[at];
            leave(closed);
            CHECK_STATUS(latzero_iter_next(iter, &key, &length, NULL, NULL), LATZERO_INVALID_ARGUMENT);
            latzero_iter_close(iter);
            check_every_call(closed, "k", 1, 0, LATZERO_INVALID_ARGUMENT);
            CHECK_STATUS(latzero_disconnect(closed), LATZERO_INVALID_ARGUMENT);
            memmove(&open[at], &open[at + 1], (size_t)(handles - at - 1) * sizeof *open);
            CHECK_EQUAL(pool_exists(name), left > 1);
            for (i = 0; i < left - 1; i++) {
                int64_t value = -1;
                CHECK_OK(latzero_get_i64(open[i], "k", 1, &value));
                CHECK(value >= 0);
            }
        }
    }
}

static void views_are_as_their_connection(void **state) {
    const char *name = pool_name("alike");
    latzero_client *writer = create_and_join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    latzero_client *seen = view_of(reader, "v"), *own = view_of(writer, "v");
    int64_t value = 0;
    (void)state;
    CHECK_OK(latzero_set_i64(own, "k", 1, 42, NULL));
    CHECK_OK(latzero_get_i64(seen, "k", 1, &value));
    CHECK_EQUAL(value, 42);
    check_every_call(seen, "k", 1, WRITES, LATZERO_READ_ONLY);
    CHECK_EQUAL(stats_of(writer).clients, 2);
    CHECK_OK(latzero_pool_destroy(name));
    check_every_call(own, "k", 1, 0, LATZERO_DESTROYED);
    check_every_call(seen, "k", 1, 0, LATZERO_DESTROYED);
    leave(writer);
    leave(own);
    leave(reader);
    leave(seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_view_knows_its_own_keys_alone), TEST(every_call_works_in_a_view),
        TEST(names_and_keys_have_bounds),      TEST(the_last_handle_ends_the_connection),
        TEST(views_are_as_their_connection),
    };
    return RUN_TESTS(tests);
}
