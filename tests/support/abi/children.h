/* Children and threads of a test, whose failures are the test's. A child's CHECK() that fails ends it with 99. */
#ifndef LATZERO_TESTS_ABI_CHILDREN_H
#define LATZERO_TESTS_ABI_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#include "process/child.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- roles ------------------------------------------------------------------------------------------------------- */

/* The first call of main() in a test whose children play roles, with its array of them. */
#define PLAY_ROLE(count, arguments, roles) play_test_role(count, arguments, roles, sizeof roles / sizeof *roles)
void play_test_role(int count, char **arguments, const child_role *roles, size_t role_count);

/* Starts a child in a role, with arguments that are text, up to a NULL. */
child_process start_child(role_play *play, ...) __attribute__((sentinel));
/* A number as an argument. Valid for eight more calls. */
const char *decimal(long long number);
/* What the child says next, and what it is told. */
void expect_line(const child_process *child, const char *line);
void tell(const child_process *child, const char *line);
/* The child's side: what its parent tells it next; it ends if the parent is gone. */
void await_order(const char *line);

/* Awaits the child's end: its exit status, or what else end_of_child() tells. */
int end_of(child_process *child);
/* The end must be that one; else the test fails, with what the child said on standard error. */
void expect_end(child_process *child, int end);
/* Runs a child to its good end. */
void in_child(role_play *play, ...) __attribute__((sentinel));

/* The same as another user, who has no pools and whose number is 100000 + the child's; skips the test if this process
 * is not root. */
child_process start_child_of_another_user(role_play *play, ...) __attribute__((sentinel));
void in_child_of_another_user(role_play *play, ...) __attribute__((sentinel));
/* As another user if possible: where nobody else tidies up what the dead leave. */
void in_child_alone(role_play *play, ...) __attribute__((sentinel));
/* For a whole process, if it is root: from here on it is such a user, with no pools but its own. */
void become_another_user(void);
/* Whether another user can start this program, as its children in roles need: it and the library may lie in a folder
 * that is closed to others. */
int others_can_start_this(void);

/* ---- forks ------------------------------------------------------------------------------------------------------- */

/* Where a fork is what is tested, or what a child inherits. Such a child runs `body`, and ends by _exit(0). */
child_process start_fork(void (*body)(void *), void *argument);
void in_fork(void (*body)(void *), void *argument);
int end_of_fork(void (*body)(void *), void *argument);
/* Of a process that was born in some other way. */
int end_of_process(pid_t process);

/* A one-way doorbell between processes, which forks inherit. */
typedef struct bell {
    int ends[2];
} bell;
void make_bell(bell *made);
void ring(const bell *rung);
void await_bell(const bell *awaited);
void close_bell(bell *closed);

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* Runs `body` in a thread of its own for each of `count` workers of `size` bytes, and waits for them all. */
void in_threads(void *(*body)(void *), void *workers, size_t count, size_t size);

#ifdef __cplusplus
}
#endif

#endif
