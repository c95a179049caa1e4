/* A pool that grows takes its next step ahead, in huge pages, where the system gives them; read-only clients have them
 * too. Where it refuses, for whatever reason, the pool grows as it does without; and who dies meanwhile leaves nothing
 * behind but a longer object. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>

#include "hosts/small_system.h"

enum { MIB = 1 << 20, HUGE_PAGE = 2 << 20, VALUE = 1000, COLLAPSE = 25 /* MADV_COLLAPSE, of Linux 6.1 */ };

static uint64_t length_of(const char *name) {
    struct stat found;
    CHECK(stat(pool_path(name), &found) == 0);
    return (uint64_t)found.st_size;
}

static const char *numbered(uint64_t number) {
    static char key[32];
    snprintf(key, sizeof key, "key-%llu", (unsigned long long)number);
    return key;
}

/* Sets keys from `first` on until the pool has that capacity; gives the next one's number. */
static uint64_t grow_to(latzero_client *client, uint64_t first, uint64_t capacity) {
    for (; stats_of(client).capacity_bytes < capacity; first++)
        CHECK_OK(set_pattern(client, numbered(first), VALUE, first));
    return first;
}

/* Bytes that the library's mappings have in huge pages, as the system tells everybody. */
static uint64_t told_by_smaps(void) {
    char line[512];
    unsigned long long kib, sum = 0;
    int is_ours = 0;
    FILE *file = fopen("/proc/self/smaps", "re");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long long from, to;
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2) is_ours = strstr(line, "/dev/shm/lz.") != NULL;
        if (is_ours && sscanf(line, "ShmemPmdMapped: %llu kB", &kib) == 1) sum += kib;
    }
    fclose(file);
    return sum * 1024;
}

