/* In a memory cgroup a growth is refused before the system kills for it: with NO_SPACE, and the cgroup's path. Page
 * cache, which the system would give up, is no reason to refuse. */
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "hosts/small_system.h"

enum { MIB = 1 << 20, LIMIT = 40 * MIB, VALUE = 64 << 10 };

static memory_cgroup cgroup;

/* Between two looks that the cgroup's own kills are told by. */
static void in_cgroup(void (*body)(void *)) {
    int ended;
    skip_under_sanitizers();
    if (!make_memory_cgroup(&cgroup, LIMIT)) {
        printf("skipped: the system refuses a memory cgroup of the test's own\n");
        skip();
    }
    ended = end_of_fork(body, NULL);
    (void)latzero_pool_cleanup(NULL);
    if (pool_exists(pool_name("kept"))) CHECK_OK(latzero_pool_destroy(pool_name("kept")));
    remove_memory_cgroup(&cgroup);
    if (ended == 1000 + SIGKILL) fail_msg("the system killed a process for a pool's growth");
    CHECK_EQUAL(ended, 0);
}

static latzero_client *join_persistent(void) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = LATZERO_POOL_PERSISTENT;
    CHECK_OK(latzero_pool_create(pool_name("kept"), &options));
    return join(pool_name("kept"), 0);
}

static void fill_and_be_refused(void *argument) {
    latzero_client *client;
    latzero_status ended;
    char *large = malloc(2 * MIB);
    size_t count;
    int64_t start;
    int i;
    (void)argument;
    /* This process's own memory is taken before. */
    fill_pattern(large, 2 * MIB, 1);
    enter_memory_cgroup(&cgroup);
    client = join_persistent();
    count = set_until_refused(client, 0, VALUE, &ended);
    CHECK_STATUS(ended, LATZERO_NO_SPACE);
    CHECK_SENTENCE(cgroup.path);
    CHECK_SENTENCE(pool_name("kept"));
    printf("%s\n", latzero_last_error());
    printf("a cgroup of 40 MiB: a pool of %.1f MiB\n", (double)stats_of(client).capacity_bytes / MIB);
    CHECK(stats_of(client).capacity_bytes >= 28 * MIB);
    start = now_us();
    for (i = 0; i < 100; i++)
        CHECK_STATUS(latzero_set_bytes(client, "more", 4, large, 2 * MIB, NULL), LATZERO_NO_SPACE);
    printf("refused within %.3f ms\n", (double)(now_us() - start) / 100000);
    CHECK(now_us() - start < 100 * 1000);
    check_set(client, count, VALUE);
    /* A new pool has no room either. */
    for (i = 0; i < 40; i++)
        if (latzero_pool_create(pool_name("another"), NULL) == LATZERO_OK)
            CHECK_OK(latzero_pool_destroy(pool_name("another")));
    free(large);
    leave(client);
}

static void a_full_cgroup_refuses(void **state) {
    (void)state;
    in_cgroup(fill_and_be_refused);
}

/* The next writer of a persistent pool, whose pages nobody gives back, is refused too. */
static void write_to_what_is_there(void *argument) {
    latzero_client *client;
    latzero_status ended;
    (void)argument;
    enter_memory_cgroup(&cgroup);
    client = join_persistent();
    (void)set_until_refused(client, 0, VALUE, &ended);
    CHECK_STATUS(ended, LATZERO_NO_SPACE);
    leave(client);
    client = join(pool_name("kept"), 0);
    (void)set_until_refused(client, 10000, VALUE, &ended);
    CHECK_STATUS(ended, LATZERO_NO_SPACE);
    leave(client);
}

static void a_persistent_pool_kills_no_writer(void **state) {
    (void)state;
    in_cgroup(write_to_what_is_there);
}

static void make_page_cache(const char *path, size_t bytes) {
    const int file = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
    char *block = calloc(1, MIB);
    size_t done;
    CHECK(file >= 0);
    for (done = 0; done < bytes; done += MIB) CHECK_EQUAL(write(file, block, MIB), MIB);
    CHECK(fsync(file) == 0);
    for (done = 0; done < bytes; done += MIB) CHECK_EQUAL(pread(file, block, MIB, (off_t)done), MIB);
    free(block);
    close(file);
}

static uint64_t usage_of_cgroup(void) {
    static const char *const names[] = {"memory.usage_in_bytes", "memory.current"};
    unsigned long long bytes = 0;
    char path[600];
    int i;
    for (i = 0; i < 2; i++) {
        FILE *file;
        snprintf(path, sizeof path, "%s/%s", cgroup.path, names[i]);
        file = fopen(path, "re");
        if (file != NULL && fscanf(file, "%llu", &bytes) != 1) bytes = 0;
        if (file != NULL) fclose(file);
    }
    return bytes;
}

static void grow_over_page_cache(void *argument) {
    char path[] = "/var/tmp/latzero-cache-XXXXXX";
    latzero_client *client;
    latzero_status ended;
    const int file = mkstemp(path);
    (void)argument;
    CHECK(file >= 0);
    close(file);
    enter_memory_cgroup(&cgroup);
    make_page_cache(path, 36 * MIB);
    printf("%.1f MiB in use before the pool, of them 36 MiB a file\n", (double)usage_of_cgroup() / MIB);
    client = join_persistent();
    (void)set_until_refused(client, 0, VALUE, &ended);
    unlink(path);
    CHECK_STATUS(ended, LATZERO_NO_SPACE);
    printf("a cgroup of 40 MiB full of page cache: a pool of %.1f MiB\n",
           (double)stats_of(client).capacity_bytes / MIB);
    CHECK(stats_of(client).capacity_bytes >= 28 * MIB);
    leave(client);
}

