/*
 * Checks that also work in threads and in children, and TEST(), which runs a function between two looks: afterwards no
 * pool of this process, no descriptor and no mapping of the library may be left.
 */
#ifndef LATZERO_TESTS_ABI_CHECKS_H
#define LATZERO_TESTS_ABI_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>
#include <latzero/latzero.h>

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

int begin_test(void **state);
int end_test(void **state);

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin_test, end_test)
/* Values are stored as they are: how large one is decides what is tested. Tests of compression ask for it. */
int store_plain(void **state);
#define RUN_TESTS(tests) cmocka_run_group_tests(tests, store_plain, NULL)

/* The process that runs the test, in which or in whose child this is. */
pid_t process_of_test(void);

/* For tests in whose way sanitizers stand, which take memory as they like and are not made for fork(). */
void skip_under_sanitizers(void);

/* A number of rounds times LATZERO_TEST_SCALE. */
uint64_t scaled(uint64_t rounds);
/* The same; a twentieth of it under sanitizers, which take their time and find what they can in any round. */
uint64_t rounds_of(uint64_t rounds);
/* A limit on what a single call takes; twenty times that under sanitizers. */
int64_t limit_of(int64_t time);

#endif
