#include "host.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

typedef struct board {
    char step[128];
    char fault[1024];
} board;

static board *shared;

typedef struct play {
    void (*body)(void *);
    void *argument;
} play;

/* A fault ends it: cmocka would catch the signal and go on with the next test in here. So does a hang. */
static void be_host(void *argument) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    const play *played = argument;
    size_t i;
    for (i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
    alarm(60);
    played->body(played->argument);
}

void in_host(void (*body)(void *), void *argument, const char *title) {
    play played = {body, argument};
    int ended;
    if (shared == NULL) shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    memset(shared, 0, sizeof *shared);
    ended = end_of_fork(be_host, &played);
    if (ended == 0) return;
    fprintf(stderr, "host with %s: ended %s%d, step '%s'\n  %s\n", title, ended > 1000 ? "by signal " : "with ",
            ended % 1000, shared->step, shared->fault);
    CHECK(!"the host comes to its good end");
}

void begin_step(const char *step) { snprintf(shared->step, sizeof shared->step, "%s", step); }

/* What a child of the host said first counts. */
static void host_fails(const char *what, const char *detail, const char *file, int line) {
    if (shared->fault[0] != 0) _exit(99);
    snprintf(shared->fault, sizeof shared->fault, "%s:%d: not so: %s (%s); last error: %s", file, line, what, detail,
             latzero_last_error());
    _exit(99);
}

void host_must(int holds, const char *what, const char *file, int line) {
    if (!holds) host_fails(what, "", file, line);
}

void host_must_be_told(latzero_status status, int may_be_ok, int may_be_io, const char *what, const char *file,
                       int line) {
    if (status == LATZERO_OK && may_be_ok) return;
    if (status != LATZERO_IO || !may_be_io) host_fails(what, latzero_status_name(status), file, line);
    if (strstr(latzero_last_error(), "closed this pool's descriptor: connect anew") == NULL)
        host_fails(what, "IO without the cure", file, line);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------- */

/* Without opening a directory, which would take a number itself. */
static int is_pool_s(int number) {
    struct stat memory, found;
    if (stat("/dev/shm", &memory) != 0 || fstat(number, &found) != 0) return 0;
    return found.st_dev == memory.st_dev && S_ISREG(found.st_mode);
}

int lowest_pool_descriptor(void) {
    int number;
    for (number = 0; number < 1024; number++)
        if (is_pool_s(number)) return number;
    return -1;
}

int mark_pool_descriptors(unsigned char marks[MOST_DESCRIPTORS]) {
    int number, count = 0;
    for (number = 0; number < MOST_DESCRIPTORS; number++) {
        marks[number] = (unsigned char)is_pool_s(number);
        count += marks[number];
    }
    return count;
}

void close_from_3(void) {
    int number;
    for (number = 3; number < 1024; number++) (void)close(number);
}

/* ---- what must be there ------------------------------------------------------------------------------------------ */

void store_keys(latzero_client *client) {
    char key[32];
    int i;
    for (i = 0; i < HOST_KEYS; i++) {
        snprintf(key, sizeof key, "key %d", i);
        MUST_OK(latzero_set_i64(client, key, LATZERO_CSTR, i, NULL));
    }
}

int has_keys(latzero_client *client) {
    char key[32];
    int i, count = 0;
    for (i = 0; i < HOST_KEYS; i++) {
        int64_t value = -1;
        snprintf(key, sizeof key, "key %d", i);
        count += latzero_get_i64(client, key, LATZERO_CSTR, &value) == LATZERO_OK && value == i;
    }
    return count == HOST_KEYS;
}

void check_from_outside(const char *name) {
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_client *client;
    CHECK_OK(latzero_pool_check(name, NULL, &report));
    CHECK_EQUAL(report.sound, 1);
    client = join(name, 0);
    CHECK(has_keys(client));
    CHECK_OK(latzero_set_null(client, "outside", LATZERO_CSTR, NULL));
    leave(client);
}
