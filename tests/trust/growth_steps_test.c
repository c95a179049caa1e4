/* A pool grows as far as its system has room, not by doubling or not at all. What is refused is refused in less than a
 * millisecond, and only as long as there is no room; what several processes make at once is cut off by none of them. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "hosts/small_system.h"

enum { VALUE = 1024, MIB = 1 << 20 };

static void expect_refused_in_time(latzero_client *client, const char *key, size_t size) {
    enum { TRIES = 200 };
    const uint64_t free_before = free_of_shm(), capacity = stats_of(client).capacity_bytes;
    int64_t longest = 0, slow = 0, began = now_us();
    char *value = calloc(1, size);
    int i;
    for (i = 0; i < TRIES; i++) {
        const int64_t start = now_us();
        CHECK_STATUS(latzero_set_bytes(client, key, LATZERO_CSTR, value, size, NULL), LATZERO_NO_SPACE);
        slow += now_us() - start >= 1000;
        if (now_us() - start > longest) longest = now_us() - start;
    }
    printf("%d refused sets of %zu bytes: %.3f ms each, the longest %.3f ms\n", TRIES, size,
           (double)(now_us() - began) / 1000 / TRIES, (double)longest / 1000);
    CHECK_SENTENCE("/dev/shm");
    /* Another process may have the processor now and then. */
    if (slow > TRIES / 20) {
        printf("%lld of %d refused sets took a millisecond or more\n", (long long)slow, TRIES);
        CHECK(slow <= TRIES / 20);
    }
    CHECK_EQUAL(free_of_shm(), free_before);
    CHECK_EQUAL(stats_of(client).capacity_bytes, capacity);
    free(value);
}

/* A pool that has taken what there is of a /dev/shm of 64 MiB but for 2. */
static latzero_client *fill_a_small_system(size_t *count) {
    latzero_client *client;
    latzero_status ended;
    if (!mount_small_shm(64)) _exit(REFUSED_BY_SYSTEM);
    take_of_shm(2 * MIB);
    client = create_and_join(pool_name("small"), 0);
    *count = set_until_refused(client, 0, VALUE, &ended);
    CHECK_STATUS(ended, LATZERO_NO_SPACE);
    return client;
}

static void use_a_small_system(void *argument) {
    size_t count;
    latzero_client *client = fill_a_small_system(&count);
    (void)argument;
    printf("62 MiB free: a pool of %.1f MiB, %zu values of %d bytes\n", (double)stats_of(client).capacity_bytes / MIB,
           count, VALUE);
    CHECK(stats_of(client).capacity_bytes >= 58 * MIB);
    check_set(client, count, VALUE);
    leave(client);
}

static void nearly_all_of_a_small_system_is_used(void **state) {
    (void)state;
    in_child_or_skip(use_a_small_system, NULL, "a /dev/shm of the test's own");
}

static void be_refused(void *argument) {
    size_t count;
    latzero_client *client = fill_a_small_system(&count);
    char key[32];
    (void)argument;
    snprintf(key, sizeof key, "key-%zu", count);
    expect_refused_in_time(client, key, VALUE);
    expect_refused_in_time(client, key, 34 * MIB);
    /* What fits in the room of what was deleted is no growth. */
    CHECK_OK(latzero_delete(client, "key-7", LATZERO_CSTR));
    CHECK_OK(set_pattern(client, "key-7", VALUE, 7));
    /* Nor is there a wait once there is room. */
    take_of_shm(0);
    CHECK_OK(set_pattern(client, key, VALUE, count));
    leave(client);
}

static void what_is_refused_is_refused_in_time(void **state) {
    (void)state;
    in_child_or_skip(be_refused, NULL, "a /dev/shm of the test's own");
}

/* ---- growth by another ------------------------------------------------------------------------------------------- */

static void grow_for_another(void *argument) {
    latzero_client *client = join(argument, 0);
    char *value = calloc(1, 4 * MIB);
    CHECK_OK(latzero_set_bytes(client, "large", LATZERO_CSTR, value, 4 * MIB, NULL));
    CHECK_OK(latzero_delete(client, "large", LATZERO_CSTR));
    free(value);
    leave(client);
}

static void be_refused_and_watch(void *argument) {
    const char *name = pool_name("watched");
    latzero_client *client;
    latzero_status ended;
    char *value = calloc(1, 3 * MIB);
    (void)argument;
    if (!mount_small_shm(64)) _exit(REFUSED_BY_SYSTEM);
    take_of_shm(48 * MIB);
    client = create_and_join(name, 0);
    (void)set_until_refused(client, 0, VALUE, &ended);
    CHECK_STATUS(latzero_set_bytes(client, "mine", LATZERO_CSTR, value, 3 * MIB, NULL), LATZERO_NO_SPACE);
    take_of_shm(40 * MIB);
    in_fork(grow_for_another, (void *)name);
    take_of_shm(40 * MIB + free_of_shm());
    CHECK_OK(latzero_set_bytes(client, "mine", LATZERO_CSTR, value, 3 * MIB, NULL));
    free(value);
    leave(client);
}

static void a_growth_by_another_is_seen_at_once(void **state) {
    (void)state;
    in_child_or_skip(be_refused_and_watch, NULL, "a /dev/shm of the test's own");
}

