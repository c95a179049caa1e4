/*
 * Child processes of a test: how they are started, spoken with, stopped, killed and awaited.
 *
 * A child plays a role: a function of the test's own program, which is started anew as `PROGRAM --role NAME
 * ARGUMENT...`. It inherits the environment and nothing else; what it needs to know it gets as text. So a role works
 * where there is no fork(), too. Tests about fork() itself, or about what a child inherits, fork: such a child is
 * awaited and judged by the same calls.
 *
 * Parent and child talk by lines: what the parent tells is the child's standard input, what the child says is its
 * standard output. The child's standard error is kept, for the message that explains an unexpected end. A child dies
 * with the thread that started it, and ends without exit handlers.
 *
 * A child_process is used by one thread at a time.
 */
#ifndef LATZERO_TESTS_PROCESS_CHILD_H
#define LATZERO_TESTS_PROCESS_CHILD_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void role_play(char **arguments); /* its arguments, then NULL */

typedef struct child_role {
    const char *name;
    role_play *play;
} child_role;

#define ROLE(play) \
    { #play, play }

/* The first call of main(): makes the program's roles known, which must stay there. In a child it plays the role that
 * was asked for, and ends the process with 0. */
void play_role(int count, char **arguments, const child_role *roles, size_t role_count);

typedef struct child_process {
    long process;     /* 0: none, or its end was seen */
    int lines;        /* -1: none */
    int errors;       /* the file of its standard error; -1: none */
    int was_killed;   /* by kill_child() */
    char words[1024]; /* how its standard error began; set by end_of_child() */
} child_process;

enum {
    CHILD_SHARES_ERRORS = 1,  /* standard error is the parent's */
    CHILD_SHARES_STREAMS = 2, /* all standard streams are the parent's: nothing is heard, told or kept */
    CHILD_LEADS_GROUP = 4     /* it leads a process group of its own */
};

/* Starts a child in a role that play_role() knows, with arguments up to a NULL. 0, or an errno. */
int start_role(child_process *made, role_play *play, unsigned flags, const char *const *arguments);
/* Forks one that runs `body`. It shares its parent's streams. */
int start_forked(child_process *made, void (*body)(void *), void *argument);

/* The parent's side. tell_child() is 0 if the child cannot hear any more. */
typedef enum heard { HEARD_LINE, HEARD_END, HEARD_NOTHING_IN_TIME } heard;
int tell_child(const child_process *child, const char *line);
heard hear_child(const child_process *child, char *line, size_t size, int limit_ms);

/* The child's side. hear_parent() is 0 once the parent is gone. */
void say(const char *line);
int hear_parent(char *line, size_t size);

/* Stops it, and returns once it stands still; 0 if it has ended instead. */
int stop_child(const child_process *child);
void resume_child(const child_process *child);
/* Without waiting for its death. Stopped children die, too. */
void kill_child(child_process *child);
/* Returns once it is dead, and leaves it a zombie. */
void await_death_of(const child_process *child);

/* Waits for the child's end: its exit status, CHILD_SIGNALLED + the number of the signal that ended it, or CHILD_HUNG
 * if it had to be killed after that time. limit_ms of 0: it may take as long as it likes. */
enum { CHILD_LIMIT_MS = 60000, CHILD_SIGNALLED = 1000, CHILD_KILLED = CHILD_SIGNALLED + 9, CHILD_HUNG = 2000 };
int end_of_child(child_process *child, int limit_ms);

#ifdef __cplusplus
}
#endif

#endif
