/* Numbers with a start, and dicts that are merged: each status, and what stays when it fails. */
#include <math.h>

#include "abi/test.h"

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static void an_absent_number_starts_where_it_is_told(void **state) {
    latzero_client *client = create_and_join(pool_name("initial"), 0);
    int64_t sum = 77;
    double number = 77;
    (void)state;
    CHECK_OK(latzero_increment(client, "a", 1, 5, 100, &sum));
    CHECK_EQUAL(sum, 105);
    CHECK_OK(latzero_increment(client, "a", 1, 5, 100, &sum));
    CHECK_EQUAL(sum, 110);
    CHECK_OK(latzero_decrement(client, "b", 1, 5, 100, &sum));
    CHECK_EQUAL(sum, 95);
    CHECK_OK(latzero_decrement(client, "c", 1, INT64_MIN, -1, &sum));
    CHECK_EQUAL(sum, INT64_MAX);
    CHECK_STATUS(latzero_increment(client, "d", 1, 1, INT64_MAX, &sum), LATZERO_OVERFLOW);
    CHECK_STATUS(latzero_increment(client, "d", 1, -1, INT64_MIN, &sum), LATZERO_OVERFLOW);
    CHECK_STATUS(latzero_decrement(client, "d", 1, 1, INT64_MIN, &sum), LATZERO_OVERFLOW);
    CHECK(sum == INT64_MAX && version_of(client, "d") == 0);
    CHECK_OK(latzero_increment_f64(client, "e", 1, 0.25, 1.5, &number));
    CHECK(number == 1.75);
    CHECK_OK(latzero_increment_f64(client, "e", 1, -2, 1.5, &number));
    CHECK(number == -0.25);
    CHECK_OK(latzero_increment_f64(client, "e", 1, 1, 0, NULL));
    CHECK_OK(latzero_get_f64(client, "e", 1, &number));
    CHECK(number == 0.75);
    CHECK_OK(set_i64_for(client, "f", 7, 1));
    pause_ms(5);
    CHECK_OK(latzero_increment(client, "f", 1, 1, 40, &sum));
    CHECK_EQUAL(sum, 41);
    CHECK_EQUAL(ttl_of(client, "f"), -1);
    leave(client);
}

static void sums_of_doubles_stay_finite(void **state) {
    static const double numbers[] = {0, -0.0, 1, -1, 1e308, -1e308, 1.7976931348623157e308, 5e-324};
    const double wild[] = {INFINITY, -INFINITY, NAN, 1.7976931348623157e308, -1.7976931348623157e308};
    latzero_client *client = create_and_join(pool_name("doubles"), 0);
    double sum = 77, value = 0;
    size_t i, k;
    (void)state;
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        for (k = 0; k < sizeof wild / sizeof *wild; k++) {
            const double expected = numbers[i] + wild[k];
            const latzero_status status = isfinite(expected) ? LATZERO_OK : LATZERO_OVERFLOW;
            uint64_t before;
            CHECK_OK(latzero_set_f64(client, "k", 1, numbers[i], NULL));
            before = version_of(client, "k");
            sum = 77;
            CHECK_STATUS(latzero_increment_f64(client, "k", 1, wild[k], 0, &sum), status);
            CHECK(sum == (status == LATZERO_OK ? expected : 77));
            CHECK_OK(latzero_get_f64(client, "k", 1, &value));
            CHECK(value == (status == LATZERO_OK ? expected : numbers[i]));
            CHECK((version_of(client, "k") == before) == (status != LATZERO_OK));
            CHECK_STATUS(latzero_increment_f64(client, "absent", 6, numbers[i], wild[k], &sum), status);
            CHECK_STATUS(latzero_delete(client, "absent", 6), status == LATZERO_OK ? LATZERO_OK : LATZERO_NOT_FOUND);
        }
    }
    for (k = 0; k < 3; k++) {
        CHECK_OK(latzero_set_f64(client, "k", 1, wild[k], NULL));
        CHECK_STATUS(latzero_increment_f64(client, "k", 1, 1, 0, &sum), LATZERO_OVERFLOW);
        CHECK_SENTENCE("'k'");
        CHECK_OK(latzero_get_f64(client, "k", 1, &value));
        CHECK(memcmp(&value, &wild[k], 8) == 0);
    }
    leave(client);
}

static void numbers_count_by_their_own_type(void **state) {
    static const char *const others[] = {"null", "1.5", "true", "\"12345678\"", "[1]", "{}"};
    latzero_client *client = create_and_join(pool_name("own-type"), 0);
    int64_t sum = 77;
    double number = 77;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK_OK(latzero_set_json(client, "k", 1, others[i], LATZERO_CSTR, NULL));
        CHECK_STATUS(latzero_increment(client, "k", 1, 1, 0, &sum), LATZERO_TYPE_MISMATCH);
        if (i == 1) continue;
        CHECK_STATUS(latzero_increment_f64(client, "k", 1, 1, 0, &number), LATZERO_TYPE_MISMATCH);
        check_json(client, "k", others[i]);
    }
    CHECK_OK(latzero_set_i64(client, "k", 1, 1, NULL));
    CHECK_STATUS(latzero_increment_f64(client, "k", 1, 1, 0, &number), LATZERO_TYPE_MISMATCH);
    CHECK_OK(latzero_set(client, "k", 1, LATZERO_TYPE_OPAQUE, "12345678", 8, NULL));
    CHECK_STATUS(latzero_increment(client, "k", 1, 1, 0, &sum), LATZERO_TYPE_MISMATCH);
    CHECK(sum == 77 && number == 77);
    leave(client);
}

