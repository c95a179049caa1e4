#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MOST_ARGUMENTS = 24, NO_SUCH_ROLE = 98 };

static const child_role *known_roles;
static size_t known_count;

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static const child_role *role_named(const char *name) {
    size_t i;
    for (i = 0; i < known_count; i++)
        if (strcmp(known_roles[i].name, name) == 0) return &known_roles[i];
    return NULL;
}

static const child_role *role_of(role_play *play) {
    size_t i;
    for (i = 0; i < known_count; i++)
        if (known_roles[i].play == play) return &known_roles[i];
    return NULL;
}

void play_role(int count, char **arguments, const child_role *roles, size_t role_count) {
    const child_role *asked;
    known_roles = roles;
    known_count = role_count;
    if (count < 3 || strcmp(arguments[1], "--role") != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    asked = role_named(arguments[2]);
    if (asked == NULL) {
        fprintf(stderr, "there is no role '%s'\n", arguments[2]);
        _exit(NO_SUCH_ROLE);
    }
    asked->play(arguments + 3);
    fflush(NULL);
    _exit(0);
}

/* ---- birth ------------------------------------------------------------------------------------------------------- */

static void forget(child_process *child) {
    if (child->lines >= 0) close(child->lines);
    if (child->errors >= 0) close(child->errors);
    child->lines = child->errors = -1;
    child->process = 0;
}

/* A fresh process but for the files: no signal is blocked or ignored in it that the runner blocks or ignores. */
static int spawn(pid_t *process, unsigned flags, char **arguments, const posix_spawn_file_actions_t *files) {
    posix_spawnattr_t attributes;
    sigset_t none, pipe;
    int error;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                  (flags & CHILD_LEADS_GROUP ? POSIX_SPAWN_SETPGROUP : 0)));
    error = posix_spawn(process, "/proc/self/exe", files, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

/* One stream for both directions, whose writer is told by EPIPE, and by no signal, that the other side is gone. */
static int open_streams(child_process *made, unsigned flags, posix_spawn_file_actions_t *files, int *far_end) {
    int ends[2];
    if (flags & CHILD_SHARES_STREAMS) return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    made->lines = ends[0];
    *far_end = ends[1];
    posix_spawn_file_actions_adddup2(files, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(files, ends[1], STDOUT_FILENO);
    if (flags & CHILD_SHARES_ERRORS) return 0;
    made->errors = memfd_create("standard error", MFD_CLOEXEC);
    if (made->errors < 0) return errno;
    posix_spawn_file_actions_adddup2(files, made->errors, STDERR_FILENO);
    return 0;
}

int start_role(child_process *made, role_play *play, unsigned flags, const char *const *arguments) {
    const child_role *asked = role_of(play);
    char *words[MOST_ARGUMENTS] = {"test", "--role"};
    posix_spawn_file_actions_t files;
    pid_t process = 0;
    int error, far_end = -1;
    size_t i;
    memset(made, 0, sizeof *made);
    made->lines = made->errors = -1;
    if (asked == NULL) return ENOENT;
    words[2] = (char *)asked->name;
    for (i = 0; arguments[i] != NULL; i++) {
        if (i + 4 >= MOST_ARGUMENTS) return E2BIG;
        words[i + 3] = (char *)arguments[i];
    }
    fflush(NULL);
    posix_spawn_file_actions_init(&files);
    error = open_streams(made, flags, &files, &far_end);
    if (error == 0) error = spawn(&process, flags, words, &files);
    posix_spawn_file_actions_destroy(&files);
    if (far_end >= 0) close(far_end);
    if (error != 0) forget(made);
    if (error == 0) made->process = process;
    return error;
}

int start_forked(child_process *made, void (*body)(void *), void *argument) {
    pid_t process;
    memset(made, 0, sizeof *made);
    made->lines = made->errors = -1;
    fflush(NULL);
    process = fork();
    if (process < 0) return errno;
    made->process = process;
    if (process > 0) return 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    body(argument);
    fflush(NULL);
    _exit(0);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int has_something(int from, long long deadline) {
    struct pollfd asked = {from, POLLIN, 0};
    const long long left = deadline - now_ms();
    const int found = poll(&asked, 1, left > 0 ? (int)left : 0);
    return found > 0 || (found < 0 && errno == EINTR && now_ms() < deadline && has_something(from, deadline));
}

/* Byte by byte, so that nothing of the next line is taken; what does not fit is left out. deadline of 0: none. */
static heard read_line(int from, char *line, size_t size, long long deadline) {
    size_t length = 0;
    char byte;
    for (;;) {
        ssize_t got;
        if (deadline > 0 && !has_something(from, deadline)) return HEARD_NOTHING_IN_TIME;
        got = read(from, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return HEARD_END;
        if (byte == '\n') break;
        if (length + 1 < size) line[length++] = byte;
    }
    line[length] = 0;
    return HEARD_LINE;
}

int tell_child(const child_process *child, const char *line) {
    const struct iovec parts[] = {{(void *)line, strlen(line)}, {"\n", 1}};
    struct msghdr message = {0};
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = 2;
    return sendmsg(child->lines, &message, MSG_NOSIGNAL) == (ssize_t)parts[0].iov_len + 1;
}

heard hear_child(const child_process *child, char *line, size_t size, int limit_ms) {
    return read_line(child->lines, line, size, now_ms() + limit_ms);
}

void say(const char *line) {
    printf("%s\n", line);
    fflush(stdout);
}

int hear_parent(char *line, size_t size) { return read_line(STDIN_FILENO, line, size, 0) == HEARD_LINE; }

/* ---- life and death ---------------------------------------------------------------------------------------------- */

int stop_child(const child_process *child) {
    siginfo_t changed;
    kill((pid_t)child->process, SIGSTOP);
    while (waitid(P_PID, (id_t)child->process, &changed, WSTOPPED | WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
    if (changed.si_code != CLD_STOPPED) return 0;
    waitid(P_PID, (id_t)child->process, &changed, WSTOPPED);
    return 1;
}

void resume_child(const child_process *child) { kill((pid_t)child->process, SIGCONT); }

void kill_child(child_process *child) {
    child->was_killed = 1;
    kill((pid_t)child->process, SIGKILL);
}

void await_death_of(const child_process *child) {
    siginfo_t end;
    while (waitid(P_PID, (id_t)child->process, &end, WEXITED | WNOWAIT) != 0 && errno == EINTR) continue;
}

/* Whether it is dead within that time. Looks often at first: most children end soon. */
static int dies_within(const child_process *child, int limit_ms) {
    const long long deadline = now_ms() + limit_ms;
    struct timespec pause = {0, 50000};
    for (;;) {
        siginfo_t end = {0};
        if (waitid(P_PID, (id_t)child->process, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0) return 1;
        if (now_ms() >= deadline) return 0;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000) pause.tv_nsec *= 2;
    }
}

static void keep_words(child_process *child) {
    const ssize_t size = child->errors < 0 ? 0 : pread(child->errors, child->words, sizeof child->words - 1, 0);
    child->words[size > 0 ? size : 0] = 0;
}

int end_of_child(child_process *child, int limit_ms) {
    const int hung = limit_ms > 0 && !dies_within(child, limit_ms);
    int status = 0;
    if (hung) kill_child(child);
    while (waitpid((pid_t)child->process, &status, 0) < 0 && errno == EINTR) continue;
    keep_words(child);
    forget(child);
    if (hung) return CHILD_HUNG;
    return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_SIGNALLED + WTERMSIG(status);
}
