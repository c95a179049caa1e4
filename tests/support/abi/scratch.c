#include "abi/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/checks.h"

static char directory[64];
static pid_t owner;

static size_t visit_files(int removes) {
    DIR *opened = opendir(directory);
    const struct dirent *entry;
    char path[sizeof directory + 256];
    size_t count = 0;
    if (opened == NULL) return 0;
    while ((entry = readdir(opened)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        count++;
        snprintf(path, sizeof path, "%s/%.250s", directory, entry->d_name);
        if (removes && unlink(path) != 0) (void)rmdir(path);
    }
    closedir(opened);
    return count;
}

static void remove_directory(void) {
    if (owner != getpid()) return;
    clear_scratch();
    (void)rmdir(directory);
}

const char *scratch_path(const char *name) {
    static char paths[8][sizeof directory + 256];
    static unsigned next;
    char *path = paths[next++ % 8];
    if (owner == 0) {
        snprintf(directory, sizeof directory, "/tmp/latzero-test.XXXXXX");
        CHECK(mkdtemp(directory) != NULL);
        owner = getpid();
        CHECK(atexit(remove_directory) == 0);
    }
    snprintf(path, sizeof *paths, "%s/%s", directory, name);
    return path;
}

size_t scratch_files(void) { return visit_files(0); }

void clear_scratch(void) { (void)visit_files(1); }

void write_whole(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    CHECK(fwrite(bytes, 1, size, file) == size);
    CHECK(fclose(file) == 0);
}
