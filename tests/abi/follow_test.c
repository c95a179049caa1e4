/* Watches that follow: a copy that is kept as the events say is equal to the pool when nobody writes, though others
 * write, delete and are killed meanwhile, and changes are lost on the way. */
#include "abi/test.h"
#include "abi/watches.h"
#include "sealed.h"

enum { most_keys = 300 };

/* Values are numbers. */
typedef struct copy {
    struct {
        int present, told;
        uint32_t stripe;
        int64_t value;
    } keys[most_keys];
    uint64_t events, gaps;
} copy;

static void name_key(char *key, size_t number) { sprintf(key, "key-%03u", (unsigned)number); }

static void drop_what_was_not_told(copy *kept, uint32_t stripe) {
    size_t i;
    for (i = 0; i < most_keys; i++)
        if (kept->keys[i].stripe == stripe && !kept->keys[i].told) kept->keys[i].present = 0;
}

static void apply_key(copy *kept, const latzero_event *event) {
    const size_t number = strtoul(event->key + 4, NULL, 10);
    CHECK(number < most_keys);
    kept->keys[number].told = 1;
    kept->keys[number].stripe = event->stripe;
    kept->keys[number].present = event->value_status == LATZERO_OK;
    if (event->value_status != LATZERO_OK) {
        CHECK_STATUS(event->value_status, LATZERO_NOT_FOUND);
        return;
    }
    CHECK_EQUAL(event->info->type, LATZERO_TYPE_INT64);
    memcpy(&kept->keys[number].value, event->value, sizeof kept->keys[number].value);
}

static void apply(copy *kept, const latzero_event *event) {
    size_t i;
    kept->events++;
    CHECK_EQUAL(event->key == NULL, event->kind == LATZERO_EVENT_RESYNC || event->kind == LATZERO_EVENT_SYNCED);
    if (event->key != NULL) {
        apply_key(kept, event);
        return;
    }
    if (event->kind == LATZERO_EVENT_RESYNC) {
        kept->gaps++;
        for (i = 0; i < most_keys; i++)
            if (kept->keys[i].stripe == event->stripe) kept->keys[i].told = 0;
        return;
    }
    CHECK_EQUAL(event->kind, LATZERO_EVENT_SYNCED);
    drop_what_was_not_told(kept, event->stripe);
}

/* Until there is no event any more; `most`: or after so many. */
static void take_events(latzero_watch *watch, copy *kept, size_t most, int64_t wait_ms) {
    latzero_event event = LATZERO_EVENT_INIT;
    latzero_status status = LATZERO_OK;
    while (most-- > 0 && (status = latzero_watch_next(watch, wait_ms, &event)) == LATZERO_OK) apply(kept, &event);
    if (status != LATZERO_OK) CHECK_STATUS(status, LATZERO_TIMEOUT);
}

static void check_equal_to_pool(latzero_client *client, const copy *kept) {
    char key[16];
    size_t i;
    for (i = 0; i < most_keys; i++) {
        int64_t value = 0;
        latzero_status status;
        name_key(key, i);
        status = latzero_get_i64(client, key, LATZERO_CSTR, &value);
        CHECK_EQUAL(status == LATZERO_OK, kept->keys[i].present);
        if (status == LATZERO_OK) CHECK_EQUAL(value, kept->keys[i].value);
    }
}

static latzero_watch *open_follower(latzero_client *client, const latzero_revision *from) {
    latzero_watch_options options = LATZERO_WATCH_OPTIONS_INIT;
    latzero_watch *watch = NULL;
    options.what = LATZERO_WATCH_FOLLOW;
    options.history = 16;
    options.from = from;
    CHECK_OK(latzero_watch_open(client, &options, &watch));
    return watch;
}

static void write_some(latzero_client *client, uint64_t *random, int count) {
    char key[16];
    int64_t sum;
    for (; count > 0; count--) {
        const uint64_t number = next_random(random);
        name_key(key, number % most_keys);
        if (number >> 32 & 3)
            CHECK_OK(latzero_increment(client, key, LATZERO_CSTR, 1, (int64_t)(number >> 40), &sum));
        else
            (void)latzero_delete(client, key, LATZERO_CSTR);
    }
}

static void a_copy_begins_with_what_is_there(void **state) {
    latzero_client *client = create_and_join(pool_name("begins"), 0);
    latzero_watch *watch;
    latzero_event event;
    copy *kept = calloc(1, sizeof *kept);
    uint64_t random = 1;
    int present = 0;
    (void)state;
    write_some(client, &random, 500);
    watch = open_follower(client, NULL);
    for (event = next_event(watch); event.kind == LATZERO_EVENT_PRESENT; event = next_event(watch)) {
        apply(kept, &event);
        present++;
    }
    CHECK(present > 100);
    CHECK_EQUAL(event.kind, LATZERO_EVENT_SYNCED);
    CHECK_EQUAL(event.stripe, LATZERO_STRIPES);
    check_equal_to_pool(client, kept);
    expect_no_event(watch);
    latzero_watch_close(watch);
    free(kept);
    leave(client);
}

