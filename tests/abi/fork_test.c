/* fork(): a child's use of its parent's handles is refused, its own work goes on, and neither keeps the other's pools
 * alive or ends them. */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "abi/every_call.h"

extern char **environ;

typedef struct inheritance {
    const char *name;
    latzero_client *client, *view;
    latzero_iter *iter;
    latzero_borrowed *borrowed, *copied;
    latzero_reserved *reserved; /* NULL for a read-only client */
} inheritance;

static void use_the_parent_s(void *argument) {
    const inheritance *parent = argument;
    const char *key = NULL;
    size_t length;
    check_every_call(parent->client, "k", 1, 0, LATZERO_FORKED);
    CHECK_SENTENCE(parent->name);
    check_every_call(parent->view, "k", 1, 0, LATZERO_FORKED);
    CHECK_STATUS(latzero_iter_next(parent->iter, &key, &length, NULL, NULL), LATZERO_FORKED);
    if (parent->reserved != NULL) CHECK_STATUS(latzero_commit(parent->reserved), LATZERO_FORKED);
    latzero_iter_close(parent->iter);
    CHECK_OK(latzero_disconnect(parent->client));
    CHECK_STATUS(latzero_disconnect(parent->client), LATZERO_INVALID_ARGUMENT);
    check_every_call(parent->client, "k", 1, 0, LATZERO_INVALID_ARGUMENT);
}

/* What the parent lent is given back by its child too, before or behind the connection, and stays the parent's. */
static void return_the_parent_s(void *argument) {
    const inheritance *parent = argument;
    CHECK_OK(latzero_return(parent->borrowed));
    CHECK_STATUS(latzero_return(parent->borrowed), LATZERO_INVALID_ARGUMENT);
    CHECK_OK(latzero_disconnect(parent->client));
    CHECK_OK(latzero_disconnect(parent->view));
    CHECK_OK(latzero_return(parent->copied));
    if (parent->reserved != NULL) CHECK_OK(latzero_abandon(parent->reserved));
}

static void return_the_parent_s_too_late(void *argument) {
    const inheritance *parent = argument;
    CHECK_OK(latzero_disconnect(parent->view));
    CHECK_OK(latzero_disconnect(parent->client));
    CHECK_OK(latzero_return(parent->copied));
    CHECK_OK(latzero_return(parent->borrowed));
    if (parent->reserved == NULL) return;
    CHECK_STATUS(latzero_commit(parent->reserved), LATZERO_FORKED);
    CHECK_OK(latzero_abandon(parent->reserved));
}

static void use_the_parent_s_and_exit(void *argument) {
    use_the_parent_s(argument);
    exit(0);
}

static void pass_on_to_a_grandchild(void *argument) { in_fork(use_the_parent_s, argument); }

/* Made behind the back of the fork handlers. */
static void clone_raw(void (*body)(void *), void *argument) {
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    CHECK(child >= 0);
    if (child == 0) {
        body(argument);
        _exit(0);
    }
    CHECK_EQUAL(end_of_process(child), 0);
}

static inheritance make_inheritance(const char *name, uint32_t flags) {
    inheritance parent = {name, join(name, flags), NULL, NULL, NULL, NULL, NULL};
    const void *value;
    void *memory;
    CHECK_OK(latzero_namespace(parent.client, "view", LATZERO_CSTR, &parent.view));
    CHECK_OK(latzero_iter_open(parent.client, NULL, 0, &parent.iter));
    CHECK_OK(latzero_borrow(parent.client, "large", 5, &value, NULL, &parent.borrowed));
    CHECK_OK(latzero_borrow(parent.client, "k", 1, &value, NULL, &parent.copied));
    if (flags & LATZERO_CONNECT_READ_ONLY) return parent;
    CHECK_OK(latzero_reserve(parent.client, "r", 1, LATZERO_TYPE_BYTES, 70000, NULL, &memory, &parent.reserved));
    memset(memory, 'r', 70000);
    return parent;
}

static void check_inheritance(inheritance *parent) {
    const char *key;
    int64_t value = 0;
    size_t length;
    CHECK_OK(latzero_iter_next(parent->iter, &key, &length, NULL, NULL));
    CHECK_OK(latzero_get_i64(parent->client, "k", 1, &value));
    CHECK_EQUAL(value, 42);
    CHECK_EQUAL(stats_of(parent->client).clients, 2);
    latzero_iter_close(parent->iter);
    CHECK_OK(latzero_return(parent->borrowed));
    CHECK_OK(latzero_return(parent->copied));
    if (parent->reserved != NULL) CHECK_OK(latzero_commit(parent->reserved));
    leave(parent->view);
    leave(parent->client);
}

