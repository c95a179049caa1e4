/*
 * What the C tests of the ABI share: checks that also work in threads and forked children, pool names of this process
 * alone, children, and a look at what a test leaves behind.
 *
 * TEST() runs a function between two looks: afterwards no pool of this process, no descriptor and no mapping of the
 * library may be left.
 */
#ifndef LATZERO_TESTS_SUPPORT_ABI_TEST_H
#define LATZERO_TESTS_SUPPORT_ABI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>
#include <latzero/latzero.h>

#include "layout_table.h"
#include "sealed.h"

/* ---- checks ------------------------------------------------------------------------------------------------------ */

/* cmocka's own assertions jump back into the runner, which a thread or a forked child must not. */
void check_true(int holds, const char *what, const char *file, int line);
void check_equal(long long got, long long expected, const char *what, const char *file, int line);
void check_status(latzero_status got, latzero_status expected, const char *what, const char *file, int line);
/* The last error's sentence mentions `part`. */
void check_sentence(const char *part, const char *file, int line);

#define CHECK(condition) check_true((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(got, expected) check_equal((long long)(got), (long long)(expected), #got, __FILE__, __LINE__)
#define CHECK_STATUS(call, expected) check_status(call, expected, #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_STATUS(call, LATZERO_OK)
#define CHECK_SENTENCE(part) check_sentence(part, __FILE__, __LINE__)

/* ---- tests ------------------------------------------------------------------------------------------------------- */

int begin_test(void **state);
int end_test(void **state);

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin_test, end_test)
/* Values are stored as they are: how large one is decides what is tested. Tests of compression ask for it. */
int store_plain(void **state);
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, store_plain, NULL)

/* For tests in whose way sanitizers stand, which take memory as they like and are not made for fork(). */
void skip_under_sanitizers(void);

/* A number of rounds times LATZERO_TEST_SCALE. */
uint64_t scaled(uint64_t rounds);
/* The same; a twentieth of it under ThreadSanitizer, which takes its time. */
uint64_t rounds_of(uint64_t rounds);

/* ---- pools ------------------------------------------------------------------------------------------------------- */

/* A pool name of this process (a forked child's names are its parent's). Valid for eight more calls. */
const char *pool_name(const char *suffix);
/* Where that pool's file is. Valid for eight more calls. */
const char *pool_path(const char *name);
/* The same of any user. */
void object_path(char *path, size_t size, uid_t user, const char *name);

void create_pool(const char *name, uint64_t max_bytes);
latzero_client *join(const char *name, uint32_t flags);
/* A new pool with one read-write client. */
latzero_client *create_and_join(const char *name, uint64_t max_bytes);
void leave(latzero_client *client);

int pool_exists(const char *name);
/* Whether the list of pools has it, and what it says there (may be NULL). */
int is_listed(const char *name, latzero_pool_info *info);
int file_exists(const char *path);
/* The whole file, to be freed. */
unsigned char *read_file(const char *path, size_t *size);
void write_file_at(const char *path, long offset, const void *bytes, size_t size);

/* What the list of pools says of it. */
latzero_pool_info pool_info_of(const char *name);
latzero_pool_stats stats_of(latzero_client *client);

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Bytes that follow from `seed` alone. */
void fill_pattern(void *bytes, size_t size, uint64_t seed);
latzero_status set_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed);
/* The value is that pattern, byte for byte. */
void check_pattern(latzero_client *client, const char *key, size_t size, uint64_t seed);
/* An int64 with a TTL. */
latzero_status set_i64_for(latzero_client *client, const char *key, int64_t value, int64_t ttl_ms);
int64_t ttl_of(latzero_client *client, const char *key);
/* The version of a value that is no longer than 8 bytes; 0 if it is absent. */
uint64_t version_of(latzero_client *client, const char *key);
/* The value as JSON is that text. */
void check_json(latzero_client *client, const char *key, const char *expected);
/* So many keys are there, counted in every way. */
void check_keys(latzero_client *client, uint64_t expected);
/* Numbers that look random and are the same in every run. */
uint64_t next_random(uint64_t *state);

/* ---- processes and threads --------------------------------------------------------------------------------------- */

/* Forks a child that runs `body`, ends by _exit(0), and dies with this process. */
pid_t start_child(void (*body)(void *), void *argument);
/* Its exit status; 1000 + the signal that ended it. */
int end_of_child(pid_t child);
/* Runs `body` in a child to its good end. */
void in_child(void (*body)(void *), void *argument);

/* The same as another user, who has no pools and whose number is 100000 + the child's; skips the test if this process
 * is not root. */
pid_t start_child_of_another_user(void (*body)(void *), void *argument);
void in_child_of_another_user(void (*body)(void *), void *argument);
/* For a whole process, if it is root: from here on it is such a user, with no pools but its own. */
void become_another_user(void);
/* As another user if possible: where nobody else tidies up what the dead leave. */
void in_child_alone(void (*body)(void *), void *argument);

/* Runs `body` in a thread of its own for each of `count` workers of `size` bytes, and waits for them all. */
void in_threads(void *(*body)(void *), void *workers, size_t count, size_t size);

/* A one-way doorbell between processes. */
typedef struct bell {
    int ends[2];
} bell;
void make_bell(bell *made);
void ring(const bell *rung);
void await_bell(const bell *awaited);
void close_bell(bell *closed);

void pause_ms(int ms);
/* Milliseconds of a clock that nobody steps. */
int64_t now_ms(void);

/* ---- this process ------------------------------------------------------------------------------------------------ */

size_t open_descriptors(void);
size_t running_threads(void);
/* Whether this process has that many threads, soon at the latest: one that ended is listed a moment longer than
 * pthread_join() waits. */
int threads_become(size_t count);
/* Lines of /proc/self/maps that hold `part`. */
size_t mappings_with(const char *part);

#endif