static void a_lost_stripe_is_walked_anew(void **state) {
    latzero_client *client = create_and_join(pool_name("anew"), 0);
    latzero_watch *watch = open_follower(client, NULL);
    copy *kept = calloc(1, sizeof *kept);
    uint64_t random = 7;
    int round;
    (void)state;
    for (round = 0; round < 30; round++) {
        write_some(client, &random, round % 3 == 0 ? 20 : 3000);
        take_events(watch, kept, SIZE_MAX, 0);
        check_equal_to_pool(client, kept);
    }
    CHECK(kept->gaps > 20);
    latzero_watch_close(watch);
    free(kept);
    leave(client);
}

/* What was listed and is deleted before it comes: it leaves no trace on the event behind it. */
static void what_vanishes_during_a_walk_is_not_told(void **state) {
    latzero_client *client = create_and_join(pool_name("vanishes"), 0);
    latzero_watch *watch = open_follower(client, NULL);
    copy *kept = calloc(1, sizeof *kept);
    latzero_event event;
    uint64_t random = 3;
    int round, i;
    (void)state;
    for (round = 0; round < 20; round++) {
        char key[16];
        write_some(client, &random, 1000);
        take_events(watch, kept, SIZE_MAX, 0);
        name_key(key, (size_t)round);
        for (i = 0; i < 100; i++) CHECK_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
        event = next_event(watch);
        CHECK_EQUAL(event.kind, LATZERO_EVENT_RESYNC);
        apply(kept, &event);
        event = next_event(watch);
        CHECK_EQUAL(event.kind, LATZERO_EVENT_PRESENT);
        apply(kept, &event);
        CHECK_OK(latzero_clear(client));
        take_events(watch, kept, SIZE_MAX, 0);
        check_equal_to_pool(client, kept);
    }
    latzero_watch_close(watch);
    free(kept);
    leave(client);
}

static void a_copy_resumes(void **state) {
    latzero_client *client = create_and_join(pool_name("resumes"), 0);
    latzero_watch *watch = open_follower(client, NULL);
    latzero_revision revision;
    copy *kept = calloc(1, sizeof *kept);
    uint64_t random = 9, before;
    int round;
    (void)state;
    /* Also amid a walk, of which nothing is known then. */
    for (round = 0; round < 20; round++) {
        write_some(client, &random, 200);
        take_events(watch, kept, round % 2 == 0 ? SIZE_MAX : 30, 0);
        CHECK_OK(latzero_watch_revision(watch, &revision));
        latzero_watch_close(watch);
        write_some(client, &random, round % 4 < 2 ? 5 : 500);
        watch = open_follower(client, &revision);
        before = kept->events;
        if (round % 2 == 0) take_events(watch, kept, SIZE_MAX, 0);
        if (round % 2 == 0) check_equal_to_pool(client, kept);
        if (round % 2 == 0) CHECK(kept->events > before);
    }
    take_events(watch, kept, SIZE_MAX, 0);
    check_equal_to_pool(client, kept);
    latzero_watch_close(watch);
    free(kept);
    leave(client);
}

/* Name, seed, and how many changes; 0: until it is killed. */
static void writer(char **arguments) {
    latzero_client *client = join(arguments[0], 0);
    uint64_t random = strtoull(arguments[1], NULL, 10);
    const int changes = atoi(arguments[2]);
    int made;
    say("writing");
    for (made = 0; changes == 0 || made < changes; made += 100) write_some(client, &random, 100);
    leave(client);
}

static void a_copy_follows_writers_that_are_killed(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    latzero_watch *watch;
    copy *kept = calloc(1, sizeof *kept);
    uint64_t round;
    const uint64_t rounds = rounds_of(8);
    (void)state;
    strcpy(name, pool_name("killed"));
    client = create_and_join(name, 0);
    watch = open_follower(client, NULL);
    for (round = 0; round < rounds; round++) {
        child_process steady = start_child(writer, name, decimal((long long)round * 2 + 1), "3000", NULL);
        child_process victim = start_child(writer, name, decimal((long long)round * 2 + 2), "0", NULL);
        expect_line(&steady, "writing");
        expect_line(&victim, "writing");
        take_events(watch, kept, 1000 + 100 * round, 5);
        kill_child(&victim);
        (void)end_of(&victim);
        expect_end(&steady, 0);
        /* Longer than a tick: what the dead one has left is told by then. */
        take_events(watch, kept, SIZE_MAX, 1500);
        check_equal_to_pool(client, kept);
    }
    printf("%llu events, %llu gaps\n", (unsigned long long)kept->events, (unsigned long long)kept->gaps);
    latzero_watch_close(watch);
    free(kept);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(writer)};
    const struct CMUnitTest tests[] = {
        TEST(a_copy_begins_with_what_is_there),        TEST(a_lost_stripe_is_walked_anew),
        TEST(what_vanishes_during_a_walk_is_not_told), TEST(a_copy_resumes),
        TEST(a_copy_follows_writers_that_are_killed),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
