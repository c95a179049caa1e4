/*
 * plugin_host LIBRARY [ROUNDS [--leak THING]]: a host that loads the library, uses what keeps something in a process,
 * closes it all and unloads it, round after round. What a round leaves behind shows: a mapping, a thread, a descriptor,
 * memory. One thread of the host lives through all rounds and uses the library in each. --leak (mapping, thread,
 * descriptor or memory) forgets one thing a round on purpose, and succeeds if that is found.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <latzero/latzero.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition) check((condition) != 0, #condition, __LINE__)
#define CHECK_OK(call) CHECK((call) == LATZERO_OK)

enum { WARM_UP = 100, LARGE = 40000, FAST = 50, THREADS = 3 };

/* What the host looks up, by the header's own types. clang-format takes each call for one on the call before. */
/* clang-format off */
#define EACH_FUNCTION(_)                                                                                              \
    _(latzero_append) _(latzero_async_close) _(latzero_async_fd) _(latzero_async_open) _(latzero_async_reap)          \
    _(latzero_async_submit) _(latzero_auto_cleanup) _(latzero_borrow) _(latzero_commit) _(latzero_connect)            \
    _(latzero_disconnect) _(latzero_flush) _(latzero_free) _(latzero_get) _(latzero_get_json) _(latzero_iter_close)   \
    _(latzero_iter_next) _(latzero_iter_open) _(latzero_last_error) _(latzero_namespace) _(latzero_pool_create)       \
    _(latzero_pool_destroy) _(latzero_reserve) _(latzero_return) _(latzero_set) _(latzero_set_fast)                   \
    _(latzero_set_json)
/* clang-format on */

#define DECLARE(function) __typeof__(function) *function;
static struct { EACH_FUNCTION(DECLARE) } api;

static char pool[64];
static char large[LARGE];
static const char *leak = "";

static void check(int holds, const char *what, int line) {
    const char *error = dlerror();
    if (holds) return;
    fprintf(stderr, "plugin_host.c:%d: %s%s%s\n", line, what, error ? ": " : "", error ? error : "");
    exit(1);
}

static int leaks(const char *thing) { return strcmp(leak, thing) == 0; }

/* ---- what a round does with the library -------------------------------------------------------------------------- */

/* POSIX has it that a function's address fits in a void pointer; C does not. */
static void look_up(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    memcpy(function, &found, sizeof found);
}

static void *load(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);
#define LOOK_UP(function) look_up(library, #function, &api.function);
    EACH_FUNCTION(LOOK_UP)
    return library;
}

static void *use_in_thread(void *context) {
    latzero_client *client = context;
    char value[16];
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    CHECK_OK(api.latzero_append(client, "list", LATZERO_CSTR, LATZERO_TYPE_STRING, "element", 7, NULL));
    CHECK_OK(api.latzero_get(client, "small", LATZERO_CSTR, value, sizeof value, &info));
    CHECK(api.latzero_get(client, "absent", LATZERO_CSTR, NULL, 0, NULL) == LATZERO_NOT_FOUND);
    CHECK(strstr(api.latzero_last_error(), "absent") != NULL);
    return NULL;
}

