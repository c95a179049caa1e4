#include "abi/this_process.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "abi/checks.h"

static size_t entries_of(const char *path) {
    DIR *directory = opendir(path);
    size_t count = 0;
    CHECK(directory != NULL);
    while (readdir(directory) != NULL) count++;
    closedir(directory);
    return count - 2; /* "." and ".." */
}

size_t open_descriptors(void) { return entries_of("/proc/self/fd") - 1; }

size_t running_threads(void) { return entries_of("/proc/self/task"); }

int threads_become(size_t count) {
    const int64_t deadline = now_ms() + 5000;
    while (running_threads() != count && now_ms() < deadline) pause_ms(1);
    return running_threads() == count;
}

size_t mappings_with(const char *part) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[1024];
    size_t count = 0;
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, part) != NULL;
    fclose(maps);
    return count;
}

void pause_ms(int ms) {
    struct timespec length = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&length, &length) != 0 && errno == EINTR) continue;
}

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