/* ---- several at once --------------------------------------------------------------------------------------------- */

enum { GROWERS = 4 };

typedef struct grower {
    const char *name;
    int number;
    size_t size;
    const bell *start;
} grower;

static const char *key_of_grower(int number, size_t i) {
    static char key[32];
    snprintf(key, sizeof key, "%d-%zu", number, i);
    return key;
}

/* Fills until refused, if anything is left, then looks whether all is there: a page that somebody has cut off would be
 * a SIGBUS or zeros. */
static void grow_beside_others(void *argument) {
    const grower *self = argument;
    latzero_client *client = join(self->name, 0);
    size_t count, i;
    signal(SIGBUS, SIG_DFL);
    alarm(60);
    await_bell(self->start);
    for (count = 0;; count++) {
        const size_t size = count % 40 == 0 ? 300000 : self->size;
        const latzero_status status = set_pattern(client, key_of_grower(self->number, count), size, count);
        if (status != LATZERO_OK) {
            CHECK_STATUS(status, LATZERO_NO_SPACE);
            break;
        }
    }
    for (i = 0; i < count; i++)
        check_pattern(client, key_of_grower(self->number, i), i % 40 == 0 ? 300000 : self->size, i);
    leave(client);
}

/* Its growths fail all the time, while those of others are under way. */
static void be_refused_beside_others(void *argument) {
    const grower *self = argument;
    latzero_client *client = join(self->name, 0);
    char *value = calloc(1, 30 * MIB);
    await_bell(self->start);
    for (;;) CHECK_STATUS(latzero_set_bytes(client, "all", 3, value, 30 * MIB, NULL), LATZERO_NO_SPACE);
}

static void race_to_the_last_page(void *argument) {
    child_process children[GROWERS], beside;
    uint64_t round;
    (void)argument;
    if (!mount_small_shm(24)) _exit(REFUSED_BY_SYSTEM);
    for (round = 0; round < rounds_of(10); round++) {
        /* Two pools take the room from each other. */
        const char *names[] = {pool_name("race"), pool_name("rival")};
        latzero_client *clients[] = {create_and_join(names[0], 0), create_and_join(names[1], 0)};
        bell start;
        grower refused = {names[0], GROWERS, 0, &start};
        int i;
        make_bell(&start);
        beside = start_fork(be_refused_beside_others, &refused);
        for (i = 0; i < GROWERS; i++) {
            grower self = {names[i == 0], i, 400 + 900 * (size_t)i, &start};
            children[i] = start_fork(grow_beside_others, &self);
        }
        for (i = 0; i <= GROWERS; i++) ring(&start);
        for (i = 0; i < GROWERS; i++) expect_end(&children[i], 0);
        kill_child(&beside);
        expect_end(&beside, CHILD_KILLED);
        CHECK(free_of_shm() < 64 * 4096);
        for (i = 0; i < 2; i++) leave(clients[i]);
        close_bell(&start);
    }
    printf("%d processes raced to the last page of two pools, %llu times\n", GROWERS, (unsigned long long)round);
}

static void growers_cut_nothing_off(void **state) {
    (void)state;
    in_child_or_skip(race_to_the_last_page, NULL, "a /dev/shm of the test's own");
}

/* ---- a neighbour that edits the capacity ------------------------------------------------------------------------- */

static void edit_the_capacity(char **arguments) {
    static const uint64_t lies[] = {0, 4096, 1 << 20, 12345, 3 << 20, LATZERO_MAX_BYTES_DEFAULT, UINT64_C(1) << 63};
    const int file = open(pool_path(arguments[0]), O_RDWR | O_CLOEXEC);
    volatile uint64_t *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    size_t i;
    CHECK(words != MAP_FAILED);
    for (i = 0;; i++) words[1] = lies[i % (sizeof lies / sizeof *lies)];
}

static void an_edited_capacity_keeps_nobody(void **state) {
    const char *name = pool_name("edited");
    latzero_client *client = create_and_join(name, 0);
    child_process editor = start_child(edit_the_capacity, name, NULL);
    const int64_t end = now_ms() + 3000;
    int64_t longest = 0, calls = 0;
    (void)state;
    for (; now_ms() < end; calls++) {
        const int64_t start = now_us();
        char key[32];
        snprintf(key, sizeof key, "key-%lld", (long long)calls);
        (void)set_pattern(client, key, calls % 5 == 0 ? 200000 : 1000, 1);
        if (now_us() - start > longest) longest = now_us() - start;
    }
    printf("%lld sets beside one who edits the capacity, the longest %.1f ms\n", (long long)calls,
           (double)longest / 1000);
    CHECK(longest < limit_of(2000000));
    kill_child(&editor);
    expect_end(&editor, CHILD_KILLED);
    leave(client);
}

int main(int count, char **arguments) {
    static const child_role roles[] = {ROLE(edit_the_capacity)};
    const struct CMUnitTest tests[] = {
        TEST(nearly_all_of_a_small_system_is_used), TEST(what_is_refused_is_refused_in_time),
        TEST(a_growth_by_another_is_seen_at_once),  TEST(growers_cut_nothing_off),
        TEST(an_edited_capacity_keeps_nobody),
    };
    PLAY_ROLE(count, arguments, roles);
    return RUN_TESTS(tests);
}
