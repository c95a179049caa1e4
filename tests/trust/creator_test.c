/* A created pool lives until the process that created it has connected itself or ended; from then on until its last
 * client leaves. Other processes that come and go meanwhile do not end it, and a forked child is no creator. */
#include <signal.h>

#include "abi/test.h"

enum { WORKERS = 12 };

typedef enum ending { BY_EXIT, BY_KILL } ending;

typedef struct creation {
    const char *name;
    int closes_descriptors; /* behind the library's back, after the creation */
    ending ending;
    bell ready, end;
} creation;

typedef struct worker {
    const char *name;
    int64_t number;
} worker;

static latzero_status create_with_key(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST;
    seal_new_pool(&options);
    return latzero_pool_create(name, &options);
}

/* Counts on where the one before stopped; ends in one of four ways. */
static void work(void *argument) {
    const worker *self = argument;
    int64_t found = -1;
    latzero_client *client, *reader;
    client = join(self->name, 0);
    CHECK_OK(latzero_increment(client, "workers", LATZERO_CSTR, 1, 0, &found));
    CHECK_EQUAL(found, self->number + 1);
    reader = join(self->name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_get_i64(reader, "workers", LATZERO_CSTR, &found));
    CHECK_EQUAL(found, self->number + 1);
    if (self->number % 4 == 0) raise(SIGKILL);
    leave(reader);
    if (self->number % 4 == 1) exit(0);
    leave(client);
    if (self->number % 4 == 2) exit(0);
}

static void read_only_work(void *argument) {
    const worker *self = argument;
    int64_t found = -1;
    latzero_client *reader = join(self->name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(latzero_get_i64(reader, "workers", LATZERO_CSTR, &found));
    CHECK_EQUAL(found, self->number);
    leave(reader);
}

static void look_from_outside(void *name) {
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_OK(latzero_pool_cleanup(NULL));
    CHECK_EQUAL(is_listed(name, NULL), 1);
}

/* One after the other, each the pool's only client. */
static void have_workers(const char *name) {
    worker each = {name, 0};
    for (each.number = 0; each.number < WORKERS; each.number++) {
        const int ended = end_of_fork(work, &each);
        CHECK_EQUAL(ended, each.number % 4 == 0 ? 1000 + SIGKILL : 0);
        in_fork(look_from_outside, (void *)(size_t)name);
        CHECK_EQUAL(pool_exists(name), 1);
    }
    in_fork(read_only_work, &each);
    in_fork(look_from_outside, (void *)(size_t)name);
}

static void close_from_3(void) {
    int i;
    for (i = 3; i < 256; i++) (void)close(i);
}

/* Who closes all descriptors keeps the bells under those that are left. */
static void create_and_have_workers(void *argument) {
    const creation *self = argument;
    bell ready = self->ready, end = self->end;
    CHECK_OK(create_with_key(self->name));
    if (self->closes_descriptors) {
        ready.ends[1] = dup2(ready.ends[1], 0);
        end.ends[0] = dup2(end.ends[0], 1);
        CHECK(ready.ends[1] == 0 && end.ends[0] == 1);
        close_from_3();
    }
    have_workers(self->name);
    ring(&ready);
    if (self->ending == BY_KILL) pause_ms(60000);
    await_bell(&end);
    exit(0);
}

static void check_creation(const char *name, int closes_descriptors, ending how) {
    creation self = {name, closes_descriptors, how, {{0, 0}}, {{0, 0}}};
    child_process creator;
    make_bell(&self.ready);
    make_bell(&self.end);
    creator = start_fork(create_and_have_workers, &self);
    close(self.ready.ends[1]);
    await_bell(&self.ready);
    CHECK_EQUAL(pool_exists(name), 1);
    CHECK_EQUAL(pool_info_of(name).clients, 0);
    CHECK_EQUAL(pool_info_of(name).key_count, 1);
    if (how == BY_KILL)
        kill_child(&creator);
    else
        ring(&self.end);
    expect_end(&creator, how == BY_KILL ? CHILD_KILLED : 0);
    /* Who exits tidies up at once; what a killed one leaves is for the next look. */
    if (how == BY_EXIT && !closes_descriptors) CHECK(!file_exists(pool_path(name)));
    CHECK_EQUAL(pool_exists(name), 0);
    CHECK(!file_exists(pool_path(name)));
    close(self.ready.ends[0]);
    close_bell(&self.end);
}

static void workers_come_and_go_until_the_creator_exits(void **state) {
    (void)state;
    check_creation(pool_name("exits"), 0, BY_EXIT);
}

static void workers_come_and_go_until_the_creator_is_killed(void **state) {
    (void)state;
    check_creation(pool_name("killed"), 0, BY_KILL);
}

static void a_creator_without_descriptors_lives_all_the_same(void **state) {
    (void)state;
    check_creation(pool_name("closed"), 1, BY_EXIT);
    check_creation(pool_name("closed"), 1, BY_KILL);
}

/* ---- a creator that connects ------------------------------------------------------------------------------------- */

static void a_creator_s_own_connection_hands_the_pool_over(void **state) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    const char *name = pool_name("own");
    size_t i;
    (void)state;
    for (i = 0; i < 2; i++) {
        CHECK_OK(create_with_key(name));
        leave(join(name, kinds[i]));
        CHECK(!file_exists(pool_path(name)));
        CHECK_EQUAL(pool_exists(name), 0);
    }
}

