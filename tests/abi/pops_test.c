/* Elements taken from lists: each comes out as it was put in, once, from the end that was asked for. */
#include "abi/test.h"

typedef latzero_status pop_call(latzero_client *, const char *, size_t, void *, size_t, latzero_value_info *,
                                uint64_t *);

static void expect_pop(pop_call *pop, latzero_client *client, uint32_t type, const void *bytes, size_t size,
                       uint64_t left) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    static char buffer[200000];
    uint64_t length = 77;
    if (size > 0) {
        CHECK_STATUS(pop(client, "l", 1, buffer, size - 1, &info, &length), LATZERO_TOO_SMALL);
        CHECK_EQUAL(info.size, size);
        CHECK_EQUAL(length, 77);
    }
    CHECK_OK(pop(client, "l", 1, buffer, size, &info, &length));
    CHECK_EQUAL(info.type, type);
    CHECK_EQUAL(info.size, size);
    CHECK(size == 0 || memcmp(buffer, bytes, size) == 0);
    CHECK_EQUAL(length, left);
}

static uint64_t expect_none(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT, back = LATZERO_VALUE_INFO_INIT;
    uint64_t length = 77;
    char buffer[8];
    CHECK_STATUS(latzero_pop_front(client, key, LATZERO_CSTR, buffer, 8, &info, &length), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_pop_back(client, key, LATZERO_CSTR, buffer, 8, &back, &length), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_pop_front(client, key, LATZERO_CSTR, NULL, 0, NULL, NULL), LATZERO_NOT_FOUND);
    CHECK_EQUAL(length, 77);
    CHECK_EQUAL(info.version, back.version);
    return info.version;
}

static void append_all_types(latzero_client *client, const char *text) {
    const int64_t number = -70000;
    const double real = -0.0;
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_BOOL, "\1", 1, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_INT64, &number, 8, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_DOUBLE, &real, 8, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_STRING, text, 100000, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, text, 300, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_LIST, "\x92\1\x90", 3, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_TUPLE, "\x92\1\x90", 3, NULL));
    CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_DICT, "\x81\1\x80", 3, NULL));
    CHECK_OK(latzero_append_opaque(client, "l", 1, 0xdeadbeef, "opaque", 6, NULL));
}

static void an_element_comes_out_as_it_was_put_in(void **state) {
    latzero_client *client = create_and_join(pool_name("types"), 0);
    char *text = malloc(100000);
    const int64_t number = -70000;
    const double real = -0.0;
    int from_back;
    (void)state;
    memset(text, 't', 100000);
    for (from_back = 0; from_back < 2; from_back++) {
        pop_call *const pop = from_back ? latzero_pop_back : latzero_pop_front;
        uint64_t i;
        append_all_types(client, text);
        for (i = 0; i < 10; i++) {
            switch (from_back ? 9 - i : i) {
            case 0: expect_pop(pop, client, LATZERO_TYPE_NULL, NULL, 0, 9 - i); break;
            case 1: expect_pop(pop, client, LATZERO_TYPE_BOOL, "\1", 1, 9 - i); break;
            case 2: expect_pop(pop, client, LATZERO_TYPE_INT64, &number, 8, 9 - i); break;
            case 3: expect_pop(pop, client, LATZERO_TYPE_DOUBLE, &real, 8, 9 - i); break;
            case 4: expect_pop(pop, client, LATZERO_TYPE_STRING, text, 100000, 9 - i); break;
            case 5: expect_pop(pop, client, LATZERO_TYPE_BYTES, text, 300, 9 - i); break;
            case 6: expect_pop(pop, client, LATZERO_TYPE_LIST, "\x92\1\x90", 3, 9 - i); break;
            case 7: expect_pop(pop, client, LATZERO_TYPE_TUPLE, "\x92\1\x90", 3, 9 - i); break;
            case 8: expect_pop(pop, client, LATZERO_TYPE_DICT, "\x81\1\x80", 3, 9 - i); break;
            case 9: expect_pop(pop, client, LATZERO_TYPE_OPAQUE, "opaque", 6, 9 - i); break;
            }
        }
        check_json(client, "l", "[]");
        CHECK(expect_none(client, "l") != 0);
    }
    free(text);
    leave(client);
}

