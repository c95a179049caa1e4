/*
 * Nearly full pools of 100 MiB and 4 GiB that another program has edited: every call ends in time, and takes no more
 * of this process's memory than MOST_KIB. Each call is first measured on the sound pool.
 *
 * LATZERO_TEST_EDIT=TEXT tries the edits alone whose titles hold the text; LATZERO_TEST_SCALE over 1 all edits at both
 * caps.
 */
#include <time.h>

#include "hosts/memory_meter.h"
#include "hosts/small_system.h"
#include "neighbours/cap_edits.h"

static const uint64_t MIB = UINT64_C(1) << 20, GIB = UINT64_C(1) << 30;
enum {
    MOST_KIB = 32 << 10,
    DEADLINE_MS = 5000,
    KEYS_TRIED = 16,
    LONG_KEY = 65000,
    LONG_KEYS = 64,
    SMALL = 1000,
    SCAN_STEPS = 64
};

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static int64_t ms_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the longest of some calls took: of the processor, of time, and what all of them took of memory. */
typedef struct figure {
    int64_t cpu_ms, ms, kib;
    latzero_status status;
} figure;

typedef struct scene {
    const char *name;
    latzero_client *client;
    uint64_t cap, large_each, keys, left; /* keys: as many as were set, "key 0" and on; left: after a repair */
    size_t large;
    uint64_t dice;
    int64_t cpu_began, began;
    figure now;
    int out_of_bounds, is_sound; /* is_sound: as the last check found it, before any repair */
    memory_meter own;
} scene;

static void begin(scene *at) {
    at->began = ms_of(CLOCK_MONOTONIC);
    at->cpu_began = ms_of(CLOCK_THREAD_CPUTIME_ID);
}

static latzero_status end(scene *at, latzero_status status) {
    const int64_t cpu_ms = ms_of(CLOCK_THREAD_CPUTIME_ID) - at->cpu_began, ms = ms_of(CLOCK_MONOTONIC) - at->began;
    if (cpu_ms > at->now.cpu_ms) at->now.cpu_ms = cpu_ms;
    if (ms > at->now.ms) at->now.ms = ms;
    if (status != LATZERO_OK && status != LATZERO_NOT_FOUND) at->now.status = status;
    return status;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static size_t key_of(char key[32], uint64_t number) {
    return (size_t)snprintf(key, 32, "key %llu", (unsigned long long)number);
}

static void ask_about_all(scene *at) {
    latzero_pool_info *pools = NULL;
    latzero_global_info info = LATZERO_GLOBAL_INFO_INIT;
    int32_t exists;
    size_t count;
    begin(at);
    end(at, latzero_pool_list(sizeof *pools, &pools, &count));
    latzero_free(pools);
    begin(at);
    end(at, latzero_pool_exists(at->name, &exists));
    begin(at);
    end(at, latzero_global_stats(&info));
    begin(at);
    end(at, latzero_pool_cleanup(&count));
}

static void connect_anew(scene *at) {
    latzero_client *client = NULL;
    begin(at);
    if (end(at, latzero_connect(at->name, NULL, &client)) == LATZERO_OK) leave(client);
}

static void read_some(scene *at) {
    static unsigned char value[LONG_KEY];
    char key[32];
    int i;
    for (i = 0; i < KEYS_TRIED; i++) {
        const size_t size = key_of(key, next_random(&at->dice) % at->keys);
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        int32_t exists;
        begin(at);
        end(at, latzero_get(at->client, key, size, value, sizeof value, &info));
        begin(at);
        end(at, latzero_exists(at->client, key, size, &exists));
    }
}

static void write_some(scene *at) {
    char key[32];
    int i;
    for (i = 0; i < KEYS_TRIED; i++) {
        const size_t size = key_of(key, next_random(&at->dice) % at->keys);
        begin(at);
        end(at, latzero_delete(at->client, key, size));
        begin(at);
        end(at, latzero_set_i64(at->client, key, size, i, NULL));
    }
}

static void count(scene *at) {
    latzero_pool_stats stats = LATZERO_POOL_STATS_INIT;
    uint64_t size;
    begin(at);
    end(at, latzero_size(at->client, &size));
    begin(at);
    end(at, latzero_stats(at->client, &stats));
}

/* One step passes over all keys. */
static void walk(scene *at) {
    latzero_iter *iter = NULL;
    const char *key;
    CHECK_OK(latzero_iter_open(at->client, "no such key", LATZERO_CSTR, &iter));
    begin(at);
    end(at, latzero_iter_next(iter, &key, NULL, NULL, NULL));
    latzero_iter_close(iter);
}

static void scan(scene *at) {
    uint64_t cursor = 0;
    int i;
    for (i = 0; i < SCAN_STEPS; i++) {
        latzero_key *keys = NULL;
        size_t found = 0;
        begin(at);
        if (end(at, latzero_scan(at->client, &cursor, 100, NULL, 0, &keys, &found)) != LATZERO_OK) break;
        latzero_free(keys);
        if (cursor == 0) break;
    }
}

static void check_it(scene *at, uint32_t flags, latzero_check_report *report) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    const latzero_check_report empty = LATZERO_CHECK_REPORT_INIT;
    *report = empty;
    options.flags = flags;
    begin(at);
    end(at, latzero_pool_check(at->name, &options, report));
}

