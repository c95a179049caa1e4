/* fork() in a signal handler, on threads that are inside a call: nobody waits for ever, the calls go on and are right,
 * and in the child the handles are refused, while a connection of its own works. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "abi/test.h"
#include "hosts/own_malloc.h"

enum { THREADS = 3, MOST_CHILDREN = 6, LARGE = 40000 };

/* Not there before glibc 2.34. */
extern pid_t _Fork(void) __attribute__((weak));

typedef enum way { FORK_AMONG_THREADS, FORK_ALONE, FORK_BARE } way;

/* Shared by all processes of a play. */
typedef struct board {
    pid_t threads[THREADS];
    uint64_t steps[THREADS];
    const char *volatile doing[THREADS];
    volatile int over;
    uint64_t forks, in_vain, good, connected;
    int faults;
} board;
static board *shared;

static char pool[LATZERO_NAME_MAX + 1], other_pool[LATZERO_NAME_MAX + 1];
static way play_s_way;
static __thread latzero_client *mine;
static __thread unsigned self;

static uint64_t look(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }
static void count(uint64_t *counter) { __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED); }

/* ---- the child --------------------------------------------------------------------------------------------------- */

static void expect(latzero_status got, latzero_status expected, const char *what) {
    if (got == expected) return;
    shared->faults = 1;
    fprintf(stderr, "in the child, %s gave %s: %s\n", what, latzero_status_name(got), latzero_last_error());
    _exit(1);
}
#define EXPECT(call, expected) expect(call, expected, #call)

/* None of these allocates. */
static void use_the_parent_s(void) {
    int64_t number;
    int32_t there;
    uint64_t size;
    const void *value;
    latzero_borrowed *borrowed;
    latzero_iter *iter;
    EXPECT(latzero_get_i64(mine, "k", 1, &number), LATZERO_FORKED);
    EXPECT(latzero_set_i64(mine, "k", 1, 7, NULL), LATZERO_FORKED);
    EXPECT(latzero_increment(mine, "k", 1, 1, 0, &number), LATZERO_FORKED);
    EXPECT(latzero_exists(mine, "k", 1, &there), LATZERO_FORKED);
    EXPECT(latzero_delete(mine, "k", 1), LATZERO_FORKED);
    EXPECT(latzero_size(mine, &size), LATZERO_FORKED);
    EXPECT(latzero_borrow(mine, "large", 5, &value, NULL, &borrowed), LATZERO_FORKED);
    EXPECT(latzero_iter_open(mine, NULL, 0, &iter), LATZERO_FORKED);
}

static void connect_anew(void) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *own;
    EXPECT(latzero_connect(pool, &options, &own), LATZERO_OK);
    EXPECT(latzero_increment(own, "children", LATZERO_CSTR, 1, 0, NULL), LATZERO_OK);
    EXPECT(latzero_disconnect(own), LATZERO_OK);
    count(&shared->connected);
}

/* A child of _Fork() has malloc's locks as other threads left them, so it calls what needs none. */
static void be_child(void) {
    signal(SIGALRM, SIG_DFL);
    alarm(20);
    use_the_parent_s();
    if (play_s_way != FORK_BARE && !is_in_malloc()) connect_anew();
    count(&shared->good);
    _exit(0);
}

static void fork_here(int signal_number) {
    pid_t child;
    (void)signal_number;
    if (mine == NULL || (play_s_way != FORK_ALONE && is_in_malloc()) ||
        look(&shared->forks) - look(&shared->good) >= MOST_CHILDREN) {
        count(&shared->in_vain);
        return;
    }
    count(&shared->forks);
    child = play_s_way == FORK_BARE ? _Fork() : fork();
    if (child == 0) be_child();
    if (child < 0) shared->faults = 1;
}

/* ---- the threads ------------------------------------------------------------------------------------------------- */

static void connect_and_leave(void) {
    shared->doing[self] = "connect, create, list";
    leave(join(pool, look(&shared->steps[self]) % 2 ? LATZERO_CONNECT_READ_ONLY : 0));
    leave(create_and_join(other_pool, LATZERO_MAX_BYTES_LEAST));
    CHECK_EQUAL(pool_exists(pool), 1);
}

static void walk(void) {
    latzero_iter *iter = NULL;
    const char *key;
    const void *value;
    int keys = 0;
    shared->doing[self] = "walk";
    CHECK_OK(latzero_iter_open(mine, "walked*", LATZERO_CSTR, &iter));
    while (latzero_iter_next(iter, &key, NULL, &value, NULL) == LATZERO_OK) keys++;
    CHECK_EQUAL(keys, 3);
    latzero_iter_close(iter);
}

static void borrow_and_reserve(void) {
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    latzero_borrowed *borrowed = NULL;
    latzero_reserved *reserved = NULL;
    const void *value;
    void *memory;
    shared->doing[self] = "borrow, reserve";
    CHECK_OK(latzero_borrow(mine, "large", 5, &value, &info, &borrowed));
    CHECK(info.size == LARGE && ((const char *)value)[LARGE / 2] == 'x');
    CHECK_OK(latzero_return(borrowed));
    CHECK_OK(latzero_reserve(mine, "own", 3, LATZERO_TYPE_BYTES, LARGE, NULL, &memory, &reserved));
    memset(memory, 'y', LARGE);
    CHECK_OK(look(&shared->steps[self]) % 2 ? latzero_commit(reserved) : latzero_abandon(reserved));
}

