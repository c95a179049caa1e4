#include "foreign.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { LOG_BYTES = 10000, FAR = 900 };

static const char *const titles[FOREIGN_KINDS] = {"a log file", "a pipe to read", "a pipe to write", "a socket",
                                                  "an eventfd", "an epoll",       "/dev/null",       "nothing"};

const char *foreign_title(foreign_kind kind) { return titles[kind]; }

void write_log(const char *path) {
    char bytes[LOG_BYTES];
    FILE *log = fopen(path, "we");
    CHECK(log != NULL);
    fill_pattern(bytes, sizeof bytes, 77);
    CHECK_EQUAL(fwrite(bytes, 1, sizeof bytes, log), sizeof bytes);
    CHECK(fclose(log) == 0);
}

static int listen_somewhere(void) {
    struct sockaddr_un address;
    const int end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "latzero-test-%d", (int)getpid());
    MUST(bind(end, (struct sockaddr *)&address, sizeof address) == 0 && listen(end, 1) == 0);
    return end;
}

static int open_one(foreign_files *files) {
    const int is_pipe = files->kind == FOREIGN_PIPE_READ || files->kind == FOREIGN_PIPE_WRITE;
    if (is_pipe) MUST(pipe2(files->pipe_ends, O_NONBLOCK) == 0);
    switch (files->kind) {
    case FOREIGN_LOG: return open(files->log, O_RDWR);
    case FOREIGN_PIPE_READ: return files->pipe_ends[0];
    case FOREIGN_PIPE_WRITE: return files->pipe_ends[1];
    case FOREIGN_LISTENER: return listen_somewhere();
    case FOREIGN_EVENT: return eventfd(0, EFD_NONBLOCK);
    case FOREIGN_EPOLL: return epoll_create1(0);
    default: return open("/dev/null", O_RDWR);
    }
}

/* One file under a number out of the way, then under all of the library's. */
void take_numbers(foreign_files *files) {
    int number, one;
    MUST(mark_pool_descriptors(files->numbers) > 0);
    close_from_3();
    files->pipe_ends[0] = files->pipe_ends[1] = -1;
    if (files->kind == FOREIGN_NONE) {
        memset(files->numbers, 0, sizeof files->numbers);
        return;
    }
    one = open_one(files);
    MUST(one >= 0 && dup2(one, FAR) == FAR);
    /* The other end of a pipe stays open as long as the host, lest the number's end reads the end of the file. */
    if (files->pipe_ends[0] >= 0) MUST(dup2(files->pipe_ends[files->kind == FOREIGN_PIPE_READ], FAR + 1) == FAR + 1);
    close(one);
    if (files->pipe_ends[0] >= 0) close(files->pipe_ends[files->kind == FOREIGN_PIPE_READ]);
    for (number = 0; number < MOST_DESCRIPTORS; number++)
        if (files->numbers[number]) MUST(dup2(FAR, number) == number);
}

/* ---- afterwards -------------------------------------------------------------------------------------------------- */

static void log_must_be_intact(const foreign_files *files) {
    char expected[LOG_BYTES], found[LOG_BYTES];
    struct stat status;
    struct flock whole;
    const int other = open(files->log, O_RDWR | O_CLOEXEC);
    MUST(other >= 0 && fstat(other, &status) == 0);
    MUST(status.st_size == LOG_BYTES);
    MUST(status.st_blocks * 512 < 3 * LOG_BYTES);
    fill_pattern(expected, sizeof expected, 77);
    MUST(pread(other, found, sizeof found, 0) == LOG_BYTES);
    MUST(memcmp(found, expected, LOG_BYTES) == 0);
    MUST(flock(other, LOCK_EX | LOCK_NB) == 0);
    memset(&whole, 0, sizeof whole);
    whole.l_type = F_WRLCK;
    MUST(fcntl(other, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK);
    close(other);
}

void foreign_must_be_intact(const foreign_files *files) {
    struct stat first, found;
    uint64_t events;
    int number, waiting = 0;
    if (files->kind == FOREIGN_NONE) return;
    MUST(fstat(FAR, &first) == 0);
    for (number = 0; number < MOST_DESCRIPTORS; number++) {
        if (!files->numbers[number]) continue;
        MUST(fstat(number, &found) == 0); /* it is open */
        MUST(found.st_dev == first.st_dev && found.st_ino == first.st_ino);
    }
    if (files->kind == FOREIGN_LOG) log_must_be_intact(files);
    if (files->kind == FOREIGN_LOG) MUST(lseek(FAR, 0, SEEK_CUR) == 0);
    if (files->kind == FOREIGN_EVENT) MUST(read(FAR, &events, sizeof events) < 0 && errno == EAGAIN);
    if (files->kind == FOREIGN_PIPE_READ) MUST(ioctl(FAR, FIONREAD, &waiting) == 0 && waiting == 0);
    if (files->kind == FOREIGN_PIPE_WRITE) MUST(ioctl(FAR + 1, FIONREAD, &waiting) == 0 && waiting == 0);
}
