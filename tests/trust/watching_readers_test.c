/* A read-only client that watches and waits changes nothing of the pool but the bytes by which it asks to be woken, and
 * never has a mapping that it could write to. */
#include "abi/test.h"
#include "abi/watches.h"

enum { WAIT_MS = 250 };

static int is_flag_of_readers(size_t at) {
    if (at >= SLEEPERS_AT && at < SLEEPERS_END) return 1;
    return at >= STRIPES_AT && at < STRIPES_AT + STRIPES * STRIPE_BYTES &&
           (at - STRIPES_AT) % STRIPE_BYTES == STRIPE_READERS_AT;
}

typedef struct picture {
    unsigned char *bytes;
    size_t size;
} picture;

static picture take_picture(const char *name) {
    picture taken = {NULL, 0};
    taken.bytes = read_file(pool_path(name), &taken.size);
    return taken;
}

/* What has changed since: bytes that are flags of readers, and others. */
typedef struct difference {
    size_t flags, others;
} difference;

static difference compare(const picture *before, const char *name) {
    picture now = take_picture(name);
    difference found = {0, 0};
    size_t at;
    CHECK_EQUAL(now.size, before->size);
    for (at = 0; at < now.size; at++) {
        if (now.bytes[at] == before->bytes[at]) continue;
        if (is_flag_of_readers(at))
            found.flags++;
        else
            found.others++;
    }
    free(now.bytes);
    return found;
}

/* Whether a shared mapping of the pool's file can be written to. */
static int can_write(const char *name) {
    const char *file = strrchr(pool_path(name), '/');
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024], rights[8];
    int found = 0, lines = 0;
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, file) == NULL || sscanf(line, "%*s %7s", rights) != 1) continue;
        lines++;
        found |= rights[1] == 'w';
    }
    fclose(maps);
    CHECK(lines > 0);
    return found;
}

static void expect_silence(latzero_watch *watch) {
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status = LATZERO_OK;
    /* Whoever follows is told what there is; nobody is told more. */
    while (status == LATZERO_OK) status = latzero_watch_next(watch, WAIT_MS, &event);
    CHECK_STATUS(status, LATZERO_TIMEOUT);
}

static void ignore(const latzero_event *event, void *user_data) {
    (void)event;
    (void)user_data;
}

static void watch_by_all_means(latzero_client *client, const char *name) {
    latzero_watch *plain = open_watch(client, 0), *follower = open_watch(client, LATZERO_WATCH_FOLLOW);
    uint64_t registration = 0, version = version_of(client, "key");
    intptr_t descriptor = -1;
    expect_silence(plain);
    CHECK(!can_write(name));
    expect_silence(follower);
    CHECK_STATUS(latzero_wait(client, "key", LATZERO_CSTR, version, WAIT_MS, &version), LATZERO_TIMEOUT);
    CHECK_STATUS(latzero_wait(client, "none", LATZERO_CSTR, 0, WAIT_MS, &version), LATZERO_TIMEOUT);
    CHECK(!can_write(name));
    CHECK_OK(latzero_event_fd(plain, &descriptor));
    CHECK_OK(latzero_on(client, NULL, ignore, NULL, &registration));
    /* Longer than a tick. */
    pause_ms(1200);
    CHECK(!can_write(name));
    CHECK_OK(latzero_off(client, registration));
    latzero_watch_close(follower);
    latzero_watch_close(plain);
    CHECK(!can_write(name));
}

/* Name. Says when it has watched, and leaves when it is told to. */
static void reader(char **arguments) {
    latzero_client *client = join(arguments[0], LATZERO_CONNECT_READ_ONLY);
    watch_by_all_means(client, arguments[0]);
    say("watched");
    await_order("leave");
    leave(client);
}

static void look_on(const char *name) {
    picture before = take_picture(name);
    child_process child = start_child(reader, name, NULL);
    difference found;
    expect_line(&child, "watched");
    found = compare(&before, name);
    CHECK_EQUAL(found.others, 0);
    /* It has slept, and said so. */
    CHECK(found.flags > 0);
    tell(&child, "leave");
    expect_end(&child, 0);
    CHECK_EQUAL(compare(&before, name).others, 0);
    free(before.bytes);
}

