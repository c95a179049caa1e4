#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { large = 1500000 /* grows a new pool */, medium = 40000 /* an extent */ };

static const char first_key[] = "auth key 1, made of 32 raw bytes", second_key[] = "auth key 2, made of 32 raw bytes";

/* ---- the calls with a client ------------------------------------------------------------------------------------- */

static const char key[] = "the key";

static void prepare_call(world *world) { ready_for(world->call, world->client, key); }

static latzero_status run_call(world *world) { return world->call->run(world->client, key, sizeof key - 1); }

/* Of its two keys, which are one, the first may be done. */
static int is_batch(const char *name) {
    return strcmp(name, "mset") == 0 || strcmp(name, "delete_many") == 0 || strcmp(name, "clear") == 0;
}

fault_case case_of(const client_call *call) {
    const fault_case made = {call->name, is_batch(call->name) ? IN_PARTS : 0, prepare_call, run_call};
    return made;
}

/* ---- large values ------------------------------------------------------------------------------------------------ */

static void *bytes_of(size_t size, int compressible) {
    static char bytes[large];
    CHECK(size <= sizeof bytes);
    if (compressible)
        memset(bytes, 'c', size);
    else
        fill_pattern(bytes, size, 7);
    return bytes;
}

static void store(const world *world, size_t size, int compressible) {
    CHECK_OK(latzero_set_bytes(world->client, key, sizeof key - 1, bytes_of(size, compressible), size, NULL));
}

static void prepare_medium(world *world) { store(world, medium, 0); }
static void prepare_compressed(world *world) { store(world, large, 1); }

static latzero_status set_of_size(const world *world, size_t size, int compressible) {
    return latzero_set_bytes(world->client, key, sizeof key - 1, bytes_of(size, compressible), size, NULL);
}

static latzero_status run_set_medium(world *world) { return set_of_size(world, medium, 0); }
static latzero_status run_set_large(world *world) { return set_of_size(world, large, 0); }
static const char *key_ahead(int number) {
    static char name[32];
    snprintf(name, sizeof name, "ahead %d", number);
    return name;
}

/* The first half of a step to 8 MiB was made ahead, and the other is due. How many values that took depends on where
 * their keys' hashes lie, so they do not stay. */
static void prepare_step_ahead(world *world) {
    struct stat object;
    int count = 0;
    do {
        CHECK_OK(set_pattern(world->client, key_ahead(count++), medium, 1));
        CHECK(stat(pool_path(world->name), &object) == 0);
    } while (object.st_size <= 4 << 20);
    while (count-- > 0) CHECK_OK(latzero_delete(world->client, key_ahead(count), LATZERO_CSTR));
}

static latzero_status run_set_compressed(world *world) { return set_of_size(world, large, 1); }

static latzero_status run_get_bytes(world *world) {
    void *bytes = NULL;
    size_t size = 0;
    const latzero_status status = latzero_get_bytes(world->client, key, sizeof key - 1, &bytes, &size);
    CHECK((status == LATZERO_OK) == (bytes != NULL));
    latzero_free(bytes);
    return status;
}

static latzero_status run_borrow(world *world) {
    latzero_borrowed *borrowed = NULL;
    const void *bytes = NULL;
    const latzero_status status = latzero_borrow(world->client, key, sizeof key - 1, &bytes, NULL, &borrowed);
    if (status == LATZERO_OK) CHECK_OK(latzero_return(borrowed));
    return status;
}

/* A replaced value that is still borrowed. */
static latzero_status run_set_borrowed(world *world) {
    latzero_borrowed *borrowed = NULL;
    const void *bytes = NULL;
    latzero_status status = latzero_borrow(world->client, key, sizeof key - 1, &bytes, NULL, &borrowed);
    if (status != LATZERO_OK) return status;
    status = run_set_medium(world);
    CHECK_OK(latzero_return(borrowed));
    return status;
}

