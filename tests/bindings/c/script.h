/* The C program's parts, and what they share. */
#ifndef LATZERO_TESTS_FFI_SCRIPT_H
#define LATZERO_TESTS_FFI_SCRIPT_H

#include <latzero/latzero.h>

#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK((call) == LATZERO_OK)

/* Names the place and the library's last error, and ends the process. */
void check(int holds, const char *what, const char *file, int line);

/* The pool's auth key; "" if it has none. The pool of a run with a key is encrypted. */
const char *auth_key(void);

/* Connects with that key, or none if it is "". */
latzero_status join_with(const char *pool, const char *key, latzero_client **client);

latzero_client *join(const char *pool);

/* Stores every value through a view in which keys are without the language's name; the one named `wrong` is spoiled. */
void write_values(latzero_client *view, const char *wrong);

/* Compares every value that a language stored; returns the number of those that differ. */
int compare_values(latzero_client *client, const char *language);

/* Uses the verbs on keys that begin with "verbs:" and are gone in the end. `other` is another connection. */
void use_verbs(latzero_client *view, latzero_client *other, const char *pool, const char *me);

/* Keeps a copy of what all `count` languages write; 1 if it differs from the pool in the end. */
int follow(latzero_client *client, const char *me, int count, int rounds, int forgetful);

#endif