typedef struct guest {
    const char *name;
    uint32_t flags;
    bell ready, end;
} guest;

static void stay(void *argument) {
    const guest *self = argument;
    latzero_client *client = join(self->name, self->flags);
    ring(&self->ready);
    await_bell(&self->end);
    leave(client);
}

static void the_last_of_several_clients_ends_it(void **state) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    const char *name = pool_name("several");
    size_t i;
    (void)state;
    for (i = 0; i < 4; i++) {
        guest other = {name, kinds[i % 2], {{0, 0}}, {{0, 0}}};
        child_process child;
        make_bell(&other.ready);
        make_bell(&other.end);
        CHECK_OK(create_with_key(name));
        child = start_fork(stay, &other);
        await_bell(&other.ready);
        leave(join(name, kinds[i / 2]));
        CHECK_EQUAL(pool_exists(name), 1);
        ring(&other.end);
        expect_end(&child, 0);
        CHECK(!file_exists(pool_path(name)));
        close_bell(&other.ready);
        close_bell(&other.end);
    }
}

static void use_and_exit(void *name) {
    latzero_client *client = join(name, 0);
    CHECK_OK(latzero_increment(client, "children", LATZERO_CSTR, 1, 0, NULL));
    leave(client);
    exit(0);
}

/* It has the parent's memory, and none of the parent's part in the pool. */
static void a_forked_child_is_no_creator(void **state) {
    const char *first = pool_name("first"), *second = pool_name("second");
    latzero_client *client;
    int64_t children = 0;
    int i;
    (void)state;
    CHECK_OK(create_with_key(first));
    CHECK_OK(create_with_key(second));
    for (i = 0; i < 5; i++) {
        in_fork(use_and_exit, (void *)(size_t)first);
        CHECK_EQUAL(pool_exists(first), 1);
    }
    leave(join(second, 0));
    CHECK_EQUAL(pool_exists(second), 0);
    CHECK_EQUAL(pool_exists(first), 1);
    client = join(first, 0);
    CHECK_OK(latzero_get_i64(client, "children", LATZERO_CSTR, &children));
    CHECK_EQUAL(children, 5);
    leave(client);
    CHECK_EQUAL(pool_exists(first), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(workers_come_and_go_until_the_creator_exits),
        TEST(workers_come_and_go_until_the_creator_is_killed),
        TEST(a_creator_without_descriptors_lives_all_the_same),
        TEST(a_creator_s_own_connection_hands_the_pool_over),
        TEST(the_last_of_several_clients_ends_it),
        TEST(a_forked_child_is_no_creator),
    };
    return RUN_TESTS(tests);
}