static void check_alone(scene *at) {
    latzero_check_report report;
    check_it(at, 0, &report);
    at->is_sound = report.sound != 0;
}

static void repair(scene *at) {
    latzero_check_report report;
    check_it(at, LATZERO_CHECK_REPAIR, &report);
    CHECK_EQUAL(report.findings_left, 0);
    CHECK_EQUAL(report.sound, 1);
    at->left = report.keys;
}

static void clear(scene *at) {
    begin(at);
    end(at, latzero_clear(at->client));
}

typedef enum bound { OF_ALL_POOLS, OF_A_VERB, OF_A_PASS } bound;

typedef struct call {
    const char *title;
    void (*run)(scene *at);
    bound limit;
} call;

static const call calls[] = {
    {"all pools", ask_about_all, OF_ALL_POOLS},
    {"connect", connect_anew, OF_A_VERB},
    {"read", read_some, OF_A_VERB},
    {"write", write_some, OF_A_VERB},
    {"count", count, OF_A_VERB},
    {"walk", walk, OF_A_VERB},
    {"scan", scan, OF_A_VERB},
    {"check", check_alone, OF_A_PASS},
    {"repair", repair, OF_A_PASS},
    {"clear", clear, OF_A_PASS},
};
enum { CALLS = sizeof calls / sizeof *calls, REPAIR = CALLS - 2, CLEAR = CALLS - 1 };