/* What no type holds must not stop a queue. */
static void any_messagepack_comes_out(void **state) {
    static const struct {
        const char *packed;
        size_t size;
        uint32_t tag;
        const char *bytes;
        size_t byte_count;
    } elements[] = {
        {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, LATZERO_TAG_MSGPACK, "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"\xd6\xff\1\2\3\4", 6, LATZERO_TAG_MSGPACK, "\xd6\xff\1\2\3\4", 6},
        {"\xd5\x4f\1\2", 4, LATZERO_TAG_MSGPACK, "\xd5\x4f\1\2", 4},
        {"\xd6\x4f\0\0\0\x09", 6, 9, "", 0},
    };
    latzero_client *client = create_and_join(pool_name("packed"), 0);
    size_t i;
    (void)state;
    for (i = 0; i < sizeof elements / sizeof *elements; i++)
        CHECK_OK(latzero_append_msgpack(client, "l", 1, elements[i].packed, elements[i].size, NULL));
    for (i = 0; i < sizeof elements / sizeof *elements; i++) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        char buffer[16];
        CHECK_OK(latzero_pop_front(client, "l", 1, buffer, sizeof buffer, &info, NULL));
        CHECK_EQUAL(info.type, LATZERO_TYPE_OPAQUE);
        CHECK_EQUAL(info.tag, elements[i].tag);
        CHECK_EQUAL(info.size, elements[i].byte_count);
        CHECK(memcmp(buffer, elements[i].bytes, info.size) == 0);
    }
    leave(client);
}

static void lists_of_every_origin_shrink(void **state) {
    latzero_client *client = create_and_join(pool_name("origins"), 0);
    const int64_t numbers[] = {1, 2, 3, 4, 5};
    int way;
    (void)state;
    for (way = 0; way < 3; way++) {
        if (way == 0) CHECK_OK(latzero_set_json(client, "l", 1, "[1, 2, 3, 4]", LATZERO_CSTR, NULL));
        if (way == 1) CHECK_OK(latzero_set(client, "l", 1, LATZERO_TYPE_LIST, "\xdd\0\0\0\4\1\2\3\4", 9, NULL));
        if (way == 2) CHECK_OK(latzero_set(client, "l", 1, LATZERO_TYPE_LIST, "\x93\1\2\3", 4, NULL));
        if (way == 2) CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_INT64, &numbers[3], 8, NULL));
        CHECK_OK(latzero_expire(client, "l", 1, 60000));
        expect_pop(latzero_pop_front, client, LATZERO_TYPE_INT64, &numbers[0], 8, 3);
        check_json(client, "l", "[2,3,4]");
        expect_pop(latzero_pop_back, client, LATZERO_TYPE_INT64, &numbers[3], 8, 2);
        expect_pop(latzero_pop_front, client, LATZERO_TYPE_INT64, &numbers[1], 8, 1);
        CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_INT64, &numbers[4], 8, NULL));
        check_json(client, "l", "[3,5]");
        CHECK(ttl_of(client, "l") > 50000);
    }
    leave(client);
}

