/* No pool goes into a host's core: neither its values, nor as many bytes as its cap. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "abi/test.h"

static const char secret[] = "what the host never meant to write to a disk";

/* Each mapping of an object of this process's pools is left out of dumps; gives how many there are. */
static size_t count_mappings_out_of_dumps(void) {
    char line[512], name[512] = "";
    size_t found = 0;
    FILE *file = fopen("/proc/self/smaps", "re");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        const char *end = strchr(line, ' ');
        if (end != NULL && end > line && end[-1] != ':') strcpy(name, line);
        if (strncmp(line, "VmFlags:", 8) != 0 || strstr(name, "/dev/shm/") == NULL) continue;
        if (strstr(line, " dd") == NULL) fail_msg("a pool would be in a core: %s%s", name, line);
        found++;
    }
    fclose(file);
    return found;
}

static void every_mapping_is_left_out(void **state) {
    const char *name = pool_name("mapped");
    latzero_client *client, *reader;
    (void)state;
    create_pool(name, 0);
    CHECK_EQUAL(count_mappings_out_of_dumps(), 1);
    client = join(name, 0);
    reader = join(name, LATZERO_CONNECT_READ_ONLY);
    CHECK_OK(set_pattern(client, "key", 5 << 20, 1));
    CHECK(count_mappings_out_of_dumps() >= 2);
    CHECK_OK(latzero_pool_destroy(name));
    CHECK(count_mappings_out_of_dumps() >= 2);
    leave(reader);
    leave(client);
}

static void dump_core(void *directory) {
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    latzero_client *client = create_and_join(pool_name("dumped"), 256 << 20);
    CHECK(chdir(directory) == 0);
    setrlimit(RLIMIT_CORE, &unlimited);
    CHECK_OK(set_pattern(client, "large", 48 << 20, 1));
    CHECK_OK(latzero_set_string(client, "key", LATZERO_CSTR, secret, LATZERO_CSTR, NULL));
    CHECK_OK(latzero_pool_destroy(pool_name("dumped")));
    signal(SIGABRT, SIG_DFL);
    abort();
}

/* The core's path, if the system writes one into the working directory. */
static int find_core(const char *directory, char *path, size_t size) {
    char command[300];
    FILE *found;
    snprintf(command, sizeof command, "ls -d %s/core* 2>/dev/null", directory);
    found = popen(command, "r");
    CHECK(found != NULL);
    path[0] = 0;
    if (fgets(path, (int)size, found) != NULL) path[strcspn(path, "\n")] = 0;
    pclose(found);
    return path[0] != 0;
}

static void a_core_has_no_values(void **state) {
    char directory[] = "/var/tmp/latzero-core-XXXXXX", path[300], *bytes;
    size_t size, i, copies = 0;
    struct stat found;
    (void)state;
    skip_under_sanitizers();
    CHECK(mkdtemp(directory) != NULL);
    CHECK_EQUAL(end_of_fork(dump_core, directory), 1000 + SIGABRT);
    if (!find_core(directory, path, sizeof path)) {
        rmdir(directory);
        printf("skipped: this system's cores go elsewhere (core_pattern), or are none\n");
        skip();
    }
    CHECK(stat(path, &found) == 0);
    bytes = (char *)read_file(path, &size);
    /* The program's own constant and its copies are there; the pool's is one more, between the words of a record. */
    for (i = 0; i + sizeof secret < size; i++)
        if (bytes[i] == 'k' && memcmp(bytes + i, "key\0\0\0\0\0", 8) == 0 && memcmp(bytes + i + 8, secret, 20) == 0)
            copies++;
    printf("a core of %.1f MiB, %zu records in it\n", (double)size / (1 << 20), copies);
    free(bytes);
    unlink(path);
    rmdir(directory);
    if (size > 32 << 20 || copies != 0) fail_msg("the pool is in the core");
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(every_mapping_is_left_out), TEST(a_core_has_no_values)};
    return RUN_TESTS(tests);
}
