/* What a pool's header asks for to try its text key is anybody's word until the key has verified it: above the caller's
 * ceiling it costs neither time nor memory, and no edit of it makes a call begin another try beyond its timeout. */
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "neighbours/keyed_pools.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

enum { PASSES_AT = 4, MEMORY_AT = 8, WRAPPED_KEYS = 2 };

static const pool_kind *const sealed = &pool_kinds[1];
static const pool_kind *const gated = &pool_kinds[3];
static const pool_kind *const sealed_raw = &pool_kinds[0];

/* ---- headers ----------------------------------------------------------------------------------------------------- */

/* Both places of a wrapped key: one counts, the other is zero. */
static void write_cost(const char *name, uint64_t memory, uint32_t passes) {
    int i;
    for (i = 0; i < WRAPPED_KEYS; i++) {
        const long at = WRAPPED_AT + i * WRAPPED_BYTES;
        write_file_at(pool_path(name), at + PASSES_AT, &passes, sizeof passes);
        write_file_at(pool_path(name), at + MEMORY_AT, &memory, sizeof memory);
    }
}

/* The cost of the wrapped key that counts. */
static void read_cost(const char *name, uint64_t *memory, uint32_t *passes) {
    size_t size;
    uint32_t current;
    unsigned char *header = read_file(pool_path(name), &size);
    memcpy(&current, header + KEY_AREA_AT, sizeof current);
    memcpy(passes, header + WRAPPED_AT + current % 2 * WRAPPED_BYTES + PASSES_AT, sizeof *passes);
    memcpy(memory, header + WRAPPED_AT + current % 2 * WRAPPED_BYTES + MEMORY_AT, sizeof *memory);
    free(header);
}

static void create_at_cost(const char *name, const pool_kind *kind, uint64_t memory, uint32_t passes) {
    latzero_pool_options options = options_of(kind);
    options.kdf_memory_bytes = memory;
    options.kdf_passes = passes;
    CHECK_OK(latzero_pool_create(name, &options));
}

/* ---- calls that try a key ---------------------------------------------------------------------------------------- */

/* What a call may cost, and for a connect how long it may wait. */
typedef struct budget {
    uint64_t memory_most, work_most;
    int64_t timeout_ms;
} budget;

static latzero_status connect_within(const char *name, const budget *most, uint32_t flags) {
    latzero_connect_options options = connect_options_of(sealed);
    latzero_client *client = NULL;
    latzero_status status;
    options.flags |= flags;
    options.timeout_ms = most->timeout_ms;
    options.kdf_memory_most = most->memory_most;
    options.kdf_work_most = most->work_most;
    status = latzero_connect(name, &options, &client);
    if (status == LATZERO_OK) leave(client);
    return status;
}

static latzero_status try_connect(const char *name, const budget *most) { return connect_within(name, most, 0); }
static latzero_status try_read_only(const char *name, const budget *most) {
    return connect_within(name, most, LATZERO_CONNECT_READ_ONLY);
}
static latzero_status try_create(const char *name, const budget *most) {
    return connect_within(name, most, LATZERO_CONNECT_CREATE);
}

static latzero_status try_check(const char *name, const budget *most) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    options.auth_key = TEST_TEXT_KEY;
    options.auth_key_len = LATZERO_CSTR;
    options.kdf_memory_most = most->memory_most;
    options.kdf_work_most = most->work_most;
    return latzero_pool_check(name, &options, NULL);
}

static latzero_status try_rekey(const char *name, const budget *most) {
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.kdf_memory_bytes = 8192;
    options.kdf_passes = 1;
    options.kdf_memory_most = most->memory_most;
    options.kdf_work_most = most->work_most;
    return latzero_pool_rekey(name, TEST_TEXT_KEY, LATZERO_CSTR, TEST_TEXT_KEY, LATZERO_CSTR, &options);
}

typedef struct key_call {
    const char *title;
    latzero_status (*run)(const char *name, const budget *most);
} key_call;

static const key_call key_calls[] = {{"connect", try_connect},
                                     {"connect read-only", try_read_only},
                                     {"connect with CREATE", try_create},
                                     {"check", try_check},
                                     {"rekey", try_rekey}};
enum { KEY_CALLS = sizeof key_calls / sizeof *key_calls };

/* ---- what is refused costs nothing ------------------------------------------------------------------------------- */