/* ---- dicts ------------------------------------------------------------------------------------------------------- */

static void dicts_are_merged(void **state) {
    static const struct {
        const char *before; /* NULL: absent */
        const char *update;
        size_t size;
        const char *after;
    } cases[] = {
        {NULL, "\x80", 1, "{}"},
        {NULL, "\x81\xa1\x61\1", 4, "{\"a\":1}"},
        {"{}", "\x80", 1, "{}"},
        {"{\"a\":1,\"b\":2}", "\x80", 1, "{\"a\":1,\"b\":2}"},
        {"{\"a\":1,\"b\":2}", "\x82\xa1\x62\3\xa1\x63\4", 7, "{\"a\":1,\"b\":3,\"c\":4}"},
        {"{\"a\":1,\"b\":2}", "\x81\xd9\1\x61\xc0", 5, "{\"a\":null,\"b\":2}"},   /* a key of another width */
        {"{\"a\":{\"x\":1}}", "\x81\xa1\x61\x81\xa1y\2", 7, "{\"a\":{\"y\":2}}"}, /* not within */
        {"{\"a\":1}", "\x82\xa1\x62\1\xa1\x62\2", 7, "{\"a\":1,\"b\":2}"},        /* twice in the update */
    };
    latzero_client *client = create_and_join(pool_name("merged"), 0);
    uint64_t version;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        (void)latzero_delete(client, "d", 1);
        if (cases[i].before != NULL) CHECK_OK(latzero_set_json(client, "d", 1, cases[i].before, LATZERO_CSTR, NULL));
        CHECK_OK(latzero_update(client, "d", 1, cases[i].update, cases[i].size));
        check_json(client, "d", cases[i].after);
    }
    /* Numbers are keys, too, and are none of the strings. */
    CHECK_OK(latzero_set_msgpack(client, "d", 1, "\x82\1\xa1x\xa1\x31\xa1y", 8, NULL));
    CHECK_OK(latzero_update(client, "d", 1, "\x81\xcc\1\xa1z", 5));
    {
        char bytes[16];
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        CHECK_OK(latzero_get(client, "d", 1, bytes, sizeof bytes, &info));
        CHECK(info.size == 8 && memcmp(bytes, "\x82\1\xa1z\xa1\x31\xa1y", 8) == 0);
    }
    CHECK_OK(latzero_set_json(client, "d", 1, "{\"a\":1}", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_expire(client, "d", 1, 100000));
    version = version_of(client, "d");
    CHECK_OK(latzero_update(client, "d", 1, "\x81\xa1\x61\2", 4));
    CHECK(version_of(client, "d") > version && ttl_of(client, "d") > 90000);
    CHECK_OK(latzero_expire(client, "d", 1, 1));
    pause_ms(5);
    CHECK_OK(latzero_update(client, "d", 1, "\x81\xa1\x62\2", 4));
    check_json(client, "d", "{\"b\":2}");
    CHECK_EQUAL(ttl_of(client, "d"), -1);
    leave(client);
}

static void what_cannot_be_merged_is_refused(void **state) {
    static const char *const others[] = {"null", "1", "\"x\"", "[1]"};
    latzero_client *client = create_and_join(pool_name("unmerged"), LATZERO_MAX_BYTES_LEAST);
    unsigned char *large = calloc(1, LATZERO_MAX_BYTES_LEAST + 8);
    uint64_t version;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof others / sizeof *others; i++) {
        CHECK_OK(latzero_set_json(client, "k", 1, others[i], LATZERO_CSTR, NULL));
        CHECK_STATUS(latzero_update(client, "k", 1, "\x80", 1), LATZERO_TYPE_MISMATCH);
        CHECK_SENTENCE("'k'");
        check_json(client, "k", others[i]);
    }
    CHECK_OK(latzero_set_json(client, "k", 1, "{\"a\":1}", LATZERO_CSTR, NULL));
    version = version_of(client, "k");
    CHECK_STATUS(latzero_update(client, "k", 1, "\x90", 1), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 0");
    CHECK_STATUS(latzero_update(client, "k", 1, "\x81\1", 2), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_update(client, "k", 1, "\x80\1", 2), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("byte 1");
    CHECK_STATUS(latzero_update(client, "k", 1, "", 0), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_update(client, "k", 1, NULL, 0), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_update(client, "k", 1, NULL, 5), LATZERO_INVALID_ARGUMENT);
    memset(large, 0x91, 65);
    large[0] = 0x81, large[1] = 1, large[65] = 0x90;
    CHECK_STATUS(latzero_update(client, "k", 1, large, 66), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("64");
    memcpy(large, "\x81\1\xc6\0\x10\0\0", 7);
    CHECK_STATUS(latzero_update(client, "k", 1, large, LATZERO_MAX_BYTES_LEAST + 7), LATZERO_TOO_LARGE);
    memcpy(large, "\x81\1\xc6\0\x08\0\0", 7);
    CHECK_OK(latzero_update(client, "k", 1, large, (1 << 19) + 7));
    version = version_of(client, "k");
    memcpy(large, "\x81\2\xc6\0\x08\0\0", 7);
    CHECK_STATUS(latzero_update(client, "k", 1, large, (1 << 19) + 7), LATZERO_TOO_LARGE);
    CHECK_EQUAL(version_of(client, "k"), version);
    free(large);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_absent_number_starts_where_it_is_told), TEST(sums_of_doubles_stay_finite),
        TEST(numbers_count_by_their_own_type),          TEST(dicts_are_merged),
        TEST(what_cannot_be_merged_is_refused),
    };
    return RUN_TESTS(tests);
}
