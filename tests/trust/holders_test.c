/* Who waits in vain is told for whom: every TIMEOUT names the process that holds the lock. */
#include "abi/log_lines.h"
#include "neighbours/holder.h"

static latzero_client *join_briefly(const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    options.timeout_ms = 50;
    CHECK_OK(latzero_connect(name, &options, &client));
    return client;
}

static void check_logged(const log_lines *lines, const char *part, pid_t process) {
    const char *line = LINE_WITH(lines, part);
    CHECK_EQUAL(atol(member_of(line, "process")), process);
}

static void check_named(latzero_status status, pid_t process, const char *name, const char *call, int line) {
    char number[32];
    check_status(status, LATZERO_TIMEOUT, call, __FILE__, line);
    snprintf(number, sizeof number, "process %d ", (int)process);
    check_sentence(number, __FILE__, line);
    check_sentence(name, __FILE__, line);
    check_sentence("resume or end it", __FILE__, line);
}

#define CHECK_NAMED(call) check_named(call, held.child.process, name, #call, __LINE__)

static void a_stripe_s_holder_is_named(void **state) {
    const char *name = pool_name("stripe");
    latzero_client *client = create_and_join(name, 0), *hasty;
    latzero_entry entry;
    holder held;
    int64_t sum;
    int stripe;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 0);
    hasty = join_briefly(name, 0);
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, owner_of(name, held.child.process));
    memset(&entry, 0, sizeof entry);
    entry.key = "k";
    entry.key_len = 1;
    CHECK_NAMED(latzero_set_null(hasty, "k", 1, NULL));
    CHECK_SENTENCE("key 'k'");
    CHECK_NAMED(latzero_set_bytes(hasty, "another", 7, "v", 1, NULL));
    CHECK_SENTENCE("key 'another'");
    CHECK_NAMED(latzero_delete(hasty, "k", 1));
    CHECK_NAMED(latzero_increment(hasty, "k", 1, 1, 0, &sum));
    CHECK_NAMED(latzero_append(hasty, "k", 1, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_NAMED(latzero_expire(hasty, "k", 1, 1000));
    CHECK_NAMED(latzero_mset(hasty, sizeof entry, &entry, 1));
    CHECK_NAMED(latzero_clear(hasty));
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, 0);
    CHECK_OK(latzero_set_null(hasty, "k", 1, NULL));
    end_holder(&held);
    leave(hasty);
    leave(client);
}

static void the_page_map_s_holder_is_named(void **state) {
    const char *name = pool_name("pages");
    latzero_client *client = create_and_join(name, 0), *hasty;
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    holder held;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 0);
    hasty = join_briefly(name, 0);
    put_extent_owner(name, owner_of(name, held.child.process));
    CHECK_NAMED(set_pattern(hasty, "k", 50000, 1));
    options.timeout_ms = 50;
    CHECK_NAMED(latzero_pool_check(name, &options, NULL));
    put_extent_owner(name, 0);
    CHECK_OK(set_pattern(hasty, "k", 50000, 1));
    end_holder(&held);
    leave(hasty);
    leave(client);
}

static void the_life_lock_s_holder_is_named(void **state) {
    const char *name = pool_name("life");
    latzero_client *client = create_and_join(name, 0), *hasty = join_briefly(name, 0), *none = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    holder held;
    (void)state;
    start_holder(&held, name, HOLD_LIFE_LOCK, 0);
    options.timeout_ms = 50;
    CHECK_NAMED(latzero_connect(name, &options, &none));
    options.flags = LATZERO_CONNECT_READ_ONLY;
    CHECK_NAMED(latzero_connect(name, &options, &none));
    options.flags = LATZERO_CONNECT_CREATE;
    CHECK_NAMED(latzero_connect(name, &options, &none));
    CHECK(none == NULL);
    check_named(latzero_disconnect(hasty), held.child.process, "process", "disconnect", __LINE__);
    end_holder(&held);
    leave(join(name, 0));
    leave(client);
}

/* A number that nobody has written is not told; nor is the holder of an earlier wait. */
static void nobody_is_named_who_is_not_known(void **state) {
    const char *name = pool_name("unknown");
    latzero_client *client = create_and_join(name, 0), *hasty;
    holder held;
    uint32_t owner;
    int stripe;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 0);
    hasty = join_briefly(name, 0);
    owner = owner_of(name, held.child.process);
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, owner);
    CHECK_STATUS(latzero_set_null(hasty, "k", 1, NULL), LATZERO_TIMEOUT);
    put_process(name, held.child.process, 0);
    CHECK_STATUS(latzero_set_null(hasty, "k", 1, NULL), LATZERO_TIMEOUT);
    CHECK(strstr(latzero_last_error(), "process 0") == NULL);
    CHECK_SENTENCE("a living process held");
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, 0);
    end_holder(&held);
    leave(hasty);
    leave(client);
}

/* The log names the holder, too, also where a wait was long and ended well. */
static void a_long_wait_is_logged(void **state) {
    static log_lines lines;
    const char *name = pool_name("logged");
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = create_and_join(name, 0), *hasty = NULL;
    holder held;
    int stripe;
    (void)state;
    start_holder(&held, name, HOLD_NOTHING, 0);
    options.timeout_ms = 100;
    CHECK_OK(latzero_connect(name, &options, &hasty));
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, owner_of(name, held.child.process));
    collect_log(&lines, LATZERO_LOG_WARNING);
    CHECK_STATUS(latzero_set_null(hasty, "k", 1, NULL), LATZERO_TIMEOUT);
    check_logged(&lines, "\"TIMEOUT\"", held.child.process);
    check_logged(&lines, "waited long for a lock", held.child.process);
    CHECK(atof(member_of(LINE_WITH(&lines, "waited long"), "duration_ms")) >= 50);
    CHECK_EQUAL(lines.count, 2);
    stop_log(&lines);
    for (stripe = 0; stripe < STRIPES; stripe++) put_stripe_owner(name, stripe, 0);
    end_holder(&held);
    leave(hasty);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {HOLDER_ROLES};
    const struct CMUnitTest tests[] = {
        TEST(a_stripe_s_holder_is_named),      TEST(the_page_map_s_holder_is_named),
        TEST(the_life_lock_s_holder_is_named), TEST(nobody_is_named_who_is_not_known),
        TEST(a_long_wait_is_logged),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
