/* What is logged, and what never is. */
#include <fcntl.h>
#include <signal.h>

#include "abi/log_lines.h"
#include "abi/test.h"

static log_lines lines;

static void check_member(const char *line, const char *name, const char *expected, int at) {
    const char *found = member_of(line, name);
    check_true(found != NULL && strcmp(found, expected) == 0, line, __FILE__, at);
}

#define CHECK_MEMBER(line, name, expected) check_member(line, name, expected, __LINE__)

static void a_pool_s_life_is_logged(void **state) {
    const char *name = pool_name("life");
    latzero_client *client;
    const char *line;
    (void)state;
    collect_log(&lines, LATZERO_LOG_INFO);
    client = create_and_join(name, 0);
    leave(join(name, LATZERO_CONNECT_READ_ONLY));
    CHECK_OK(latzero_pool_check(name, NULL, NULL));
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_STATUS(latzero_set_null(client, "k", 1, NULL), LATZERO_DESTROYED);
    leave(client);
    CHECK_EQUAL(lines.count, 7);
    CHECK_MEMBER(lines.texts[0], "message", "created the pool");
    CHECK_MEMBER(lines.texts[1], "message", "connected");
    CHECK_MEMBER(lines.texts[2], "message", "connected, read-only");
    CHECK_MEMBER(lines.texts[3], "message", "disconnected");
    CHECK_MEMBER(lines.texts[4], "message", "the check found no fault");
    CHECK_MEMBER(lines.texts[5], "message", "destroyed the pool");
    CHECK_MEMBER(lines.texts[6], "message", "disconnected; the pool is gone");
    forget_lines(&lines);
    /* One that a connect makes, and its last client ends. */
    client = NULL;
    {
        latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
        options.flags = LATZERO_CONNECT_CREATE;
        CHECK_OK(latzero_connect(name, &options, &client));
    }
    line = LINE_WITH(&lines, "created the pool");
    CHECK_MEMBER(line, "pool", name);
    CHECK_MEMBER(line, "operation", "create");
    leave(client);
    CHECK_MEMBER(LINE_WITH(&lines, "the pool is gone"), "operation", "disconnect");
    stop_log(&lines);
}

static void growth_is_logged(void **state) {
    const char *name = pool_name("growth");
    latzero_client *client;
    const char *line;
    uint64_t before, after;
    char expected[64];
    (void)state;
    create_pool(name, 0);
    client = join(name, LATZERO_CONNECT_SMALL_PAGES); /* nothing else is due at a write */
    collect_log(&lines, LATZERO_LOG_INFO);
    before = stats_of(client).capacity_bytes;
    CHECK_OK(set_pattern(client, "large", before, 1));
    after = stats_of(client).capacity_bytes;
    CHECK(after > before);
    snprintf(expected, sizeof expected, "the pool grew to %llu bytes", (unsigned long long)after);
    line = LINE_WITH(&lines, expected);
    CHECK_MEMBER(line, "pool", name);
    CHECK(member_of(line, "duration_ms") != NULL);
    /* By the next write, also if nobody asks. */
    forget_lines(&lines);
    CHECK_OK(set_pattern(client, "larger", 2 * after, 1));
    CHECK_EQUAL(lines_with(&lines, "the pool grew"), 0);
    CHECK_OK(set_pattern(client, "small", 100, 1));
    CHECK_EQUAL(lines_with(&lines, "the pool grew"), 1);
    stop_log(&lines);
    leave(client);
}

static void stay_connected(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    say("ready");
    await_order("never");
}

static void a_dead_client_is_named(void **state) {
    const char *name = pool_name("dead");
    latzero_client *client = create_and_join(name, 0);
    child_process child = start_child(stay_connected, name, NULL);
    char process[24];
    (void)state;
    expect_line(&child, "ready");
    snprintf(process, sizeof process, "%ld", child.process);
    kill_child(&child);
    expect_end(&child, CHILD_KILLED);
    collect_log(&lines, LATZERO_LOG_WARNING);
    leave(join(name, 0));
    CHECK_MEMBER(LINE_WITH(&lines, "recovered a dead client"), "process", process);
    CHECK_EQUAL(lines.count, 1);
    stop_log(&lines);
    leave(client);
}

