/* At the limits of the process and of the pool: a status, nothing leaked, nothing harmed. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "abi/test.h"

static struct rlimit lower(int which, rlim_t to) {
    struct rlimit before, lowered;
    CHECK(getrlimit(which, &before) == 0);
    lowered = before;
    lowered.rlim_cur = to;
    CHECK(setrlimit(which, &lowered) == 0);
    return before;
}

static void check_no_memory(const char *name, const char *absent) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_pool_options persistent = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client = NULL;
    CHECK_STATUS(latzero_connect(name, NULL, &client), LATZERO_NO_MEMORY);
    options.flags = LATZERO_CONNECT_READ_ONLY;
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_NO_MEMORY);
    options.flags = LATZERO_CONNECT_CREATE;
    CHECK_STATUS(latzero_connect(absent, &options, &client), LATZERO_NO_MEMORY);
    options.create_options = &persistent;
    persistent.flags = LATZERO_POOL_PERSISTENT;
    CHECK_STATUS(latzero_connect(absent, &options, &client), LATZERO_NO_MEMORY);
    CHECK(client == NULL);
}

/* Lets the process open `spare` more descriptors. */
static struct rlimit spare_descriptors(int spare) {
    int opened[16], i;
    CHECK(spare < 16);
    /* Each takes the lowest free number: the last one is the first that must not be had. */
    for (i = 0; i <= spare; i++) opened[i] = dup(0);
    for (i = 0; i <= spare; i++) close(opened[i]);
    return lower(RLIMIT_NOFILE, (rlim_t)opened[spare]);
}

static void use_without_descriptors(char **arguments) {
    const char *name = pool_name("descriptors"), *absent = pool_name("absent");
    latzero_client *keeper = create_and_join(name, 0);
    latzero_pool_info *pools = NULL;
    size_t before, count = 77;
    struct rlimit limit;
    (void)arguments;
    (void)pool_exists(name);
    before = open_descriptors();
    limit = spare_descriptors(0);
    check_no_memory(name, absent);
    CHECK_SENTENCE("descriptor");
    CHECK_STATUS(latzero_pool_create(absent, NULL), LATZERO_NO_MEMORY);
    CHECK_STATUS(latzero_pool_list(sizeof *pools, &pools, &count), LATZERO_NO_MEMORY);
    CHECK(pools == NULL && count == 77);
    CHECK_OK(set_pattern(keeper, "k", 3000000, 1));
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_EQUAL(open_descriptors(), before);
    CHECK(!file_exists(pool_path(absent)));
    leave(join(name, 0));
    leave(keeper);
}

static void without_descriptors_there_is_a_status(void **state) {
    (void)state;
    in_child(use_without_descriptors, NULL);
}

/* With a few descriptors left, whatever works works, and whatever does not leaves nothing. */
static void use_with_few_descriptors(char **arguments) {
    const char *name = pool_name("few"), *absent = pool_name("few-absent");
    latzero_client *keeper = create_and_join(name, 0);
    size_t before, worked = 0;
    int spare;
    (void)arguments;
    (void)pool_exists(name);
    before = open_descriptors();
    for (spare = 0; spare < 6; spare++) {
        latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
        latzero_client *client = NULL, *second = NULL;
        const struct rlimit limit = spare_descriptors(spare);
        latzero_status status = latzero_connect(name, NULL, &client);
        CHECK(status == LATZERO_OK || status == LATZERO_NO_MEMORY);
        options.flags = LATZERO_CONNECT_CREATE;
        status = latzero_connect(absent, &options, &second);
        CHECK(status == LATZERO_OK || status == LATZERO_NO_MEMORY);
        worked += status == LATZERO_OK;
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (client != NULL) leave(client);
        if (second != NULL) leave(second);
        CHECK_EQUAL(pool_exists(absent), 0);
        CHECK_EQUAL(open_descriptors(), before);
    }
    CHECK(worked > 0 && worked < 6);
    leave(keeper);
}

static void with_few_descriptors_nothing_leaks(void **state) {
    (void)state;
    in_child(use_with_few_descriptors, NULL);
}

