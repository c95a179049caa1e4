/*
 * Each call of the library, with each thing that it asks of the system refused: for every n the n-th allocation, open,
 * mapping, lock..., once and from then on, by every error that the system knows for it. Each time the call gives a
 * status that names the cause, or succeeds; nothing has changed if it failed, and what should have if it did not; errno
 * is as it was; and once the system grants all again the same call works, the pool's memory is sound, and nothing is
 * left behind: no block of memory, no descriptor, no mapping, no file.
 */
#include <errno.h>

#include "cases.h"
#include "injector.h"

/* The errors of each site, 0 at the end. */
static const int errors_of[SITE_COUNT][8] = {
#define SITE(name, ...) {__VA_ARGS__},
    FAULT_SITES(SITE)
#undef SITE
};
static const char *const site_names[SITE_COUNT] = {
#define SITE(name, ...) #name,
    FAULT_SITES(SITE)
#undef SITE
};

enum { interruptions = 1000 /* in a row; an endless row would be an endless call */ };

/* What is refused now. */
static fault_plan plan;
static const char *now_called;

/* ---- a world ----------------------------------------------------------------------------------------------------- */

static world made_world(const fault_case *tried, const client_call *call) {
    world world;
    memset(&world, 0, sizeof world);
    world.name = pool_name("world");
    world.other = pool_name("other");
    world.call = call;
    world.observer = create_and_join(world.name, 8 << 20);
    CHECK_OK(latzero_set_i64(world.observer, "a number", LATZERO_CSTR, 42, NULL));
    CHECK_OK(latzero_set_json(world.observer, "a list", LATZERO_CSTR, "[1,2]", LATZERO_CSTR, NULL));
    CHECK_OK(set_pattern(world.observer, "some bytes", 20000, 1));
    world.client = join(world.name, 0);
    if (tried->prepare != NULL) tried->prepare(&world);
    return world;
}

static void end_world(world *world) {
    if (world->second != NULL) leave(world->second);
    leave(world->client);
    if (pool_exists(world->other)) CHECK_OK(latzero_pool_destroy(world->other));
    leave(world->observer);
    CHECK(!pool_exists(world->name));
    CHECK(!file_exists(pool_path(world->name)) && !file_exists(pool_path(world->other)));
}

/* ---- what can be seen of it -------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t digest, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    size_t i;
    for (i = 0; i < size; i++) digest = (digest ^ at[i]) * 1099511628211u;
    return digest;
}

/* In whichever order they are met. */
static uint64_t digest_of_keys(latzero_client *client) {
    latzero_iter *iter = NULL;
    const char *name;
    const void *value;
    size_t length;
    latzero_value_info info = LATZERO_VALUE_INFO_INIT;
    uint64_t sum = 0;
    latzero_status status;
    CHECK_OK(latzero_iter_open(client, NULL, 0, &iter));
    while ((status = latzero_iter_next(iter, &name, &length, &value, &info)) == LATZERO_OK) {
        const uint64_t expires = info.ttl_ms >= 0, digest = mix(mix(info.type, name, length), value, info.size);
        sum += mix(digest, &expires, sizeof expires);
    }
    CHECK_STATUS(status, LATZERO_NOT_FOUND);
    latzero_iter_close(iter);
    return sum;
}

static uint64_t digest_of_key_that_opens(const world *world, const latzero_pool_info *info) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    latzero_client *client = NULL;
    char auth_key[] = "auth key 1, made of 32 raw bytes";
    uint64_t digest = 0;
    if ((info->flags & LATZERO_POOL_ENCRYPTED) == 0) return 0;
    options.flags = LATZERO_CONNECT_RAW_KEY | LATZERO_CONNECT_READ_ONLY;
    options.auth_key = auth_key;
    options.auth_key_len = 32;
    for (; auth_key[9] <= '2'; auth_key[9]++) {
        if (latzero_connect(world->other, &options, &client) != LATZERO_OK) continue;
        digest += (uint64_t)auth_key[9];
        leave(client);
    }
    return digest;
}

static uint64_t digest_of(const world *world) {
    uint64_t digest = digest_of_keys(world->observer);
    latzero_pool_info info;
    CHECK(is_listed(world->name, &info));
    digest = mix(digest, &info.clients, sizeof info.clients);
    if (!is_listed(world->other, &info)) return mix(digest, "absent", 6);
    digest = mix(digest, &info.clients, sizeof info.clients);
    digest = mix(digest, &info.flags, sizeof info.flags);
    return digest + digest_of_key_that_opens(world, &info);
}

/* ---- one try ----------------------------------------------------------------------------------------------------- */

/* What a case is without faults: seen before and after, each in a world of its own. */
typedef struct reference {
    uint64_t before, after;
    int file_before, file_after; /* whether the other pool's file is there, before a list of pools tidies up */
} reference;

typedef struct figures {
    uint64_t tries[SITE_COUNT], failed[SITE_COUNT];
} figures;

static latzero_status pending_too(const world *world, latzero_status status) {
    const latzero_status flushed = latzero_flush(world->client);
    return status == LATZERO_OK ? flushed : status;
}

static reference refer(const fault_case *tried, const client_call *call) {
    reference seen;
    world world = made_world(tried, call);
    seen.file_before = file_exists(pool_path(world.other));
    seen.before = digest_of(&world);
    end_world(&world);
    world = made_world(tried, call);
    CHECK_OK(pending_too(&world, tried->run(&world)));
    seen.file_after = file_exists(pool_path(world.other));
    seen.after = digest_of(&world);
    end_world(&world);
    return seen;
}