static void use_values(latzero_client *client) {
    latzero_client *view = NULL;
    latzero_iter *walk = NULL;
    const char *key = NULL;
    char *json = NULL;
    char number[8];
    size_t size = 0;
    int i, met = 0;
    CHECK_OK(api.latzero_set(client, "small", LATZERO_CSTR, LATZERO_TYPE_STRING, "text", 4, NULL));
    CHECK_OK(api.latzero_set(client, "large", LATZERO_CSTR, LATZERO_TYPE_BYTES, large, LARGE, NULL)); /* compressed */
    CHECK_OK(api.latzero_get(client, "large", LATZERO_CSTR, large, LARGE, NULL));
    CHECK_OK(api.latzero_set_json(client, "dict", LATZERO_CSTR, "{\"a\":[1,2.5]}", LATZERO_CSTR, NULL));
    CHECK_OK(api.latzero_get_json(client, "dict", LATZERO_CSTR, &json, NULL));
    CHECK(strcmp(json, "{\"a\":[1,2.5]}") == 0);
    api.latzero_free(json);
    CHECK_OK(api.latzero_namespace(client, "fast", LATZERO_CSTR, &view));
    for (i = 0; i < FAST; i++) {
        sprintf(number, "%d", i);
        CHECK_OK(api.latzero_set_fast(view, number, LATZERO_CSTR, LATZERO_TYPE_STRING, number, strlen(number), NULL));
    }
    CHECK_OK(api.latzero_flush(view));
    CHECK_OK(api.latzero_iter_open(view, NULL, 0, &walk));
    while (api.latzero_iter_next(walk, &key, &size, NULL, NULL) == LATZERO_OK) met++;
    api.latzero_iter_close(walk);
    CHECK(met == FAST);
    CHECK_OK(api.latzero_set_fast(view, "last", LATZERO_CSTR, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(api.latzero_disconnect(view));
}

static void use_loans(latzero_client *client) {
    latzero_reserved *reserved = NULL;
    latzero_borrowed *borrowed = NULL;
    const void *value = NULL;
    void *memory = NULL;
    CHECK_OK(api.latzero_reserve(client, "loan", LATZERO_CSTR, LATZERO_TYPE_BYTES, LARGE, NULL, &memory, &reserved));
    memset(memory, 'x', LARGE);
    CHECK_OK(api.latzero_commit(reserved));
    CHECK_OK(api.latzero_borrow(client, "loan", LATZERO_CSTR, &value, NULL, &borrowed));
    CHECK(memcmp(value, memory, LARGE) == 0);
    CHECK_OK(api.latzero_set(client, "loan", LATZERO_CSTR, LATZERO_TYPE_NULL, NULL, 0, NULL));
    CHECK_OK(api.latzero_return(borrowed));
}

/* A queue's thread and descriptor end with it, also where operations wait for nobody. */
static void use_queue(latzero_client *client) {
    latzero_op op = LATZERO_OP_INIT, left = LATZERO_OP_INIT, *reaped = NULL, *one = &op, *other = &left;
    latzero_async *queue = NULL;
    intptr_t fd = -1;
    size_t count = 0;
    op.verb = left.verb = LATZERO_OP_FLUSH;
    op.client = left.client = client;
    CHECK_OK(api.latzero_async_open(NULL, &queue));
    CHECK_OK(api.latzero_async_fd(queue, &fd));
    CHECK_OK(api.latzero_async_submit(queue, &one, 1, &count));
    CHECK_OK(api.latzero_async_reap(queue, &reaped, 1, -1, &count));
    CHECK(reaped == &op && op.status == LATZERO_OK);
    CHECK_OK(api.latzero_async_submit(queue, &other, 1, &count));
    CHECK_OK(api.latzero_async_close(queue));
}

/* ---- the host's own thread, which outlives the library ----------------------------------------------------------- */

static sem_t wanted, done;
static latzero_client *task;

static void *live_on(void *context) {
    (void)context;
    for (;;) {
        sem_wait(&wanted);
        if (task == NULL) return NULL;
        use_in_thread(task);
        sem_post(&done);
    }
}

static void use(void) {
    latzero_client *client = NULL;
    pthread_t threads[THREADS];
    int i;
    CHECK_OK(api.latzero_pool_create(pool, NULL));
    CHECK_OK(api.latzero_auto_cleanup(1));
    CHECK_OK(api.latzero_connect(pool, NULL, &client));
    use_values(client);
    use_loans(client);
    use_queue(client);
    for (i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, use_in_thread, client) == 0);
    for (i = 0; i < THREADS; i++) CHECK(pthread_join(threads[i], NULL) == 0);
    task = client;
    sem_post(&wanted);
    sem_wait(&done);
    CHECK_OK(api.latzero_disconnect(client));
    CHECK_OK(api.latzero_auto_cleanup(0));
    CHECK(api.latzero_pool_destroy(pool) == LATZERO_POOL_NOT_FOUND);
}

/* ---- what the rounds leave --------------------------------------------------------------------------------------- */

typedef struct footprint {
    long threads, descriptors, mappings, resident;
    size_t heap;
} footprint;

static long entries(const char *directory) {
    DIR *opened = opendir(directory);
    long count = 0;
    CHECK(opened != NULL);
    while (readdir(opened) != NULL) count++;
    closedir(opened);
    return count;
}

/* Counts the mappings of this process whose file's path has `part` in it. */
static long mappings(const char *part) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4096];
    long count = 0;
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, part) != NULL;
    fclose(maps);
    return count;
}