/* Where nobody else tidies up. */
static void leave_an_orphan(char **arguments) {
    const char *name = arguments[0];
    child_process child;
    latzero_pool_options idle = LATZERO_POOL_OPTIONS_INIT;
    int32_t there = 1;
    latzero_client *client = create_and_join(name, 0);
    child = start_child(stay_connected, name, NULL);
    expect_line(&child, "ready");
    leave(client);
    kill_child(&child);
    expect_end(&child, CHILD_KILLED);
    collect_log(&lines, LATZERO_LOG_INFO);
    CHECK_OK(latzero_pool_exists(name, &there));
    CHECK_EQUAL(there, 0);
    CHECK_EQUAL(lines.count, 1);
    CHECK_MEMBER(lines.texts[0], "message", "removed a pool whose clients have died");
    CHECK_MEMBER(lines.texts[0], "pool", name);
    forget_lines(&lines);
    idle.flags = LATZERO_POOL_PERSISTENT;
    idle.idle_ttl_ms = 1;
    CHECK_OK(latzero_pool_create(name, &idle));
    pause_ms(20);
    CHECK_OK(latzero_pool_cleanup(NULL));
    CHECK_MEMBER(LINE_WITH(&lines, "idle past its TTL"), "operation", "remove");
    stop_log(&lines);
}

static void removals_are_logged_with_their_cause(void **state) {
    (void)state;
    in_child_alone(leave_an_orphan, pool_name("orphan"), NULL);
}

static void a_lost_name_is_told_once(void **state) {
    const char *name = pool_name("lost");
    latzero_client *client = create_and_join(name, 0);
    (void)state;
    collect_log(&lines, LATZERO_LOG_WARNING);
    CHECK(remove(pool_path(name)) == 0);
    (void)stats_of(client);
    (void)stats_of(client);
    CHECK_MEMBER(LINE_WITH(&lines, "lost its name"), "pool", name);
    leave(client);
    CHECK_EQUAL(lines_with(&lines, "lost its name"), 1);
    stop_log(&lines);
}

static void refusals_are_counted_and_told_once_a_second(void **state) {
    const char *name = pool_name("refusals");
    latzero_client *client = create_and_join(name, LATZERO_MAX_BYTES_LEAST);
    char text[3000];
    const char *line;
    int i;
    (void)state;
    memset(text, 'v', sizeof text);
    for (i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof key, "filler-%d", i);
        if (latzero_set_bytes(client, key, LATZERO_CSTR, text, sizeof text, NULL) != LATZERO_OK) break;
    }
    CHECK(i < 1000);
    pause_ms(1100);
    collect_log(&lines, LATZERO_LOG_WARNING);
    for (i = 0; i < 20; i++)
        CHECK_STATUS(latzero_set_bytes(client, "refused", 7, text, sizeof text, NULL), LATZERO_MEMORY_FULL);
    line = LINE_WITH(&lines, "MEMORY_FULL");
    CHECK_MEMBER(line, "pool", name);
    CHECK_MEMBER(line, "logger", "latzero.client");
    CHECK(member_of(line, "key") == NULL);
    pause_ms(1100);
    stop_log(&lines);
    collect_log(&lines, LATZERO_LOG_DEBUG);
    CHECK_STATUS(latzero_set_bytes(client, "refused", 7, text, sizeof text, NULL), LATZERO_MEMORY_FULL);
    line = LINE_WITH(&lines, "MEMORY_FULL");
    CHECK(strstr(line, "(and 19 times more since the last such line)") != NULL);
    /* The one thing that is told of keys, in a plain pool. */
    CHECK_MEMBER(line, "key", "refused");
    CHECK_EQUAL(lines_with(&lines, "filler"), 0);
    stop_log(&lines);
    leave(client);
}

static void gaps_are_told_and_waits_that_end_are_not(void **state) {
    latzero_client *client = create_and_join(pool_name("gaps"), 0);
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_watch *watch = NULL;
    uint64_t version = 0;
    int i;
    (void)state;
    options.history = 16;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    collect_log(&lines, LATZERO_LOG_DEBUG);
    for (i = 0; i < 1000; i++) CHECK_OK(latzero_set_i64(client, "key", 3, i, NULL));
    while (latzero_watch_next(watch, 0, &event) == LATZERO_OK) continue;
    CHECK_MEMBER(LINE_WITH(&lines, "a watch was too slow"), "pool", pool_name("gaps"));
    CHECK_STATUS(latzero_watch_next(watch, 1, &event), LATZERO_TIMEOUT);
    CHECK_STATUS(latzero_wait(client, "key", 3, version_of(client, "key"), 1, &version), LATZERO_TIMEOUT);
    CHECK_EQUAL(lines.count, 1);
    stop_log(&lines);
    latzero_watch_close(watch);
    leave(client);
}

/* ---- what must not be told --------------------------------------------------------------------------------------- */

static const char auth_key[] = "auth-key-of-the-vault", wrong_key[] = "auth-key-that-is-wrong";

