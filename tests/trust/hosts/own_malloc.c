/* Tells whether a thread is inside malloc() just now. glibc's fork() takes malloc's own locks once there are threads:
 * in a signal handler that has interrupted malloc() it never returns, with or without this library. */
#include "own_malloc.h"

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

/* Of the initial model: no access may allocate. */
static __thread volatile int depth __attribute__((tls_model("initial-exec")));

int is_in_malloc(void) { return depth != 0; }

#define ALLOCATE(call)          \
    {                           \
        void *memory;           \
        depth = depth + 1;      \
        memory = __libc_##call; \
        depth = depth - 1;      \
        return memory;          \
    }

void *malloc(size_t size) ALLOCATE(malloc(size)) void *calloc(size_t count, size_t size)
    ALLOCATE(calloc(count, size)) void *realloc(void *memory_before, size_t size)
        ALLOCATE(realloc(memory_before, size)) void *memalign(size_t alignment, size_t size)
            ALLOCATE(memalign(alignment, size)) void *aligned_alloc(size_t alignment, size_t size)
                ALLOCATE(memalign(alignment, size))

                    int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}

void free(void *memory) {
    depth = depth + 1;
    __libc_free(memory);
    depth = depth - 1;
}