static latzero_status run_reserve_and_commit(world *world) {
    latzero_reserved *reserved = NULL;
    void *memory = NULL;
    latzero_status status =
        latzero_reserve(world->client, key, sizeof key - 1, LATZERO_TYPE_BYTES, medium, NULL, &memory, &reserved);
    if (status != LATZERO_OK) return status;
    memcpy(memory, bytes_of(medium, 0), medium);
    status = latzero_commit(reserved);
    if (status != LATZERO_OK) CHECK_OK(latzero_abandon(reserved));
    return status;
}

static latzero_status run_take_medium(world *world) {
    static char buffer[medium];
    return latzero_take(world->client, key, sizeof key - 1, buffer, sizeof buffer, NULL);
}

/* ---- many keys --------------------------------------------------------------------------------------------------- */

enum { many = 200 /* more than a stripe's first table holds, if they are all in one */ };

static latzero_status for_many(latzero_status (*call)(latzero_client *, const char *), latzero_client *client) {
    char name[16];
    int i;
    for (i = 0; i < many; i++) {
        latzero_status status;
        snprintf(name, sizeof name, "many %d", i);
        status = call(client, name);
        if (status != LATZERO_OK) return status;
    }
    return LATZERO_OK;
}

static latzero_status set_one(latzero_client *client, const char *name) {
    return latzero_set_i64(client, name, LATZERO_CSTR, 1, NULL);
}
static latzero_status set_one_fast(latzero_client *client, const char *name) {
    return latzero_set_fast(client, name, LATZERO_CSTR, LATZERO_TYPE_BYTES, "fast", 4, NULL);
}

static void prepare_many(world *world) { CHECK_OK(for_many(set_one, world->client)); }
static latzero_status run_set_many(world *world) { return for_many(set_one, world->client); }

static void prepare_pending(world *world) { CHECK_OK(for_many(set_one_fast, world->client)); }
static latzero_status run_flush(world *world) { return latzero_flush(world->client); }

static latzero_status run_walk(world *world) {
    latzero_iter *iter = NULL;
    const char *name = NULL;
    const void *value = NULL;
    size_t met = 0;
    latzero_status status = latzero_iter_open(world->client, NULL, 0, &iter);
    if (status != LATZERO_OK) return status;
    do status = latzero_iter_next(iter, &name, NULL, &value, NULL);
    while (status == LATZERO_OK && ++met < 1000);
    latzero_iter_close(iter);
    CHECK(status != LATZERO_NOT_FOUND || met >= many);
    return status == LATZERO_NOT_FOUND ? LATZERO_OK : status;
}

/* ---- lives ------------------------------------------------------------------------------------------------------- */

static latzero_status create_other(const world *world, uint32_t flags, const char *auth_key) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = flags;
    if (auth_key != NULL) {
        options.flags |= LATZERO_POOL_ENCRYPTED | LATZERO_POOL_RAW_KEY;
        options.auth_key = auth_key;
        options.auth_key_len = 32;
    }
    return latzero_pool_create(world->other, &options);
}

static latzero_status connect_second(world *world, const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_status status;
    options.flags = flags;
    if (strcmp(name, world->name) == 0) give_test_key(&options);
    status = latzero_connect(name, &options, &world->second);
    CHECK((status == LATZERO_OK) == (world->second != NULL));
    return status;
}

static latzero_status run_create(world *world) { return create_other(world, 0, NULL); }
static latzero_status run_create_persistent(world *world) { return create_other(world, LATZERO_POOL_PERSISTENT, NULL); }
static latzero_status run_create_encrypted(world *world) {
    return create_other(world, LATZERO_POOL_PERSISTENT, first_key);
}
static latzero_status run_connect(world *world) { return connect_second(world, world->name, 0); }
static latzero_status run_connect_read_only(world *world) {
    return connect_second(world, world->name, LATZERO_CONNECT_READ_ONLY);
}
static latzero_status run_connect_and_create(world *world) {
    return connect_second(world, world->other, LATZERO_CONNECT_CREATE);
}

static void prepare_second(world *world) { CHECK_OK(run_connect(world)); }
static void prepare_last(world *world) { CHECK_OK(run_connect_and_create(world)); }
static latzero_status run_disconnect(world *world) {
    latzero_client *closing = world->second;
    world->second = NULL;
    return latzero_disconnect(closing);
}

