#include "abi/children.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/checks.h"

#define AS_ANOTHER_USER "LATZERO_TEST_AS_ANOTHER_USER"

enum { MOST_ARGUMENTS = 16 };

/* ---- roles ------------------------------------------------------------------------------------------------------- */

void play_test_role(int count, char **arguments, const child_role *roles, size_t role_count) {
    if (count > 1 && strcmp(arguments[1], "--role") == 0) {
        (void)store_plain(NULL);
        if (getenv(AS_ANOTHER_USER) != NULL) {
            unsetenv(AS_ANOTHER_USER);
            become_another_user();
        }
    }
    play_role(count, arguments, roles, role_count);
}

typedef struct argument_list {
    const char *words[MOST_ARGUMENTS + 1];
} argument_list;

static argument_list list_of(va_list given) {
    argument_list list = {{NULL}};
    size_t i;
    for (i = 0; (list.words[i] = va_arg(given, const char *)) != NULL; i++) CHECK(i + 1 < MOST_ARGUMENTS);
    return list;
}

/* All arguments behind `play`. */
#define GATHER(list, play)     \
    argument_list list;        \
    do {                       \
        va_list given;         \
        va_start(given, play); \
        list = list_of(given); \
        va_end(given);         \
    } while (0)

static child_process start(role_play *play, const argument_list *arguments) {
    child_process child;
    const int error = start_role(&child, play, 0, arguments->words);
    if (error == ENOENT) fprintf(stderr, "main() lists no such role\n");
    CHECK_EQUAL(error, 0);
    return child;
}

static child_process start_guest(role_play *play, const argument_list *arguments) {
    child_process child;
    setenv(AS_ANOTHER_USER, "1", 1);
    child = start(play, arguments);
    unsetenv(AS_ANOTHER_USER);
    return child;
}

child_process start_child(role_play *play, ...) {
    GATHER(arguments, play);
    return start(play, &arguments);
}

child_process start_child_of_another_user(role_play *play, ...) {
    GATHER(arguments, play);
    if (geteuid() != 0) skip();
    return start_guest(play, &arguments);
}

void in_child(role_play *play, ...) {
    child_process child;
    GATHER(arguments, play);
    child = start(play, &arguments);
    expect_end(&child, 0);
}

void in_child_of_another_user(role_play *play, ...) {
    child_process child;
    GATHER(arguments, play);
    if (geteuid() != 0) skip();
    child = start_guest(play, &arguments);
    expect_end(&child, 0);
}

void in_child_alone(role_play *play, ...) {
    child_process child;
    GATHER(arguments, play);
    child = geteuid() == 0 && others_can_start_this() ? start_guest(play, &arguments) : start(play, &arguments);
    expect_end(&child, 0);
}

const char *decimal(long long number) {
    static char texts[8][24];
    static unsigned next;
    char *text = texts[next++ % 8];
    snprintf(text, sizeof texts[0], "%lld", number);
    return text;
}

/* ---- users ------------------------------------------------------------------------------------------------------- */

void become_another_user(void) {
    const uid_t user = 100000 + (uid_t)getpid();
    CHECK(setresuid(user, user, user) == 0);
    /* Changing the user hid /proc/self from its own process, and made it outlive its parent. */
    prctl(PR_SET_DUMPABLE, 1);
    if (getpid() != process_of_test()) prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int others_can_reach(const char *file) {
    char path[4096];
    struct stat found;
    size_t i;
    for (i = 1; i < sizeof path && file[i] != 0; i++) {
        if (file[i] != '/') continue;
        memcpy(path, file, i);
        path[i] = 0;
        if (stat(path, &found) != 0 || (found.st_mode & S_IXOTH) == 0) return 0;
    }
    return stat(file, &found) == 0 && (found.st_mode & S_IROTH) != 0;
}

int others_can_start_this(void) {
    char program[4096], library[4096];
    const char *(*const function)(void) = latzero_last_error;
    const void *address; /* ISO C knows no way from a function to it */
    Dl_info found;
    const ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    memcpy(&address, &function, sizeof address);
    CHECK(size > 0 && dladdr(address, &found) != 0);
    program[size] = 0;
    return realpath(found.dli_fname, library) != NULL && others_can_reach(program) && others_can_reach(library);
}

/* ---- lines and ends ---------------------------------------------------------------------------------------------- */

/* A child that is late, or ends too early, is ended here: its own words say why. */
void expect_line(const child_process *child, const char *line) {
    char said[256] = "";
    const heard got = hear_child(child, said, sizeof said, CHILD_LIMIT_MS);
    child_process ended = *child;
    if (got == HEARD_LINE && strcmp(said, line) == 0) return;
    if (got != HEARD_END) kill_child(&ended);
    fprintf(stderr, "a child said '%s' instead of '%s'\n", said, line);
    expect_end(&ended, -1);
}

void tell(const child_process *child, const char *line) { CHECK(tell_child(child, line)); }

void await_order(const char *line) {
    char told[256];
    if (!hear_parent(told, sizeof told)) _exit(1);
    if (strcmp(told, line) != 0) fprintf(stderr, "told '%s' instead of '%s'\n", told, line);
    CHECK(strcmp(told, line) == 0);
}

static int limit_ms(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return (int)scaled(4 * CHILD_LIMIT_MS);
#else
    return (int)scaled(CHILD_LIMIT_MS);
#endif
}

int end_of(child_process *child) {
    const int end = end_of_child(child, limit_ms());
    if (child->words[0] != 0) fprintf(stderr, "%s", child->words);
    return end;
}

void expect_end(child_process *child, int expected) {
    const int end = end_of(child);
    if (end == CHILD_HUNG) fprintf(stderr, "a child hangs\n");
    CHECK_EQUAL(end, expected);
}

/* ---- forks ------------------------------------------------------------------------------------------------------- */

child_process start_fork(void (*body)(void *), void *argument) {
    child_process child;
    CHECK_EQUAL(start_forked(&child, body, argument), 0);
    return child;
}

int end_of_fork(void (*body)(void *), void *argument) {
    child_process child = start_fork(body, argument);
    return end_of(&child);
}

void in_fork(void (*body)(void *), void *argument) { CHECK_EQUAL(end_of_fork(body, argument), 0); }

int end_of_process(pid_t process) {
    child_process child = {process, -1, -1, 0, ""};
    return end_of(&child);
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

/* ---- threads ----------------------------------------------------------------------------------------------------- */

void in_threads(void *(*body)(void *), void *workers, size_t count, size_t size) {
    pthread_t threads[16];
    size_t i;
    CHECK(count <= sizeof threads / sizeof *threads);
    for (i = 0; i < count; i++) CHECK(pthread_create(&threads[i], NULL, body, (char *)workers + i * size) == 0);
    for (i = 0; i < count; i++) CHECK(pthread_join(threads[i], NULL) == 0);
}
