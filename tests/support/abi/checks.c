#include "abi/checks.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "abi/pools.h"
#include "abi/this_process.h"

#define TEST_PROCESS "LATZERO_TEST_PROCESS"

static pid_t test_process; /* of which children in roles are told */
static pid_t test_thread;
static size_t descriptors_before, mappings_before;

/* LeakSanitizer asks this at the end of a process: a child leaves what it inherited. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return getpid() != process_of_test(); }

pid_t process_of_test(void) {
    const char *told = getenv(TEST_PROCESS);
    if (test_process == 0 && told != NULL) test_process = (pid_t)atol(told);
    return test_process;
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* A child or thread cannot jump into the runner: it says what failed, and ends the process. */
static void give_up(const char *file, int line) {
    fflush(NULL);
    if (getpid() == process_of_test() && gettid() == test_thread) _fail(file, line);
    fprintf(stderr, "%s:%d: failed in %s\n", file, line, getpid() == process_of_test() ? "a thread" : "a child");
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWNESS = 20 };
#else
enum { SLOWNESS = 1 };
#endif

uint64_t rounds_of(uint64_t rounds) { return scaled(rounds / SLOWNESS); }

int64_t limit_of(int64_t time) { return time * SLOWNESS; }

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
    char text[24];
    (void)state;
    test_process = getpid();
    test_thread = gettid();
    snprintf(text, sizeof text, "%d", (int)test_process);
    setenv(TEST_PROCESS, text, 1);
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

int store_plain(void **state) {
    latzero_serializer_options options = LATZERO_SERIALIZER_OPTIONS_INIT;
    (void)state;
    options.compress_threshold = -1;
    return latzero_configure_serializer(&options) == LATZERO_OK ? 0 : -1;
}

void skip_under_sanitizers(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip();
#endif
}