typedef struct refusal {
    const key_call *call;
    const char *name;
    uint64_t memory;
    uint32_t passes;
    const char *cure, *no_cure; /* what the sentence must say, and must not; NULL: all is well */
} refusal;

static void must_refuse(const refusal *given) {
    static const budget usual = {0, 0, 0};
    char figure[24];
    CHECK_STATUS(given->call->run(given->name, &usual), LATZERO_AUTHENTICATION);
    CHECK_SENTENCE(given->name);
    snprintf(figure, sizeof figure, "%llu", (unsigned long long)given->memory);
    CHECK_SENTENCE(figure);
    CHECK_SENTENCE(given->cure);
    CHECK(given->no_cure == NULL || strstr(latzero_last_error(), given->no_cure) == NULL);
}

typedef struct worst {
    int calls;
    long ms, kib;
} worst;

/* In a child, whose time and memory tell; one that pays is ended soon. */
static void is_refused_at_no_cost(const refusal *given, worst *seen) {
    enum { MOST_MS = 250, MOST_KIB = 48 * 1024 };
    const struct rlimit brief = {2, 3};
    struct rusage used;
    int status = 0;
    long ms;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(setrlimit(RLIMIT_CPU, &brief) == 0);
        must_refuse(given);
        _exit(0);
    }
    CHECK(wait4(child, &status, 0, &used) == child);
    ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    if (ms >= MOST_MS || used.ru_maxrss >= MOST_KIB)
        printf("%s paid for %llu bytes and %u passes: %ld ms, %ld KiB\n", given->call->title,
               (unsigned long long)given->memory, given->passes, ms, used.ru_maxrss);
    CHECK(ms < MOST_MS);
    CHECK(used.ru_maxrss < MOST_KIB);
    CHECK_EQUAL(status, 0);
    seen->calls++;
    if (seen->ms < ms) seen->ms = ms;
    if (seen->kib < used.ru_maxrss) seen->kib = used.ru_maxrss;
}

static void a_costly_header_costs_nothing(void **state) {
    static const refusal refusals[] = {
        {NULL, NULL, 4 * GIB, 1, "kdf_memory_most to 4294967296", "kdf_work_most"},
        {NULL, NULL, 4 * GIB, 16, "kdf_memory_most to 4294967296 and kdf_work_most to 68719476736", NULL},
        {NULL, NULL, GIB + 1, 1, "kdf_memory_most to 1073741825", "kdf_work_most"},
        {NULL, NULL, GIB, 9, "kdf_work_most to 9663676416", "kdf_memory_most"},
        {NULL, NULL, 86 * MIB, 100, "kdf_work_most to 9017753600", "kdf_memory_most"},
    };
    worst seen = {0, 0, 0};
    size_t kind, call, i;
    (void)state;
    skip_under_sanitizers();
    for (kind = 0; kind < 2; kind++) {
        const char *name = pool_name(kind == 0 ? "sealed" : "gated");
        create_at_cost(name, kind == 0 ? sealed : gated, 8192, 1);
        for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
            write_cost(name, refusals[i].memory, refusals[i].passes);
            for (call = 0; call < KEY_CALLS; call++) {
                refusal given = refusals[i];
                given.call = &key_calls[call];
                given.name = name;
                is_refused_at_no_cost(&given, &seen);
            }
        }
        write_cost(name, 8192, 1);
        CHECK_OK(try_connect(name, &(budget){0, 0, 0}));
        CHECK_OK(latzero_pool_destroy(name));
    }
    printf("%d calls refused, each for at most %ld ms and %ld KiB\n", seen.calls, seen.ms, seen.kib);
}

/* A raw key takes no stretching, whatever the header says. */
static void a_raw_key_pays_nothing_either(void **state) {
    const char *name = pool_name("raw");
    latzero_client *client = NULL;
    const uint8_t text = 1;
    (void)state;
    create_at_cost(name, sealed_raw, 0, 0);
    write_cost(name, 4 * GIB, 16);
    CHECK_STATUS(connect_as(name, sealed_raw, 0, &client), LATZERO_CORRUPT);
    write_file_at(pool_path(name), WRAPPED_AT + 1, &text, 1);
    CHECK_STATUS(connect_as(name, sealed_raw, 0, &client), LATZERO_AUTHENTICATION);
    CHECK_OK(latzero_pool_destroy(name));
}

/* ---- the ceiling is the caller's --------------------------------------------------------------------------------- */

