#include "injector.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../support/system/hidden.h"

static __thread int armed;
static __thread const fault_plan *current;
static __thread uint64_t calls[SITE_COUNT], injected;
static int64_t alive;

void arm(const fault_plan *plan) {
    memset(calls, 0, sizeof calls);
    injected = 0;
    current = plan;
    armed = 1;
}

void disarm(void) { armed = 0; }

uint64_t calls_of(fault_site site) { return calls[site]; }

uint64_t faults_injected(void) { return injected; }

int64_t blocks_alive(void) { return __atomic_load_n(&alive, __ATOMIC_RELAXED); }

/* Whether this call fails; errno is set then. */
static int fails(fault_site site) {
    uint64_t number;
    if (!armed) return 0;
    number = ++calls[site];
    if (current == NULL || current->site != site) return 0;
    if (number < current->first || number - current->first >= current->count) return 0;
    injected++;
    errno = current->error;
    return 1;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static void *counted(void *memory) {
    if (memory != NULL) __atomic_fetch_add(&alive, 1, __ATOMIC_RELAXED);
    return memory;
}

void *malloc(size_t size) { return fails(SITE_allocation) ? NULL : counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return fails(SITE_allocation) ? NULL : counted(__libc_calloc(count, size)); }

void *realloc(void *memory, size_t size) {
    void *moved;
    if (fails(SITE_allocation)) return NULL;
    moved = __libc_realloc(memory, size);
    return memory == NULL ? counted(moved) : moved;
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails(SITE_allocation) ? NULL : counted(__libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    if (fails(SITE_allocation)) return ENOMEM;
    *memory = counted(__libc_memalign(alignment, size));
    return *memory != NULL ? 0 : ENOMEM;
}

void free(void *memory) {
    if (memory != NULL) __atomic_fetch_sub(&alive, 1, __ATOMIC_RELAXED);
    __libc_free(memory);
}

/* ---- the system -------------------------------------------------------------------------------------------------- */

/* With -D_FILE_OFFSET_BITS=64, as the library is built, the names below are open64 and so on. */
int open(const char *path, int flags, ...) {
    HIDDEN("open64", int, (const char *, int, ...))
    mode_t mode = 0;
    va_list rest;
    if (fails(SITE_open)) return -1;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return real(path, flags, mode);
}

int fcntl(int file, int command, ...) {
    HIDDEN("fcntl64", int, (int, int, ...))
    void *argument;
    va_list rest;
    if (fails(SITE_fcntl)) return -1;
    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    return real(file, command, argument);
}

int ioctl(int file, unsigned long request, ...) {
    HIDDEN("ioctl", int, (int, unsigned long, ...))
    void *argument;
    va_list rest;
    if (fails(SITE_ioctl)) return -1;
    va_start(rest, request);
    argument = va_arg(rest, void *);
    va_end(rest);
    return real(file, request, argument);
}

/* Letting go of a lock cannot fail. */
int flock(int file, int operation) {
    HIDDEN("flock", int, (int, int))
    return operation != LOCK_UN && fails(SITE_flock) ? -1 : real(file, operation);
}

/* A function whose result is `failed` where it fails; `symbol` is its name in the C library. */
#define FAULTY(site, failed, result, name, symbol, parameters, types, arguments) \
    result name parameters {                                                     \
        HIDDEN(symbol, result, types)                                            \
        return fails(SITE_##site) ? failed : real arguments;                     \
    }

FAULTY(stat, -1, int, stat, "stat64", (const char *path, struct stat *out), (const char *, struct stat *), (path, out))
FAULTY(stat, -1, int, lstat, "lstat64", (const char *path, struct stat *out), (const char *, struct stat *),
       (path, out))
FAULTY(stat, -1, int, fstatat, "fstatat64", (int at, const char *path, struct stat *out, int flags),
       (int, const char *, struct stat *, int), (at, path, out, flags))
FAULTY(stat, -1, ssize_t, readlinkat, "readlinkat", (int at, const char *path, char *out, size_t size),
       (int, const char *, char *, size_t), (at, path, out, size))
FAULTY(pread, -1, ssize_t, read, "read", (int file, void *out, size_t size), (int, void *, size_t), (file, out, size))
FAULTY(write, -1, ssize_t, write, "write", (int file, const void *bytes, size_t size), (int, const void *, size_t),
       (file, bytes, size))
FAULTY(eventfd, -1, int, eventfd, "eventfd", (unsigned count, int flags), (unsigned, int), (count, flags))
FAULTY(statfs, -1, int, fstatfs, "fstatfs64", (int file, struct statfs *out), (int, struct statfs *), (file, out))
FAULTY(fchmod, -1, int, fchmod, "fchmod", (int file, mode_t mode), (int, mode_t), (file, mode))
FAULTY(fsync, -1, int, fsync, "fsync", (int file), (int), (file))
FAULTY(mkdir, -1, int, mkdir, "mkdir", (const char *path, mode_t mode), (const char *, mode_t), (path, mode))
FAULTY(rename, -1, int, rename, "rename", (const char *from, const char *to), (const char *, const char *), (from, to))
FAULTY(unlink, -1, int, unlink, "unlink", (const char *path), (const char *), (path))
FAULTY(opendir, NULL, DIR *, fdopendir, "fdopendir", (int file), (int), (file))
FAULTY(readdir, NULL, struct dirent *, readdir, "readdir64", (DIR * directory), (DIR *), (directory))
FAULTY(madvise, -1, int, madvise, "madvise", (void *at, size_t size, int advice), (void *, size_t, int),
       (at, size, advice))
FAULTY(mlock, -1, int, mlock, "mlock", (const void *at, size_t size), (const void *, size_t), (at, size))
FAULTY(pread, -1, ssize_t, pread, "pread64", (int file, void *out, size_t size, off_t at), (int, void *, size_t, off_t),
       (file, out, size, at))
FAULTY(pwrite, -1, ssize_t, pwrite, "pwrite64", (int file, const void *bytes, size_t size, off_t at),
       (int, const void *, size_t, off_t), (file, bytes, size, at))
FAULTY(getrandom, -1, ssize_t, getrandom, "getrandom", (void *out, size_t size, unsigned flags),
       (void *, size_t, unsigned), (out, size, flags))
FAULTY(linkat, -1, int, linkat, "linkat", (int from, const char *path, int to, const char *name, int flags),
       (int, const char *, int, const char *, int), (from, path, to, name, flags))
FAULTY(mmap, MAP_FAILED, void *, mmap, "mmap64",
       (void *at, size_t size, int protection, int flags, int file, off_t offset),
       (void *, size_t, int, int, int, off_t), (at, size, protection, flags, file, offset))
FAULTY(thread, EAGAIN, int, pthread_create, "pthread_create",
       (pthread_t * thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument),
       (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), (thread, attributes, body, argument))

long syscall(long number, ...) {
    HIDDEN("syscall", long, (long, ...))
    long arguments[6];
    va_list rest;
    int i;
    if (number == SYS_fallocate && fails(SITE_fallocate)) return -1;
    va_start(rest, number);
    for (i = 0; i < 6; i++) arguments[i] = va_arg(rest, long);
    va_end(rest);
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