static latzero_client *join_vault(const char *name, const char *key, latzero_status expected) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.auth_key = key;
    options.auth_key_len = key != NULL ? LATZERO_CSTR : 0;
    CHECK_STATUS(latzero_connect(name, &options, &client), expected);
    return client;
}

static void create_vault(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_ENCRYPTED;
    options.auth_key = auth_key;
    options.auth_key_len = LATZERO_CSTR;
    options.kdf_memory_bytes = 8192;
    options.kdf_passes = 1;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST;
    CHECK_OK(latzero_pool_create(name, &options));
}

/* Fills the pool, and goes wrong in several ways. */
static void use_vault(latzero_client *client) {
    static char value[200000];
    latzero_iter *iter = NULL;
    int64_t sum;
    size_t at;
    int i;
    for (at = 0; at + 12 < sizeof value; at += 12) memcpy(value + at, "the-treasure", 12);
    for (i = 0; i < 20; i++) {
        char key[32];
        snprintf(key, sizeof key, "name-of-a-key-%d", i);
        if (latzero_set_bytes(client, key, LATZERO_CSTR, value, sizeof value, NULL) == LATZERO_MEMORY_FULL) break;
    }
    CHECK(i < 20);
    CHECK_STATUS(latzero_increment(client, "name-of-a-key-0", LATZERO_CSTR, 1, 0, &sum), LATZERO_TYPE_MISMATCH);
    CHECK_STATUS(latzero_get(client, "name-of-a-key-0", LATZERO_CSTR, NULL, 0, NULL), LATZERO_TOO_SMALL);
    CHECK_STATUS(latzero_delete(client, "name-of-no-key", LATZERO_CSTR), LATZERO_NOT_FOUND);
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    latzero_iter_close(iter);
}

/* Changes the first record's bytes, wherever it is. */
static void forge_records(const char *name) {
    size_t size = 0, at;
    unsigned char *bytes = read_file(pool_path(name), &size);
    for (at = size / 2; at < size / 2 + 100000 && at < size; at++) bytes[at] ^= 1;
    write_file_at(pool_path(name), (long)(size / 2), bytes + size / 2, at - size / 2);
    free(bytes);
}

static void no_secret_and_no_sealed_key_is_told(void **state) {
    static const char *const secrets[] = {"name-of", "treasure", "auth-key-", "another-key"};
    const char *name = pool_name("vault");
    latzero_client *client;
    size_t i;
    (void)state;
    pause_ms(1100); /* so that no refusal is left out */
    collect_log(&lines, LATZERO_LOG_DEBUG);
    create_vault(name);
    client = join_vault(name, auth_key, LATZERO_OK);
    (void)join_vault(name, wrong_key, LATZERO_AUTHENTICATION);
    (void)join_vault(name, NULL, LATZERO_AUTHENTICATION);
    use_vault(client);
    forge_records(name);
    for (i = 0; i < 20; i++) {
        char key[32], value[8];
        snprintf(key, sizeof key, "name-of-a-key-%d", (int)i);
        (void)latzero_get(client, key, LATZERO_CSTR, value, sizeof value, NULL);
        (void)latzero_delete(client, key, LATZERO_CSTR);
    }
    CHECK_OK(latzero_pool_rekey(name, auth_key, LATZERO_CSTR, "another-key", LATZERO_CSTR, NULL));
    CHECK_OK(latzero_pool_check(name, NULL, NULL));
    leave(client);
    CHECK_MEMBER(LINE_WITH(&lines, "\"AUTHENTICATION\""), "level", "WARNING");
    CHECK_EQUAL(lines_with(&lines, "\"MEMORY_FULL\""), 1);
    CHECK_EQUAL(lines_with(&lines, "\"INTEGRITY\""), 1);
    CHECK_EQUAL(lines_with(&lines, "changed the auth key"), 1);
    for (i = 0; i < sizeof secrets / sizeof *secrets; i++) CHECK_EQUAL(lines_with(&lines, secrets[i]), 0);
    CHECK_EQUAL(lines_with(&lines, "\"key\""), 0);
    stop_log(&lines);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(stay_connected), ROLE(leave_an_orphan)};
    const struct CMUnitTest tests[] = {
        TEST(a_pool_s_life_is_logged),
        TEST(growth_is_logged),
        TEST(a_dead_client_is_named),
        TEST(removals_are_logged_with_their_cause),
        TEST(a_lost_name_is_told_once),
        TEST(refusals_are_counted_and_told_once_a_second),
        TEST(gaps_are_told_and_waits_that_end_are_not),
        TEST(no_secret_and_no_sealed_key_is_told),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