static long resident_pages(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;
    CHECK(file != NULL && fscanf(file, "%*s %ld", &pages) == 1);
    fclose(file);
    return pages;
}

/* The threads that are left: main and the host's own, soon. One that ended is listed a moment longer than
 * pthread_join() waits. */
static long threads_left(void) {
    const long expected = 2 + 2; /* "." and ".." */
    int tries;
    for (tries = 0; entries("/proc/self/task") != expected && tries < 5000; tries++) usleep(1000);
    return entries("/proc/self/task") - 2;
}

static footprint look(void) {
    footprint found;
    found.threads = threads_left();
    found.descriptors = entries("/proc/self/fd");
    found.mappings = mappings("");
    found.heap = mallinfo2().uordblks;
    found.resident = resident_pages() * (sysconf(_SC_PAGESIZE) / 1024);
    return found;
}

/* Returns whether something is wrong that should not be. A leak on purpose is a success as soon as it is found. */
static int found_left(const char *thing, int left) {
    if (!left) return 0;
    printf("left behind: %s\n", thing);
    if (leaks(thing)) exit(0);
    return 1;
}

static void *sleep_on(void *context) {
    for (;;) pause();
    return context;
}

static void leave_something(const char *path) {
    static void *volatile lost;
    pthread_t thread;
    if (leaks("mapping")) CHECK(dlopen(path, RTLD_NOW) != NULL);
    if (leaks("thread")) CHECK(pthread_create(&thread, NULL, sleep_on, NULL) == 0);
    if (leaks("descriptor")) CHECK(open("/dev/null", O_RDONLY) >= 0);
    if (leaks("memory")) lost = malloc(16);
    (void)lost;
}

static void one_round(const char *path) {
    void *library = load(path);
    CHECK(mappings(path) > 0);
    use();
    CHECK(dlclose(library) == 0);
    leave_something(path);
    if (found_left("mapping", dlopen(path, RTLD_NOW | RTLD_NOLOAD) != NULL || mappings(path) != 0)) exit(1);
}

static int judge(int rounds, footprint before, footprint after) {
    int left = 0;
    printf(
        "%d rounds, of which %d to warm up: threads %ld -> %ld, descriptors %ld -> %ld, mappings %ld -> %ld, "
        "heap %zu -> %zu B, resident %ld -> %ld KiB\n",
        rounds, WARM_UP, before.threads, after.threads, before.descriptors, after.descriptors, before.mappings,
        after.mappings, before.heap, after.heap, before.resident, after.resident);
    left |= found_left("thread", after.threads != before.threads);
    left |= found_left("descriptor", after.descriptors != before.descriptors);
    left |= found_left("mapping", after.mappings > before.mappings);
    left |= found_left("memory", after.heap > before.heap || after.resident > before.resident + 256);
    return left || *leak;
}

/* All memory is counted by mallinfo2(), to the byte: one heap, and nothing is put aside for the next allocation or
 * thread. */
static void count_memory(char **argv) {
    if (getenv("GLIBC_TUNABLES") == NULL) {
        CHECK(setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.pthread.stack_cache_size=0", 1) == 0);
        execv("/proc/self/exe", argv);
        CHECK(!"started anew");
    }
    CHECK(mallopt(M_ARENA_MAX, 1) == 1);
}

int main(int argc, char **argv) {
    char *path = argc > 1 ? realpath(argv[1], NULL) : NULL;
    const int rounds = argc > 2 ? atoi(argv[2]) : 1000;
    footprint before, after;
    pthread_t host;
    int i;
    CHECK(path != NULL && rounds > 2 * WARM_UP);
    if (argc > 4) leak = argv[4];
    count_memory(argv);
    sprintf(pool, "plugin-host-%ld", (long)getpid());
    CHECK(sem_init(&wanted, 0, 0) == 0 && sem_init(&done, 0, 0) == 0);
    CHECK(pthread_create(&host, NULL, live_on, NULL) == 0);
    for (i = 0; i < WARM_UP; i++) one_round(path);
    before = look();
    for (; i < rounds; i++) one_round(path);
    after = look();
    task = NULL;
    sem_post(&wanted);
    CHECK(pthread_join(host, NULL) == 0);
    free(path);
    return judge(rounds, before, after);
}
