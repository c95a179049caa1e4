/* Files under a pool's name that are cut short, or have holes where memory ought to be: who only looks at pools gets no
 * signal and takes no memory, also when /dev/shm is full; such a pool is told to be none, and can be destroyed or
 * mended. A pool whose object is longer than it has to be is sound. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "hosts/host.h"

enum { CAPACITY_AT = 8, STRIPE_SWEEP_DUE_AT = 104, SPARSE_BYTES = 64 << 20, TABLE_BITS = 20 };

/* A persistent pool whose header claims 64 MiB, of which its file has the first one. Some stripes say that there are
 * expired keys to be counted in tables that lie in the hole. */
static void make_sparse_pool(const char *name) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    const uint64_t capacity = SPARSE_BYTES, due = 1;
    long i;
    options.flags = LATZERO_POOL_PERSISTENT;
    MUST_OK(latzero_pool_create(name, &options));
    MUST(truncate(pool_path(name), SPARSE_BYTES) == 0);
    write_file_at(pool_path(name), CAPACITY_AT, &capacity, sizeof capacity);
    for (i = 0; i < 4; i++) {
        const uint64_t table = (uint64_t)((1 << 20) + (i << (TABLE_BITS + 3))) / 16 | (uint64_t)TABLE_BITS << 32;
        write_file_at(pool_path(name), STRIPES_AT + i * STRIPE_BYTES, &table, sizeof table);
        write_file_at(pool_path(name), STRIPES_AT + i * STRIPE_BYTES + STRIPE_SWEEP_DUE_AT, &due, sizeof due);
    }
}

static long long kept_bytes(const char *name) {
    struct stat found;
    MUST(stat(pool_path(name), &found) == 0);
    return (long long)found.st_blocks * 512;
}

static long long length_of(const char *name) {
    struct stat found;
    MUST(stat(pool_path(name), &found) == 0);
    return (long long)found.st_size;
}

static void look_at_all_pools(void) {
    latzero_global_info all = LATZERO_GLOBAL_INFO_INIT;
    latzero_pool_info *pools = NULL;
    size_t count;
    begin_step("list");
    MUST_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    latzero_free(pools);
    begin_step("global stats");
    MUST_OK(latzero_global_stats(&all));
    begin_step("cleanup");
    MUST_OK(latzero_pool_cleanup(NULL));
}

static void look_at(const char *name) {
    int32_t exists = 0;
    look_at_all_pools();
    begin_step("exists");
    (void)latzero_pool_exists(name, &exists);
}

static uint32_t state_of(const char *name) {
    latzero_pool_info *pools = NULL;
    size_t count, i;
    uint32_t state = UINT32_MAX;
    MUST_OK(latzero_pool_list(sizeof *pools, &pools, &count));
    for (i = 0; i < count; i++)
        if (strcmp(pools[i].name, name) == 0) state = pools[i].state;
    latzero_free(pools);
    return state;
}

static void meet_a_sparse_pool(void *unused) {
    const char *name = pool_name("sparse");
    latzero_client *client = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    long long before;
    (void)unused;
    make_sparse_pool(name);
    before = kept_bytes(name);
    look_at(name);
    begin_step("memory that looking takes");
    MUST(kept_bytes(name) == before);
    begin_step("connect");
    for (options.flags = 0; options.flags <= LATZERO_CONNECT_CREATE; options.flags++) {
        MUST(latzero_connect(name, &options, &client) == LATZERO_CORRUPT);
        MUST(strstr(latzero_last_error(), "holes") != NULL && strstr(latzero_last_error(), name) != NULL);
    }
    MUST(kept_bytes(name) == before);
    begin_step("list names it");
    MUST(state_of(name) == LATZERO_STATE_NOT_SOUND);
    begin_step("destroy");
    MUST_OK(latzero_pool_destroy(name));
    MUST(!file_exists(pool_path(name)));
}

static void a_sparse_pool_is_refused_and_takes_no_memory(void **state) {
    (void)state;
    in_host(meet_a_sparse_pool, NULL, "a sparse pool");
}

static void mend_a_sparse_pool(void *unused) {
    const char *name = pool_name("mended");
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    (void)unused;
    make_sparse_pool(name);
    begin_step("check");
    MUST(latzero_pool_check(name, NULL, &report) == LATZERO_CORRUPT);
    begin_step("repair");
    options.flags = LATZERO_CHECK_REPAIR;
    MUST_OK(latzero_pool_check(name, &options, &report));
    MUST(report.sound == 1 && report.findings > 0);
    MUST(kept_bytes(name) >= length_of(name));
    begin_step("connect");
    leave(join(name, 0));
    MUST(state_of(name) == LATZERO_STATE_ASKED);
    MUST_OK(latzero_pool_destroy(name));
}

static void a_repair_fills_holes(void **state) {
    (void)state;
    in_host(mend_a_sparse_pool, NULL, "a sparse pool to mend");
}

