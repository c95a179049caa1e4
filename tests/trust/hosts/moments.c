#include "moments.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "system/hidden.h"

static void (*visitor)(uint64_t number);
static uint64_t calls;
static int visiting, made = -1;

void watch(void (*visit)(uint64_t number)) {
    calls = 0;
    visitor = visit;
}

uint64_t unwatch(void) {
    visitor = NULL;
    return calls;
}

int made_object(void) { return made; }

int take_made_object(void) {
    const int taken = made;
    made = -1;
    return taken;
}

static void pass(void) {
    if (visitor == NULL || visiting) return;
    visiting = 1;
    visitor(++calls);
    visiting = 0;
}

/* An object without a name can be reached by /proc all the same: as another open file, which shares no lock. */
static void open_made(int (*real)(const char *, int, ...), int file) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (made >= 0) close(made);
    made = real(path, O_RDWR | O_CLOEXEC);
}

/* With -D_FILE_OFFSET_BITS=64, as the library is built, the names below are open64 and so on. */
int open(const char *path, int flags, ...) {
    HIDDEN("open64", int, (const char *, int, ...))
    const int makes = (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = 0;
    va_list rest;
    int file;
    pass();
    if ((flags & O_CREAT) != 0 || makes) {
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    file = real(path, flags, mode);
    if (makes && file >= 0 && visitor != NULL && !visiting) open_made(real, file);
    return file;
}

int fcntl(int file, int command, ...) {
    HIDDEN("fcntl64", int, (int, int, ...))
    void *argument;
    va_list rest;
    pass();
    va_start(rest, command);
    argument = va_arg(rest, void *);
    va_end(rest);
    return real(file, command, argument);
}

#define PASSED(result, name, symbol, parameters, types, arguments) \
    result name parameters {                                       \
        HIDDEN(symbol, result, types)                              \
        pass();                                                    \
        return real arguments;                                     \
    }

PASSED(int, flock, "flock", (int file, int operation), (int, int), (file, operation))
PASSED(int, stat, "stat64", (const char *path, struct stat *out), (const char *, struct stat *), (path, out))
PASSED(int, lstat, "lstat64", (const char *path, struct stat *out), (const char *, struct stat *), (path, out))
PASSED(int, fstat, "fstat64", (int file, struct stat *out), (int, struct stat *), (file, out))
PASSED(int, fchmod, "fchmod", (int file, mode_t mode), (int, mode_t), (file, mode))
PASSED(int, unlink, "unlink", (const char *path), (const char *), (path))
PASSED(int, ftruncate, "ftruncate64", (int file, off_t size), (int, off_t), (file, size))
PASSED(int, madvise, "madvise", (void *at, size_t size, int advice), (void *, size_t, int), (at, size, advice))
PASSED(int, munmap, "munmap", (void *at, size_t size), (void *, size_t), (at, size))
PASSED(int, mlock, "mlock", (const void *at, size_t size), (const void *, size_t), (at, size))
PASSED(int, clock_gettime, "clock_gettime", (clockid_t clock, struct timespec *out), (clockid_t, struct timespec *),
       (clock, out))
PASSED(ssize_t, getrandom, "getrandom", (void *out, size_t size, unsigned flags), (void *, size_t, unsigned),
       (out, size, flags))
PASSED(ssize_t, pread, "pread64", (int file, void *out, size_t size, off_t at), (int, void *, size_t, off_t),
       (file, out, size, at))
PASSED(ssize_t, pwrite, "pwrite64", (int file, const void *from, size_t size, off_t at),
       (int, const void *, size_t, off_t), (file, from, size, at))
PASSED(int, linkat, "linkat", (int from, const char *path, int to, const char *name, int flags),
       (int, const char *, int, const char *, int), (from, path, to, name, flags))
PASSED(void *, mmap, "mmap64", (void *at, size_t size, int protection, int flags, int file, off_t offset),
       (void *, size_t, int, int, int, off_t), (at, size, protection, flags, file, offset))

void *__libc_malloc(size_t size);

/* No look at a pool; but one more moment, where the library does nothing that the system would notice. */
void *malloc(size_t size) {
    pass();
    return __libc_malloc(size);
}

long syscall(long number, ...) {
    HIDDEN("syscall", long, (long, ...))
    long arguments[6];
    va_list rest;
    int i;
    pass();
    va_start(rest, number);
    for (i = 0; i < 6; i++) arguments[i] = va_arg(rest, long);
    va_end(rest);
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
