#include "abi_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static pid_t test_process;
static pid_t test_thread;
static size_t descriptors_before, mappings_before;

/* LeakSanitizer asks this at the end of a process: a child leaves what it inherited. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return getpid() != test_process; }

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* A child or thread cannot jump into the runner: it says what failed, and ends the process. */
static void give_up(const char *file, int line) {
    fflush(NULL);
    if (getpid() == test_process && gettid() == test_thread) _fail(file, line);
    fprintf(stderr, "%s:%d: failed in %s\n", file, line, getpid() == test_process ? "a thread" : "a child");
    _exit(99);
}

void check_true(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    fprintf(stderr, "%s:%d: not so: %s\n  last error: %s\n", file, line, what, latzero_last_error());
    give_up(file, line);
}

void check_equal(long long got, long long expected, const char *what, const char *file, int line) {
    if (got == expected) return;
    fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", file, line, what, got, expected);
    give_up(file, line);
}

void check_status(latzero_status got, latzero_status expected, const char *what, const char *file, int line) {
    if (got == expected) return;
    fprintf(stderr, "%s:%d: %s\n  gave %s, expected %s\n  last error: %s\n", file, line, what, latzero_status_name(got),
            latzero_status_name(expected), latzero_last_error());
    give_up(file, line);
}

void check_sentence(const char *part, const char *file, int line) {
    if (strstr(latzero_last_error(), part) != NULL) return;
    fprintf(stderr, "%s:%d: the last error does not mention '%s': %s\n", file, line, part, latzero_last_error());
    give_up(file, line);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

uint64_t scaled(uint64_t rounds) {
    const char *text = getenv("LATZERO_TEST_SCALE");
    const double scale = text != NULL ? atof(text) : 1.0;
    const double product = (double)rounds * (scale > 0 ? scale : 1.0);
    return product < 1 ? 1 : (uint64_t)product;
}

uint64_t rounds_of(uint64_t rounds) {
#if defined(__SANITIZE_THREAD__)
    return scaled(rounds / 20);
#else
    return scaled(rounds);
#endif
}

/* Removes this process's pools and files in /dev/shm, and tells how many there were. */
static int remove_leftovers(void) {
    char user[32], begin[64], path[512];
    int found = 0;
    DIR *directory = opendir("/dev/shm");
    const struct dirent *entry;
    if (directory == NULL) return 0;
    snprintf(user, sizeof user, "%s.%u.", layout_in_use()->prefix, (unsigned)geteuid());
    snprintf(begin, sizeof begin, "%st%d-", user, (int)test_process);
    while ((entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0) continue;
        found++;
        snprintf(path, sizeof path, "/dev/shm/%s", entry->d_name);
        fprintf(stderr, "left behind: %s\n", path);
        (void)latzero_pool_destroy(entry->d_name + strlen(user));
        if (remove(path) != 0 && errno != ENOENT) perror(path);
    }
    closedir(directory);
    return found;
}

int begin_test(void **state) {
    (void)state;
    test_process = getpid();
    test_thread = gettid();
    (void)layout_in_use();
    descriptors_before = open_descriptors();
    mappings_before = mappings_with("/dev/shm/");
    return 0;
}

int end_test(void **state) {
    int left = 0;
    size_t descriptors;
    (void)state;
    (void)pool_exists("t-nobody"); /* lets go of what was created and is gone by now */
    descriptors = open_descriptors();
    if (remove_leftovers() > 0) left = -1;
    if (descriptors != descriptors_before) {
        fprintf(stderr, "%zu descriptors before the test, %zu behind it\n", descriptors_before, descriptors);
        left = -1;
    }
    if (mappings_with("/dev/shm/") != mappings_before) {
        fprintf(stderr, "%zu mappings of pools before the test, %zu behind it\n", mappings_before,
                mappings_with("/dev/shm/"));
        left = -1;
    }
    return left;
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */

const char *pool_name(const char *suffix) {
    static char names[8][LATZERO_NAME_MAX + 1];
    static unsigned next;
    char *name = names[next++ % 8];
    snprintf(name, sizeof names[0], "t%d-%s", (int)test_process, suffix);
    return name;
}

void object_path(char *path, size_t size, uid_t user, const char *name) {
    snprintf(path, size, "/dev/shm/%s.%u.%s", layout_in_use()->prefix, (unsigned)user, name);
}

const char *pool_path(const char *name) {
    static char paths[8][LATZERO_NAME_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 8];
    object_path(path, sizeof paths[0], geteuid(), name);
    return path;
}

void create_pool(const char *name, uint64_t max_bytes) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = max_bytes;
    seal_new_pool(&options);
    CHECK_OK(latzero_pool_create(name, &options));
}

latzero_client *join(const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    give_test_key(&options);
    CHECK_OK(latzero_connect(name, &options, &client));
    return client;
}

latzero_client *create_and_join(const char *name, uint64_t max_bytes) {
    create_pool(name, max_bytes);
    return join(name, 0);
}

void leave(latzero_client *client) { CHECK_OK(latzero_disconnect(client)); }

int pool_exists(const char *name) {
    int32_t exists = -1;
    CHECK_OK(latzero_pool_exists(name, &exists));
    return exists;
}

int is_listed(const char *name, latzero_pool_info *info) {
    latzero_pool_info *pools = NULL;
    size_t count = 0, i;
    int found = 0;
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 0; i < count; i++) {
        if (strcmp(pools[i].name, name) != 0) continue;
        if (info != NULL) *info = pools[i];
        found = 1;
    }
    latzero_free(pools);
    return found;
}