static void what_is_no_list_is_left_alone(void **state) {
    latzero_client *client = create_and_join(pool_name("none"), 0);
    char buffer[16];
    (void)state;
    CHECK_EQUAL(expect_none(client, "absent"), 0);
    CHECK_OK(latzero_set_string(client, "text", 4, "t", 1, NULL));
    CHECK_STATUS(latzero_pop_front(client, "text", 4, buffer, 16, NULL, NULL), LATZERO_TYPE_MISMATCH);
    CHECK_SENTENCE("use another key");
    CHECK_STATUS(latzero_pop_back(client, "text", 4, buffer, 16, NULL, NULL), LATZERO_TYPE_MISMATCH);
    CHECK_OK(latzero_set(client, "tuple", 5, LATZERO_TYPE_TUPLE, "\x91\1", 2, NULL));
    CHECK_STATUS(latzero_pop_front(client, "tuple", 5, buffer, 16, NULL, NULL), LATZERO_TYPE_MISMATCH);
    CHECK_STATUS(latzero_pop_front(client, "text", 4, NULL, 16, NULL, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_append(client, "ends", 4, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(latzero_expire(client, "ends", 4, 1));
    pause_ms(3);
    CHECK_EQUAL(expect_none(client, "ends"), 0);
    leave(client);
}

/* At both ends at once, beside a model; with elements of up to 3,000 bytes, so that lists grow and shrink. */
static void a_queue_is_what_a_model_is(void **state) {
    enum { most = 2000 };
    latzero_client *client = create_and_join(pool_name("model"), 0);
    size_t *sizes = malloc(most * sizeof *sizes), first = 0, last = 0;
    char *bytes = malloc(3000), *got = malloc(3000);
    uint64_t random = 7, length = 0;
    int growing = 1;
    (void)state;
    while (last < most) {
        const uint64_t roll = next_random(&random) % 16;
        if (last - first > 300) growing = 0;
        if (first == last) growing = 1;
        if (roll < (growing ? 11u : 3u) || first == last) {
            sizes[last] = next_random(&random) % (roll % 2 ? 3000 : 30);
            fill_pattern(bytes, sizes[last], last);
            CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, bytes, sizes[last], &length));
            last++;
        } else {
            const size_t at = roll < 14 ? first++ : --last;
            latzero_value_info info = LATZERO_VALUE_INFO_INIT;
            pop_call *const pop = at == last ? latzero_pop_back : latzero_pop_front;
            fill_pattern(bytes, sizes[at], at);
            CHECK_OK(pop(client, "l", 1, got, 3000, &info, &length));
            CHECK_EQUAL(info.size, sizes[at]);
            CHECK(memcmp(got, bytes, info.size) == 0);
        }
        CHECK_EQUAL(length, last - first);
    }
    free(sizes);
    free(bytes);
    free(got);
    leave(client);
}

/* A queue that was long and is empty keeps little of the memory that it needed. */
static void an_emptied_queue_gives_its_room_back(void **state) {
    latzero_client *client = create_and_join(pool_name("room"), 0);
    char element[4000] = "";
    uint64_t left = 1, most;
    int i;
    (void)state;
    for (i = 0; i < 200; i++)
        CHECK_OK(latzero_append(client, "l", 1, LATZERO_TYPE_BYTES, element, sizeof element, NULL));
    most = stats_of(client).used_bytes;
    while (left > 0) CHECK_OK(latzero_pop_front(client, "l", 1, element, sizeof element, NULL, &left));
    CHECK(stats_of(client).used_bytes + 700000 < most);
    leave(client);
}

/* ---- between processes ------------------------------------------------------------------------------------------- */

enum { items_each = 300, producers = 2, consumers = 2 };

static void produce(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    const int64_t number = atoi(arguments[1]);
    int64_t i;
    for (i = 0; i < items_each; i++) {
        const int64_t item = number * items_each + i;
        CHECK_OK(latzero_append(client, "jobs", 4, LATZERO_TYPE_INT64, &item, sizeof item, NULL));
    }
    leave(client);
}

/* Takes jobs until one is negative, and sleeps while there is none. */
static void consume(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    int64_t latest[producers] = {-1, -1};
    for (;;) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        int64_t item = 0;
        const latzero_status popped = latzero_pop_front(client, "jobs", 4, &item, sizeof item, &info, NULL);
        if (popped == LATZERO_NOT_FOUND) {
            CHECK_OK(latzero_wait(client, "jobs", 4, info.version, -1, &info.version));
            continue;
        }
        CHECK_OK(popped);
        if (item < 0) break;
        CHECK(item > latest[item / items_each]); /* the order of each producer is kept */
        latest[item / items_each] = item;
        CHECK_OK(latzero_append(client, arguments[1], LATZERO_CSTR, LATZERO_TYPE_INT64, &item, sizeof item, NULL));
    }
    leave(client);
}

/* A work queue: who finds it empty sleeps until there is a job. */
static void jobs_are_handed_out_once(void **state) {
    char name[LATZERO_NAME_MAX + 1], key[16];
    latzero_client *client;
    child_process made[producers], done[consumers];
    char seen[producers * items_each] = "";
    const int64_t end = -1;
    int i, handled = 0;
    (void)state;
    strcpy(name, pool_name("jobs"));
    client = create_and_join(name, 0);
    for (i = 0; i < consumers; i++) done[i] = start_child(consume, name, decimal(i), NULL);
    for (i = 0; i < producers; i++) made[i] = start_child(produce, name, decimal(i), NULL);
    for (i = 0; i < producers; i++) expect_end(&made[i], 0);
    for (i = 0; i < consumers; i++)
        CHECK_OK(latzero_append(client, "jobs", 4, LATZERO_TYPE_INT64, &end, sizeof end, NULL));
    for (i = 0; i < consumers; i++) expect_end(&done[i], 0);
    for (i = 0; i < consumers; i++) {
        int64_t item;
        snprintf(key, sizeof key, "%d", i);
        while (latzero_pop_front(client, key, LATZERO_CSTR, &item, sizeof item, NULL, NULL) == LATZERO_OK) {
            CHECK_EQUAL(seen[item]++, 0);
            handled++;
        }
    }
    CHECK_EQUAL(handled, producers * items_each);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(produce), ROLE(consume)};
    const struct CMUnitTest tests[] = {
        TEST(an_element_comes_out_as_it_was_put_in),
        TEST(any_messagepack_comes_out),
        TEST(lists_of_every_origin_shrink),
        TEST(what_is_no_list_is_left_alone),
        TEST(a_queue_is_what_a_model_is),
        TEST(an_emptied_queue_gives_its_room_back),
        TEST(jobs_are_handed_out_once),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
