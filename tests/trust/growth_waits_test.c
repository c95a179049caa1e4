/* While one process makes 4 GiB of a pool, at last by one value of a GiB, no small set of another waits for it. Who did
 * would wait each time; where a virtual machine's host stalls, one round of ROUNDS without is enough. */
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

#include "hosts/small_system.h"

static const uint64_t GIB = UINT64_C(1) << 30;
enum { LARGE = 64 << 20, LARGEST = 1 << 30, SETTERS = 2, MOST_MS = 100, ROUNDS = 3 };

typedef struct board {
    int over;
    int64_t sets[SETTERS], longest_us[SETTERS], longest_all_us[SETTERS];
} board;

typedef struct setter {
    const char *name;
    int number;
    board *seen;
    const bell *ready;
} setter;

/* How long this process was ready to run, and others had the processors. */
static int64_t displaced_us(int schedstat) {
    char text[128] = {0};
    unsigned long long ran = 0, waited = 0;
    if (pread(schedstat, text, sizeof text - 1, 0) <= 0) return 0;
    return sscanf(text, "%llu %llu", &ran, &waited) == 2 ? (int64_t)(waited / 1000) : 0;
}

/* New keys all the time, so that pages are needed; with pauses, in which the others have the processors. */
static void set_small(void *argument) {
    const setter *self = argument;
    latzero_client *client = join(self->name, 0);
    const int schedstat = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
    board *seen = self->seen;
    const struct timespec pause = {0, 50000};
    char key[32];
    ring(self->ready);
    while (!__atomic_load_n(&seen->over, __ATOMIC_RELAXED)) {
        const int64_t displaced = displaced_us(schedstat), start = now_us();
        int64_t took;
        snprintf(key, sizeof key, "%d-%lld", self->number, (long long)(seen->sets[self->number]++ % 100000));
        CHECK_OK(set_pattern(client, key, 1000, 1));
        took = now_us() - start;
        if (took > seen->longest_all_us[self->number]) seen->longest_all_us[self->number] = took;
        took -= displaced_us(schedstat) - displaced;
        if (took > seen->longest_us[self->number]) seen->longest_us[self->number] = took;
        nanosleep(&pause, NULL);
    }
    close(schedstat);
    leave(client);
}

/* The values' bytes are never written: what takes time is only that the pool has them. */
static void store_large(latzero_client *client, const char *key, size_t size) {
    latzero_reserved *reserved = NULL;
    void *memory;
    CHECK_OK(latzero_reserve(client, key, LATZERO_CSTR, LATZERO_TYPE_BYTES, size, NULL, &memory, &reserved));
    CHECK_OK(latzero_commit(reserved));
}

static void grow(void *argument) {
    latzero_client *client = join(argument, 0);
    const int64_t start = now_ms();
    char key[32];
    int i;
    for (i = 0; (uint64_t)i * LARGE < 3 * GIB; i++) {
        snprintf(key, sizeof key, "large-%d", i);
        store_large(client, key, LARGE - 4096);
    }
    store_large(client, "largest", LARGEST - 4096);
    printf("%.2f GiB of a pool made in %.1f s\n", (double)stats_of(client).capacity_bytes / (double)GIB,
           (double)(now_ms() - start) / 1000);
    CHECK(stats_of(client).capacity_bytes >= 4 * GIB);
    leave(client);
}

/* The longest of all small sets, in microseconds. */
static int64_t longest_beside_growth(board *seen) {
    const char *name = pool_name("large");
    latzero_client *client = create_and_join(name, 5 * GIB);
    bell ready;
    child_process children[SETTERS];
    int64_t longest = 0;
    int i;
    memset(seen, 0, sizeof *seen);
    make_bell(&ready);
    for (i = 0; i < SETTERS; i++) {
        setter self = {name, i, seen, &ready};
        children[i] = start_fork(set_small, &self);
    }
    for (i = 0; i < SETTERS; i++) await_bell(&ready);
    in_fork(grow, (void *)name);
    __atomic_store_n(&seen->over, 1, __ATOMIC_RELAXED);
    for (i = 0; i < SETTERS; i++) expect_end(&children[i], 0);
    for (i = 0; i < SETTERS; i++) {
        printf("%lld small sets meanwhile, the longest %.1f ms, %.1f ms with waiting for a processor\n",
               (long long)seen->sets[i], (double)seen->longest_us[i] / 1000, (double)seen->longest_all_us[i] / 1000);
        if (seen->longest_us[i] > longest) longest = seen->longest_us[i];
    }
    close_bell(&ready);
    leave(client);
    return longest;
}

static void no_small_set_waits_for_another_s_growth(void **state) {
    board *seen;
    int round = 0;
    (void)state;
    skip_under_sanitizers();
    if (available_memory() < 6 * GIB || free_of_shm() < 5 * GIB) {
        printf("skipped: this takes 6 GiB of free memory, 5 of them in /dev/shm\n");
        skip();
    }
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(seen != MAP_FAILED);
    while (longest_beside_growth(seen) > MOST_MS * 1000)
        if (++round == ROUNDS) fail_msg("in each round a small set waited for another's growth");
    munmap(seen, sizeof *seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(no_small_set_waits_for_another_s_growth)};
    return RUN_TESTS(tests);
}