static void prepare_other(world *world) { CHECK_OK(run_create_persistent(world)); }
static latzero_status run_destroy(world *world) { return latzero_pool_destroy(world->other); }

static latzero_status run_exists(world *world) {
    int32_t exists = -1;
    const latzero_status status = latzero_pool_exists(world->name, &exists);
    CHECK_EQUAL(exists, status == LATZERO_OK ? 1 : -1);
    return status;
}

static latzero_status run_list(world *world) {
    latzero_pool_info *pools = NULL;
    size_t count = 0, i, found = 0;
    const latzero_status status = latzero_pool_list(sizeof *pools, &pools, &count);
    for (i = 0; i < count; i++)
        found += strcmp(pools[i].name, world->name) == 0 || strcmp(pools[i].name, world->other) == 0;
    CHECK_EQUAL(found, status == LATZERO_OK ? 2 : 0);
    latzero_free(pools);
    return status;
}

static latzero_status run_global_stats(world *world) {
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    const latzero_status status = latzero_global_stats(&info);
    (void)world;
    CHECK(status != LATZERO_OK || info.pool_count > 0);
    return status;
}

static void leave_an_orphan(void *argument) {
    CHECK_OK(connect_second(argument, ((world *)argument)->other, LATZERO_CONNECT_CREATE));
    kill(getpid(), SIGKILL);
}
static void prepare_orphan(world *world) { CHECK_EQUAL(end_of_fork(leave_an_orphan, world), 1000 + SIGKILL); }
static latzero_status run_cleanup(world *world) {
    const latzero_status status = latzero_pool_cleanup(NULL);
    const int after = errno;
    CHECK(status != LATZERO_OK || !file_exists(pool_path(world->other)));
    errno = after;
    return status;
}

static void prepare_encrypted(world *world) { CHECK_OK(run_create_encrypted(world)); }
static latzero_status run_rekey(world *world) {
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.flags = LATZERO_REKEY_OLD_IS_RAW | LATZERO_REKEY_NEW_IS_RAW;
    return latzero_pool_rekey(world->other, first_key, 32, second_key, 32, &options);
}

static latzero_status check_pool(const world *world, uint32_t flags) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    latzero_status status;
    options.flags = flags;
    if (tests_are_sealed()) {
        options.flags |= LATZERO_CHECK_RAW_KEY;
        options.auth_key = TEST_RAW_KEY;
        options.auth_key_len = sizeof TEST_RAW_KEY - 1;
    }
    status = latzero_pool_check(world->name, &options, &report);
    CHECK_EQUAL(report.sound, status == LATZERO_OK);
    CHECK_EQUAL(report.findings, 0);
    return status;
}
latzero_status run_check(world *world) { return check_pool(world, 0); }
static latzero_status run_repair(world *world) { return check_pool(world, LATZERO_CHECK_REPAIR); }

static latzero_status run_auto_cleanup(world *world) {
    const latzero_status status = latzero_auto_cleanup(1000000);
    (void)world;
    if (status == LATZERO_OK) CHECK_OK(latzero_auto_cleanup(0));
    return status;
}

/* Once the operation is done, this thread tells so by the descriptor, and takes it back. */
static latzero_status use_queue(world *world, latzero_async *queue) {
    latzero_op op = LATZERO_OP_INIT, *one = &op;
    struct pollfd polled = {0, POLLIN, 0};
    size_t count = 0;
    intptr_t fd = -1;
    latzero_status status = latzero_async_fd(queue, &fd);
    if (status != LATZERO_OK) return status;
    polled.fd = (int)fd;
    op.verb = LATZERO_OP_FLUSH;
    op.client = world->client;
    CHECK_OK(latzero_async_submit(queue, &one, 1, &count));
    CHECK_EQUAL(poll(&polled, 1, 60000), 1);
    CHECK_OK(latzero_async_fd(queue, &fd));
    CHECK_OK(latzero_async_reap(queue, &one, 1, 0, &count));
    CHECK(one == &op && count == 1);
    return op.status;
}