static rlim_t address_space_in_use(void) {
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    CHECK(statm != NULL && fscanf(statm, "%lu", &pages) == 1);
    fclose(statm);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void use_without_address_space(char **arguments) {
    const char *name = pool_name("space"), *absent = pool_name("space-absent");
    latzero_client *keeper = create_and_join(name, 0);
    size_t before;
    rlim_t spare;
    (void)arguments;
    (void)pool_exists(name);
    before = open_descriptors();
    /* Little enough that no pool can be mapped, with and without room for the rest. */
    for (spare = 1 << 20; spare < 90u << 20; spare *= 3) {
        const struct rlimit limit = lower(RLIMIT_AS, address_space_in_use() + spare);
        const size_t mappings = mappings_with("/dev/shm/");
        check_no_memory(name, absent);
        CHECK_SENTENCE("address space");
        CHECK_EQUAL(mappings_with("/dev/shm/"), mappings);
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        CHECK_EQUAL(pool_exists(absent), 0);
        CHECK(!file_exists(pool_path(absent)));
        CHECK_EQUAL(open_descriptors(), before);
    }
    leave(join(name, 0));
    CHECK_OK(latzero_set_null(keeper, "k", 1, NULL));
    leave(keeper);
}

static void without_address_space_there_is_a_status(void **state) {
    (void)state;
    skip_under_sanitizers();
    in_child(use_without_address_space, NULL);
}

/* An owned copy that the process has no memory for. */
static void copy_without_memory(char **arguments) {
    latzero_client *client = create_and_join(pool_name("copy"), 0);
    void *bytes = NULL;
    size_t size = 77;
    struct rlimit limit;
    (void)arguments;
    CHECK_OK(set_pattern(client, "k", 50000000, 1));
    limit = lower(RLIMIT_AS, address_space_in_use() + (10 << 20));
    errno = 77;
    CHECK_STATUS(latzero_get_bytes(client, "k", 1, &bytes, &size), LATZERO_NO_MEMORY);
    CHECK_EQUAL(errno, 77);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(bytes == NULL && size == 77);
    check_pattern(client, "k", 50000000, 1);
    leave(client);
}

static void without_memory_a_large_copy_fails_alone(void **state) {
    (void)state;
    skip_under_sanitizers();
    in_child(copy_without_memory, NULL);
}

enum { most_clients = 1024 };

static void fill_up_with_clients(uint32_t flags) {
    static latzero_client *clients[most_clients];
    const char *name = pool_name("crowd");
    latzero_client *other = create_and_join(name, LATZERO_MAX_BYTES_LEAST), *one_more = NULL;
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    const int first = flags == 0; /* then the other one is of the same kind */
    int i;
    options.flags = flags;
    for (i = first; i < most_clients; i++) clients[i] = join(name, flags);
    CHECK_STATUS(latzero_connect(name, &options, &one_more), LATZERO_BUSY);
    CHECK_SENTENCE("1024");
    CHECK_SENTENCE(name);
    CHECK(one_more == NULL);
    CHECK_EQUAL(stats_of(other).clients, first ? most_clients : most_clients + 1);
    for (i = first; i < most_clients; i++) {
        int64_t value = 0;
        if (flags == 0) CHECK_OK(latzero_increment(clients[i], "k", 1, 1, 0, &value));
        if (flags == 0) CHECK_EQUAL(value, i);
    }
    leave(clients[500]);
    clients[500] = join(name, flags);
    for (i = first; i < most_clients; i++) leave(clients[i]);
    CHECK_EQUAL(stats_of(other).clients, 1);
    leave(other);
}

static void the_client_after_the_last_is_refused(void **state) {
    struct rlimit limit;
    (void)state;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (limit.rlim_cur < most_clients + 100) {
        limit.rlim_cur = limit.rlim_max;
        if (limit.rlim_max < most_clients + 100 || setrlimit(RLIMIT_NOFILE, &limit) != 0) skip();
    }
    fill_up_with_clients(0);
    fill_up_with_clients(LATZERO_CONNECT_READ_ONLY);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(use_without_descriptors), ROLE(use_with_few_descriptors),
                                       ROLE(use_without_address_space), ROLE(copy_without_memory)};
    const struct CMUnitTest tests[] = {
        TEST(without_descriptors_there_is_a_status),   TEST(with_few_descriptors_nothing_leaks),
        TEST(without_address_space_there_is_a_status), TEST(without_memory_a_large_copy_fails_alone),
        TEST(the_client_after_the_last_is_refused),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
