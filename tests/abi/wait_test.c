/* Waiting for one key, and watching from where nothing can be written; who comes and goes. */
#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

/* Name, key, and the time after which it is set, in milliseconds. */
static void set_later(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    say("ready");
    usleep((useconds_t)atoi(arguments[2]) * 1000);
    CHECK_OK(latzero_set_i64(client, arguments[1], LATZERO_CSTR, 5, NULL));
    leave(client);
}

static void come_and_stay(char **arguments) {
    latzero_client *client = join(arguments[0], (uint32_t)atoi(arguments[1]));
    say("here");
    await_order("go");
    leave(client);
}

static void a_wait_ends_when_the_key_changes(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *writer, *client;
    uint64_t version = 77, next = 0;
    uint32_t flags;
    int round;
    (void)state;
    strcpy(name, pool_name("wait"));
    writer = create_and_join(name, 0);
    for (flags = 0; flags <= LATZERO_CONNECT_READ_ONLY; flags += LATZERO_CONNECT_READ_ONLY) {
        client = join(name, flags);
        CHECK_OK(latzero_clear(writer));
        CHECK_STATUS(latzero_wait(client, "k", 1, 0, 0, &version), LATZERO_TIMEOUT);
        CHECK_EQUAL(version, 77);
        for (round = 0; round < 3; round++) {
            const uint64_t known = version_of(client, "k");
            child_process child = start_child(set_later, name, "k", decimal(round * 20), NULL);
            int64_t begun;
            expect_line(&child, "ready");
            begun = now_ms();
            CHECK_OK(latzero_wait(client, "k", 1, known, 10000, &next));
            CHECK(now_ms() - begun < limit_of(900));
            expect_end(&child, 0);
            CHECK_EQUAL(next, version_of(client, "k"));
        }
        /* It has another version than that already. */
        CHECK_OK(latzero_wait(client, "k", 1, 0, -1, &next));
        CHECK_EQUAL(next, version_of(client, "k"));
        CHECK_STATUS(latzero_wait(client, "k", 1, next, 30, &version), LATZERO_TIMEOUT);
        CHECK_SENTENCE("did not change within 30 ms");
        leave(client);
    }
    leave(writer);
}

/* Its departure would wake who waits, too. */
static void set_and_stay(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    say("ready");
    usleep(1200000);
    CHECK_OK(latzero_set_i64(client, "k", 1, 5, NULL));
    await_order("go");
    leave(client);
}

/* Long after it fell asleep, and long before it would look again by itself. */
static void who_waits_is_woken(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    uint32_t flags;
    (void)state;
    strcpy(name, pool_name("woken"));
    client = create_and_join(name, 0);
    for (flags = 0; flags <= LATZERO_CONNECT_READ_ONLY; flags += LATZERO_CONNECT_READ_ONLY) {
        latzero_client *waiter = join(name, flags);
        child_process child = start_child(set_and_stay, name, NULL);
        uint64_t version = 0;
        int64_t begun;
        expect_line(&child, "ready");
        begun = now_ms();
        CHECK_OK(latzero_wait(waiter, "k", 1, version_of(waiter, "k"), 10000, &version));
        CHECK(now_ms() - begun < limit_of(1700));
        tell(&child, "go");
        expect_end(&child, 0);
        leave(waiter);
    }
    leave(client);
}

static void a_wait_ends_with_the_ttl(void **state) {
    latzero_client *client = create_and_join(pool_name("ttl"), 0);
    const int64_t begun = now_ms();
    uint64_t version = 77;
    (void)state;
    CHECK_OK(set_i64_for(client, "k", 1, 150));
    CHECK_OK(latzero_wait(client, "k", 1, version_of(client, "k"), 10000, &version));
    CHECK_EQUAL(version, 0);
    CHECK(now_ms() - begun >= 150);
    CHECK(now_ms() - begun < limit_of(150 + 200));
    leave(client);
}

static void a_wait_ends_with_the_pool(void **state) {
    const char *name = pool_name("ended");
    latzero_client *client = create_and_join(name, 0);
    uint64_t version = 0;
    (void)state;
    CHECK_OK(latzero_pool_destroy(name));
    CHECK_STATUS(latzero_wait(client, "k", 1, 0, -1, &version), LATZERO_DESTROYED);
    CHECK_STATUS(latzero_wait(client, "k", 1, 0, -2, &version), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_wait(client, "k", 1, 0, 0, NULL), LATZERO_INVALID_ARGUMENT);
    CHECK_STATUS(latzero_wait(client, "", 0, 0, 0, &version), LATZERO_INVALID_ARGUMENT);
    leave(client);
}

static void a_reader_hears_of_changes_at_once(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *writer, *reader;
    latzero_watch *watch, *other;
    latzero_event first;
    child_process child;
    int64_t begun;
    (void)state;
    strcpy(name, pool_name("reader"));
    writer = create_and_join(name, 0);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    watch = open_watch(reader, LATZERO_WATCH_UPDATES);
    /* Nobody keeps the ring yet: it hears of the change, or that there was one, if the ring came behind it. */
    CHECK_OK(latzero_set_i64(writer, "k", 1, 1, NULL));
    first = next_event(watch);
    CHECK(first.kind == LATZERO_EVENT_CREATED || (first.kind == LATZERO_EVENT_LOST && first.lost == 1));
    /* Somebody does. */
    other = open_watch(writer, LATZERO_WATCH_UPDATES);
    CHECK_OK(latzero_set_i64(writer, "k", 1, 2, NULL));
    expect_event(watch, LATZERO_EVENT_SET, "k");
    child = start_child(set_later, name, "k", "100", NULL);
    expect_line(&child, "ready");
    begun = now_ms();
    expect_event(watch, LATZERO_EVENT_SET, "k");
    CHECK(now_ms() - begun < limit_of(900));
    expect_end(&child, 0);
    latzero_watch_close(other);
    latzero_watch_close(watch);
    leave(reader);
    leave(writer);
}

static void who_comes_and_goes_is_told(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    latzero_watch *watch;
    uint32_t flags;
    (void)state;
    strcpy(name, pool_name("clients"));
    client = create_and_join(name, 0);
    watch = open_watch(client, LATZERO_WATCH_CLIENTS);
    for (flags = 0; flags <= LATZERO_CONNECT_READ_ONLY; flags += LATZERO_CONNECT_READ_ONLY) {
        int is_killed;
        for (is_killed = 0; is_killed < 2; is_killed++) {
            child_process child = start_child(come_and_stay, name, decimal(flags), NULL);
            latzero_event came, went;
            expect_line(&child, "here");
            came = expect_event(watch, LATZERO_EVENT_CONNECT, NULL);
            if (flags == 0) CHECK_EQUAL(came.client_process, child.process);
            if (is_killed)
                kill_child(&child);
            else
                tell(&child, "go");
            went = expect_event(watch, LATZERO_EVENT_DISCONNECT, NULL);
            CHECK_EQUAL(went.client, came.client);
            (void)end_of(&child);
        }
    }
    expect_no_event(watch);
    latzero_watch_close(watch);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(set_later), ROLE(come_and_stay), ROLE(set_and_stay)};
    const struct CMUnitTest tests[] = {
        TEST(a_wait_ends_when_the_key_changes),  TEST(who_waits_is_woken),
        TEST(a_wait_ends_with_the_ttl),          TEST(a_wait_ends_with_the_pool),
        TEST(a_reader_hears_of_changes_at_once), TEST(who_comes_and_goes_is_told),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
