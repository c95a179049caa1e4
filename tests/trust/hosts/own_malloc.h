/* malloc() and its like, so that a signal handler learns whether it has interrupted them. */
#ifndef LATZERO_TESTS_TRUST_OWN_MALLOC_H
#define LATZERO_TESTS_TRUST_OWN_MALLOC_H

/* Whether this thread was inside. */
int is_in_malloc(void);

#endif
