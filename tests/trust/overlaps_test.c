/*
 * Tables of the greatest size, all on the same bytes: what looks at a whole pool takes no more of the processor's time
 * than what is there is worth.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "abi/test.h"

enum { CAP = 32 << 20 };

static int64_t own_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t check_pool(const char *name, uint32_t flags, latzero_check_report *report) {
    latzero_check_options options = LATZERO_CHECK_OPTIONS_INIT;
    const latzero_check_report empty = LATZERO_CHECK_REPORT_INIT;
    const int64_t begin = own_ms();
    *report = empty;
    options.flags = flags;
    CHECK_OK(latzero_pool_check(name, &options, report));
    return own_ms() - begin;
}

static void fill(latzero_client *client) {
    char key[32];
    int i;
    for (i = 0;; i++) {
        const int size = snprintf(key, sizeof key, "key %d", i);
        if (latzero_set_i64(client, key, (size_t)size, i, NULL) != LATZERO_OK) return;
    }
}

/* Each stripe's table word becomes one of as many slots as there is room for, `apart` bytes behind the last one's. */
static void lay_over_each_other(const char *name, uint64_t apart) {
    const int file = open(pool_path(name), O_RDWR | O_CLOEXEC);
    uint64_t lowest = UINT64_MAX, bits = 6, stripe;
    struct stat status;
    unsigned char *bytes;
    CHECK(fstat(file, &status) == 0);
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(bytes != MAP_FAILED);
    for (stripe = 0; stripe < STRIPES; stripe++) {
        const uint64_t at = 16 * (uint64_t) * (uint32_t *)(void *)(bytes + STRIPES_AT + STRIPE_BYTES * stripe);
        if (at != 0 && at < lowest) lowest = at / 4096 * 4096;
    }
    while (lowest + STRIPES * apart + (UINT64_C(16) << bits) <= (uint64_t)status.st_size) bits++;
    for (stripe = 0; stripe < STRIPES; stripe++)
        *(uint64_t *)(void *)(bytes + STRIPES_AT + STRIPE_BYTES * stripe) =
            (lowest + apart * stripe) / 16 | bits << 32 | UINT64_C(1) << 40;
    munmap(bytes, (size_t)status.st_size);
    close(file);
}

static int64_t walk(latzero_client *client) {
    const int64_t begin = own_ms();
    latzero_iter *iter = NULL;
    const char *key;
    CHECK_OK(latzero_iter_open(client, "no such key", LATZERO_CSTR, &iter));
    while (latzero_iter_next(iter, &key, NULL, NULL, NULL) == LATZERO_OK) continue;
    latzero_iter_close(iter);
    return own_ms() - begin;
}

static void lay_and_look(const char *name, uint64_t apart) {
    latzero_client *client = create_and_join(name, CAP);
    latzero_check_report report;
    uint64_t keys;
    int64_t sound, sound_walk, looked, walked, repaired;
    fill(client);
    sound = check_pool(name, 0, &report);
    CHECK(report.sound);
    keys = report.keys;
    sound_walk = walk(client);
    lay_over_each_other(name, apart);
    walked = walk(client);
    looked = check_pool(name, 0, &report);
    CHECK(!report.sound);
    repaired = check_pool(name, LATZERO_CHECK_REPAIR, &report);
    printf("check %lld ms, of overlapping tables %lld, repair %lld; walk %lld, %lld\n", (long long)sound,
           (long long)looked, (long long)repaired, (long long)sound_walk, (long long)walked);
    CHECK_EQUAL(report.findings_left, 0);
    CHECK(report.keys > keys / 10 * 9);
    if (looked > 3 * sound + 200) fprintf(stderr, "the check takes too long\n");
    if (walked > 6 * sound_walk + 200) fprintf(stderr, "the walk takes too long\n");
    if (repaired > 12 * sound + 500) fprintf(stderr, "the repair takes too long\n");
    CHECK(looked <= 3 * sound + 200 && walked <= 6 * sound_walk + 200 && repaired <= 12 * sound + 500);
    leave(client);
}

static void tables_on_the_same_bytes(void **state) {
    (void)state;
    lay_and_look(pool_name("same"), 0);
}

static void tables_a_page_apart(void **state) {
    (void)state;
    lay_and_look(pool_name("apart"), 4096);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(tables_on_the_same_bytes), TEST(tables_a_page_apart)};
    return RUN_TESTS(tests);
}
