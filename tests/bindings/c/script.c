/* The script in C, the reference; and what the driver needs besides. See ../README.md. */
#include "script.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_MS = 60000 };

void check(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    fprintf(stderr, "%s:%d: %s; %s\n", file, line, what, latzero_last_error());
    exit(1);
}

const char *auth_key(void) {
    const char *const key = getenv("LATZERO_TEST_AUTH_KEY");
    return key == NULL ? "" : key;
}

latzero_status join_with(const char *pool, const char *key, latzero_client **client) {
    latzero_connect_options options = LATZERO_CONNECT_OPTIONS_INIT;
    if (*key != 0) {
        options.auth_key = key;
        options.auth_key_len = LATZERO_CSTR;
    }
    return latzero_connect(pool, &options, client);
}

latzero_client *join(const char *pool) {
    latzero_client *client = NULL;
    CHECK_OK(join_with(pool, auth_key(), &client));
    return client;
}

/* The languages of the list one after the other: copies the next one, returns where to go on, NULL after the last. */
static const char *next_language(const char *all, char *language, size_t room) {
    const size_t size = strcspn(all, ",");
    if (size == 0) return NULL;
    CHECK(size < room);
    memcpy(language, all, size);
    language[size] = 0;
    return all + size + (all[size] == ',');
}

static int languages(const char *all) {
    char language[32];
    int count = 0;
    while ((all = next_language(all, language, sizeof language)) != NULL) count++;
    return count;
}

static int write_phase(latzero_client *client, const char *pool, const char *me, const char *wrong) {
    latzero_client *view = NULL, *other = join(pool);
    CHECK_OK(latzero_namespace(client, me, LATZERO_CSTR, &view));
    write_values(view, wrong);
    use_verbs(view, other, pool, me);
    CHECK_OK(latzero_disconnect(view));
    CHECK_OK(latzero_disconnect(other));
    return 0;
}

static int read_phase(latzero_client *client, const char *all) {
    char language[32];
    int different = 0;
    while ((all = next_language(all, language, sizeof language)) != NULL) different += compare_values(client, language);
    return different > 0;
}

/* ---- together ---------------------------------------------------------------------------------------------------- */

static void sleep_1_ms(void) {
    const struct timespec one_ms = {0, 1000000};
    nanosleep(&one_ms, NULL);
}

static void wait_for_all(latzero_client *client, int expected) {
    int64_t ready = 0;
    int waited = 0;
    CHECK_OK(latzero_increment(client, "shared:ready", LATZERO_CSTR, 1, 0, NULL));
    do {
        sleep_1_ms();
        CHECK_OK(latzero_get_i64(client, "shared:ready", LATZERO_CSTR, &ready));
        CHECK(waited++ < PATIENCE_MS);
    } while (ready < expected);
}

/* Adds one by compare-and-set; returns how often somebody else was quicker. */
static int add_one(latzero_client *client) {
    int conflicts = 0;
    for (;; conflicts++) {
        latzero_value_info info = LATZERO_VALUE_INFO_INIT;
        int64_t number = 0;
        latzero_status status = latzero_get(client, "shared:number", LATZERO_CSTR, &number, sizeof number, &info);
        CHECK(status == LATZERO_OK || status == LATZERO_NOT_FOUND);
        number++;
        status = latzero_compare_and_set(client, "shared:number", LATZERO_CSTR, info.version, LATZERO_TYPE_INT64,
                                         &number, sizeof number, NULL, NULL);
        if (status == LATZERO_OK) return conflicts;
        CHECK(status == LATZERO_CONFLICT);
    }
}

static int together_phase(latzero_client *client, const char *me, const char *all, int rounds) {
    int conflicts = 0, i;
    wait_for_all(client, languages(all));
    for (i = 0; i < rounds; i++) {
        char element[64];
        const int size = sprintf(element, "%s %d", me, i);
        CHECK_OK(latzero_increment(client, "shared:count", LATZERO_CSTR, 1, 0, NULL));
        CHECK_OK(latzero_append(client, "shared:list", LATZERO_CSTR, LATZERO_TYPE_STRING, element, (size_t)size, NULL));
        conflicts += add_one(client);
        if (i % 100 == 0) sleep_1_ms(); /* lets the others in, however few processors there are */
    }
    printf("conflicts %d\n", conflicts);
    return 0;
}

