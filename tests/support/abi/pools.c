#include "abi/pools.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/checks.h"

const char *pool_name(const char *suffix) {
    static char names[8][LATZERO_NAME_MAX + 1];
    static unsigned next;
    char *name = names[next++ % 8];
    snprintf(name, sizeof names[0], "t%d-%s", (int)process_of_test(), suffix);
    return name;
}

void object_path(char *path, size_t size, uid_t user, const char *name) {
    snprintf(path, size, "/dev/shm/%s.%u.%s", layout_in_use()->prefix, (unsigned)user, name);
}

const char *pool_path(const char *name) {
    static char paths[8][LATZERO_NAME_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 8];
    object_path(path, sizeof paths[0], geteuid(), name);
    return path;
}

void create_pool(const char *name, uint64_t max_bytes) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.max_bytes = max_bytes;
    seal_new_pool(&options);
    CHECK_OK(latzero_pool_create(name, &options));
}

latzero_client *join(const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    give_test_key(&options);
    CHECK_OK(latzero_connect(name, &options, &client));
    return client;
}

latzero_client *create_and_join(const char *name, uint64_t max_bytes) {
    create_pool(name, max_bytes);
    return join(name, 0);
}

void leave(latzero_client *client) { CHECK_OK(latzero_disconnect(client)); }

int pool_exists(const char *name) {
    int32_t exists = -1;
    CHECK_OK(latzero_pool_exists(name, &exists));
    return exists;
}

int is_listed(const char *name, latzero_pool_info *info) {
    latzero_pool_info *pools = NULL;
    size_t count = 0, i;
    int found = 0;
    CHECK_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 0; i < count; i++) {
        if (strcmp(pools[i].name, name) != 0) continue;
        if (info != NULL) *info = pools[i];
        found = 1;
    }
    latzero_free(pools);
    return found;
}

int file_exists(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0;
}

unsigned char *read_file(const char *path, size_t *size) {
    struct stat found;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes;
    size_t got = 0;
    ssize_t part = 1;
    CHECK(file >= 0 && fstat(file, &found) == 0);
    *size = (size_t)found.st_size;
    bytes = malloc(*size + 1);
    CHECK(bytes != NULL);
    while (got < *size && part > 0) {
        part = read(file, bytes + got, *size - got);
        got += part > 0 ? (size_t)part : 0;
    }
    CHECK_EQUAL(got, *size);
    close(file);
    return bytes;
}

void write_file_at(const char *path, long offset, const void *bytes, size_t size) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(file >= 0);
    CHECK_EQUAL(pwrite(file, bytes, size, offset), size);
    close(file);
}

latzero_pool_info pool_info_of(const char *name) {
    latzero_pool_info found;
    CHECK(is_listed(name, &found));
    return found;
}

latzero_pool_stats stats_of(latzero_client *client) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    CHECK_OK(latzero_stats(client, &stats));
    return stats;
}