int file_exists(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

unsigned char *read_file(const char *path, size_t *size) {
    struct stat found;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes;
    size_t got = 0;
    ssize_t part = 1;
    CHECK(file >= 0 && fstat(file, &found) == 0);
    *size = (size_t)found.st_size;
    bytes = malloc(*size + 1);
    CHECK(bytes != NULL);
    while (got < *size && part > 0) {
        part = read(file, bytes + got, *size - got);
        got += part > 0 ? (size_t)part : 0;
    }
    CHECK_EQUAL(got, *size);
    close(file);
    return bytes;
}

void write_file_at(const char *path, long offset, const void *bytes, size_t size) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(file >= 0);
    CHECK_EQUAL(pwrite(file, bytes, size, offset), size);
    close(file);
}

latzero_pool_info pool_info_of(const char *name) {
    latzero_pool_info found;
    CHECK(is_listed(name, &found));
    return found;
}

latzero_pool_stats stats_of(latzero_client *client) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    CHECK_OK(latzero_stats(client, &stats));
    return stats;
}

/* ---- processes and threads --------------------------------------------------------------------------------------- */

pid_t start_child(void (*body)(void *), void *argument) {
    pid_t child;
    fflush(NULL);
    child = fork();
    CHECK(child >= 0);
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    body(argument);
    fflush(NULL);
    _exit(0);
}

int end_of_child(pid_t child) {
    int status = 0;
    pid_t ended;
    do ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    CHECK_EQUAL(ended, child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void in_child(void (*body)(void *), void *argument) { CHECK_EQUAL(end_of_child(start_child(body, argument)), 0); }

typedef struct guest {
    void (*body)(void *);
    void *argument;
} guest;

void become_another_user(void) {
    const uid_t user = 100000 + (uid_t)getpid();
    CHECK(setresuid(user, user, user) == 0);
    /* Changing the user hid /proc/self from its own process. */
    prctl(PR_SET_DUMPABLE, 1);
}

static void be_another_user(void *argument) {
    const guest *visiting = argument;
    become_another_user();
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* forgotten on the way */
    visiting->body(visiting->argument);
}

pid_t start_child_of_another_user(void (*body)(void *), void *argument) {
    guest visiting = {body, argument};
    if (geteuid() != 0) skip();
    return start_child(be_another_user, &visiting);
}

void in_child_of_another_user(void (*body)(void *), void *argument) {
    CHECK_EQUAL(end_of_child(start_child_of_another_user(body, argument)), 0);
}

void in_child_alone(void (*body)(void *), void *argument) {
    if (geteuid() == 0)
        in_child_of_another_user(body, argument);
    else
        in_child(body, argument);
}

void in_threads(void *(*body)(void *), void *workers, size_t count, size_t size) {
    pthread_t threads[16];
    size_t i;
    CHECK(count <= sizeof threads / sizeof *threads);
    for (i = 0; i < count; i++) CHECK(pthread_create(&threads[i], NULL, body, (char *)workers + i * size) == 0);
    for (i = 0; i < count; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}

void make_bell(bell *made) { CHECK(pipe(made->ends) == 0); }

void ring(const bell *rung) { CHECK_EQUAL(write(rung->ends[1], "!", 1), 1); }

void await_bell(const bell *awaited) {
    char byte;
    ssize_t got;
    do got = read(awaited->ends[0], &byte, 1);
    while (got < 0 && errno == EINTR);
    CHECK_EQUAL(got, 1);
}

void close_bell(bell *closed) {
    close(closed->ends[0]);
    close(closed->ends[1]);
}

void pause_ms(int ms) {
    struct timespec length = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&length, &length) != 0 && errno == EINTR) continue;
}

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- this process ------------------------------------------------------------------------------------------------ */

static size_t entries_of(const char *path) {
    DIR *directory = opendir(path);
    size_t count = 0;
    CHECK(directory != NULL);
    while (readdir(directory) != NULL) count++;
    closedir(directory);
    return count - 2; /* "." and ".." */
}

size_t open_descriptors(void) { return entries_of("/proc/self/fd") - 1; }

size_t running_threads(void) { return entries_of("/proc/self/task"); }

int threads_become(size_t count) {
    const int64_t deadline = now_ms() + 5000;
    while (running_threads() != count && now_ms() < deadline) pause_ms(1);
    return running_threads() == count;
}

void skip_under_sanitizers(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
}

size_t mappings_with(const char *part) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024];
    size_t count = 0;
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, part) != NULL;
    fclose(maps);
    return count;
}

int store_plain(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    (void)state;
    options.compress_threshold = -1;
    return latzero_configure_serializer(&options) == LATZERO_OK ? 0 : -1;
}
