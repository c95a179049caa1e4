/*
 * Makes what the library asks of the system fail: the n-th allocation, the n-th open(), once or from then on. The
 * test's program defines these functions itself, so that the library, and the libraries that it uses, call them here;
 * unless told otherwise they do what they do elsewhere.
 */
#ifndef LATZERO_TESTS_FAULT_INJECTOR_H
#define LATZERO_TESTS_FAULT_INJECTOR_H

#include <stdint.h>

/* What can fail, and the errors with which the system lets it. Allocations give NULL; the others -1 and errno. */
#define FAULT_SITES(SITE)                       \
    SITE(allocation, ENOMEM)                    \
    SITE(open, EMFILE, ENOMEM, EINTR)           \
    SITE(stat, ENOMEM)                          \
    SITE(statfs, EIO)                           \
    SITE(fchmod, EPERM)                         \
    SITE(linkat, ENOSPC, ENOMEM)                \
    SITE(rename, ENOSPC, EIO)                   \
    SITE(mkdir, ENOSPC, EIO)                    \
    SITE(fsync, EIO, ENOSPC)                    \
    SITE(unlink, ENOMEM)                        \
    SITE(opendir, ENOMEM)                       \
    SITE(readdir, EIO)                          \
    SITE(pread, EIO, EINTR)                     \
    SITE(pwrite, ENOSPC, EINTR)                 \
    SITE(mmap, ENOMEM, EAGAIN)                  \
    SITE(madvise, ENOMEM, EINVAL)               \
    SITE(ioctl, ENOTTY)                         \
    SITE(mlock, ENOMEM)                         \
    SITE(getrandom, EIO, EINTR)                 \
    SITE(flock, ENOLCK, ENOMEM, EINTR)          \
    SITE(fcntl, ENOLCK)                         \
    SITE(fallocate, ENOSPC, ENOMEM, EINTR, EIO) \
    SITE(thread, EAGAIN)                        \
    SITE(eventfd, EMFILE, ENOMEM)               \
    SITE(write, EINTR)

typedef enum fault_site {
#define SITE(name, ...) SITE_##name,
    FAULT_SITES(SITE)
#undef SITE
        SITE_COUNT
} fault_site;

typedef struct fault_plan {
    fault_site site;
    int error;
    uint64_t first; /* the first call that fails: 1, 2, ... */
    uint64_t count; /* of calls that fail, one after the other */
} fault_plan;

/* From here to disarm() this thread's calls are counted and, with a plan, fail by it. */
void arm(const fault_plan *plan);
void disarm(void);

/* Of the last time: calls of a site, and how many of all were made to fail. */
uint64_t calls_of(fault_site site);
uint64_t faults_injected(void);

/* Blocks that were allocated and not freed yet, by whomever. */
int64_t blocks_alive(void);

#endif
