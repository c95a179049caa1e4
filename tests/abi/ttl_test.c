/* Values that expire: never seen after their time, and what keeps or loses a TTL. */
#include "abi/test.h"

static int64_t told_ttl(latzero_client *client, const char *key) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    int64_t value;
    CHECK_OK(latzero_get(client, key, LATZERO_CSTR, &value, sizeof value, &info));
    return info.ttl_ms;
}

static void what_is_left_is_told(void **state) {
    latzero_client *client = create_and_join(pool_name("left"), 0);
    int64_t left;
    (void)state;
    CHECK_OK(latzero_set_i64(client, "for ever", LATZERO_CSTR, 1, NULL));
    CHECK_EQUAL(told_ttl(client, "for ever"), -1);
    CHECK_OK(set_i64_for(client, "zero", 1, 0));
    CHECK_EQUAL(told_ttl(client, "zero"), -1);
    CHECK_OK(set_i64_for(client, "hour", 1, 3600000));
    left = told_ttl(client, "hour");
    CHECK(left <= 3600000 && left > 3590000);
    pause_ms(20);
    CHECK(told_ttl(client, "hour") <= left - 19);
    CHECK_OK(set_i64_for(client, "longest", 1, INT64_MAX));
    left = told_ttl(client, "longest");
    CHECK(left > INT64_MAX - 10000);
    leave(client);
}

static void a_negative_ttl_is_refused(void **state) {
    latzero_client *client = create_and_join(pool_name("negative"), 0);
    int64_t value = 0;
    (void)state;
    CHECK_OK(set_i64_for(client, "k", 1, 0));
    CHECK_STATUS(set_i64_for(client, "k", 2, -1), LATZERO_INVALID_ARGUMENT);
    CHECK_SENTENCE("TTL");
    CHECK_STATUS(set_i64_for(client, "k", 2, INT64_MIN), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_get_i64(client, "k", 1, &value));
    CHECK_EQUAL(value, 1);
    leave(client);
}

static void check_gone(latzero_client *client, const char *key) {
    int32_t exists = -1;
    int64_t value = 77;
    char *text = NULL;
    CHECK_STATUS(latzero_get(client, key, LATZERO_CSTR, &value, 8, NULL), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_get_i64(client, key, LATZERO_CSTR, &value), LATZERO_NOT_FOUND);
    CHECK_STATUS(latzero_get_string(client, key, LATZERO_CSTR, &text, NULL), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_exists(client, key, LATZERO_CSTR, &exists));
    CHECK_EQUAL(exists, 0);
}

static void an_expired_value_is_gone_for_everybody(void **state) {
    latzero_client *writer = create_and_join(pool_name("gone"), 0);
    latzero_client *reader = join(pool_name("gone"), LATZERO_CONNECT_READ_ONLY);
    latzero_iter *iter = NULL;
    const char *key;
    size_t length, met = 0;
    (void)state;
    CHECK_OK(latzero_set_i64(writer, "stays", 5, 1, NULL));
    CHECK_OK(set_i64_for(writer, "goes", 1, 40));
    CHECK_OK(set_i64_for(writer, "goes too", 1, 1));
    pause_ms(60);
    check_gone(writer, "goes");
    check_gone(reader, "goes");
    check_gone(reader, "goes too");
    CHECK_OK(latzero_iter_open(reader, NULL, 0, &iter));
    while (latzero_iter_next(iter, &key, &length, NULL, NULL) == LATZERO_OK) {
        met++;
        CHECK(length == 5 && memcmp(key, "stays", 5) == 0);
    }
    CHECK_EQUAL(met, 1);
    latzero_iter_close(iter);
    CHECK_STATUS(latzero_delete(writer, "goes", 4), LATZERO_NOT_FOUND);
    leave(reader);
    leave(writer);
}