static void each_call_pays_up_to_its_ceiling(void **state) {
    enum { PASSES = 3 };
    const uint64_t memory = 2 * MIB;
    size_t call;
    (void)state;
    for (call = 0; call < KEY_CALLS; call++) {
        const char *name = pool_name("priced");
        latzero_status (*run)(const char *, const budget *) = key_calls[call].run;
        create_at_cost(name, sealed, memory, PASSES);
        CHECK_STATUS(run(name, &(budget){memory - 1, 0, 0}), LATZERO_AUTHENTICATION);
        CHECK_SENTENCE("kdf_memory_most to 2097152");
        CHECK_STATUS(run(name, &(budget){0, PASSES * memory - 1, 0}), LATZERO_AUTHENTICATION);
        CHECK_SENTENCE("kdf_work_most to 6291456");
        CHECK_STATUS(run(name, &(budget){1, 1, 0}), LATZERO_AUTHENTICATION);
        CHECK_OK(run(name, &(budget){memory, PASSES * memory, 0}));
        CHECK_OK(try_connect(name, &(budget){UINT64_MAX, UINT64_MAX, 0}));
        CHECK_OK(latzero_pool_destroy(name));
    }
}

/* A caller of an older header says nothing of a ceiling, and has the usual one. */
static void older_callers_have_the_usual_ceiling(void **state) {
    const char *name = pool_name("older");
    latzero_connect_options options = connect_options_of(sealed);
    latzero_client *client = NULL;
    (void)state;
    create_at_cost(name, sealed, 8192, 1);
    options.struct_size = 40;
    options.kdf_memory_most = options.kdf_work_most = 1;
    CHECK_OK(latzero_connect(name, &options, &client));
    leave(client);
    write_cost(name, 4 * GIB, 1);
    CHECK_STATUS(latzero_connect(name, &options, &client), LATZERO_AUTHENTICATION);
    CHECK_SENTENCE("kdf_memory_most");
    CHECK_OK(latzero_pool_destroy(name));
}

static void who_creates_is_let_in_at_any_cost(void **state) {
    const char *name = pool_name("created");
    latzero_pool_options create = options_of(sealed);
    latzero_connect_options options = connect_options_of(sealed);
    latzero_client *client = NULL, *second = NULL;
    (void)state;
    create.kdf_memory_bytes = MIB;
    create.kdf_passes = 4;
    options.flags = LATZERO_CONNECT_CREATE;
    options.create_options = &create;
    options.kdf_memory_most = MIB / 2;
    options.kdf_work_most = MIB;
    CHECK_OK(latzero_connect(name, &options, &client));
    CHECK_OK(latzero_set_i64(client, "n", 1, 42, NULL));
    /* The pool is there now: this connect pays, or not. */
    CHECK_STATUS(latzero_connect(name, &options, &second), LATZERO_AUTHENTICATION);
    CHECK_SENTENCE("kdf_memory_most to 1048576 and kdf_work_most to 4194304");
    options.kdf_memory_most = MIB;
    options.kdf_work_most = 4 * MIB;
    CHECK_OK(latzero_connect(name, &options, &second));
    leave(second);
    leave(client);
    CHECK_OK(latzero_pool_destroy(name));
}

/* ---- a new key costs no less ------------------------------------------------------------------------------------- */

static void rekey_by(const char *name, uint64_t memory, uint32_t passes, int with_options) {
    latzero_rekey_options options = LATZERO_REKEY_OPTIONS_INIT;
    options.kdf_memory_bytes = memory;
    options.kdf_passes = passes;
    CHECK_OK(latzero_pool_rekey(name, TEST_TEXT_KEY, LATZERO_CSTR, TEST_TEXT_KEY, LATZERO_CSTR,
                                with_options ? &options : NULL));
}

static void must_cost(const char *name, uint64_t memory, uint32_t passes) {
    uint64_t memory_now;
    uint32_t passes_now;
    read_cost(name, &memory_now, &passes_now);
    CHECK_EQUAL(memory_now, memory);
    CHECK_EQUAL(passes_now, passes);
    CHECK_OK(try_connect(name, &(budget){0, 0, 0}));
}

