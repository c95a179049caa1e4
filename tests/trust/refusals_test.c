/*
 * What the system refuses: a status and a sentence with the cause and what cures it, not with what would cure another.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "abi/test.h"
#include "abi/text_check.h"

/* The last error is about that pool, says this, and not that. */
static void check_told(const char *name, const char *says, const char *says_not) {
    CHECK_SENTENCE(name);
    CHECK_SENTENCE(says);
    CHECK(says_not == NULL || strstr(latzero_last_error(), says_not) == NULL);
    CHECK(is_text(latzero_last_error()));
}

static latzero_status connect_to(const char *name, uint32_t flags) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    options.flags = flags;
    return latzero_connect(name, &options, &client);
}

static void limit(int what, rlim_t most) {
    const struct rlimit both = {most, most};
    CHECK(setrlimit(what, &both) == 0);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

static void lock_no_more_memory(char **arguments) {
    const char *name = arguments[0];
    limit(RLIMIT_MEMLOCK, 4 << 20);
    CHECK(mlockall(MCL_FUTURE) == 0);
    CHECK_STATUS(connect_to(name, LATZERO_CONNECT_CREATE), LATZERO_NO_MEMORY);
    check_told(name, "ulimit -l", "ulimit -v");
}

static void map_no_more(char **arguments) {
    const char *name = arguments[0];
    create_pool(name, (uint64_t)1 << 32);
    limit(RLIMIT_AS, (rlim_t)1 << 31);
    CHECK_STATUS(connect_to(name, 0), LATZERO_NO_MEMORY);
    check_told(name, "ulimit -v", "ulimit -l");
}

static void open_no_more(char **arguments) {
    const char *name = arguments[0];
    limit(RLIMIT_NOFILE, 3);
    CHECK_STATUS(connect_to(name, LATZERO_CONNECT_CREATE), LATZERO_NO_MEMORY);
    check_told(name, "ulimit -n", "/dev/shm is full");
}

static void write_no_more(char **arguments) {
    const char *name = arguments[0];
    latzero_client *client = create_and_join(name, 0);
    char key[16];
    latzero_status status = LATZERO_OK;
    int i;
    limit(RLIMIT_FSIZE, 2 << 20);
    for (i = 0; i < 64 && status == LATZERO_OK; i++) {
        snprintf(key, sizeof key, "key %d", i);
        status = set_pattern(client, key, 100000, 1);
    }
    CHECK_STATUS(status, LATZERO_NO_SPACE);
    check_told(name, "ulimit -f", "/dev/shm");
    CHECK_SENTENCE(key);
    leave(client);
}

/* ---- sandboxes --------------------------------------------------------------------------------------------------- */

/* From here on this process's calls of that number give `error`, if their argument of that position is `value`. */
static void refuse(unsigned number, unsigned position, unsigned value, int error) {
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * position),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static void have_no_description_locks(char **arguments) {
    const char *name = arguments[0];
    latzero_pool_info *pools = NULL;
    size_t count;
    int32_t exists;
    leave(create_and_join(name, 0));
    CHECK_OK(latzero_pool_create(pool_name("there"), NULL));
    refuse(SYS_fcntl, 1, F_OFD_SETLK, atoi(arguments[1]));
    refuse(SYS_fcntl, 1, F_OFD_GETLK, atoi(arguments[1]));
    CHECK_STATUS(connect_to(name, LATZERO_CONNECT_CREATE), LATZERO_UNSUPPORTED);
    check_told(name, "F_OFD_SETLK", "check the rights");
    CHECK_STATUS(connect_to(pool_name("there"), 0), LATZERO_UNSUPPORTED);
    check_told(pool_name("there"), "F_OFD_SETLK", "clients, which is the most");
    CHECK_STATUS(latzero_pool_list(sizeof *pools, &pools, &count), LATZERO_UNSUPPORTED);
    CHECK_SENTENCE("F_OFD_SETLK");
    (void)latzero_pool_exists(pool_name("there"), &exists);
}

static void have_no_set_lock(char **arguments) {
    const char *name = arguments[0];
    refuse(SYS_fcntl, 1, F_OFD_SETLK, atoi(arguments[1]));
    CHECK_STATUS(connect_to(name, LATZERO_CONNECT_CREATE), LATZERO_UNSUPPORTED);
    check_told(name, "F_OFD_SETLK", "check the rights");
}

/* Links by descriptor are refused, as by older kernels, and there is no other way. */
static void have_no_proc(char **arguments) {
    const char *name = arguments[0];
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        umount2("/proc", MNT_DETACH) != 0)
        return;
    refuse(SYS_linkat, 4, AT_EMPTY_PATH, ENOENT);
    CHECK_STATUS(latzero_pool_create(name, NULL), LATZERO_UNSUPPORTED);
    check_told(name, "/proc", "there is no /dev/shm");
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void limits_are_named(void **state) {
    (void)state;
    skip_under_sanitizers();
    /* root locks what it likes. */
    if (geteuid() == 0) in_child_of_another_user(lock_no_more_memory, pool_name("locked"), NULL);
    in_child(map_no_more, pool_name("mapped"), NULL);
    CHECK(!pool_exists(pool_name("mapped")));
    in_child(open_no_more, pool_name("opened"), NULL);
    in_child(write_no_more, pool_name("written"), NULL);
}

static void sandboxes_are_told_from_rights(void **state) {
    static const int errors[] = {EPERM, EACCES, ENOSYS, EINVAL};
    size_t i;
    (void)state;
    skip_under_sanitizers();
    for (i = 0; i < sizeof errors / sizeof *errors; i++) {
        in_child(have_no_description_locks, pool_name("sandboxed"), decimal(errors[i]), NULL);
        CHECK(!pool_exists(pool_name("there")));
        in_child(have_no_set_lock, pool_name("half"), decimal(errors[i]), NULL);
    }
}

static void a_missing_proc_is_named(void **state) {
    (void)state;
    skip_under_sanitizers();
    in_child(have_no_proc, pool_name("bare"), NULL);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {
        ROLE(lock_no_more_memory),       ROLE(map_no_more),      ROLE(open_no_more), ROLE(write_no_more),
        ROLE(have_no_description_locks), ROLE(have_no_set_lock), ROLE(have_no_proc)};
    const struct CMUnitTest tests[] = {TEST(limits_are_named), TEST(sandboxes_are_told_from_rights),
                                       TEST(a_missing_proc_is_named)};
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
