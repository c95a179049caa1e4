/* A host's own files under the numbers that the library's descriptors had. */
#ifndef LATZERO_TESTS_TRUST_FOREIGN_H
#define LATZERO_TESTS_TRUST_FOREIGN_H

#include "../hosts/host.h"

typedef enum foreign_kind {
    FOREIGN_LOG,
    FOREIGN_PIPE_READ,
    FOREIGN_PIPE_WRITE,
    FOREIGN_LISTENER,
    FOREIGN_EVENT,
    FOREIGN_EPOLL,
    FOREIGN_NULL,
    FOREIGN_NONE, /* the numbers stay free */
    FOREIGN_KINDS
} foreign_kind;

const char *foreign_title(foreign_kind kind);

/* The host's files; `log` has known bytes. */
typedef struct foreign_files {
    foreign_kind kind;
    const char *log;
    unsigned char numbers[MOST_DESCRIPTORS]; /* that lead to them */
    int pipe_ends[2];
} foreign_files;

void write_log(const char *path);

/* Closes every descriptor from 3 on, and puts the host's under each number that led to a pool before. */
void take_numbers(foreign_files *files);
/* Nothing of theirs was written, closed, locked or made longer. */
void foreign_must_be_intact(const foreign_files *files);

#endif