static void another_key_costs_no_less(void **state) {
    const char *name = pool_name("kept");
    (void)state;
    create_at_cost(name, sealed, 96 * MIB, 3);
    rekey_by(name, 0, 0, 0);
    must_cost(name, 96 * MIB, 3);
    rekey_by(name, 0, 0, 1);
    must_cost(name, 96 * MIB, 3);
    /* What is named counts, and what is not is kept. */
    rekey_by(name, 80 * MIB, 0, 1);
    must_cost(name, 80 * MIB, 3);
    rekey_by(name, 0, 1, 1);
    must_cost(name, 80 * MIB, 1);
    rekey_by(name, 0, 0, 1);
    must_cost(name, 80 * MIB, 2);
    rekey_by(name, 8192, 1, 1);
    must_cost(name, 8192, 1);
    rekey_by(name, 0, 0, 0);
    must_cost(name, 64 * MIB, 2);
    CHECK_OK(latzero_pool_destroy(name));
}

/* ---- the timeout counts ------------------------------------------------------------------------------------------ */

enum { HURRY_MS = 60, ATTEMPTS = 20 };

typedef struct hurry {
    const char *name;
    bell begun;
    int told; /* a pipe's end: the status, and the milliseconds that it took */
} hurry;

static void connect_in_a_hurry(void *argument) {
    hurry *given = argument;
    int64_t answer[2], begin;
    ring(&given->begun);
    begin = now_ms();
    answer[0] = try_connect(given->name, &(budget){0, 0, HURRY_MS});
    answer[1] = now_ms() - begin;
    if (answer[0] == LATZERO_TIMEOUT) CHECK_SENTENCE("timeout_ms");
    CHECK(write(given->told, answer, sizeof answer) == sizeof answer);
}

/* While a try of the key goes on, the other of two sound wrapped keys takes its place, so that it must be tried too:
 * but not once the timeout is over. The child may be late to look at the header: so this is done several times. */
static void no_try_begins_behind_the_timeout(void **state) {
    const char *name = pool_name("hurried");
    unsigned char *first, *second;
    size_t size;
    int attempt, timeouts = 0, tells[2];
    int64_t answer[2];
    (void)state;
    create_at_cost(name, sealed, 64 * MIB, 4);
    first = read_file(pool_path(name), &size);
    rekey_by(name, 64 * MIB, 4, 1);
    second = read_file(pool_path(name), &size);
    CHECK(pipe(tells) == 0);
    for (attempt = 0; attempt < ATTEMPTS && timeouts == 0; attempt++) {
        hurry given = {name, {{0, 0}}, tells[1]};
        child_process child;
        make_bell(&given.begun);
        write_file_at(pool_path(name), KEY_AREA_AT, first + KEY_AREA_AT, 8 + 2 * WRAPPED_BYTES);
        child = start_fork(connect_in_a_hurry, &given);
        await_bell(&given.begun);
        pause_ms(HURRY_MS / 2);
        write_file_at(pool_path(name), KEY_AREA_AT, second + KEY_AREA_AT, 8 + 2 * WRAPPED_BYTES);
        expect_end(&child, 0);
        CHECK(read(tells[0], answer, sizeof answer) == sizeof answer);
        CHECK(answer[0] == LATZERO_OK || answer[0] == LATZERO_TIMEOUT);
        printf("%s after %lld ms\n", latzero_status_name((latzero_status)answer[0]), (long long)answer[1]);
        timeouts += answer[0] == LATZERO_TIMEOUT;
        close_bell(&given.begun);
    }
    CHECK(timeouts > 0);
    close(tells[0]);
    close(tells[1]);
    free(first);
    free(second);
    CHECK_OK(latzero_pool_destroy(name));
}

/* A try that lasts longer than the timeout is no wait: it ends, and the client is in. */
static void a_try_may_outlast_the_timeout(void **state) {
    const char *name = pool_name("slow");
    (void)state;
    create_at_cost(name, sealed, 64 * MIB, 4);
    CHECK_OK(try_connect(name, &(budget){0, 0, HURRY_MS}));
    CHECK_OK(latzero_pool_destroy(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_costly_header_costs_nothing),     TEST(a_raw_key_pays_nothing_either),
        TEST(each_call_pays_up_to_its_ceiling),  TEST(older_callers_have_the_usual_ceiling),
        TEST(who_creates_is_let_in_at_any_cost), TEST(another_key_costs_no_less),
        TEST(no_try_begins_behind_the_timeout),  TEST(a_try_may_outlast_the_timeout),
    };
    return RUN_TESTS(tests);
}
