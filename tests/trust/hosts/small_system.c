#include "small_system.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

static const char ballast[] = "/dev/shm/ballast";

void in_child_or_skip(void (*body)(void *), void *argument, const char *needs) {
    const int ended = end_of_fork(body, argument);
    if (ended == REFUSED_BY_SYSTEM) {
        printf("skipped: the system refuses %s\n", needs);
        skip();
    }
    CHECK_EQUAL(ended, 0);
}

/* In a chroot "/" is no mount. */
int unshare_mounts(void) {
    return unshare(CLONE_NEWNS) == 0 && (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ||
                                         mount(NULL, "/dev/shm", NULL, MS_PRIVATE, NULL) == 0);
}

int mount_small_shm(unsigned mebibytes) {
    char options[64];
    snprintf(options, sizeof options, "size=%um,mode=1777", mebibytes);
    return unshare_mounts() && mount("latzero-test", "/dev/shm", "tmpfs", 0, options) == 0;
}

void take_of_shm(uint64_t bytes) {
    int file;
    unlink(ballast);
    if (bytes == 0) return;
    file = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(file >= 0 && posix_fallocate(file, 0, (off_t)bytes) == 0);
    close(file);
}

uint64_t available_memory(void) {
    char line[128];
    unsigned long long kib = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "MemAvailable: %llu", &kib) == 1) break;
    if (file != NULL) fclose(file);
    return (uint64_t)kib * 1024;
}

uint64_t free_of_shm(void) {
    struct statvfs found;
    CHECK(statvfs("/dev/shm", &found) == 0);
    return (uint64_t)found.f_bavail * found.f_frsize;
}

int write_text(const char *path, const char *text) {
    const int file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    const int written = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) close(file);
    return written;
}

/* The limit's file is there with the directory, where the hierarchy has memory. */
static int make_below(memory_cgroup *made, const char *root, const char *knob, uint64_t bytes) {
    char file[600], limit[32];
    snprintf(made->path, sizeof made->path, "%s/latzero-test-%d", root, (int)getpid());
    if (mkdir(made->path, 0755) != 0) return 0;
    snprintf(file, sizeof file, "%s/%s", made->path, knob);
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)bytes);
    if (access(file, W_OK) == 0 && write_text(file, limit)) return 1;
    rmdir(made->path);
    return 0;
}

int make_memory_cgroup(memory_cgroup *made, uint64_t bytes) {
    if (make_below(made, "/sys/fs/cgroup/memory", "memory.limit_in_bytes", bytes)) return 1;
    write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
    return make_below(made, "/sys/fs/cgroup", "memory.max", bytes);
}

void enter_memory_cgroup(const memory_cgroup *entered) {
    char file[600], number[32];
    snprintf(file, sizeof file, "%s/cgroup.procs", entered->path);
    snprintf(number, sizeof number, "%d", (int)getpid());
    CHECK(write_text(file, number));
}

void remove_memory_cgroup(const memory_cgroup *removed) {
    int tries;
    for (tries = 0; rmdir(removed->path) != 0 && tries < 100; tries++) pause_ms(20);
}

static const char *key_of(size_t number) {
    static char key[32];
    snprintf(key, sizeof key, "key-%zu", number);
    return key;
}

size_t set_until_refused(latzero_client *client, size_t first, size_t size, latzero_status *ended) {
    size_t i;
    for (i = first; (*ended = set_pattern(client, key_of(i), size, i)) == LATZERO_OK; i++) {
    }
    return i;
}

void check_set(latzero_client *client, size_t count, size_t size) {
    size_t i;
    for (i = 0; i < count; i++) check_pattern(client, key_of(i), size, i);
}

int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
