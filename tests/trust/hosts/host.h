/*
 * A child process that treats its descriptors roughly, as hosts do. It says by shared memory what went wrong, since its
 * standard error may be closed, or may be a pool.
 */
#ifndef LATZERO_TESTS_TRUST_HOST_H
#define LATZERO_TESTS_TRUST_HOST_H

#include "abi/test.h"

/* Runs `body` in a child to its good end; what it said otherwise is printed, and fails the test. */
void in_host(void (*body)(void *), void *argument, const char *title);

/* For a host: what it does now, and what must hold. */
void begin_step(const char *step);
void host_must(int holds, const char *what, const char *file, int line);
/* One of two statuses; IO only with the sentence that names the cure. */
void host_must_be_told(latzero_status status, int may_be_ok, int may_be_io, const char *what, const char *file,
                       int line);

#define MUST(condition) host_must((condition) != 0, #condition, __FILE__, __LINE__)
#define MUST_OK(call) MUST((call) == LATZERO_OK)
#define MUST_TELL(call) host_must_be_told(call, 0, 1, #call, __FILE__, __LINE__)
#define MAY_TELL(call) host_must_be_told(call, 1, 1, #call, __FILE__, __LINE__)

/* The lowest descriptor of this process that leads to an object of /dev/shm; -1: none does. */
int lowest_pool_descriptor(void);
/* Marks each number that leads there, and gives how many. */
enum { MOST_DESCRIPTORS = 64 };
int mark_pool_descriptors(unsigned char marks[MOST_DESCRIPTORS]);

void close_from_3(void);

/* A pool of that name with the keys "key 0" to "key 99", seen by another process: sound, and all there. */
enum { HOST_KEYS = 100 };
void store_keys(latzero_client *client);
int has_keys(latzero_client *client);
void check_from_outside(const char *name);

#endif