/* ---- a /dev/shm of 8 MiB, full ----------------------------------------------------------------------------------- */

static void fill_up(const char *path) {
    static char bytes[1 << 16];
    const int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    MUST(file >= 0);
    while (write(file, bytes, sizeof bytes) > 0) continue;
    while (write(file, bytes, 1) > 0) continue;
    close(file);
}

static void look_where_all_is_full(void *unused) {
    const char *name = pool_name("full");
    (void)unused;
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("latzero-test", "/dev/shm", "tmpfs", 0, "size=8m,mode=1777") != 0) {
        fprintf(stderr, "no /dev/shm of its own: not tested\n");
        return;
    }
    make_sparse_pool(name);
    fill_up("/dev/shm/filler");
    look_at(name);
    begin_step("destroy");
    MUST_OK(latzero_pool_destroy(name));
}

static void looking_where_all_is_full_raises_no_signal(void **state) {
    (void)state;
    in_host(look_where_all_is_full, NULL, "a full /dev/shm");
}

/* ---- cut meanwhile ----------------------------------------------------------------------------------------------- */

typedef struct cutting {
    const char *name;
    bell end;
} cutting;

/* Cuts the file at many places, and puts its bytes back. */
static void cut_and_restore(void *argument) {
    static const long cuts[] = {0, 100, 1020, 1028, 4096, 5000, 40000, 600000, 1 << 20};
    const cutting *self = argument;
    size_t size, i = 0;
    unsigned char *bytes = read_file(pool_path(self->name), &size);
    const int file = open(pool_path(self->name), O_RDWR | O_CLOEXEC);
    MUST(file >= 0);
    for (;;) {
        MUST(ftruncate(file, cuts[i++ % 9]) == 0);
        MUST(pwrite(file, bytes, size, 0) == (ssize_t)size);
    }
}

static void look_while_it_is_cut(void *unused) {
    cutting other = {pool_name("cut"), {{0, 0}}};
    latzero_client *client = create_and_join(other.name, LATZERO_MAX_BYTES_LEAST);
    const int64_t end = now_ms() + (int64_t)scaled(1500);
    child_process child;
    (void)unused;
    store_keys(client);
    leave(join(other.name, LATZERO_CONNECT_READ_ONLY));
    {
        /* A copy that nobody has mapped: a client would be ended by the cuts. */
        const char *copy = pool_name("cut-2");
        size_t size;
        unsigned char *bytes = read_file(pool_path(other.name), &size);
        const uint32_t length = (uint32_t)strlen(copy);
        const int file = open(pool_path(copy), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        const uint32_t persistent = 1;
        memcpy(bytes + FLAGS_AT, &persistent, sizeof persistent);
        if (layout_in_use()->name_at != 0) {
            memcpy(bytes + layout_in_use()->name_at, &length, sizeof length);
            memset(bytes + layout_in_use()->name_at + 4, 0, LATZERO_NAME_MAX);
            memcpy(bytes + layout_in_use()->name_at + 4, copy, length);
        }
        MUST(file >= 0 && write(file, bytes, size) == (ssize_t)size);
        close(file);
        free(bytes);
        other.name = copy;
    }
    child = start_fork(cut_and_restore, &other);
    while (now_ms() < end) look_at(other.name);
    kill_child(&child);
    CHECK_EQUAL(end_of(&child), CHILD_KILLED);
    (void)remove(pool_path(other.name));
    leave(client);
}

static void looking_while_a_file_is_cut_raises_no_signal(void **state) {
    (void)state;
    in_host(look_while_it_is_cut, NULL, "a file that is cut");
}

/* ---- longer than it has to be ------------------------------------------------------------------------------------ */

/* As a growth leaves it that was killed halfway; or anybody who makes the file longer. */
static void a_longer_object_is_sound(void **state) {
    const char *name = pool_name("longer");
    latzero_client *client = create_and_join(name, 0), *other;
    latzero_pool_info info;
    struct stat found;
    (void)state;
    CHECK(stat(pool_path(name), &found) == 0);
    CHECK(truncate(pool_path(name), found.st_size + (5 << 20)) == 0);
    other = join(name, 0);
    CHECK_OK(set_pattern(other, "large", 3000000, 1)); /* and grows into its tail */
    check_pattern(client, "large", 3000000, 1);
    CHECK(is_listed(name, &info));
    CHECK_EQUAL(info.state, LATZERO_STATE_ASKED);
    CHECK(info.capacity_bytes > (1 << 20));
    leave(join(name, 0));
    leave(other);
    leave(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_sparse_pool_is_refused_and_takes_no_memory),
        TEST(a_repair_fills_holes),
        TEST(looking_where_all_is_full_raises_no_signal),
        TEST(looking_while_a_file_is_cut_raises_no_signal),
        TEST(a_longer_object_is_sound),
    };
    return RUN_TESTS(tests);
}