/* The status says what the system said; a signal is nobody's concern. */
static int is_fitting(latzero_status status, int error) {
    switch (error) {
    case EINTR: return 0;
    case ENOMEM:
    case EMFILE:
    case EAGAIN: return status == LATZERO_NO_MEMORY;
    case ENOSPC: return status == LATZERO_NO_SPACE;
    case EACCES:
    case EPERM: return status == LATZERO_PERMISSION;
    default: return status == LATZERO_IO;
    }
}

static void judge(const fault_case *tried, const reference *seen, world *world, latzero_status status, int error) {
    const int file = file_exists(pool_path(world->other));
    if (status == LATZERO_OK) CHECK_EQUAL(file, seen->file_after);
    if (status != LATZERO_OK) {
        /* Who is refused everything cannot tidy up either: that is left for whoever comes next. */
        if (plan.count == 1 && tried->traits == 0) CHECK_EQUAL(file, seen->file_before);
        CHECK(is_fitting(status, error));
        CHECK(strlen(latzero_last_error()) > 20);
        if ((tried->traits & (IN_PARTS | FINAL)) == 0) CHECK_EQUAL(digest_of(world), seen->before);
        if ((tried->traits & FINAL) == 0) CHECK_OK(tried->run(world));
    }
    CHECK_OK(latzero_flush(world->client));
    CHECK_EQUAL(digest_of(world), seen->after);
    CHECK_OK(run_check(world));
}

/* False if the plan's call was never made. */
static int try_with(const fault_case *tried, const client_call *call, const reference *seen, figures *figures) {
    const size_t descriptors = open_descriptors(), mappings = mappings_with("/dev/shm/");
    const int64_t blocks = blocks_alive();
    world world = made_world(tried, call);
    latzero_status status;
    int errno_after;
    arm(&plan);
    errno = 77;
    status = tried->run(&world);
    errno_after = errno;
    disarm();
    CHECK_EQUAL(errno_after, 77);
    judge(tried, seen, &world, status, plan.error);
    end_world(&world);
    CHECK_EQUAL(open_descriptors(), descriptors);
    CHECK_EQUAL(mappings_with("/dev/shm/"), mappings);
    CHECK_EQUAL(blocks_alive(), blocks);
    figures->tries[plan.site] += faults_injected() > 0;
    figures->failed[plan.site] += status != LATZERO_OK;
    return faults_injected() > 0;
}

static void try_case(const fault_case *tried, const client_call *call, figures *figures) {
    const reference seen = refer(tried, call);
    size_t i;
    now_called = tried->name;
    for (plan.site = 0; plan.site < SITE_COUNT; plan.site++) {
        for (i = 0; errors_of[plan.site][i] != 0; i++) {
            plan.error = errors_of[plan.site][i];
            for (plan.first = 1;; plan.first++) {
                plan.count = 1;
                if (!try_with(tried, call, &seen, figures)) break;
                plan.count = plan.error == EINTR ? interruptions : UINT64_MAX;
                (void)try_with(tried, call, &seen, figures);
            }
        }
    }
    now_called = NULL;
}

static void print(const figures *figures) {
    uint64_t tries = 0;
    size_t site;
    for (site = 0; site < SITE_COUNT; site++) {
        printf("%-12s %8llu calls with a fault, %8llu failed\n", site_names[site],
               (unsigned long long)figures->tries[site], (unsigned long long)figures->failed[site]);
        CHECK(figures->tries[site] > 0);
        tries += figures->tries[site];
    }
    printf("%llu in all\n", (unsigned long long)tries);
}

/* For who looks into a failure: what was refused then. */
static int say_what_was_refused(void **state) {
    disarm();
    if (now_called != NULL)
        fprintf(stderr, "in '%s': call %llu of %s and %llu more fail by '%s'\n", now_called,
                (unsigned long long)plan.first, site_names[plan.site], (unsigned long long)(plan.count - 1),
                strerror(plan.error));
    return end_test(state);
}

static figures total;

static void of_every_call(void **state) {
    const client_call *call = *state;
    const fault_case tried = case_of(call);
    try_case(&tried, call, &total);
}

static void of_case(void **state) { try_case(*state, NULL, &total); }

static void each_site_has_failed(void **state) {
    (void)state;
    print(&total);
}

static struct CMUnitTest test_of(const char *name, CMUnitTestFunction run, const void *tried) {
    const struct CMUnitTest made = {name, run, begin_test, say_what_was_refused, (void *)(uintptr_t)tried};
    return made;
}

int main(void) {
    static struct CMUnitTest tests[128];
    latzero_serializer_options serializer = LATZERO_SERIALIZER_OPTIONS_INIT;
    size_t count = 0, i;
    /* Lists and clean-ups are about all pools of a user: what other processes do meanwhile would be part of it. */
    if (geteuid() == 0) become_another_user();
    serializer.compress_encrypted = 1;
    CHECK_OK(latzero_configure_serializer(&serializer));
    for (i = 0; i < every_call_count; i++) tests[count++] = test_of(every_call[i].name, of_every_call, &every_call[i]);
    for (i = 0; i < fault_case_count; i++) tests[count++] = test_of(fault_cases[i].name, of_case, &fault_cases[i]);
    tests[count++] = test_of("each site has failed", each_site_has_failed, NULL);
    return _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
}
