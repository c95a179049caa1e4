/* Processes at their limit of descriptors: persistent pools keep none once they are made, and what was created can be
 * destroyed, or it is said what is missing. */
#include <fcntl.h>
#include <sys/resource.h>

#include "abi/test.h"

enum { POOLS = 40, LIMIT = 30 };

static void limit_descriptors(rlim_t most) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = most;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Until there is none left. */
static void take_all_descriptors(void) {
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) continue;
}

static void create_kept(const char *name, uint32_t flags) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    options.flags = flags;
    options.max_bytes = LATZERO_MAX_BYTES_LEAST;
    CHECK_OK(latzero_pool_create(name, &options));
}

static void create_many(char **arguments) {
    char name[32];
    int i;
    size_t before;
    (void)arguments;
    limit_descriptors(LIMIT);
    before = open_descriptors();
    for (i = 0; i < POOLS; i++) {
        snprintf(name, sizeof name, "kept-%d", i);
        create_kept(pool_name(name), LATZERO_POOL_PERSISTENT);
    }
    CHECK_EQUAL(open_descriptors(), before);
    for (i = 0; i < POOLS; i++) {
        snprintf(name, sizeof name, "kept-%d", i);
        CHECK_EQUAL(pool_exists(pool_name(name)), 1);
        CHECK_OK(latzero_pool_destroy(pool_name(name)));
    }
}

static void persistent_pools_keep_no_descriptor(void **state) {
    (void)state;
    in_child_alone(create_many, NULL);
}

static void destroy_without_a_descriptor(char **arguments) {
    const char *own = pool_name("own"), *kept = pool_name("kept");
    (void)arguments;
    create_kept(own, 0);
    create_kept(kept, LATZERO_POOL_PERSISTENT);
    limit_descriptors(LIMIT);
    take_all_descriptors();
    CHECK_OK(latzero_pool_destroy(own));
    CHECK(!file_exists(pool_path(own)));
    take_all_descriptors();
    CHECK_STATUS(latzero_pool_destroy(kept), LATZERO_NO_MEMORY);
    CHECK_SENTENCE(kept);
    CHECK_SENTENCE("has no file descriptor left");
    CHECK(file_exists(pool_path(kept)));
    close(LIMIT - 1);
    CHECK_OK(latzero_pool_destroy(kept));
}

static void a_pool_is_destroyed_or_it_is_said_what_is_missing(void **state) {
    (void)state;
    in_child_alone(destroy_without_a_descriptor, NULL);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(create_many), ROLE(destroy_without_a_descriptor)};
    const struct CMUnitTest tests[] = {
        TEST(persistent_pools_keep_no_descriptor),
        TEST(a_pool_is_destroyed_or_it_is_said_what_is_missing),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