/* Whether shared memory can have huge pages here at all. */
static int are_given(void) {
    const int file = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char *space = mmap(NULL, 2 * HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;
    int given;
    CHECK(file >= 0 && ftruncate(file, HUGE_PAGE) == 0 && space != MAP_FAILED);
    at = space + (HUGE_PAGE - (uintptr_t)space % HUGE_PAGE) % HUGE_PAGE;
    CHECK(mmap(at, HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == at);
    *at = 1;
    given = madvise(at, HUGE_PAGE, COLLAPSE) == 0;
    munmap(space, 2 * HUGE_PAGE);
    close(file);
    return given;
}

/* ---- taken ahead ------------------------------------------------------------------------------------------------- */

/* Whether the object was ever longer than the pool while that grew to 16 MiB. */
static int is_longer_before_a_step(const char *name, latzero_client *client) {
    uint64_t i, longer = 0;
    for (i = 0; stats_of(client).capacity_bytes < 16 * MIB; i++) {
        CHECK_OK(set_pattern(client, numbered(i), VALUE, i));
        CHECK(length_of(name) >= stats_of(client).capacity_bytes);
        longer += length_of(name) > stats_of(client).capacity_bytes;
    }
    while (i-- > 0) check_pattern(client, numbered(i), VALUE, i);
    return longer > 0;
}

static void the_next_step_is_taken_ahead(void **state) {
    const char *name = pool_name("ahead");
    latzero_client *client = create_and_join(name, 0);
    (void)state;
    CHECK(is_longer_before_a_step(name, client));
    leave(client);
}

static void small_pages_can_be_asked_for(void **state) {
    const char *name = pool_name("small");
    latzero_client *client;
    (void)state;
    create_pool(name, 0);
    client = join(name, LATZERO_CONNECT_SMALL_PAGES);
    CHECK(!is_longer_before_a_step(name, client));
    CHECK_EQUAL(stats_of(client).huge_bytes, 0);
    leave(client);
}

/* ---- who has them ------------------------------------------------------------------------------------------------ */

static void read_huge_pages(char **arguments) {
    latzero_client *client = join(arguments[0], LATZERO_CONNECT_READ_ONLY);
    const uint64_t told = stats_of(client).huge_bytes, seen = told_by_smaps();
    CHECK(seen >= HUGE_PAGE && seen % HUGE_PAGE == 0);
    /* Before Linux 6.7 the system does not tell that way. */
    CHECK(told == seen || told == 0);
    check_pattern(client, numbered(0), VALUE, 0);
    leave(client);
}

static void read_only_clients_have_them_too(void **state) {
    const char *name = pool_name("read");
    latzero_client *client;
    (void)state;
    skip_under_sanitizers();
    if (!are_given()) {
        printf("skipped: this system gives shared memory no huge pages\n");
        skip();
    }
    client = create_and_join(name, 0);
    (void)grow_to(client, 0, 16 * MIB);
    in_child(read_huge_pages, name, NULL);
    leave(client);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

static void have_madvise_refused(char **arguments) {
    const unsigned error = (unsigned)atoi(arguments[1]);
    struct sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
                                  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, COLLAPSE, 0, 1),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    latzero_client *client = create_and_join(arguments[0], 0);
    uint64_t i, count;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    for (count = 0; stats_of(client).capacity_bytes < 16 * MIB; count++) {
        CHECK_OK(set_pattern(client, numbered(count), VALUE, count));
        /* It is asked once a step. */
        CHECK(length_of(arguments[0]) <= stats_of(client).capacity_bytes + HUGE_PAGE);
    }
    for (i = 0; i < count; i++) check_pattern(client, numbered(i), VALUE, i);
    CHECK_EQUAL(told_by_smaps(), 0);
    CHECK_EQUAL(stats_of(client).huge_bytes, 0);
    leave(client);
}

static void a_refusal_means_small_pages(void **state) {
    static const int errors[] = {EINVAL, EPERM, ENOMEM, EAGAIN, ENOSYS};
    size_t i;
    (void)state;
    skip_under_sanitizers();
    for (i = 0; i < sizeof errors / sizeof *errors; i++)
        in_child(have_madvise_refused, pool_name("refused"), decimal(errors[i]), NULL);
}

static uint64_t mapped_bytes(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file != NULL && fscanf(file, "%llu", &pages) == 1);
    fclose(file);
    return pages * 4096;
}

/* Address space for the pool, but not for its place at a multiple of 2 MiB. */
static void have_just_enough_addresses(char **arguments) {
    const uint64_t cap = 64 * MIB, most = mapped_bytes() + cap + MIB;
    const struct rlimit limit = {most, most};
    latzero_client *client;
    create_pool(arguments[0], cap);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    client = join(arguments[0], 0);
    (void)grow_to(client, 0, 8 * MIB);
    check_pattern(client, numbered(1), VALUE, 1);
    leave(client);
}

static void address_space_for_the_pool_is_enough(void **state) {
    (void)state;
    skip_under_sanitizers();
    in_child(have_just_enough_addresses, pool_name("addresses"), NULL);
}

/* ---- a full system ----------------------------------------------------------------------------------------------- */

static void fill_all_there_is(void *argument) {
    const char *name = pool_name("full");
    latzero_client *client;
    latzero_status ended;
    size_t count;
    unsigned mebibytes;
    (void)argument;
    for (mebibytes = 3; mebibytes <= 23; mebibytes += 5) {
        if (!mount_small_shm(mebibytes)) _exit(REFUSED_BY_SYSTEM);
        client = create_and_join(name, 0);
        count = set_until_refused(client, 0, VALUE, &ended);
        CHECK_STATUS(ended, LATZERO_NO_SPACE);
        CHECK(stats_of(client).capacity_bytes >= (mebibytes - 1) * (uint64_t)MIB);
        check_set(client, count, VALUE);
        leave(client);
    }
}

static void a_full_system_is_used_up_and_refuses(void **state) {
    (void)state;
    in_child_or_skip(fill_all_there_is, NULL, "a /dev/shm of the test's own");
}

/* A step that was begun ahead by one who died lacks memory yet: it counts as what there must be room for. */
static void be_refused_over_holes(void *argument) {
    const char *name = pool_name("holes");
    latzero_client *client;
    char *value = calloc(1, 6 * MIB);
    uint64_t free_before;
    (void)argument;
    if (!mount_small_shm(16)) _exit(REFUSED_BY_SYSTEM);
    client = create_and_join(name, 0);
    CHECK(truncate(pool_path(name), 12 * MIB) == 0);
    take_of_shm(free_of_shm() - 4 * MIB);
    free_before = free_of_shm();
    CHECK_STATUS(latzero_set_bytes(client, "large", LATZERO_CSTR, value, 6 * MIB, NULL), LATZERO_NO_SPACE);
    CHECK_EQUAL(free_of_shm(), free_before);
    take_of_shm(0);
    CHECK_OK(latzero_set_bytes(client, "large", LATZERO_CSTR, value, 6 * MIB, NULL));
    free(value);
    leave(client);
}

static void a_hole_is_no_room(void **state) {
    (void)state;
    in_child_or_skip(be_refused_over_holes, NULL, "a /dev/shm of the test's own");
}

/* ---- deaths ------------------------------------------------------------------------------------------------------ */

typedef struct grower {
    const char *name;
    uint64_t *set; /* keys that it has set */
} grower;

static void grow_until_killed(void *argument) {
    const grower *self = argument;
    latzero_client *client = join(self->name, 0);
    for (;; ++*self->set) CHECK_OK(set_pattern(client, numbered(*self->set), VALUE, *self->set));
}

static void check_all(latzero_client *client, const grower *grown) {
    latzero_check_report report = LATZERO_CHECK_REPORT_INIT;
    uint64_t i;
    CHECK_OK(latzero_pool_check(grown->name, NULL, &report));
    CHECK(report.sound);
    for (i = 0; i < *grown->set; i++) check_pattern(client, numbered(i), VALUE, i);
    CHECK(length_of(grown->name) >= stats_of(client).capacity_bytes);
}

static void who_dies_leaves_a_longer_object_only(void **state) {
    enum { STEPS_END = 40 * MIB };
    const char *name = pool_name("killed");
    latzero_client *client = create_and_join(name, 0);
    grower self = {name, mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    uint64_t random = 19, round, longer = 0;
    (void)state;
    for (round = 0; round < rounds_of(40) && stats_of(client).capacity_bytes < STEPS_END; round++) {
        child_process child = start_fork(grow_until_killed, &self);
        pause_ms(1 + (int)(next_random(&random) % 25));
        kill_child(&child);
        expect_end(&child, CHILD_KILLED);
        longer += length_of(name) > stats_of(client).capacity_bytes;
        check_all(client, &self);
    }
    printf("%llu growers killed, %llu of them while the object was longer; %llu keys, %.0f MiB\n",
           (unsigned long long)round, (unsigned long long)longer, (unsigned long long)*self.set,
           (double)stats_of(client).capacity_bytes / MIB);
    munmap(self.set, 4096);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(read_huge_pages), ROLE(have_madvise_refused),
                                       ROLE(have_just_enough_addresses)};
    const struct CMUnitTest tests[] = {TEST(the_next_step_is_taken_ahead),
                                       TEST(small_pages_can_be_asked_for),
                                       TEST(read_only_clients_have_them_too),
                                       TEST(a_refusal_means_small_pages),
                                       TEST(address_space_for_the_pool_is_enough),
                                       TEST(a_full_system_is_used_up_and_refuses),
                                       TEST(a_hole_is_no_room),
                                       TEST(who_dies_leaves_a_longer_object_only)};
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