static void a_reader_changes_its_flags_alone(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *writer;
    latzero_watch *watch;
    int i;
    (void)state;
    strcpy(name, pool_name("looked-at"));
    writer = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(writer, "key", 3, 1, NULL));
    /* While nobody else watches, and while somebody does. */
    look_on(name);
    watch = open_watch(writer, 0);
    for (i = 0; i < 100; i++) CHECK_OK(latzero_set_i64(writer, "key", 3, i, NULL));
    look_on(name);
    latzero_watch_close(watch);
    leave(writer);
}

/* Name. Watches alone, and says what it is told first of each order. */
static void lone_watcher(char **arguments) {
    latzero_client *client = join(arguments[0], LATZERO_CONNECT_READ_ONLY);
    latzero_watch *watch = open_watch(client, LATZERO_WATCH_UPDATES);
    latzero_event event;
    say("watching");
    do {
        event = next_event(watch);
        say(event.kind == LATZERO_EVENT_LOST ? "lost" : event.kind == LATZERO_EVENT_SET ? "set" : "another");
    } while (event.kind == LATZERO_EVENT_LOST);
    latzero_watch_close(watch);
    leave(client);
}

/* It cannot turn the ring on. A writer does, by one of the writes that are all of the short way. */
static void a_reader_that_watches_alone_is_told_what_happens(void **state) {
    char name[LATZERO_NAME_MAX + 1], line[32];
    latzero_client *writer;
    child_process child;
    int rounds;
    (void)state;
    strcpy(name, pool_name("alone"));
    writer = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(writer, "key", 3, 1, NULL));
    child = start_child(lone_watcher, name, NULL);
    expect_line(&child, "watching");
    for (rounds = 0; rounds < 1000; rounds++) {
        int i;
        for (i = 0; i < 20; i++) CHECK_OK(latzero_set_i64(writer, "key", 3, i, NULL));
        CHECK_EQUAL(hear_child(&child, line, sizeof line, 10000), HEARD_LINE);
        if (strcmp(line, "lost") != 0) break;
    }
    CHECK(strcmp(line, "set") == 0);
    expect_end(&child, 0);
    leave(writer);
}

/* So does who connects. */
static void a_reader_that_watches_alone_is_told_of_who_comes(void **state) {
    char name[LATZERO_NAME_MAX + 1], line[32];
    latzero_client *keeper, *writer;
    child_process child;
    int rounds;
    (void)state;
    strcpy(name, pool_name("who-comes"));
    keeper = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(keeper, "key", 3, 1, NULL));
    child = start_child(lone_watcher, name, NULL);
    expect_line(&child, "watching");
    /* One write each. The first may come before the watcher has gone to sleep. */
    for (rounds = 0; rounds < 1000; rounds++) {
        writer = join(name, 0);
        CHECK_OK(latzero_set_i64(writer, "key", 3, rounds, NULL));
        leave(writer);
        CHECK_EQUAL(hear_child(&child, line, sizeof line, 10000), HEARD_LINE);
        if (strcmp(line, "lost") != 0) break;
    }
    CHECK(strcmp(line, "set") == 0);
    expect_end(&child, 0);
    leave(keeper);
}

/* Who may write does change more than that, and has such a mapping: so the looks above would see it. */
static void a_writer_is_noticed(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client, *other;
    picture before;
    (void)state;
    strcpy(name, pool_name("noticed"));
    client = create_and_join(name, 0);
    CHECK(can_write(name));
    before = take_picture(name);
    other = join(name, 0);
    CHECK(compare(&before, name).others > 0);
    leave(other);
    leave(client);
    free(before.bytes);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(reader), ROLE(lone_watcher)};
    const struct CMUnitTest tests[] = {TEST(a_reader_changes_its_flags_alone), TEST(a_writer_is_noticed),
                                       TEST(a_reader_that_watches_alone_is_told_what_happens),
                                       TEST(a_reader_that_watches_alone_is_told_of_who_comes)};
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
