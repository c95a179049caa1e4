/*
 * The moments between the looks that the library takes at a pool: this program has the system's functions by which it
 * opens, reads, maps, locks, names and makes objects, and is told before each of their calls. So an edit can come
 * between any two of them, which another process would have to be lucky for.
 */
#ifndef LATZERO_TESTS_TRUST_MOMENTS_H
#define LATZERO_TESTS_TRUST_MOMENTS_H

#include <stdint.h>

/* From now on until unwatch() `visit` is told before each call, the first is 1. */
void watch(void (*visit)(uint64_t number));
/* Gives the number of calls. */
uint64_t unwatch(void);

/* A descriptor of this program's own for the object that was made last while watching, named or not; -1: none was. Its
 * user closes it. */
int take_made_object(void);
/* The same, and it stays. */
int made_object(void);

#endif
