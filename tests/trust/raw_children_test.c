/* Children that no fork handler has seen: of _Fork() and of bare system calls, their children, and theirs. In each, the
 * handles of all its ancestors are refused; it connects anew, and keeps nothing of theirs. */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "abi/every_call.h"
#include "hosts/host.h"

enum { GENERATIONS = 4 };

/* Not there before glibc 2.34. */
extern pid_t _Fork(void) __attribute__((weak));

static pid_t fork_by_system_call(void) { return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static pid_t fork_as_usual(void) { return fork(); }
static pid_t fork_without_handlers(void) { return _Fork != NULL ? _Fork() : fork_by_system_call(); }

typedef struct way {
    const char *name;
    pid_t (*fork)(void);
} way;
static const way ways[] = {
    {"a raw clone", fork_by_system_call}, {"_Fork()", fork_without_handlers}, {"fork()", fork_as_usual}};

typedef struct member {
    latzero_client *client, *view;
    latzero_iter *iter;
    latzero_borrowed *borrowed;
    latzero_reserved *reserved;
} member;

typedef struct family {
    const char *name;
    const way *born_by[GENERATIONS];
    int connects[GENERATIONS]; /* whether that generation connects anew before it has a child */
    member members[GENERATIONS];
} family;

static member connect_anew(const char *name) {
    member made = {join(name, 0), NULL, NULL, NULL, NULL};
    const void *value;
    void *memory;
    CHECK_OK(latzero_increment(made.client, "members", LATZERO_CSTR, 1, 0, NULL));
    CHECK_OK(latzero_namespace(made.client, "view", LATZERO_CSTR, &made.view));
    CHECK_OK(latzero_iter_open(made.client, NULL, 0, &made.iter));
    CHECK_OK(latzero_borrow(made.client, "large", LATZERO_CSTR, &value, NULL, &made.borrowed));
    CHECK_OK(latzero_reserve(made.client, "r", LATZERO_CSTR, LATZERO_TYPE_BYTES, 70000, NULL, &memory, &made.reserved));
    return made;
}

static void check_refused(const member *of_ancestor) {
    const char *key = NULL;
    check_every_call(of_ancestor->client, "k", 1, 0, LATZERO_FORKED);
    check_every_call(of_ancestor->view, "k", 1, 0, LATZERO_FORKED);
    CHECK_STATUS(latzero_iter_next(of_ancestor->iter, &key, NULL, NULL, NULL), LATZERO_FORKED);
    CHECK_STATUS(latzero_commit(of_ancestor->reserved), LATZERO_FORKED);
}

static void check_own(const member *own) {
    const char *key = NULL;
    CHECK_OK(latzero_increment(own->client, "again", LATZERO_CSTR, 1, 0, NULL));
    CHECK_OK(latzero_set_i64(own->view, "k", 1, 1, NULL));
    CHECK_OK(latzero_iter_next(own->iter, &key, NULL, NULL, NULL));
    check_pattern(own->client, "large", 100000, 1);
}

static void give_back(const member *own) {
    latzero_iter_close(own->iter);
    CHECK_OK(latzero_return(own->borrowed));
    CHECK_OK(latzero_abandon(own->reserved));
    leave(own->view);
    leave(own->client);
}

static void live(family *all, size_t generation);

static void have_child(family *all, size_t generation) {
    char step[128];
    pid_t child;
    int ended;
    snprintf(step, sizeof step, "generation %zu, born by %s", generation, all->born_by[generation]->name);
    begin_step(step);
    child = all->born_by[generation]->fork();
    MUST(child >= 0);
    if (child == 0) {
        live(all, generation);
        _exit(0);
    }
    ended = end_of_process(child);
    MUST(ended != 1000 + SIGSEGV);
    MUST(ended == 0);
}

static void live(family *all, size_t generation) {
    member *own = &all->members[generation];
    size_t i;
    for (i = 0; i < generation; i++)
        if (all->connects[i]) check_refused(&all->members[i]);
    if (all->connects[generation]) {
        *own = connect_anew(all->name);
        check_own(own);
    }
    if (generation + 1 < GENERATIONS && all->born_by[generation + 1] != NULL) have_child(all, generation + 1);
    for (i = 0; i < generation; i++) {
        if (!all->connects[i]) continue;
        check_refused(&all->members[i]);
        give_back(&all->members[i]);
    }
    if (!all->connects[generation]) return;
    check_own(own);
    give_back(own);
}

static void found(void *argument) { live(argument, 0); }

static void check_family(latzero_client *keeper, family all) {
    char title[160];
    int64_t members = 0, expected = 0;
    size_t i;
    snprintf(title, sizeof title, "children by %s, %s, %s", all.born_by[1]->name,
             all.born_by[2] ? all.born_by[2]->name : "none", all.born_by[3] ? all.born_by[3]->name : "none");
    CHECK_OK(latzero_set_i64(keeper, "members", LATZERO_CSTR, 0, NULL));
    in_host(found, &all, title);
    for (i = 0; i < GENERATIONS; i++) expected += all.connects[i] && (i == 0 || all.born_by[i] != NULL);
    CHECK_OK(latzero_get_i64(keeper, "members", LATZERO_CSTR, &members));
    CHECK_EQUAL(members, expected);
    CHECK_EQUAL(stats_of(keeper).clients, 1);
    CHECK_EQUAL(stats_of(keeper).borrowed_bytes, 0);
}

static latzero_client *found_pool(const char *name) {
    latzero_client *keeper = create_and_join(name, 0);
    CHECK_OK(latzero_set_i64(keeper, "k", 1, 42, NULL));
    CHECK_OK(set_pattern(keeper, "large", 100000, 1));
    return keeper;
}

static void ancestors_handles_are_refused_in_every_generation(void **state) {
    const char *name = pool_name("family");
    latzero_client *keeper = found_pool(name);
    size_t first, second;
    (void)state;
    for (first = 0; first < 3; first++) {
        check_family(keeper, (family){name, {NULL, &ways[first]}, {1, 1}, {{0}}});
        for (second = 0; second < 3; second++) {
            check_family(keeper, (family){name, {NULL, &ways[first], &ways[second]}, {1, 1, 1}, {{0}}});
            check_family(keeper, (family){name, {NULL, &ways[first], &ways[second]}, {1, 0, 1}, {{0}}});
            check_family(keeper,
                         (family){name, {NULL, &ways[first], &ways[second], &ways[first]}, {1, 1, 1, 1}, {{0}}});
        }
    }
    leave(keeper);
}

/* ---- a child that outlives its parent ---------------------------------------------------------------------------- */

typedef struct heir {
    const char *name, *other;
    const way *born_by;
    bell ready, end;
} heir;

/* It looks for another pool, no more: from then on it has nothing of its parent's. */
static void die_before_child(void *argument) {
    const heir *self = argument;
    alarm(10); /* the child did not ring */
    (void)create_and_join(self->name, 0);
    if (self->born_by->fork() == 0) {
        (void)pool_exists(self->other);
        CHECK_EQUAL(lowest_pool_descriptor(), -1);
        ring(&self->ready);
        await_bell(&self->end);
        _exit(0);
    }
    await_bell(&self->ready);
    raise(SIGKILL);
}

static void a_child_that_has_used_the_library_keeps_no_pool(void **state) {
    size_t i;
    (void)state;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        heir self = {pool_name("kept"), pool_name("none"), &ways[i], {{0, 0}}, {{0, 0}}};
        make_bell(&self.ready);
        make_bell(&self.end);
        CHECK_EQUAL(end_of_fork(die_before_child, &self), 1000 + SIGKILL);
        CHECK_EQUAL(pool_exists(self.name), 0);
        ring(&self.end);
        close_bell(&self.ready);
        close_bell(&self.end);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(ancestors_handles_are_refused_in_every_generation),
        TEST(a_child_that_has_used_the_library_keeps_no_pool),
    };
    return RUN_TESTS(tests);
}