static void page_cache_is_room(void **state) {
    (void)state;
    in_cgroup(grow_over_page_cache);
}

/* ---- both hierarchies, by files of the test's own ---------------------------------------------------------------- */

typedef struct told {
    const char *title;
    const char *own;        /* /proc/self/cgroup */
    const char *files[6];   /* below /sys/fs/cgroup, */
    const char *content[6]; /* and what is in them */
    const char *refused_by; /* NULL: nobody refuses */
} told;

static const told cases[] = {
    {"no limit", "0::/a/b\n", {"a/memory.max", "a/b/memory.max"}, {"max\n", "max\n"}, NULL},
    {"unified, its own",
     "0::/a/b\n",
     {"a/b/memory.max", "a/b/memory.current", "a/b/memory.stat"},
     {"41943040\n", "40000000\n", "anon 1\nfile 9\n"},
     "/sys/fs/cgroup/a/b is full (its limit is 41943040 bytes): raise its memory.max"},
    {"unified, the one above",
     "0::/a/b\n",
     {"a/memory.max", "a/memory.current", "a/b/memory.max", "a/b/memory.current"},
     {"41943040\n", "41943040\n", "max\n", "0\n"},
     "/sys/fs/cgroup/a is full"},
    {"unified, full of page cache",
     "0::/a\n",
     {"a/memory.max", "a/memory.current", "a/memory.stat"},
     {"41943040\n", "41943040\n", "active_file 10000000\ninactive_file 20000000\nslab_reclaimable 1000000\n"},
     NULL},
    {"unified, no usage to be read", "0::/a\n", {"a/memory.max"}, {"41943040\n"}, NULL},
    {"a container's root",
     "0::/\n",
     {"memory.max", "memory.current"},
     {"41943040\n", "41943040\n"},
     "/sys/fs/cgroup is"},
    {"a path of the outside",
     "0::/../other\n",
     {"memory.max", "memory.current"},
     {"41943040\n", "41943040\n"},
     "/sys/fs/cgroup is"},
    {"the older hierarchy",
     "9:cpu,cpuacct:/x\n4:hugetlb,memory:/a\n0::/\n",
     {"memory/a/memory.limit_in_bytes", "memory/a/memory.usage_in_bytes", "memory/a/memory.stat"},
     {"41943040\n", "41900000\n", "inactive_file 40000000\ntotal_inactive_file 5\n"},
     "/sys/fs/cgroup/memory/a is full (its limit is 41943040 bytes): raise its memory.limit_in_bytes"},
    {"the older hierarchy, no limit",
     "4:memory:/a\n",
     {"memory/a/memory.limit_in_bytes", "memory/a/memory.usage_in_bytes"},
     {"9223372036854771712\n", "41900000\n"},
     NULL},
    {"nothing that makes sense", "::\n0\n0::a\n4:memory:\n", {"memory.max"}, {"-\n"}, NULL},
};

static void make_tree(const told *one) {
    char path[256], *slash;
    size_t i;
    CHECK(mount("latzero-test", "/sys/fs/cgroup", "tmpfs", 0, "size=1m") == 0);
    for (i = 0; i < sizeof one->files / sizeof *one->files && one->files[i] != NULL; i++) {
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s", one->files[i]);
        for (slash = path + strlen("/sys/fs/cgroup/"); (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
            *slash = 0;
            mkdir(path, 0755);
        }
        CHECK(write_text(path, one->content[i]));
    }
    CHECK(write_text("/sys/fs/cgroup/own", one->own));
    if (mount("/sys/fs/cgroup/own", "/proc/self/cgroup", NULL, MS_BIND, NULL) != 0) _exit(REFUSED_BY_SYSTEM);
}

static void be_told(void *argument) {
    const told *one = argument;
    latzero_client *client;
    latzero_status status;
    char *value = calloc(1, 4 * MIB);
    if (!unshare_mounts()) _exit(REFUSED_BY_SYSTEM);
    make_tree(one);
    client = join(pool_name("told"), 0);
    status = latzero_set_bytes(client, "large", LATZERO_CSTR, value, 4 * MIB, NULL);
    CHECK_STATUS(status, one->refused_by == NULL ? LATZERO_OK : LATZERO_NO_SPACE);
    if (one->refused_by != NULL) CHECK_SENTENCE(one->refused_by);
    status = latzero_pool_create(pool_name("second"), NULL);
    CHECK_STATUS(status, one->refused_by == NULL ? LATZERO_OK : LATZERO_NO_SPACE);
    if (one->refused_by != NULL) CHECK_SENTENCE(one->refused_by);
    if (status == LATZERO_OK) CHECK_OK(latzero_pool_destroy(pool_name("second")));
    free(value);
    leave(client);
}

static void both_hierarchies_are_understood(void **state) {
    latzero_client *client;
    size_t i;
    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        printf("%s\n", cases[i].title);
        fflush(stdout);
        client = create_and_join(pool_name("told"), 0);
        in_child_or_skip(be_told, (void *)&cases[i], "mounts of the test's own");
        leave(client);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_full_cgroup_refuses),
        TEST(a_persistent_pool_kills_no_writer),
        TEST(page_cache_is_room),
        TEST(both_hierarchies_are_understood),
    };
    return RUN_TESTS(tests);
}