static void *work(void *argument) {
    static void (*const duties[THREADS])(void) = {connect_and_leave, walk, borrow_and_reserve};
    latzero_client *client;
    uint64_t step;
    self = (unsigned)(size_t)argument;
    client = join(pool, 0);
    mine = client;
    __atomic_store_n(&shared->threads[self], gettid(), __ATOMIC_RELEASE);
    for (step = 0; !shared->over; step++) {
        duties[play_s_way == FORK_ALONE ? step % THREADS : self]();
        CHECK_OK(latzero_increment(client, "steps", LATZERO_CSTR, 1, 0, NULL));
        count(&shared->steps[self]);
    }
    mine = NULL;
    leave(client);
    return NULL;
}

static void run_threads(void *unused) {
    struct sigaction action = {0};
    pthread_t threads[THREADS];
    size_t i;
    (void)unused;
    action.sa_handler = fork_here;
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    signal(SIGCHLD, SIG_IGN); /* children end unnoticed: the board tells of them */
    signal(SIGSEGV, SIG_DFL);
    if (play_s_way == FORK_ALONE) {
        (void)work(NULL);
        return;
    }
    for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

/* ---- who sends the signals --------------------------------------------------------------------------------------- */

static uint64_t seen[THREADS];
static int64_t since[THREADS];

/* Whether each thread takes another step. */
static void watch(pid_t host, size_t threads) {
    size_t i;
    for (i = 0; i < threads; i++) {
        if (seen[i] != look(&shared->steps[i]) || since[i] == 0) since[i] = now_ms();
        seen[i] = look(&shared->steps[i]);
        if (now_ms() - since[i] < 10000) continue;
        kill(host, SIGKILL);
        fprintf(stderr, "a thread that forked in a signal handler hangs inside: %s\n", shared->doing[i]);
        CHECK(!"no thread hangs");
    }
}

static int lives(pid_t host) {
    siginfo_t ended = {0};
    return waitid(P_PID, (id_t)host, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

static void send_signals(pid_t host, uint64_t rounds) {
    const size_t threads = play_s_way == FORK_ALONE ? 1 : THREADS;
    uint64_t random = 1;
    while (look(&shared->forks) < rounds && !shared->faults && lives(host)) {
        const size_t target = next_random(&random) % threads;
        const pid_t thread = __atomic_load_n(&shared->threads[target], __ATOMIC_ACQUIRE);
        if (thread != 0) (void)syscall(SYS_tgkill, host, thread, SIGUSR1);
        usleep((useconds_t)(next_random(&random) % 500));
        watch(host, threads);
    }
}

static latzero_client *found_pool(void) {
    latzero_client *keeper;
    char *text = malloc(LARGE), key[16];
    int i;
    strcpy(pool, pool_name("busy"));
    strcpy(other_pool, pool_name("other"));
    keeper = create_and_join(pool, 0);
    memset(text, 'x', LARGE);
    CHECK_OK(latzero_set_bytes(keeper, "large", 5, text, LARGE, NULL));
    free(text);
    for (i = 0; i < 3; i++) {
        snprintf(key, sizeof key, "walked %d", i);
        CHECK_OK(latzero_set_i64(keeper, key, LATZERO_CSTR, i, NULL));
    }
    CHECK_OK(latzero_set_i64(keeper, "k", 1, 42, NULL));
    CHECK_OK(latzero_set_i64(keeper, "children", LATZERO_CSTR, 0, NULL));
    return keeper;
}

static void check_number(latzero_client *keeper, const char *key, uint64_t expected) {
    int64_t found = -1;
    CHECK_OK(latzero_get_i64(keeper, key, LATZERO_CSTR, &found));
    CHECK_EQUAL(found, expected);
}

static void play(way chosen, uint64_t rounds) {
    latzero_client *keeper = found_pool();
    const int64_t began = now_ms();
    uint64_t steps;
    child_process host;
    memset(shared, 0, sizeof *shared);
    memset(since, 0, sizeof since);
    play_s_way = chosen;
    host = start_fork(run_threads, NULL);
    send_signals((pid_t)host.process, rounds);
    shared->over = 1;
    expect_end(&host, 0);
    while (shared->good != shared->forks && now_ms() - began < 100000 && !shared->faults) pause_ms(10);
    CHECK_EQUAL(shared->faults, 0);
    CHECK_EQUAL(shared->good, shared->forks);
    steps = shared->steps[0] + shared->steps[1] + shared->steps[2];
    check_number(keeper, "children", shared->connected);
    check_number(keeper, "steps", steps);
    check_number(keeper, "k", 42);
    CHECK_EQUAL(stats_of(keeper).clients, 1);
    CHECK_EQUAL(stats_of(keeper).borrowed_bytes, 0);
    leave(keeper);
    printf("%llu forks in handlers amid %llu rounds of calls, %llu children connected, %lld ms; %llu signals in vain\n",
           (unsigned long long)shared->forks, (unsigned long long)steps, (unsigned long long)shared->connected,
           (long long)(now_ms() - began), (unsigned long long)shared->in_vain);
}

static void threads_fork_in_handlers(void **state) {
    (void)state;
    play(FORK_AMONG_THREADS, scaled(500));
}

/* Also inside malloc(): there alone the child does no more than be refused. */
static void a_single_thread_forks_in_handlers(void **state) {
    (void)state;
    play(FORK_ALONE, scaled(400));
}

static void threads_fork_bare_in_handlers(void **state) {
    (void)state;
    if (_Fork == NULL) skip();
    play(FORK_BARE, scaled(100));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(threads_fork_in_handlers),
        TEST(a_single_thread_forks_in_handlers),
        TEST(threads_fork_bare_in_handlers),
    };
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return RUN_TESTS(tests);
}