static figure measure(scene *at, const call *measured) {
    const figure none = {0, 0, 0, LATZERO_OK};
    begin_metering(&at->own);
    at->now = none;
    measured->run(at);
    at->now.kib = metered_kib(&at->own);
    return at->now;
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

/*
 * A verb may take twice what it takes on the sound pool, a pass over the pool four times, and both half a second more,
 * since a busy host may stop them, and four nanoseconds for each of the pool's bytes, since a sound pool may have many
 * more keys than these here, or much longer ones: 80 million in 4 GiB, a walk over which takes longer than that where
 * memory is slow.
 */
static void judge(scene *at, const char *edit, const call *judged, const figure *sound, const figure *got) {
    const int64_t slack = 500 + 4 * (int64_t)(at->cap / MIB);
    const int64_t most = judged->limit == OF_A_PASS ? 4 * sound->cpu_ms + slack : 2 * sound->cpu_ms + slack;
    const int late = judged->limit == OF_ALL_POOLS ? got->ms > DEADLINE_MS + 100 : got->cpu_ms > most;
    const int large = got->kib > MOST_KIB || got->status == LATZERO_NO_MEMORY;
    printf("%-30s %-10s %6lld ms, sound %6lld; %6lld KiB, sound %6lld; %s%s%s\n", edit, judged->title,
           (long long)got->cpu_ms, (long long)sound->cpu_ms, (long long)got->kib, (long long)sound->kib,
           latzero_status_name(got->status), late ? " TOO LATE" : "", large ? " TOO LARGE" : "");
    fflush(stdout);
    at->out_of_bounds += late || large;
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */

/* The bytes of large values are never written: what counts is that the pool has them. */
static latzero_status store(scene *at, const char *key, size_t size, uint64_t number) {
    static const unsigned char value[SMALL];
    latzero_reserved *reserved = NULL;
    void *memory;
    latzero_status status;
    if (number % at->large_each != 0) return latzero_set_i64(at->client, key, size, (int64_t)number, NULL);
    if (at->large <= SMALL) return latzero_set_bytes(at->client, key, size, value, at->large, NULL);
    status = latzero_reserve(at->client, key, size, LATZERO_TYPE_BYTES, at->large, NULL, &memory, &reserved);
    return status == LATZERO_OK ? latzero_commit(reserved) : status;
}

/* Gives how many keys besides the long ones it took to fill the pool. */
static uint64_t fill(scene *at) {
    static char key[LONG_KEY];
    latzero_status status = LATZERO_OK;
    uint64_t i;
    memset(key, 'k', sizeof key);
    for (i = 0; i < LONG_KEYS && status == LATZERO_OK; i++) {
        key_of(key, i);
        status = latzero_set_i64(at->client, key, sizeof key, 1, NULL);
    }
    for (i = 0; status == LATZERO_OK; i++) status = store(at, key, key_of(key, i), i);
    CHECK_EQUAL(status, LATZERO_MEMORY_FULL);
    return i;
}

static void make_pool(scene *at) {
    at->client = create_and_join(at->name, at->cap);
    at->keys = fill(at);
}

/* Full as at first; a new pool where what is left of the old one lies so that it takes less. */
static void fill_again(scene *at) {
    const uint64_t keys = at->keys;
    CHECK_OK(latzero_clear(at->client));
    at->keys = fill(at);
    if (at->keys >= keys / 10 * 9) return;
    leave(at->client);
    make_pool(at);
}

static void measure_sound(scene *at, figure sound[CALLS]) {
    int i;
    make_pool(at);
    printf("%llu keys in %llu MiB\n", (unsigned long long)at->keys, (unsigned long long)(at->cap / MIB));
    for (i = 0; i < CALLS; i++) {
        if (i == REPAIR) CHECK(at->is_sound);
        if (i == REPAIR) edit_pool(at->name, &least_edit);
        sound[i] = measure(at, &calls[i]);
    }
    fill_again(at);
}

static void try_edit(scene *at, const cap_edit *edit, const figure sound[CALLS], int last) {
    int i;
    edit_pool(at->name, edit);
    for (i = 0; i <= last; i++) {
        figure got;
        if (i == REPAIR && last == CLEAR) continue;
        got = measure(at, &calls[i]);
        judge(at, edit->title, &calls[i], &sound[i], &got);
    }
    if (at->is_sound) fail_msg("%s: the check found nothing", edit->title);
    if (last == REPAIR && edit->keeps_keys && at->left + KEYS_TRIED < at->keys + LONG_KEYS - 1)
        fail_msg("%s: %llu of %llu keys are left", edit->title, (unsigned long long)at->left,
                 (unsigned long long)at->keys);
    if (last == CLEAR) repair(at);
    fill_again(at);
}

static void begin_scene(scene *at, uint64_t cap) {
    memset(at, 0, sizeof *at);
    at->name = pool_name("cap");
    at->cap = cap;
    start_meter(&at->own);
}

static void end_scene(scene *at) {
    stop_meter(&at->own);
    leave(at->client);
}

/* One key of `large_each` has a value of `large` bytes. */
static void try_cap(uint64_t cap, uint64_t large_each, size_t large, int all) {
    const char *only = getenv("LATZERO_TEST_EDIT");
    figure sound[CALLS];
    scene at;
    size_t i;
    begin_scene(&at, cap);
    at.large_each = large_each;
    at.large = large;
    measure_sound(&at, sound);
    for (i = 0; i < cap_edit_count; i++) {
        const cap_edit *edit = &cap_edits[i];
        if (only != NULL ? strstr(edit->title, only) == NULL : !all && !edit->grows_with_cap) continue;
        try_edit(&at, edit, sound, REPAIR);
        if (all && edit->is_worth_clearing) try_edit(&at, edit, sound, CLEAR);
    }
    end_scene(&at);
    CHECK_EQUAL(at.out_of_bounds, 0);
}

static void pools_of_100_mebibytes(void **state) {
    (void)state;
    skip_under_sanitizers();
    try_cap(100 * MIB, 2, 400, 1);
}

static void pools_of_4_gibibytes(void **state) {
    (void)state;
    skip_under_sanitizers();
    if (available_memory() < 6 * GIB || free_of_shm() < 5 * GIB) {
        printf("skipped: this takes 6 GiB of free memory, 5 of them in /dev/shm\n");
        skip();
    }
    try_cap(4 * GIB, 16, 60000, scaled(1) > 1);
}

enum { KEYS_IN_PARTS = 10000 };

/* Each key once. */
static void meet_all(scene *at) {
    static unsigned char met[KEYS_IN_PARTS];
    latzero_iter *iter = NULL;
    const char *key;
    size_t size;
    memset(met, 0, sizeof met);
    CHECK_OK(latzero_iter_open(at->client, NULL, 0, &iter));
    while (end(at, latzero_iter_next(iter, &key, &size, NULL, NULL)) == LATZERO_OK) {
        const int number = atoi(key + 4);
        CHECK(number >= 0 && number < KEYS_IN_PARTS && size == LONG_KEY);
        CHECK_EQUAL(met[number]++, 0);
    }
    latzero_iter_close(iter);
    CHECK(memchr(met, 0, sizeof met) == NULL);
}

/* A stripe has 10 MiB of them, more than a walk lists at once. */
static void long_keys_of_a_sound_pool(void **state) {
    static const call meet = {"walk", meet_all, OF_A_VERB};
    static char key[LONG_KEY];
    scene at;
    uint64_t i;
    figure got;
    (void)state;
    skip_under_sanitizers();
    if (available_memory() < 2 * GIB || free_of_shm() < GIB) skip();
    begin_scene(&at, GIB);
    at.client = create_and_join(at.name, at.cap);
    memset(key, 'k', sizeof key);
    for (i = 0; i < KEYS_IN_PARTS; i++) {
        key_of(key, i);
        CHECK_OK(latzero_set_null(at.client, key, sizeof key, NULL));
    }
    got = measure(&at, &meet);
    printf("a walk over %d long keys: %lld ms, %lld KiB\n", KEYS_IN_PARTS, (long long)got.cpu_ms, (long long)got.kib);
    CHECK_EQUAL(got.status, LATZERO_OK);
    CHECK(got.kib <= MOST_KIB);
    end_scene(&at);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(long_keys_of_a_sound_pool), TEST(pools_of_100_mebibytes),
                                       TEST(pools_of_4_gibibytes)};
    become_another_user();
    return RUN_TESTS(tests);
}