static latzero_status run_queue(world *world) {
    latzero_async *queue = NULL;
    latzero_status status = latzero_async_open(NULL, &queue);
    if (status != LATZERO_OK) return status;
    status = use_queue(world, queue);
    CHECK_OK(latzero_async_close(queue));
    return status;
}

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

static const char *snapshot_directory(void) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/latzero-test.%ld.d", (long)getpid());
    return path;
}

/* What it has made is removed by system calls that do not fail here. */
static latzero_status run_save_and_list(world *world) {
    latzero_snapshot_options options = LATZERO_SNAPSHOT_OPTIONS_INIT;
    latzero_snapshot_report report = LATZERO_SNAPSHOT_REPORT_INIT;
    latzero_snapshot_info *infos = NULL;
    latzero_status status;
    size_t count = 0;
    int kept;
    options.flags = LATZERO_SNAPSHOT_PLAIN;
    status = latzero_snapshot_save(world->client, NULL, &options, &report);
    if (status == LATZERO_OK) status = latzero_snapshot_list(NULL, NULL, sizeof *infos, &infos, &count);
    latzero_free(infos);
    if (status == LATZERO_OK) status = latzero_snapshot_prune(NULL, NULL, 0, NULL);
    kept = errno;
    (void)syscall(SYS_unlinkat, AT_FDCWD, report.path, 0);
    (void)syscall(SYS_unlinkat, AT_FDCWD, snapshot_directory(), AT_REMOVEDIR);
    errno = kept;
    return status;
}

static void prepare_place(world *world) {
    (void)world;
    CHECK(setenv("LATZERO_SNAPSHOT_DIR", snapshot_directory(), 1) == 0);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

const fault_case fault_cases[] = {
    {"set an extent", 0, NULL, run_set_medium},
    {"set and grow", 0, NULL, run_set_large},
    {"set and grow ahead", 0, prepare_step_ahead, run_set_medium},
    {"overwrite an extent", 0, prepare_medium, run_set_medium},
    {"set compressed", 0, NULL, run_set_compressed},
    {"get compressed", 0, prepare_compressed, run_get_bytes},
    {"get an extent", 0, prepare_medium, run_get_bytes},
    {"borrow an extent", 0, prepare_medium, run_borrow},
    {"overwrite what is borrowed", 0, prepare_medium, run_set_borrowed},
    {"reserve and commit", 0, prepare_medium, run_reserve_and_commit},
    {"take an extent", 0, prepare_medium, run_take_medium},
    {"set many", IN_PARTS, NULL, run_set_many},
    {"flush many", IN_PARTS, prepare_pending, run_flush},
    {"walk", 0, prepare_many, run_walk},
    {"create", 0, NULL, run_create},
    {"create a persistent pool", 0, NULL, run_create_persistent},
    {"create an encrypted pool", 0, NULL, run_create_encrypted},
    {"connect", 0, NULL, run_connect},
    {"connect read-only", 0, NULL, run_connect_read_only},
    {"connect and create", 0, NULL, run_connect_and_create},
    {"disconnect", FINAL, prepare_second, run_disconnect},
    {"disconnect as the last", FINAL, prepare_last, run_disconnect},
    {"destroy", 0, prepare_other, run_destroy},
    {"exists", 0, NULL, run_exists},
    {"list", 0, prepare_other, run_list},
    {"global stats", 0, NULL, run_global_stats},
    {"cleanup", IN_PARTS, prepare_orphan, run_cleanup},
    {"rekey", 0, prepare_encrypted, run_rekey},
    {"check", 0, prepare_many, run_check},
    {"repair", 0, prepare_many, run_repair},
    {"auto cleanup", 0, NULL, run_auto_cleanup},
    {"queue", 0, NULL, run_queue},
    {"save and list", 0, prepare_place, run_save_and_list},
};
const size_t fault_case_count = sizeof fault_cases / sizeof *fault_cases;