/* Read all the time: there until the time is over, never again afterwards. */
static void expiry_is_exact_to_the_millisecond(void **state) {
    latzero_client *client = create_and_join(pool_name("exact"), 0);
    int round;
    (void)state;
    for (round = 0; round < 20; round++) {
        int64_t before = now_ms(), after, value = 0, asked, told;
        latzero_status status;
        CHECK_OK(set_i64_for(client, "k", round, 15));
        after = now_ms();
        do {
            asked = now_ms();
            status = latzero_get_i64(client, "k", 1, &value);
            told = now_ms();
            if (status == LATZERO_OK) CHECK(asked < after + 15 && value == round);
            if (status == LATZERO_NOT_FOUND) CHECK(told >= before + 15);
        } while (status == LATZERO_OK);
        CHECK_STATUS(status, LATZERO_NOT_FOUND);
    }
    leave(client);
}

static void overwriting_replaces_the_ttl(void **state) {
    latzero_client *client = create_and_join(pool_name("overwrite"), 0);
    int64_t value = 0;
    (void)state;
    CHECK_OK(set_i64_for(client, "loses", 1, 30));
    CHECK_OK(latzero_set_i64(client, "loses", LATZERO_CSTR, 2, NULL));
    CHECK_EQUAL(told_ttl(client, "loses"), -1);
    CHECK_OK(set_i64_for(client, "gains", 1, 0));
    CHECK_OK(set_i64_for(client, "gains", 2, 30));
    CHECK_OK(set_i64_for(client, "longer", 1, 30));
    CHECK_OK(set_i64_for(client, "longer", 2, 100000));
    pause_ms(50);
    CHECK_OK(latzero_get_i64(client, "loses", LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 2);
    check_gone(client, "gains");
    CHECK_OK(latzero_get_i64(client, "longer", LATZERO_CSTR, &value));
    CHECK_EQUAL(value, 2);
    /* An expired key can be set again, and counts once. */
    CHECK_OK(latzero_set_i64(client, "gains", LATZERO_CSTR, 3, NULL));
    CHECK_EQUAL(told_ttl(client, "gains"), -1);
    CHECK_EQUAL(stats_of(client).key_count, 3);
    leave(client);
}

static void a_counter_keeps_its_ttl(void **state) {
    latzero_client *client = create_and_join(pool_name("counter"), 0);
    int64_t sum = 0, left;
    (void)state;
    CHECK_OK(set_i64_for(client, "long", 5, 100000));
    CHECK_OK(latzero_increment(client, "long", 4, 1, 0, &sum));
    CHECK_OK(latzero_decrement(client, "long", 4, 3, 0, &sum));
    CHECK_EQUAL(sum, 3);
    left = told_ttl(client, "long");
    CHECK(left <= 100000 && left > 90000);
    CHECK_OK(set_i64_for(client, "short", 5, 40));
    CHECK_OK(latzero_increment(client, "short", 5, 1, 0, &sum));
    CHECK_EQUAL(sum, 6);
    pause_ms(60);
    check_gone(client, "short");
    /* It begins anew, from nothing and without a TTL. */
    CHECK_OK(latzero_increment(client, "short", 5, 1, 0, &sum));
    CHECK_EQUAL(sum, 1);
    CHECK_EQUAL(told_ttl(client, "short"), -1);
    /* Also where the expired value had another type. */
    CHECK_OK(latzero_delete(client, "short", 5));
    {
        latzero_set_options options = LATZERO_SET_OPTIONS_INIT;
        options.ttl_ms = 1;
        CHECK_OK(latzero_set_string(client, "short", 5, "text", 4, &options));
    }
    pause_ms(10);
    CHECK_OK(latzero_increment(client, "short", 5, 9, 0, &sum));
    CHECK_EQUAL(sum, 9);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_is_told),
        TEST(a_negative_ttl_is_refused),
        TEST(an_expired_value_is_gone_for_everybody),
        TEST(expiry_is_exact_to_the_millisecond),
        TEST(overwriting_replaces_the_ttl),
        TEST(a_counter_keeps_its_ttl),
    };
    return RUN_TESTS(tests);
}
