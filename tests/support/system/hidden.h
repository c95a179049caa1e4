/* For programs that define functions of the C library themselves, so that the library calls them: the hidden ones. */
#ifndef LATZERO_TESTS_SUPPORT_HIDDEN_H
#define LATZERO_TESTS_SUPPORT_HIDDEN_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static inline void *hidden(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL) abort();
    return found;
}

/* `real` is the function that this program's own hides, by its name in the C library. ISO C knows no way from an
 * object's address to a function's. */
#define HIDDEN(name, result, types)                               \
    static result(*real) types;                                   \
    if (real == NULL) {                                           \
        void *const found = hidden(name);                         \
        memcpy((void *)&real, (const void *)&found, sizeof real); \
    }

#endif