static void a_parent_s_handles_are_refused_in_a_child(void **state) {
    static const uint32_t kinds[] = {0, LATZERO_CONNECT_READ_ONLY};
    const char *name = pool_name("refused");
    latzero_client *keeper = create_and_join(name, 0);
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    size_t i;
    (void)state;
    CHECK_OK(latzero_set_i64(keeper, "k", 1, 42, NULL));
    CHECK_OK(set_pattern(keeper, "large", 100000, 1));
    for (i = 0; i < 2; i++) {
        inheritance parent = make_inheritance(name, kinds[i]);
        in_fork(use_the_parent_s, &parent);
        in_fork(use_the_parent_s_and_exit, &parent);
        in_fork(pass_on_to_a_grandchild, &parent);
        in_fork(return_the_parent_s, &parent);
        in_fork(return_the_parent_s_too_late, &parent);
        clone_raw(use_the_parent_s, &parent);
        /* The parent's loan is as it was: the value is kept for it. */
        CHECK_OK(set_pattern(keeper, "large", 100001 - i, 1));
        CHECK(stats_of(keeper).borrowed_bytes > 100000 || tests_are_sealed());
        check_inheritance(&parent);
        /* What a read-only client returned is taken back by the next writer. */
        CHECK_OK(set_pattern(keeper, "large", 100000, 1));
        CHECK_EQUAL(stats_of(keeper).borrowed_bytes, 0);
    }
    CHECK_STATUS(latzero_get(keeper, "r", 1, NULL, 0, &info), LATZERO_TOO_SMALL);
    CHECK_EQUAL(info.size, 70000);
    leave(keeper);
}

static void share_data(void *name) {
    latzero_client *client = join(name, 0), *reader = join(name, LATZERO_CONNECT_READ_ONLY);
    int64_t value = 0;
    CHECK_OK(latzero_get_i64(client, "parent", 6, &value));
    CHECK_EQUAL(value, 1);
    CHECK_OK(latzero_set_i64(client, "child", 5, 2, NULL));
    CHECK_OK(set_pattern(client, "large", 5000000, 2));
    check_pattern(reader, "large", 5000000, 2);
    CHECK_EQUAL(stats_of(client).clients, 3);
    leave(reader);
    leave(client);
}

static void a_child_connects_anew(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    int64_t value = 0;
    (void)state;
    strcpy(name, pool_name("anew"));
    client = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(client, "parent", 6, 1, NULL));
    in_fork(share_data, name);
    CHECK_OK(latzero_get_i64(client, "child", 5, &value));
    CHECK_EQUAL(value, 2);
    check_pattern(client, "large", 5000000, 2);
    CHECK_EQUAL(stats_of(client).clients, 1);
    leave(client);
}

static void do_nothing_and_exit(void *unused) {
    (void)unused;
    exit(0);
}

/* The child runs the destructors of what it inherited. */
static void a_child_s_exit_ends_no_pool_of_its_parent(void **state) {
    const char *joined = pool_name("joined"), *waiting = pool_name("waiting");
    latzero_client *client = create_and_join(joined, 0);
    (void)state;
    create_pool(waiting, 0);
    CHECK_OK(latzero_auto_cleanup(1000));
    in_fork(do_nothing_and_exit, NULL);
    CHECK_EQUAL(pool_exists(joined), 1);
    CHECK_EQUAL(pool_exists(waiting), 1);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK_OK(latzero_set_null(client, "k", 1, NULL));
    leave(client);
    leave(join(waiting, 0));
    CHECK_EQUAL(pool_exists(waiting), 0);
}

/* What process `pid` holds of our pools: its descriptors and mappings. */
static size_t holdings_of(pid_t pid) {
    char path[300], line[1024];
    FILE *maps;
    size_t count = 0;
    int i;
    for (i = 0; i < 256; i++) {
        ssize_t length;
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, i);
        length = readlink(path, line, sizeof line - 1);
        if (length > 0) line[length] = 0;
        count += length > 0 && strstr(line, "/dev/shm/") != NULL;
    }
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, "/dev/shm/") != NULL;
    fclose(maps);
    return count;
}

typedef struct lineage {
    const char *joined, *waiting;
    int by_exec; /* 0: the survivor goes on; 1: it becomes another program; 2: so, and without the fork handlers */
    int ends_by_kill;
    bell alive, end;
    int pid_of_survivor[2];
} lineage;

/* A survivor copies what it reads from `end` to `alive`, and ends with the last writer of `end`. */
static void survive(const lineage *family) {
    char *const words[] = {(char *)"cat", NULL};
    char byte;
    CHECK(dup2(family->end.ends[0], 0) == 0);
    CHECK(dup2(family->alive.ends[1], 1) == 1);
    close(family->end.ends[1]);
    if (family->by_exec) execvp("cat", words);
    while (read(0, &byte, 1) > 0) CHECK_EQUAL(write(1, &byte, 1), 1);
    _exit(0);
}

