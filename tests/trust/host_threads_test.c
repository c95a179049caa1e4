/* Threads: the library's own, which stays out of the host's way, and those of hosts that fork or cancel them at any
 * moment. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "abi/every_call.h"
#include "hosts/host.h"

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t taken;

static void take(int number) {
    (void)number;
    taken++;
}

/* What a fault sends is for the thread that made it. */
static int may_be_blocked(int number) {
    static const int others[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    size_t i;
    for (i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] == number) return 0;
    return number < 32 || number >= SIGRTMIN;
}

/* The mask of the process's other thread, which is the library's. */
static uint64_t signals_of_the_other_thread(void) {
    char path[300], line[256];
    uint64_t mask = 0;
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *entry;
    MUST(threads != NULL);
    while ((entry = readdir(threads)) != NULL) {
        FILE *status;
        if (atoi(entry->d_name) <= 0 || atoi(entry->d_name) == (int)getpid()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        status = fopen(path, "r");
        MUST(status != NULL);
        while (fgets(line, sizeof line, status) != NULL)
            if (strncmp(line, "SigBlk:", 7) == 0) mask = strtoull(line + 7, NULL, 16);
        fclose(status);
    }
    closedir(threads);
    return mask;
}

/* It is to wait for the host's own thread, which does not take it now. */
static void send_to_the_process(int number) {
    const struct timespec at_once = {0, 0};
    sigset_t blocked;
    siginfo_t info;
    char step[64];
    snprintf(step, sizeof step, "signal %d", number);
    begin_step(step);
    sigemptyset(&blocked);
    sigaddset(&blocked, number);
    MUST(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    MUST(signal(number, take) != SIG_ERR);
    MUST(kill(getpid(), number) == 0);
    pause_ms(2);
    MUST(taken == 0);
    MUST(sigtimedwait(&blocked, &info, &at_once) == number);
    MUST(signal(number, SIG_DFL) != SIG_ERR);
    MUST(sigprocmask(SIG_UNBLOCK, &blocked, NULL) == 0);
}

static void take_own_signals(void *name) {
    sigset_t before, after;
    latzero_client *client;
    int number;
    MUST(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
    client = create_and_join(name, 0);
    MUST_OK(latzero_auto_cleanup(1));
    for (number = 1; number <= 64; number++)
        if (may_be_blocked(number)) send_to_the_process(number);
    begin_step("the masks");
    for (number = 1; number <= 64; number++)
        MUST((signals_of_the_other_thread() >> (number - 1) & 1) == (uint64_t)may_be_blocked(number));
    MUST_OK(latzero_auto_cleanup(0));
    leave(client);
    MUST(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
    for (number = 1; number <= 64; number++) MUST(sigismember(&before, number) == sigismember(&after, number));
}

static void the_host_s_signals_are_the_host_s(void **state) {
    char name[LATZERO_NAME_MAX + 1];
    (void)state;
    skip_under_sanitizers(); /* they have a thread themselves */
    strcpy(name, pool_name("signals"));
    in_host(take_own_signals, name, "a thread of the library");
}

/* ---- forks beside the clean-up thread's start and end ------------------------------------------------------------ */

static volatile int over;

static void *start_and_stop(void *unused) {
    while (!over) {
        CHECK_OK(latzero_auto_cleanup(1));
        CHECK_OK(latzero_auto_cleanup(0));
    }
    return unused;
}

static void clean_up_in_child(void *name) {
    latzero_client *client;
    alarm(20); /* a deadlock ends it */
    CHECK_OK(latzero_auto_cleanup(1));
    client = join(name, 0);
    CHECK_OK(latzero_increment(client, "children", LATZERO_CSTR, 1, 0, NULL));
    leave(client);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK(threads_become(1));
    CHECK_OK(latzero_auto_cleanup(1));
    exit(0);
}

static void forks_come_amid_starts_and_stops(void **state) {
    const uint64_t rounds = scaled(200);
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    pthread_t threads[2];
    int64_t children = 0;
    uint64_t i;
    (void)state;
    skip_under_sanitizers(); /* their allocator's locks do not survive a fork beside threads */
    strcpy(name, pool_name("starts"));
    client = create_and_join(name, 0);
    over = 0;
    for (i = 0; i < 2; i++) CHECK(pthread_create(&threads[i], NULL, start_and_stop, NULL) == 0);
    for (i = 0; i < rounds; i++) in_fork(clean_up_in_child, name);
    over = 1;
    for (i = 0; i < 2; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK_OK(latzero_auto_cleanup(0));
    CHECK(threads_become(1));
    CHECK_OK(latzero_get_i64(client, "children", LATZERO_CSTR, &children));
    CHECK_EQUAL(children, rounds);
    leave(client);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

typedef struct victim {
    const char *name;
    latzero_client *shared;
    latzero_client *own;
    uint64_t calls;
} victim;

/* What the host knows of the thread's connection is what there is of it. */
static void tidy_up(void *argument) {
    victim *cancelled = argument;
    if (cancelled->own != NULL) leave(cancelled->own);
}

static void *be_cancelled(void *argument) {
    victim *self = argument;
    size_t i;
    pthread_cleanup_push(tidy_up, self);
    for (;;) {
        self->own = join(self->name, 0);
        for (i = 0; i < every_call_count; i++) {
            (void)every_call[i].run(self->shared, "k", 1);
            (void)every_call[i].run(self->own, "k", 1);
        }
        (void)pool_exists(self->name);
        CHECK_OK(latzero_auto_cleanup(1000));
        CHECK_OK(latzero_auto_cleanup(0));
        leave(self->own);
        self->own = NULL;
        self->calls++;
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    return NULL;
}

static void a_cancelled_thread_leaves_nothing_held(void **state) {
    const uint64_t rounds = scaled(100);
    char name[LATZERO_NAME_MAX + 1];
    latzero_client *client;
    uint64_t i, random = 1, calls = 0;
    (void)state;
    skip_under_sanitizers(); /* they do not follow a thread that is cancelled */
    strcpy(name, pool_name("cancelled"));
    client = create_and_join(name, 0);
    for (i = 0; i < rounds; i++) {
        victim self = {name, client, NULL, 0};
        pthread_t thread;
        void *result = NULL;
        CHECK(pthread_create(&thread, NULL, be_cancelled, &self) == 0);
        usleep((useconds_t)(next_random(&random) % 5000));
        CHECK(pthread_cancel(thread) == 0);
        CHECK(pthread_join(thread, &result) == 0);
        CHECK(result == PTHREAD_CANCELED);
        calls += self.calls;
        /* Locks of the pool, of the handle, and of the process. */
        CHECK_OK(latzero_clear(client));
        CHECK_EQUAL(stats_of(client).clients, 1);
        CHECK_EQUAL(stats_of(client).borrowed_bytes, 0);
        leave(join(name, LATZERO_CONNECT_READ_ONLY));
    }
    CHECK(calls > 0);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_host_s_signals_are_the_host_s),
        TEST(forks_come_amid_starts_and_stops),
        TEST(a_cancelled_thread_leaves_nothing_held),
    };
    return RUN_TESTS(tests);
}