/* ---- what only this program does --------------------------------------------------------------------------------- */

/* The list has every language's elements, in the order in which that language appended them. Returns how often an
 * element is not of the same language as the one before. */
static long check_list(const char *json, const char *all, int rounds) {
    char language[32];
    long switches = 0;
    const char *const begin = json;
    while ((all = next_language(all, language, sizeof language)) != NULL) {
        const char *at = begin, *last = NULL;
        char element[64];
        int i;
        for (i = 0; i < rounds; i++) {
            sprintf(element, "\"%s %d\"", language, i);
            at = strstr(at, element);
            CHECK(at != NULL);
            if (last != at) switches++;
            at += strlen(element);
            last = at + 1;
        }
    }
    return switches;
}

static int check_phase(latzero_client *client, const char *all, int rounds) {
    const long sum = (long)rounds * languages(all);
    int64_t count = 0, number = 0;
    char *json = NULL;
    const char *comma;
    long length = 1, switches;
    CHECK_OK(latzero_get_i64(client, "shared:count", LATZERO_CSTR, &count));
    CHECK_OK(latzero_get_i64(client, "shared:number", LATZERO_CSTR, &number));
    CHECK_OK(latzero_get_json(client, "shared:list", LATZERO_CSTR, &json, NULL));
    for (comma = json; (comma = strchr(comma, ',')) != NULL; comma++) length++;
    switches = check_list(json, all, rounds);
    printf("count %ld, number %ld, list %ld of %ld, %ld changes of language in the list\n", (long)count, (long)number,
           length, sum, switches);
    CHECK(count == sum && number == sum && length == sum);
    CHECK(switches > languages(all) || languages(all) == 1); /* side by side, not one after the other */
    latzero_free(json);
    return 0;
}

/* Counts each millisecond, until standard input ends. */
static int tick_phase(latzero_client *client, const char *key) {
    struct pollfd input = {0, POLLIN, 0};
    while (poll(&input, 1, 1) == 0) CHECK_OK(latzero_increment(client, key, LATZERO_CSTR, 1, 0, NULL));
    return 0;
}

static int hold_phase(const char *pool) {
    latzero_pool_options options = LATZERO_POOL_OPTIONS_INIT;
    latzero_client *client = NULL;
    int32_t exists = -1;
    if (*auth_key() != 0) {
        options.flags = LATZERO_POOL_ENCRYPTED;
        options.auth_key = auth_key();
        options.auth_key_len = LATZERO_CSTR;
        options.kdf_memory_bytes = 8192; /* there are many tries */
        options.kdf_passes = 1;
    }
    CHECK_OK(latzero_pool_create(pool, &options));
    client = join(pool);
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    CHECK_OK(latzero_disconnect(client));
    CHECK_OK(latzero_pool_exists(pool, &exists));
    CHECK(exists == 0);
    return 0;
}

int main(int argc, char **argv) {
    const char *const phase = argc > 1 ? argv[1] : "";
    const char *const pool = argc > 2 ? argv[2] : "";
    latzero_client *client;
    int result = 2;
    if (strcmp(phase, "hold") == 0) return hold_phase(pool);
    client = join(pool);
    if (strcmp(phase, "write") == 0 && argc > 4) result = write_phase(client, pool, argv[3], argc > 5 ? argv[5] : NULL);
    if (strcmp(phase, "read") == 0 && argc > 4) result = read_phase(client, argv[4]);
    if (strcmp(phase, "together") == 0 && argc > 5) result = together_phase(client, argv[3], argv[4], atoi(argv[5]));
    if ((strcmp(phase, "follow") == 0 || strcmp(phase, "forget") == 0) && argc > 5)
        result = follow(client, argv[3], languages(argv[4]), atoi(argv[5]), strcmp(phase, "forget") == 0);
    if (strcmp(phase, "tick") == 0 && argc > 3) result = tick_phase(client, argv[3]);
    if (strcmp(phase, "check") == 0 && argc > 4) result = check_phase(client, argv[3], atoi(argv[4]));
    CHECK_OK(latzero_disconnect(client));
    return result;
}
