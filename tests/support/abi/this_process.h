/* What this process has: descriptors, threads, mappings, time. */
#ifndef LATZERO_TESTS_ABI_THIS_PROCESS_H
#define LATZERO_TESTS_ABI_THIS_PROCESS_H

#include <stddef.h>
#include <stdint.h>

size_t open_descriptors(void);
size_t running_threads(void);
/* Whether this process has that many threads, soon at the latest: one that ended is listed a moment longer than
 * pthread_join() waits. */
int threads_become(size_t count);
/* Lines of /proc/self/maps that hold `part`. */
size_t mappings_with(const char *part);

void pause_ms(int ms);
/* Milliseconds of a clock that nobody steps. */
int64_t now_ms(void);

#endif