static pid_t spawn_a_cat(const lineage *family) {
    char *const words[] = {(char *)"cat", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, family->end.ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, family->alive.ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, family->end.ends[1]);
    CHECK_EQUAL(posix_spawnp(&child, "cat", &actions, NULL, words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/* Takes part in one pool and creates another, has a child, and ends before it. */
static void have_a_child_and_end(void *argument) {
    const lineage *family = argument;
    pid_t child;
    (void)create_and_join(family->joined, 0);
    create_pool(family->waiting, 0);
    child = family->by_exec == 2 ? spawn_a_cat(family) : fork();
    if (child == 0) survive(family);
    /* A system that runs a program closes its descriptors at once, but lets go of their locks as its first instruction
     * comes. */
    ring(&family->end);
    await_bell(&family->alive);
    CHECK_EQUAL(write(family->pid_of_survivor[1], &child, sizeof child), sizeof child);
    if (family->ends_by_kill) raise(SIGKILL);
    exit(0);
}

static void check_that_a_survivor_keeps_nothing(int by_exec, int ends_by_kill) {
    lineage family = {pool_name("heir-j"), pool_name("heir-w"), by_exec, ends_by_kill, {{0, 0}}, {{0, 0}}, {0, 0}};
    pid_t survivor = 0;
    child_process child;
    make_bell(&family.alive);
    make_bell(&family.end);
    CHECK(pipe(family.pid_of_survivor) == 0);
    child = start_fork(have_a_child_and_end, &family);
    CHECK_EQUAL(read(family.pid_of_survivor[0], &survivor, sizeof survivor), sizeof survivor);
    expect_end(&child, ends_by_kill ? CHILD_KILLED : 0);
    CHECK(survivor > 0 && kill(survivor, 0) == 0);
    CHECK_EQUAL(holdings_of(survivor), 0);
    CHECK_EQUAL(pool_exists(family.joined), 0);
    CHECK_EQUAL(pool_exists(family.waiting), 0);
    CHECK(kill(survivor, 0) == 0);
    leave(create_and_join(family.joined, 0));
    close_bell(&family.alive);
    close_bell(&family.end); /* the survivor reads its end of file, and ends */
    close(family.pid_of_survivor[0]);
    close(family.pid_of_survivor[1]);
}

static void a_child_outliving_its_parent_keeps_nothing(void **state) {
    int by_exec;
    (void)state;
    for (by_exec = 0; by_exec < 3; by_exec++) {
        check_that_a_survivor_keeps_nothing(by_exec, 0);
        check_that_a_survivor_keeps_nothing(by_exec, 1);
    }
}

static volatile int over;

static void *use_the_library(void *argument) {
    const char *name = argument;
    char own[LATZERO_NAME_MAX + 1];
    latzero_client *client = join(name, 0);
    uint64_t i;
    snprintf(own, sizeof own, "%s-%p", name, (void *)&client);
    for (i = 0; !__atomic_load_n(&over, __ATOMIC_RELAXED); i++) {
        latzero_pool_info *pools = NULL;
        size_t count;
        CHECK_OK(latzero_increment(client, "threads", 7, 1, 0, NULL));
        CHECK_OK(set_pattern(client, "pattern", i % 10000, 1));
        if (i % 16 == 0) leave(join(name, i % 32 ? LATZERO_CONNECT_READ_ONLY : 0));
        if (i % 16 == 5) leave(create_and_join(own, LATZERO_MAX_BYTES_LEAST));
        if (i % 64 == 9) CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
        latzero_free(pools);
    }
    leave(client);
    return NULL;
}

static void use_the_library_in_a_child(void *argument) {
    const char *name = argument;
    latzero_client *client;
    alarm(30); /* a deadlock ends it */
    CHECK_EQUAL(pool_exists(name), 1);
    client = join(name, 0);
    CHECK_OK(latzero_increment(client, "children", 8, 1, 0, NULL));
    leave(client);
    CHECK_OK(latzero_auto_cleanup(1000));
    CHECK_OK(latzero_auto_cleanup(0));
    exit(0);
}

static void children_of_a_busy_process_work(void **state) {
    const uint64_t rounds = scaled(100);
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    pthread_t threads[3];
    int64_t value = 0;
    uint64_t i;
    (void)state;
    skip_under_sanitizers(); /* their allocator's locks do not survive a fork beside threads */
    strcpy(name, pool_name("busy"));
    client = create_and_join(name, 0);
    over = 0;
    for (i = 0; i < 3; i++) CHECK(pthread_create(&threads[i], NULL, use_the_library, name) == 0);
    for (i = 0; i < rounds; i++) in_fork(use_the_library_in_a_child, name);
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    for (i = 0; i < 3; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_OK(latzero_get_i64(client, "children", 8, &value));
    CHECK_EQUAL(value, rounds);
    CHECK_EQUAL(stats_of(client).clients, 1);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_parent_s_handles_are_refused_in_a_child), TEST(a_child_connects_anew),
        TEST(a_child_s_exit_ends_no_pool_of_its_parent), TEST(a_child_outliving_its_parent_keeps_nothing),
        TEST(children_of_a_busy_process_work),
    };
    return RUN_TESTS(tests);
}
